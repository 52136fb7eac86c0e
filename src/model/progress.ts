/**
 * What a running verb tells whoever started it. Rows are counted from the start of the table; `total` is about how many
 * there are, null where that is not known.
 */
export type ProgressEvent =
  | { kind: 'table-started'; phase: Phase; table: string; total: number | null }
  | { kind: 'rows'; phase: Phase; table: string; rows: number; total: number | null }
  | { kind: 'work-started'; phase: number; subject: string }
  | { kind: 'work-finished'; phase: number; subject: string; ms: number }
  | { kind: 'table-finished'; phase: Phase; table: string; rows: number; ms: number; note?: string }

export type Phase = 'migrate' | 'verify'

export type OnProgress = (event: ProgressEvent) => void
