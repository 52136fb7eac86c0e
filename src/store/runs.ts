import type Database from 'better-sqlite3'
import type { Coverage } from '../model/coverage.ts'
import type { VerifyResult } from '../model/finding.ts'
import type { MigrateResult } from '../model/ledger.ts'
import type { RollbackProgress, RollbackResult } from '../model/rollback.ts'
import type { GateResult } from '../model/verdict.ts'

export const runsTable = `
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY, pair TEXT NOT NULL, kind TEXT NOT NULL, plan TEXT NOT NULL, started_at TEXT NOT NULL, finished_at TEXT,
    failure TEXT, result TEXT
  );
  CREATE INDEX runs_latest ON runs (pair, kind, id);`

export const progressTable = `
  CREATE TABLE IF NOT EXISTS rollback_progress (
    run INTEGER PRIMARY KEY REFERENCES runs (id), pair TEXT NOT NULL, progress TEXT NOT NULL
  );`

/** What each kind of run leaves behind. */
export interface RunResults {
  migrate: MigrateResult
  verify: VerifyResult & { coverage: Coverage }
  gate: GateResult
  rollback: RollbackResult
}

export type RunKind = keyof RunResults

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

/** The runs of each kind, and what the latest of them have come to. */
export interface Runs {
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
}

export function runs(database: Database.Database, pair: string): Runs {
  const now = () => new Date().toISOString()
  const toRun = <Kind extends RunKind>(row: Record<string, unknown>): Run<Kind> => ({
    id: row.id as number,
    kind: row.kind as Kind,
    plan: row.plan as string,
    started_at: row.started_at as string,
    finished_at: row.finished_at as string,
    result: JSON.parse(row.result as string),
  })
  const latestWrite = () =>
    (database
      .prepare(
        `SELECT id, kind, coalesce(finished_at, started_at) AS at FROM runs
         WHERE pair = ? AND kind IN ('migrate', 'rollback') ORDER BY id DESC LIMIT 1`,
      )
      .get(pair) as { id: number; kind: RunKind; at: string } | undefined) ?? null
  return {
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
  }
}
