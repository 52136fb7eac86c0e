import type { TimeLimits } from '../engines/time-limits.ts'
import type { OnProgress } from '../model/progress.ts'
import type { Pace } from './throttle.ts'

export interface MigrateOptions {
  /** Create tables the target lacks. */
  createSchema?: boolean
  /** What to do where a target table already holds rows: refuse by default. */
  existingRows?: 'truncate' | 'append'
  /** Stop once more rows than this are quarantined; 0 finishes every table and fails then. */
  maxRejects?: number
  /** Only tables and work of these phases. */
  phases?: number[]
  /** Only these tables. */
  only?: string[]
  /** Run scripts and programs of a phase again that have run already. */
  rerun?: boolean
  /** What becomes of those that were begun and have not finished: run again, or taken for done; by default they are asked about. */
  interrupted?: 'rerun' | 'done' | undefined
  /** Rows sent to the target at a time, where fewer are wanted than it takes by itself. */
  batchRows?: number
  /** Copiers at work on one table at a time; default 1. */
  jobs?: number
  /** About how many rows of a large table are one chunk, copied in one transaction. */
  chunkRows?: number
  /** How old a backup of a target that holds rows may be, in milliseconds; default: none is needed. */
  backupWithinMs?: number | undefined
  /** Bytes of rows per second that all tables together may take. */
  maxRate?: number | undefined
  /** Seconds a replica may be behind: of the target, where no replica is named, else of each that is. */
  maxLag?: number | undefined
  /** URLs of the servers whose lag counts. */
  replicas?: string[] | undefined
  /** Connections other than Paritygate's own that may be at work on source and target. */
  maxActive?: number | undefined
  /** How long to wait for a lock; default: 60 s, of SQLite 5 s. */
  lockTimeoutMs?: number | undefined
  /** How long one statement may take; default: as long as it likes. */
  statementTimeoutMs?: number | undefined
  /** How often to try again after a failure that may pass, once both databases have answered; default: never. */
  retries?: number | undefined
  onProgress?: OnProgress
  signal?: AbortSignal
}

/** What the sessions of a run may take. */
export function timeLimits({ lockTimeoutMs, statementTimeoutMs }: MigrateOptions): TimeLimits {
  return { lockMs: lockTimeoutMs, statementMs: statementTimeoutMs }
}

/** One attempt of a run. */
export interface Attempt extends MigrateOptions {
  /** Awaited before rows are handed over. */
  pace?: Pace
  /** Tables and work that an attempt of this run has finished: `existingRows`, `rerun` and `interrupted` do not mean them again. */
  finished?: Set<string>
  /** Tables of which an attempt of this run has begun to copy chunks: `existingRows` does not mean those either. */
  begun?: Set<string>
  /** Called where rows are committed, or work is done: what no later failure takes back. */
  onLasting?: () => void
}
