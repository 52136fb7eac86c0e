import type { OnProgress } from '../model/progress.ts'

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
  /** Rows sent to the target at a time, where fewer are wanted than it takes by itself. */
  batchRows?: number
  /** Copiers at work on one table at a time; default 1. */
  jobs?: number
  /** About how many rows of a large table are one chunk, copied in one transaction. */
  chunkRows?: number
  onProgress?: OnProgress
  signal?: AbortSignal
}
