/** One row that is not the same on both sides. Values are canonical text; null is SQL NULL or an absent row. */
export interface Difference {
  table: string
  key: Record<string, string | null>
  kind: 'missing' | 'extra' | 'changed'
  columns: Record<string, { source: string | null; target: string | null }>
  /** Why, where it is known: `quarantined by migrate: …`. */
  note?: string
  /** SQL that shows the row on each side. */
  sql: { source: string; target: string }
}

export interface TableResult {
  table: string
  source_rows: number
  target_rows: number
  /**
   * Sum of the 64-bit hashes of all rows, modulo 2^64, as 16 hexadecimal digits. `hashed` says of which kind: only those
   * made here can be compared with another run's, and the two kinds never with each other.
   */
  source_checksum: string
  target_checksum: string
  missing: number
  extra: number
  changed: number
  /** Rows that are equal on both sides. */
  matched: number
  /** Rows that differ only in what rules of the plan excuse; they count as agreement, and in none of the above. */
  excused_rows: number
  /** Every rule of the table's columns, those that excused nothing too. */
  excused: ExcusedByRule[]
  /** Columns whose values are rounded before they are compared, because the plan accepts the loss. */
  accepted_losses: { column: string; reason: string }[]
  /** Changed rows whose texts differ in nothing but their Unicode normalisation. */
  only_normalisation: number
  /** How the rows were paired: by ranges of an integer key, by hash of the key, or as a multiset. */
  strategy: 'range' | 'hash' | 'multiset'
  /** Where the rows were hashed: in this process, or by the engine both sides have in common, with UUIDs that are made here mixed in. */
  hashed: 'here' | 'in the database'
  ms: number
}

/** One rule of a column, and the rows in which it was needed for the two sides to be equal. */
export interface ExcusedByRule {
  column: string
  /** `trim`, `round: 2` */
  rule: string
  reason: string
  rows: number
}

/**
 * Equal counts do not outweigh unequal checksums: each on its own is a disagreement. Only where rows are excused can
 * the checksums of tables that agree be unequal.
 */
export function agrees(table: TableResult): boolean {
  const differing = table.missing + table.extra + table.changed
  return (
    differing === 0 &&
    table.source_rows === table.target_rows &&
    (table.source_checksum === table.target_checksum || table.excused_rows > 0)
  )
}

/** Rows that agree: equal ones, and those that differ only in what the plan excuses. */
export function agreeingRows({ matched, excused_rows }: TableResult): number {
  return matched + excused_rows
}

export type CheckKind =
  | 'orphans'
  | 'foreign_keys'
  | 'unique'
  | 'not_null'
  | 'accepted_values'
  | 'json'
  | 'distribution'
  | 'query'
  | 'sequence'

export interface CheckResult {
  check: CheckKind
  /** The table, or the name of a `query` check. */
  table: string
  column?: string
  status: 'pass' | 'fail' | 'not_run'
  /** How many rows, values or objects are in question; null where the check did not run. */
  found: number | null
  detail: string
  sql?: string
}

/** A check by name: `orphans enrollments.user_id`. */
export function checkSubject({
  check,
  table,
  column,
}: Pick<CheckResult, 'check' | 'table' | 'column'>): string {
  return `${check} ${table}${column === undefined ? '' : `.${column}`}`
}

/** Something no evidence was gathered for. */
export interface NotCovered {
  subject: string
  reason: string
  /** The reason under which the plan's `gate.accept` takes it as it is; absent where it does not. */
  accepted?: string
}

export interface VerifyResult {
  verdict: 'match' | 'mismatch' | 'inconclusive'
  tables: TableResult[]
  /** At most `--limit-diffs` of them; the counts in `tables` are always complete. */
  differences: Difference[]
  checks: CheckResult[]
  not_covered: NotCovered[]
}
