import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import type { Coverage } from '../model/coverage.ts'
import { ParitygateError } from '../model/error.ts'
import type { VerifyResult } from '../model/finding.ts'
import {
  type LedgerEntry,
  type MigrateResult,
  type QuarantinedRow,
  redactRow,
  type WorkEntry,
} from '../model/ledger.ts'
import type { RollbackProgress, RollbackResult } from '../model/rollback.ts'
import type { GateResult } from '../model/verdict.ts'
import { type Backups, backups, backupTable } from './backups.ts'
import { type DiscoveredIds, discoveredIds, discoveredTables } from './discovered-ids.ts'

/** What each kind of run leaves behind. */
export interface RunResults {
  migrate: MigrateResult
  verify: VerifyResult & { coverage: Coverage }
  gate: GateResult
  rollback: RollbackResult
}

export type RunKind = keyof RunResults

/** Quarantined rows of a table that were refused for one reason. */
export interface QuarantineReason {
  table: string
  column: string | null
  reason: string
  rows: number
}

export interface Run<Kind extends RunKind = RunKind> {
  id: number
  kind: Kind
  /** See `planFingerprint`. */
  plan: string
  /** ISO 8601, UTC. */
  started_at: string
  finished_at: string
  result: RunResults[Kind]
}

/** The evidence of every run with one pair of databases. */
export interface Store extends DiscoveredIds, Backups {
  file: string
  startRun(kind: RunKind, plan: string): number
  finishRun<Kind extends RunKind>(id: number, result: RunResults[Kind]): void
  /** A run that ended without a result is no evidence, but it makes older evidence stale. */
  abandonRun(id: number, reason: string): void
  latest<Kind extends RunKind>(kind: Kind): Run<Kind> | null
  /** Why the latest run of a kind ended without a result; null where it has one. */
  lastFailure(kind: RunKind): string | null
  /** The latest migrate or rollback, finished or not: its place in the order of runs, and when it ended (ISO 8601). */
  lastWrite(): { id: number; at: string } | null
  /** When the first migrate began that no rollback has taken back wholly (ISO 8601); null where there is none. */
  firstWrite(): string | null
  /** The rollback that took back the latest migrate, finished or not; null where there is none. */
  rolledBack(): { id: number; at: string } | null
  keepRollback(run: number, progress: RollbackProgress): void
  /** What rollbacks have come to of which none has finished since; null where there is none. */
  unfinishedRollback(): RollbackProgress | null
  /** How the latest finished load of a table left it. */
  finishedTable(table: string): { fingerprint: string; entry: LedgerEntry } | null
  /** Forgets, in the same transaction, quarantined rows that another retry than the entry's has left. */
  markFinished(run: number, fingerprint: string, entry: LedgerEntry): void
  forget(table: string): void
  /** How the latest run of a script or program of a phase left it. */
  finishedWork(key: string): { fingerprint: string; entry: WorkEntry } | null
  markWork(run: number, key: string, fingerprint: string, entry: WorkEntry): void
  forgetWork(key: string): void
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
  close(): void
}

const VERSION = 6
/** "PGAT", in the header of the file (https://www.sqlite.org/pragma.html#pragma_application_id). */
const APPLICATION = 0x50474154

const workTable = `
  CREATE TABLE finished_work (
    pair TEXT NOT NULL, key TEXT NOT NULL, run INTEGER NOT NULL REFERENCES runs (id), fingerprint TEXT NOT NULL,
    entry TEXT NOT NULL, PRIMARY KEY (pair, key)
  ) WITHOUT ROWID;`

const progressTable = `
  CREATE TABLE IF NOT EXISTS rollback_progress (
    run INTEGER PRIMARY KEY REFERENCES runs (id), pair TEXT NOT NULL, progress TEXT NOT NULL
  );`

const quarantineTable = `
  CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY, pair TEXT NOT NULL, name TEXT NOT NULL, chunk INTEGER NOT NULL, key TEXT NOT NULL,
    column_name TEXT, reason TEXT NOT NULL, row TEXT NOT NULL
  );
  CREATE INDEX quarantine_chunk ON quarantine (pair, name, chunk);`

/** What brings a state of an older version to the next. */
const upgrades: Record<number, (database: Database.Database) => void> = {
  2: database => database.exec(workTable),
  3: database => database.exec(discoveredTables),
  4: database => {
    renewQuarantine(database)
    database.exec(backupTable)
  },
  5: database => database.exec(progressTable),
}

/** Rows used to be kept with their secrets, by run. */
function renewQuarantine(database: Database.Database): void {
  database.pragma('secure_delete = ON')
  database.exec(
    `ALTER TABLE quarantine RENAME TO old_quarantine; DROP INDEX quarantine_run; ${quarantineTable}`,
  )
  const rows = database
    .prepare(
      `SELECT f.pair, q.* FROM old_quarantine q JOIN finished_tables f ON f.run = q.run AND f.name = q.name ORDER BY q.id`,
    )
    .all() as Record<string, string>[]
  const insert = database.prepare(
    'INSERT INTO quarantine (pair, name, chunk, key, column_name, reason, row) VALUES (?, ?, 0, ?, ?, ?, ?)',
  )
  for (const { pair, name, key, column_name, reason, row, redacted } of rows) {
    const shown = redactRow(JSON.parse(key!), JSON.parse(row!), JSON.parse(redacted!))
    insert.run(pair, name, JSON.stringify(shown.key), column_name, reason, JSON.stringify(shown.row))
  }
  database.exec('DROP TABLE old_quarantine')
}

const schema = `
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY, pair TEXT NOT NULL, kind TEXT NOT NULL, plan TEXT NOT NULL, started_at TEXT NOT NULL, finished_at TEXT,
    failure TEXT, result TEXT
  );
  CREATE INDEX runs_latest ON runs (pair, kind, id);
  CREATE TABLE finished_tables (
    pair TEXT NOT NULL, name TEXT NOT NULL, run INTEGER NOT NULL REFERENCES runs (id), fingerprint TEXT NOT NULL,
    entry TEXT NOT NULL, PRIMARY KEY (pair, name)
  ) WITHOUT ROWID;
  ${quarantineTable}
  ${workTable}
  ${discoveredTables}
  ${backupTable}
  ${progressTable}
  PRAGMA application_id = ${APPLICATION};
  PRAGMA user_version = ${VERSION};`

/**
 * Opens the state, creating it where there is none.
 *
 * @param pair see `pairFingerprint`: evidence of other pairs in the same file is left alone
 */
export function openStore(file: string, pair: string): Store {
  const database = openDatabase(file)
  const now = () => new Date().toISOString()
  const toRun = <Kind extends RunKind>(row: Record<string, unknown>): Run<Kind> => ({
    id: row.id as number,
    kind: row.kind as Kind,
    plan: row.plan as string,
    started_at: row.started_at as string,
    finished_at: row.finished_at as string,
    result: JSON.parse(row.result as string),
  })
  const insertQuarantine = database.prepare(
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
  const latestWrite = () =>
    (database
      .prepare(
        `SELECT id, kind, coalesce(finished_at, started_at) AS at FROM runs
         WHERE pair = ? AND kind IN ('migrate', 'rollback') ORDER BY id DESC LIMIT 1`,
      )
      .get(pair) as { id: number; kind: RunKind; at: string } | undefined) ?? null
  // Those of a table that is still being copied may be taken back, and so may those of a retry that is not recorded.
  const current = `FROM quarantine q JOIN finished_tables f ON f.pair = q.pair AND f.name = q.name
     AND max(-q.chunk, 0) = coalesce(json_extract(f.entry, '$.retries'), 0) WHERE q.pair = ?`
  return {
    file,
    startRun(kind, plan) {
      const { lastInsertRowid } = database
        .prepare('INSERT INTO runs (pair, kind, plan, started_at) VALUES (?, ?, ?, ?)')
        .run(pair, kind, plan, now())
      return Number(lastInsertRowid)
    },
    finishRun(id, result) {
      database
        .prepare('UPDATE runs SET finished_at = ?, result = ? WHERE id = ?')
        .run(now(), JSON.stringify(result), id)
    },
    abandonRun(id, reason) {
      database.prepare('UPDATE runs SET finished_at = ?, failure = ? WHERE id = ?').run(now(), reason, id)
    },
    latest(kind) {
      const row = database
        .prepare(
          'SELECT * FROM runs WHERE pair = ? AND kind = ? AND result IS NOT NULL ORDER BY id DESC LIMIT 1',
        )
        .get(pair, kind)
      return row ? toRun(row as Record<string, unknown>) : null
    },
    lastFailure(kind) {
      const row = database
        .prepare(
          'SELECT failure, result IS NULL AS failed FROM runs WHERE pair = ? AND kind = ? ORDER BY id DESC LIMIT 1',
        )
        .get(pair, kind) as { failure: string | null; failed: number } | undefined
      return row?.failed ? (row.failure ?? 'it was ended before it finished') : null
    },
    lastWrite() {
      const write = latestWrite()
      return write && { id: write.id, at: write.at }
    },
    firstWrite() {
      const row = database
        .prepare(
          `SELECT min(started_at) AS at FROM runs WHERE pair = @pair AND kind = 'migrate' AND id > coalesce((
             SELECT max(id) FROM runs WHERE pair = @pair AND kind = 'rollback' AND result ->> 'status' IN ('rolled back', 'restored')
           ), 0)`,
        )
        .get({ pair }) as { at: string | null }
      return row.at
    },
    rolledBack() {
      const write = latestWrite()
      return write?.kind === 'rollback' ? { id: write.id, at: write.at } : null
    },
    keepRollback(run, progress) {
      database
        .prepare('INSERT OR REPLACE INTO rollback_progress VALUES (?, ?, ?)')
        .run(run, pair, JSON.stringify(progress))
    },
    unfinishedRollback() {
      const progress = database
        .prepare(
          `SELECT progress FROM rollback_progress WHERE pair = @pair AND run > coalesce((
             SELECT max(id) FROM runs WHERE pair = @pair AND kind = 'rollback' AND result IS NOT NULL
           ), 0) ORDER BY run DESC LIMIT 1`,
        )
        .pluck()
        .get({ pair }) as string | undefined
      return progress === undefined ? null : JSON.parse(progress)
    },
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
    quarantine(chunk, { table, key, column, reason, row }) {
      insertQuarantine.run(pair, table, chunk, JSON.stringify(key), column, reason, JSON.stringify(row))
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
    ...discoveredIds(database, pair),
    ...backups(database, pair),
    close: () => database.close(),
  }
}

/** The state of a plan that nothing is to be written of. */
export const IN_MEMORY = ':memory:'

function openDatabase(file: string): Database.Database {
  let database: Database.Database | undefined
  try {
    const inFile = file !== IN_MEMORY
    if (inFile) {
      mkdirSync(dirname(file), { recursive: true })
      requireOwnFile(file)
    }
    database = new Database(file)
    // Quarantined rows are the customer's data.
    if (inFile) chmodSync(file, 0o600)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = NORMAL')
    database.transaction(bringUpToDate).immediate(database)
    return database
  } catch (error) {
    database?.close()
    throw new ParitygateError('state.unusable', `${file}: ${(error as Error).message}`)
  }
}

function bringUpToDate(database: Database.Database): void {
  const found = database.pragma('user_version', { simple: true }) as number
  if (found === VERSION) return
  if (found === 0) database.exec(schema)
  else if (found > VERSION || upgrades[found] === undefined)
    throw new Error(`it has version ${found}, this program knows ${VERSION}`)
  for (let version = found; version > 0 && version < VERSION; version++) upgrades[version]!(database)
  database.pragma(`user_version = ${VERSION}`)
}

/** Any other file, a database of the cutover itself above all, is left as it is. */
function requireOwnFile(file: string): void {
  const stat = statSync(file, { throwIfNoEntry: false })
  if (stat === undefined || (stat.isFile() && stat.size === 0)) return
  if (!stat.isFile()) throw new Error('it is no file')
  // Whoever made it may have died before anything was in it, and have left a journal that only one who may write can read.
  const found = new Database(file, { fileMustExist: true })
  const application = found.pragma('application_id', { simple: true })
  const [tables] = found.prepare('SELECT count(*) FROM sqlite_schema').pluck().all()
  found.close()
  if (application !== APPLICATION && (application !== 0 || tables !== 0))
    throw new Error('it is no state of Paritygate, and was left as it is')
}
