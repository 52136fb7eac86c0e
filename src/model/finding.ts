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
  /** Sum of the 64-bit hashes of all canonical rows, modulo 2^64, as 16 hexadecimal digits. */
  source_checksum: string
  target_checksum: string
  missing: number
  extra: number
  changed: number
  /** Rows that are equal on both sides. */
  matched: number
  /** How the rows were paired: by ranges of an integer key, by hash of the key, or as a multiset. */
  strategy: 'range' | 'hash' | 'multiset'
  ms: number
}

/** Equal counts do not outweigh unequal checksums: each on its own is a disagreement. */
export function agrees(table: TableResult): boolean {
  const differing = table.missing + table.extra + table.changed
  return (
    differing === 0 &&
    table.source_rows === table.target_rows &&
    table.source_checksum === table.target_checksum
  )
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
