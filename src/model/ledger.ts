import type { NotCovered } from './finding.ts'
import { REDACTED, redactKey } from './redact.ts'

/** What became of every row of one table. The rows balance when read = written + quarantined + excluded. */
export interface LedgerEntry extends CopiedRows, CountedRows {
  status: 'copied' | 'retried' | 'already finished'
  /** How often its quarantined rows have been loaded again since; not there where never. */
  retries?: number
}

/** What the target did with the rows it was given. */
export interface CopiedRows {
  table: string
  written: number
  quarantined: number
  ms: number
}

/** What the source says of its rows, whatever was given. */
export interface CountedRows {
  /** Rows of the source relation before the plan's `where`. */
  read: number
  /** Rows the plan's `where` leaves out, and those of which another is kept instead. */
  excluded: number
  /** Of a union: how many rows each source gave, and how many of them are kept. */
  sources?: { name: string; read: number; kept: number }[]
}

/** A row the target refused; secrets are left out, see `redactRow`. */
export interface QuarantinedRow {
  table: string
  key: Row
  /** The column the target refused, where it says which. */
  column: string | null
  reason: string
  row: Row
}

type Row = Record<string, string | null>

/** A file that took part in a run, by its contents. */
export interface FileHash {
  path: string
  /** 64 hexadecimal digits. */
  sha256: string
}

/** The plan, and what a plan in TypeScript imports of the same project. */
export interface PlanFile extends FileHash {
  imports?: FileHash[]
}

/** Somebody else's script or program that ran as part of a phase. */
export interface WorkEntry {
  phase: number
  /** `script scripts/old_to_new.sql` */
  subject: string
  /** `said to be done`: it was interrupted, and whoever runs the migration has taken it for done. */
  status: 'ran' | 'said to be done' | 'already finished'
  files: FileHash[]
  notices: string[]
  /** The file that holds what a program has printed. */
  output: string | null
  ms: number
}

export interface MigrateResult {
  status: 'finished' | 'rejected' | 'nothing to do'
  tables: LedgerEntry[]
  /** What ran beside the copying of tables, in its order. */
  work: WorkEntry[]
  plan_file: PlanFile
  /** Created tables, and what could not be carried over exactly. */
  created: string[]
  fidelity: FidelityNote[]
  /** How the target was written, where that is not the fastest way. */
  notices: string[]
  /** The JSON-lines file that holds the quarantined rows, when there are any. */
  quarantine_file: string | null
  not_covered: NotCovered[]
}

/** A loss, or a decision, on the way from one engine's schema to the other's. */
export interface FidelityNote {
  table: string
  column: string | null
  note: string
}

export function balances(entry: LedgerEntry): boolean {
  return entry.read === entry.written + entry.quarantined + entry.excluded
}

/**
 * A row as it may be shown: secrets replaced, those of keys so that equal ones look equal; NULL kept.
 *
 * @param redacted columns that hold secrets
 */
export function redactRow(key: Row, row: Row, redacted: string[]): { key: Row; row: Row } {
  const hide = (values: Row, replace: (value: string | null) => string | null) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, redacted.includes(name) ? replace(value) : value]),
    )
  return { key: hide(key, redactKey), row: hide(row, value => (value === null ? null : REDACTED)) }
}
