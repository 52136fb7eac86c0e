import {
  agrees,
  type CheckResult,
  type Difference,
  type ExcusedByRule,
  type NotCovered,
  type TableResult,
  type VerifyResult,
} from '../model/finding.ts'
import { balances, type LedgerEntry } from '../model/ledger.ts'
import type { ReportModel } from './model.ts'

/** What the renderings derive from the model; each figure is worked out here and nowhere else. */
export interface Figures {
  criteria: { met: number; notMet: number; noEvidence: number }
  /** Null where there is no verify run. */
  verify: VerifyFigures | null
  /** Null where there is no migrate run. */
  ledger: LedgerFigures | null
  /** Of both runs, each subject and reason once; those nobody accepted come first. */
  notCovered: NotCovered[]
  accepted: number
}

export interface VerifyFigures {
  /** Tables that differ come first; otherwise in the order of the run. */
  tables: TableFigures[]
  agreeing: number
  totals: Pick<
    TableResult,
    | 'source_rows'
    | 'target_rows'
    | 'matched'
    | 'missing'
    | 'extra'
    | 'changed'
    | 'excused_rows'
    | 'only_normalisation'
    | 'ms'
  >
  /** Every rule of every table, in the order of the run. */
  excused: (ExcusedByRule & { table: string })[]
  acceptedLosses: { table: string; column: string; reason: string }[]
  groups: DifferenceGroup[]
  listed: number
  counted: number
  /** Failed first, then those that did not run, then passed. */
  checks: CheckResult[]
  statuses: Record<CheckResult['status'], number>
}

export interface TableFigures extends TableResult {
  agrees: boolean
  differences: number
}

export interface DifferenceGroup {
  table: string
  differences: Difference[]
  /** How many verify counted; never fewer than are listed. */
  counted: number
}

export interface LedgerFigures {
  /** Entries that do not balance come first; otherwise in the order of the run. */
  entries: LedgerLine[]
  totals: Pick<LedgerEntry, 'read' | 'written' | 'quarantined' | 'excluded' | 'ms'>
  balanced: number
}

export interface LedgerLine extends LedgerEntry {
  balanced: boolean
  /** Rows read of which the ledger does not say what became; negative where it names more than were read. */
  unaccounted: number
}

export function figuresOf(model: ReportModel): Figures {
  const criteria = model.gate.criteria
  const notCovered = allNotCovered(model)
  return {
    criteria: {
      met: criteria.filter(each => each.status === 'met').length,
      notMet: criteria.filter(each => each.status === 'not met').length,
      noEvidence: criteria.filter(each => each.status === 'no evidence').length,
    },
    verify: model.verify && verifyFigures(model.verify),
    ledger: model.migrate && ledgerFigures(model.migrate.tables),
    notCovered,
    accepted: notCovered.filter(each => each.accepted !== undefined).length,
  }
}

/** `12,034` in every locale. */
export function number(value: number): string {
  return value.toLocaleString('en-US')
}

/** `1 table`, `12,034 tables` */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`
}

/** `2 missing, 3 changed (1 in nothing but Unicode normalisation)`; `none` where a table has no difference. */
export function differenceCounts(
  table: Pick<TableResult, 'missing' | 'extra' | 'changed' | 'only_normalisation'>,
): string {
  const parts = (['missing', 'extra', 'changed'] as const)
    .filter(kind => table[kind] > 0)
    .map(kind => `${number(table[kind])} ${kind}`)
  if (table.only_normalisation > 0)
    parts.push(`${parts.pop()} (${number(table.only_normalisation)} in nothing but Unicode normalisation)`)
  return parts.join(', ') || 'none'
}

/** `1,204 matched, 2 excused` */
export function agreementCounts({ matched, excused_rows }: TableResult): string {
  const parts = [`${number(matched)} matched`]
  if (excused_rows > 0) parts.push(`${number(excused_rows)} excused`)
  return parts.join(', ')
}

function verifyFigures(verify: VerifyResult): VerifyFigures {
  const tables = verify.tables.map(table => {
    const differences = table.missing + table.extra + table.changed
    return { ...table, differences, agrees: agrees(table) }
  })
  const groups = groupDifferences(tables, verify.differences)
  const rank = { fail: 0, not_run: 1, pass: 2 }
  return {
    tables: tables.toSorted((a, b) => Number(a.agrees) - Number(b.agrees)),
    agreeing: tables.filter(table => table.agrees).length,
    totals: {
      source_rows: sum(tables, table => table.source_rows),
      target_rows: sum(tables, table => table.target_rows),
      matched: sum(tables, table => table.matched),
      missing: sum(tables, table => table.missing),
      extra: sum(tables, table => table.extra),
      changed: sum(tables, table => table.changed),
      excused_rows: sum(tables, table => table.excused_rows),
      only_normalisation: sum(tables, table => table.only_normalisation),
      ms: sum(tables, table => table.ms),
    },
    excused: tables.flatMap(({ table, excused }) => excused.map(each => ({ table, ...each }))),
    acceptedLosses: tables.flatMap(({ table, accepted_losses }) =>
      accepted_losses.map(each => ({ table, ...each })),
    ),
    groups,
    listed: verify.differences.length,
    counted: sum(groups, group => group.counted),
    checks: verify.checks.toSorted((a, b) => rank[a.status] - rank[b.status]),
    statuses: {
      pass: verify.checks.filter(check => check.status === 'pass').length,
      fail: verify.checks.filter(check => check.status === 'fail').length,
      not_run: verify.checks.filter(check => check.status === 'not_run').length,
    },
  }
}

function groupDifferences(tables: TableFigures[], differences: Difference[]): DifferenceGroup[] {
  const groups = new Map<string, DifferenceGroup>()
  for (const table of tables) {
    if (table.differences === 0) continue
    groups.set(table.table, { table: table.table, differences: [], counted: table.differences })
  }
  for (const difference of differences) {
    const group = groups.get(difference.table) ?? { table: difference.table, differences: [], counted: 0 }
    group.differences.push(difference)
    group.counted = Math.max(group.counted, group.differences.length)
    groups.set(difference.table, group)
  }
  return [...groups.values()]
}

function ledgerFigures(tables: LedgerEntry[]): LedgerFigures {
  const entries = tables.map(entry => ({
    ...entry,
    balanced: balances(entry),
    unaccounted: entry.read - entry.written - entry.quarantined - entry.excluded,
  }))
  return {
    entries: entries.toSorted((a, b) => Number(a.balanced) - Number(b.balanced)),
    totals: {
      read: sum(entries, entry => entry.read),
      written: sum(entries, entry => entry.written),
      quarantined: sum(entries, entry => entry.quarantined),
      excluded: sum(entries, entry => entry.excluded),
      ms: sum(entries, entry => entry.ms),
    },
    balanced: entries.filter(entry => entry.balanced).length,
  }
}

function allNotCovered(model: ReportModel): NotCovered[] {
  const all: NotCovered[] = []
  for (const each of [...(model.verify?.not_covered ?? []), ...(model.migrate?.not_covered ?? [])]) {
    if (!all.some(known => known.subject === each.subject && known.reason === each.reason)) all.push(each)
  }
  return all.toSorted((a, b) => Number(a.accepted !== undefined) - Number(b.accepted !== undefined))
}

function sum<T>(list: readonly T[], of: (each: T) => number): number {
  return list.reduce((total, each) => total + of(each), 0)
}
