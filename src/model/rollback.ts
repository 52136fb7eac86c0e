/** What a rollback is about to do; nothing has been done. */
export interface RollbackPreview {
  /** The target, without secrets. */
  target: string
  /** The name of the target database, which confirms. */
  name: string
  tables: RollbackTable[]
  /** Schemas and types that migrate made beside tables, and which go. */
  made: string[]
  /** What no rollback of this kind takes back. */
  left: Left[]
  /** The backup that is put in the place of the whole target; null where only what was copied goes. */
  restores: { file: string; at: string } | null
}

/** What a dry run says. */
export interface PreviewedRollback extends RollbackPreview {
  status: 'to be rolled back' | 'nothing to do'
}

/**
 * `gone already`: nothing is left to do. `stays`: rows that were there before cannot be told from those that were added,
 * or somebody has used a table that was only just created.
 */
export type RollbackWay = 'restored' | 'dropped' | 'emptied' | 'added rows removed' | 'gone already' | 'stays'

export interface RollbackTable {
  /** As the plan calls it. */
  table: string
  way: RollbackWay
  /** Rows that migrate has written. */
  written: number
  /** Rows there now. */
  rows: number
  /** Rows among them that were there before. */
  before: number
  /** Whether counters of automatic columns are put back. */
  counters: boolean
}

/** What stays as it is, and why. */
export interface Left {
  what: string
  reason: string
}

/** Rows that were saved to a file before they were removed. */
export interface ExportedTable {
  table: string
  /** JSON lines: an object for each row, its columns by name, each value a text or null. */
  file: string
  rows: number
  /** Rows that the copy had not written. */
  added: number
  /** Rows that are not as the copy had written them. */
  changed: number
  /** Why all of its rows were saved; null where only those are in the file that the copy had not left so. */
  whole: string | null
}

/** What a rollback has come to so far. */
export type RollbackProgress = Pick<RollbackResult, 'tables' | 'made' | 'left' | 'exported'>

/** `incomplete`: done, but for what is left. `restored`: a backup has taken the place of the whole target. */
export interface RollbackResult extends RollbackPreview {
  status: 'rolled back' | 'incomplete' | 'restored' | 'nothing to do'
  exported: ExportedTable[]
  /** The file of the backup that was made of all there was, before another was restored. */
  backup: string | null
}
