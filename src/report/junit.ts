import { checkSubject, type Difference } from '../model/finding.ts'
import {
  agreementCounts,
  count,
  differenceCounts,
  type Figures,
  figuresOf,
  number,
  type TableFigures,
} from './figures.ts'
import type { ReportModel } from './model.ts'
import { legible, literal, literalKey } from './visible.ts'
import { listedOf, noMigrateRun, noVerifyRun } from './wording.ts'

interface Case {
  name: string
  outcome: 'passed' | 'failure' | 'error' | 'skipped'
  message?: string
  body?: string
  ms?: number
}

interface Suite {
  name: string
  cases: Case[]
}

/** Differences of one table that a failure quotes; the other reports list all of them. */
const QUOTED = 20

/**
 * JUnit XML with one suite per area. What is wrong is a failure, what has no evidence an error, and what has
 * none but is accepted by the plan is skipped; only evidence passes. Always well-formed XML 1.0.
 */
export function renderJunit(model: ReportModel): string {
  const figures = figuresOf(model)
  const suites: Suite[] = [
    { name: 'gate criteria', cases: criteria(model) },
    { name: 'tables', cases: tables(figures) },
    { name: 'excused', cases: excused(figures) },
    { name: 'checks', cases: checks(figures) },
    { name: 'not covered', cases: notCovered(figures) },
    { name: 'ledger', cases: ledger(model, figures) },
  ]
  const all = suites.flatMap(suite => suite.cases)
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="${attribute(`paritygate ${model.plan}: ${model.gate.verdict}`)}" ${totals(all)}>
${suites.map(suite => suiteXml(suite, model)).join('\n')}
</testsuites>
`
}

/**
 * Text for XML 1.0, in elements and in quoted attributes. Characters XML cannot hold, not even as a
 * reference, are spelled `\u0001`.
 */
function escapeXml(text: string): string {
  return legible(text).replace(/[&<>"'\t]/g, reference)
}

/** An attribute: a parser would turn a bare line end into a space. */
function attribute(text: string): string {
  return escapeXml(text).replace(/\n/g, reference)
}

function reference(character: string): string {
  return `&#${character.charCodeAt(0)};`
}

function criteria({ gate }: ReportModel): Case[] {
  const outcomes = { met: 'passed', 'not met': 'failure', 'no evidence': 'error' } as const
  if (gate.criteria.length === 0) {
    return [{ name: 'gate', outcome: 'error', message: 'The gate holds no criterion.' }]
  }
  return gate.criteria.map(each => ({
    name: each.criterion,
    outcome: outcomes[each.status],
    message: `${each.status}: ${each.reason}`,
  }))
}

function tables({ verify }: Figures): Case[] {
  if (!verify) return [{ name: 'verify', outcome: 'error', message: noVerifyRun }]
  if (verify.tables.length === 0) {
    return [{ name: 'verify', outcome: 'error', message: 'Verify compared no table.' }]
  }
  return verify.tables.map(table => {
    if (table.agrees) return { name: table.table, outcome: 'passed', message: compared(table), ms: table.ms }
    const listed = verify.groups.find(group => group.table === table.table)?.differences ?? []
    return {
      name: table.table,
      outcome: 'failure',
      message: `differences: ${differenceCounts(table)}`,
      body: tableBody(table, listed),
      ms: table.ms,
    }
  })
}

/** What the plan lets pass is skipped, so that it shows; a rule that excused nothing did no harm. */
function excused({ verify }: Figures): Case[] {
  if (!verify) return []
  return [
    ...verify.excused.map(
      ({ table, column, rule, rows, reason }): Case => ({
        name: `${table}.${column} ${rule}`,
        outcome: rows > 0 ? 'skipped' : 'passed',
        message: `${count(rows, 'row')} excused: ${reason}`,
      }),
    ),
    ...verify.acceptedLosses.map(
      ({ table, column, reason }): Case => ({
        name: `${table}.${column} accept_loss`,
        outcome: 'skipped',
        message: `compared as rounded: ${reason}`,
      }),
    ),
  ]
}

function tableBody(table: TableFigures, listed: Difference[]): string {
  const quoted = listed.slice(0, QUOTED)
  return [
    `source: ${count(table.source_rows, 'row')}, checksum ${table.source_checksum}`,
    `target: ${count(table.target_rows, 'row')}, checksum ${table.target_checksum}`,
    `differences: ${differenceCounts(table)}; ${listedOf(quoted.length, table.differences)}`,
    compared(table),
    ...quoted.flatMap(differenceLines),
  ].join('\n')
}

function compared(table: TableFigures): string {
  return `${agreementCounts(table)}, paired by ${table.strategy}, hashed ${table.hashed}`
}

function differenceLines(difference: Difference): string[] {
  const absent = { missing: 'target', extra: 'source', changed: undefined }[difference.kind]
  const columns = Object.entries(difference.columns).map(([column, values]) => {
    const sides = (['source', 'target'] as const).map(
      side => `${side} ${side === absent ? 'no row' : literal(values[side])}`,
    )
    return `  ${column}: ${sides.join(', ')}`
  })
  return [
    `${difference.kind}: ${literalKey(difference.key)}`,
    ...columns,
    ...(difference.note === undefined ? [] : [`  ${difference.note}`]),
    `  source SQL: ${difference.sql.source}`,
    `  target SQL: ${difference.sql.target}`,
  ]
}

function checks({ verify }: Figures): Case[] {
  if (!verify) return [{ name: 'verify', outcome: 'error', message: noVerifyRun }]
  const outcomes = { pass: 'passed', fail: 'failure', not_run: 'error' } as const
  return verify.checks.map(check => ({
    name: checkSubject(check),
    outcome: outcomes[check.status],
    message: check.found === null ? check.detail : `${number(check.found)} found: ${check.detail}`,
    ...(check.sql === undefined ? {} : { body: check.sql }),
  }))
}

function notCovered({ notCovered: all }: Figures): Case[] {
  return all.map(each =>
    each.accepted === undefined
      ? { name: each.subject, outcome: 'error', message: each.reason }
      : { name: each.subject, outcome: 'skipped', message: `accepted: ${each.accepted} (${each.reason})` },
  )
}

function ledger({ migrate }: ReportModel, { ledger: figures }: Figures): Case[] {
  // Whether the plan needs a migrate run is for the gate's criteria to say, so its absence is no error here.
  if (!migrate || !figures) return [{ name: 'migrate', outcome: 'skipped', message: noMigrateRun }]
  const message = `Migrate ended with: ${migrate.status}.`
  return [
    { name: 'migrate', outcome: migrate.status === 'rejected' ? 'failure' : 'passed', message },
    ...figures.entries.map(
      (entry): Case => ({
        name: entry.table,
        outcome: entry.balanced ? 'passed' : 'failure',
        message: `${count(entry.read, 'row')} read, ${number(entry.unaccounted)} unaccounted for`,
        ms: entry.ms,
      }),
    ),
  ]
}

function suiteXml(suite: Suite, model: ReportModel): string {
  const time = suite.cases.reduce((sum, each) => sum + (each.ms ?? 0), 0)
  const cases = suite.cases.map(each => caseXml(suite.name, each)).join('\n')
  return `  <testsuite name="${suite.name}" ${totals(suite.cases)} time="${seconds(time)}" timestamp="${attribute(model.gate.decided_at)}">
${cases}${cases && '\n'}  </testsuite>`
}

function caseXml(suite: string, each: Case): string {
  const head = `    <testcase classname="${suite}" name="${attribute(each.name)}" time="${seconds(each.ms ?? 0)}"`
  if (each.outcome === 'passed') {
    if (each.message === undefined) return `${head}/>`
    return `${head}><system-out>${escapeXml(each.message)}</system-out></testcase>`
  }
  const message = `message="${attribute(each.message ?? '')}"`
  if (each.outcome === 'skipped') return `${head}><skipped ${message}/></testcase>`
  const body = each.body === undefined ? '' : escapeXml(each.body)
  return `${head}><${each.outcome} ${message} type="${each.outcome === 'error' ? 'no evidence' : 'mismatch'}">${body}</${each.outcome}></testcase>`
}

function totals(cases: Case[]): string {
  const of = (outcome: Case['outcome']) => cases.filter(each => each.outcome === outcome).length
  return `tests="${cases.length}" failures="${of('failure')}" errors="${of('error')}" skipped="${of('skipped')}"`
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}
