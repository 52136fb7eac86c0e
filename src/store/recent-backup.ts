import type { BackupRecord, RestoreCheck } from '../model/backup.ts'
import { stateOf } from './backup-file.ts'
import type { Store } from './store.ts'

export interface RecentBackup {
  record: BackupRecord
  /** Since it was begun. */
  ageMs: number
}

/** What a backup that is no good has come to where it was tried. */
const refuted: RestoreCheck['result'][] = ['differs', 'failed']

/**
 * The latest backup of a side, begun by `now`, whose file is there and whole, and which was not found wanting where it was tried; null where there is
 * none. Reads the file.
 */
export async function recentBackup(
  store: Store,
  side: BackupRecord['side'],
  now: Date,
): Promise<RecentBackup | null> {
  for (const record of store.backups(side)) {
    if (Date.parse(record.at) > now.getTime()) continue
    if (record.replaced) continue
    if (record.restored && refuted.includes(record.restored.result)) continue
    if ((await stateOf(record)) !== 'whole') continue
    return { record, ageMs: now.getTime() - Date.parse(record.at) }
  }
  return null
}
