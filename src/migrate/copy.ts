import type { Mapping } from '../plan/mapping.ts'
import { copyAtOnce } from './copy-at-once.ts'
import { copyInChunks } from './copy-chunks.ts'
import type { CopiedGroup, CopyContext } from './copy-context.ts'

/** Copies tables that depend on each other; a large one chunk by chunk, others all at once. */
export async function copyGroup(context: CopyContext, group: Mapping[]): Promise<CopiedGroup> {
  const [only] = group
  const chunked = group.length === 1 ? await copyInChunks(context, only!) : null
  return chunked ?? (await copyAtOnce(context, group))
}
