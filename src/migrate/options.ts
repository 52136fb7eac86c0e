import type { OnProgress } from '../model/progress.ts'

export interface MigrateOptions {
  /** Create tables the target lacks. */
  createSchema?: boolean
  /** What to do where a target table already holds rows: refuse by default. */
  existingRows?: 'truncate' | 'append'
  /** Stop once more rows than this are quarantined; 0 finishes every table and fails then. */
  maxRejects?: number
  onProgress?: OnProgress
  signal?: AbortSignal
}
