/**
 * What a running verb tells whoever started it. Rows are counted from the start of the table; `total` is about how many
 * there are, null where that is not known.
 */
export type ProgressEvent =
  | { kind: 'table-started'; phase: Phase; table: string; total: number | null }
  | { kind: 'rows'; phase: Phase; table: string; rows: number; total: number | null }
  | { kind: 'work-started'; phase: number; subject: string }
  | { kind: 'work-finished'; phase: number; subject: string; ms: number }
  /** The copy waits until a limit of the command line is kept again; said again with each look. */
  | { kind: 'waiting'; reason: string }
  /** The `attempt`-th time of at most `of` that all that is left is tried again, in so many seconds. */
  | { kind: 'retrying'; reason: string; attempt: number; of: number; seconds: number }
  | { kind: 'table-finished'; phase: Phase; table: string; rows: number; ms: number; note?: string }

export type Phase = 'migrate' | 'retry' | 'verify'

export type OnProgress = (event: ProgressEvent) => void
