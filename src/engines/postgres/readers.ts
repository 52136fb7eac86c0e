import type { Session } from '../port/session.ts'
import type { TargetSession } from '../port/target-session.ts'
import { readersWith } from '../readers.ts'
import type { TimeLimits } from '../time-limits.ts'
import { openPostgres } from './connect.ts'
import { exportSnapshot } from './recoverable.ts'

/**
 * Opens several readers of one snapshot, which the first one takes and the others take over.
 *
 * @param options.snapshot what the first one takes over itself
 */
export async function openPostgresReaders(
  url: string,
  schema: string | null,
  count: number,
  options: { snapshot?: string | undefined } & TimeLimits = {},
): Promise<TargetSession[]> {
  const first = await openPostgres(url, schema, 'read', options)
  return readersWith(first, count, async further => {
    const snapshot = await exportSnapshot(first)
    while (further.length < count - 1)
      further.push(await openPostgres(url, schema, 'read', { ...options, snapshot }))
  })
}

/** Opens a reader of the snapshot that `reader`, of the same database, holds. */
export async function openPostgresBeside(
  reader: Session,
  url: string,
  schema: string | null,
  limits?: TimeLimits,
): Promise<TargetSession> {
  return openPostgres(url, schema, 'read', { ...limits, snapshot: await exportSnapshot(reader) })
}
