import type { Mapping } from '../plan/mapping.ts'
import { copyAtOnce } from './copy-at-once.ts'
import { copyInChunks } from './copy-chunks.ts'
import type { CopiedGroup, CopyContext } from './copy-context.ts'
import { estimateSources } from './count-sources.ts'
import { triggersOff, withTriggersOff } from './triggers-off.ts'

/** Copies tables that depend on each other; a large one chunk by chunk, others all at once. */
export async function copyGroup(
  given: Omit<CopyContext, 'triggers' | 'totals'>,
  group: Mapping[],
): Promise<CopiedGroup> {
  const triggers = await triggersOff(given, group)
  const totals = await estimateSources(given.source, group)
  const context = { ...given, triggers, totals }
  return withTriggersOff(triggers, async () => {
    const [only] = group
    const chunked = group.length === 1 ? await copyInChunks(context, only!) : null
    return chunked ?? (await copyAtOnce(context, group))
  })
}
