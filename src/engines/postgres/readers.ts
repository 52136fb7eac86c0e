import type { Session, TargetSession } from '../port.ts'
import { readersWith } from '../readers.ts'
import { openPostgres } from './connect.ts'
import { exportSnapshot } from './recoverable.ts'

/**
 * Opens several readers of one snapshot, which the first one takes and the others take over.
 *
 * @param snapshot what the first one takes over itself
 */
export async function openPostgresReaders(
  url: string,
  schema: string | null,
  count: number,
  snapshot?: string,
): Promise<TargetSession[]> {
  const first = await openPostgres(url, schema, 'read', snapshot)
  return readersWith(first, count, async further => {
    const taken = await exportSnapshot(first)
    while (further.length < count - 1) further.push(await openPostgres(url, schema, 'read', taken))
  })
}

/** Opens a reader of the snapshot that `reader`, of the same database, holds. */
export async function openPostgresBeside(
  reader: Session,
  url: string,
  schema: string | null,
): Promise<TargetSession> {
  return openPostgres(url, schema, 'read', await exportSnapshot(reader))
}
