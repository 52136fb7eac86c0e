import type Database from 'better-sqlite3'
import type { QuarantinedRow } from '../model/ledger.ts'

export const quarantineTable = `
  CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY, pair TEXT NOT NULL, name TEXT NOT NULL, chunk INTEGER NOT NULL, key TEXT NOT NULL,
    column_name TEXT, reason TEXT NOT NULL, row TEXT NOT NULL
  );
  CREATE INDEX quarantine_chunk ON quarantine (pair, name, chunk);`

/** Quarantined rows of a table that were refused for one reason. */
export interface QuarantineReason {
  table: string
  column: string | null
  reason: string
  rows: number
}

/** Rows that were refused, by table and chunk. */
export interface Quarantine {
  /**
   * @param chunk of the table: what is left of one that was not committed is cleared before it is copied again. What retry n
   * leaves is -n, and counts once the table is finished with so many retries
   */
  quarantine(chunk: number, row: QuarantinedRow): void
  /** Takes back what one table, or one chunk of it, left in quarantine. */
  clearQuarantine(table: string, chunk?: number): void
  /** How many rows each chunk of a table left in quarantine, by number. */
  quarantinedIn(table: string): Map<number, number>
  /** Rows of a table that is still being copied. */
  quarantinedSoFar(table: string): IterableIterator<QuarantinedRow>
  /** Rows of a finished table. */
  quarantined(table: string): IterableIterator<QuarantinedRow>
  /** Of all finished tables, or of one. */
  quarantinedTotal(table?: string | null): number
  /** Rows of all finished tables, or of one. */
  currentQuarantine(limit?: number, table?: string | null): IterableIterator<QuarantinedRow>
  /** The same, counted by table, column and reason; the most frequent first. */
  quarantineReasons(table: string | null): QuarantineReason[]
}

export function quarantine(database: Database.Database, pair: string): Quarantine {
  const insert = database.prepare(
    'INSERT INTO quarantine (pair, name, chunk, key, column_name, reason, row) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  function* rows(sql: string, ...params: unknown[]): IterableIterator<QuarantinedRow> {
    for (const row of database.prepare(sql).iterate(...params) as IterableIterator<Record<string, string>>) {
      yield {
        table: row.name!,
        key: JSON.parse(row.key!),
        column: row.column_name ?? null,
        reason: row.reason!,
        row: JSON.parse(row.row!),
      }
    }
  }
  // Those of a table that is still being copied may be taken back, and so may those of a retry that is not recorded.
  const current = `FROM quarantine q JOIN finished_tables f ON f.pair = q.pair AND f.name = q.name
     AND max(-q.chunk, 0) = coalesce(json_extract(f.entry, '$.retries'), 0) WHERE q.pair = ?`
  return {
    quarantine(chunk, { table, key, column, reason, row }) {
      insert.run(pair, table, chunk, JSON.stringify(key), column, reason, JSON.stringify(row))
    },
    clearQuarantine(table, chunk) {
      const one = chunk === undefined ? '' : 'AND chunk = ?'
      database
        .prepare(`DELETE FROM quarantine WHERE pair = ? AND name = ? ${one}`)
        .run(pair, table, ...(chunk === undefined ? [] : [chunk]))
    },
    quarantinedIn(table) {
      const counted = database
        .prepare('SELECT chunk, count(*) AS n FROM quarantine WHERE pair = ? AND name = ? GROUP BY chunk')
        .all(pair, table) as { chunk: number; n: number }[]
      return new Map(counted.map(({ chunk, n }) => [chunk, n]))
    },
    quarantinedSoFar: table =>
      rows('SELECT * FROM quarantine WHERE pair = ? AND name = ? ORDER BY id', pair, table),
    quarantined: table => rows(`SELECT q.* ${current} AND q.name = ? ORDER BY q.id`, pair, table),
    quarantinedTotal: (table = null) =>
      (
        database
          .prepare(`SELECT count(*) AS n ${current} AND q.name = coalesce(?, q.name)`)
          .get(pair, table) as {
          n: number
        }
      ).n,
    currentQuarantine: (limit = -1, table = null) =>
      rows(
        `SELECT q.* ${current} AND q.name = coalesce(?, q.name) ORDER BY q.id LIMIT ?`,
        pair,
        table,
        limit,
      ),
    quarantineReasons: table =>
      database
        .prepare(
          `SELECT q.name AS "table", q.column_name AS "column", q.reason, count(*) AS rows
           ${current} AND q.name = coalesce(?, q.name) GROUP BY 1, 2, 3 ORDER BY 1, rows DESC, 2, 3`,
        )
        .all(pair, table) as QuarantineReason[],
  }
}
