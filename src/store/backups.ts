import type Database from 'better-sqlite3'
import type { BackupRecord } from '../model/backup.ts'

/** The backups of either side. */
export const backupTable = `
  CREATE TABLE IF NOT EXISTS backups (
    id INTEGER PRIMARY KEY, pair TEXT NOT NULL, side TEXT NOT NULL, at TEXT NOT NULL, record TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS backups_latest ON backups (pair, side, id);`

export interface Backups {
  recordBackup(backup: Omit<BackupRecord, 'id'>): BackupRecord
  latestBackup(side: BackupRecord['side']): BackupRecord | null
  /** The latest first. */
  backups(side?: BackupRecord['side']): BackupRecord[]
}

export function backups(database: Database.Database, pair: string): Backups {
  const toRecord = (row: unknown): BackupRecord => {
    const { id, record } = row as { id: number; record: string }
    return { id, ...JSON.parse(record) }
  }
  return {
    recordBackup(backup) {
      const { lastInsertRowid } = database
        .prepare('INSERT INTO backups (pair, side, at, record) VALUES (?, ?, ?, ?)')
        .run(pair, backup.side, backup.at, JSON.stringify(backup))
      return { id: Number(lastInsertRowid), ...backup }
    },
    latestBackup(side) {
      const row = database
        .prepare('SELECT id, record FROM backups WHERE pair = ? AND side = ? ORDER BY id DESC LIMIT 1')
        .get(pair, side)
      return row === undefined ? null : toRecord(row)
    },
    backups: side =>
      database
        .prepare(
          'SELECT id, record FROM backups WHERE pair = ? AND side = coalesce(?, side) ORDER BY id DESC',
        )
        .all(pair, side ?? null)
        .map(toRecord),
  }
}
