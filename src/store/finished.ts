import type Database from 'better-sqlite3'
import type { LedgerEntry, WorkEntry } from '../model/ledger.ts'

export const finishedTable = `
  CREATE TABLE finished_tables (
    pair TEXT NOT NULL, name TEXT NOT NULL, run INTEGER NOT NULL REFERENCES runs (id), fingerprint TEXT NOT NULL,
    entry TEXT NOT NULL, PRIMARY KEY (pair, name)
  ) WITHOUT ROWID;`

export const workTable = `
  CREATE TABLE finished_work (
    pair TEXT NOT NULL, key TEXT NOT NULL, run INTEGER NOT NULL REFERENCES runs (id), fingerprint TEXT NOT NULL,
    entry TEXT NOT NULL, PRIMARY KEY (pair, key)
  ) WITHOUT ROWID;`

/** What of the plan is done: tables, and scripts and programs of phases. */
export interface Finished {
  /** How the latest finished load of a table left it. */
  finishedTable(table: string): { fingerprint: string; entry: LedgerEntry } | null
  /** Forgets, in the same transaction, quarantined rows that another retry than the entry's has left. */
  markFinished(run: number, fingerprint: string, entry: LedgerEntry): void
  forget(table: string): void
  /** How the latest run of a script or program of a phase left it. */
  finishedWork(key: string): { fingerprint: string; entry: WorkEntry } | null
  markWork(run: number, key: string, fingerprint: string, entry: WorkEntry): void
  forgetWork(key: string): void
}

export function finished(database: Database.Database, pair: string): Finished {
  return {
    finishedTable(table) {
      const row = database
        .prepare('SELECT fingerprint, entry FROM finished_tables WHERE pair = ? AND name = ?')
        .get(pair, table) as { fingerprint: string; entry: string } | undefined
      return row ? { fingerprint: row.fingerprint, entry: JSON.parse(row.entry) } : null
    },
    markFinished(run, fingerprint, entry) {
      database.transaction(() => {
        database
          .prepare('INSERT OR REPLACE INTO finished_tables VALUES (?, ?, ?, ?, ?)')
          .run(pair, entry.table, run, fingerprint, JSON.stringify(entry))
        database
          .prepare('DELETE FROM quarantine WHERE pair = ? AND name = ? AND max(-chunk, 0) <> ?')
          .run(pair, entry.table, entry.retries ?? 0)
      })()
    },
    forget(table) {
      database.prepare('DELETE FROM finished_tables WHERE pair = ? AND name = ?').run(pair, table)
    },
    finishedWork(key) {
      const row = database
        .prepare('SELECT fingerprint, entry FROM finished_work WHERE pair = ? AND key = ?')
        .get(pair, key) as { fingerprint: string; entry: string } | undefined
      return row ? { fingerprint: row.fingerprint, entry: JSON.parse(row.entry) } : null
    },
    markWork(run, key, fingerprint, entry) {
      database
        .prepare('INSERT OR REPLACE INTO finished_work VALUES (?, ?, ?, ?, ?)')
        .run(pair, key, run, fingerprint, JSON.stringify(entry))
    },
    forgetWork(key) {
      database.prepare('DELETE FROM finished_work WHERE pair = ? AND key = ?').run(pair, key)
    },
  }
}
