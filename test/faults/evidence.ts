import type { VerifyResult } from '../../src/model/finding.ts'
import type { MigrateResult, QuarantinedRow } from '../../src/model/ledger.ts'
import type { GateResult } from '../../src/model/verdict.ts'
import { type CommandEnd, runCommand, type TimedStep } from './command.ts'
import { type Dump, dumpDifferences } from './dump.ts'
import type { Cutover, Subject } from './subject.ts'

/** What a migrate that ended by itself leaves behind: in the target, in the ledger, and for verify. */
export interface Evidence {
  exitCode: number | null
  /** `events: read 60000, written …` */
  ledger: string[]
  unbalanced: string[]
  /** `table id` of each row. */
  quarantined: string[]
  /** The verdict, and each table's rows and differences. */
  verified: string[]
  /** The gate's verdict, and each of its criteria. */
  decided: string[]
  dump: Dump
  leftBehind: string[]
}

/** A migrate that nothing disturbs, which all others are held against. */
export interface Undisturbed extends Evidence {
  steps: TimedStep[]
  ms: number
}

/** How long a server may take to notice that a client is gone. */
const LEFT_BEHIND_MS = 10_000

export async function gather(cutover: Cutover, last: CommandEnd): Promise<Evidence> {
  const leftBehind = await untilAlone(cutover)
  const { tables } = documentOf<MigrateResult>(last)
  const [dump, judged] = await Promise.all([cutover.target.dump(), judgedBy(cutover)])
  return {
    exitCode: last.exitCode,
    ledger: tables
      .map(
        ({ table, read, written, quarantined, excluded }) =>
          `${table}: read ${read}, written ${written}, quarantined ${quarantined}, excluded ${excluded}`,
      )
      .sort(),
    unbalanced: tables
      .filter(({ read, written, quarantined, excluded }) => read !== written + quarantined + excluded)
      .map(({ table }) => table),
    ...judged,
    dump,
    leftBehind,
  }
}

/** What the product itself says of the cutover. */
async function judgedBy({ words }: Cutover): Promise<Pick<Evidence, 'verified' | 'decided' | 'quarantined'>> {
  const verify = await runCommand(['verify', ...words])
  const gate = documentOf<GateResult>(await runCommand(['gate', ...words]))
  const report = await runCommand(['report', '--format', 'json', ...words])
  const { quarantined } = documentOf<{ quarantined: QuarantinedRow[] }>(report)
  return {
    verified: verifiedText(verify),
    decided: [gate.verdict, ...gate.criteria.map(({ criterion, status }) => `${criterion}: ${status}`)],
    quarantined: quarantined.map(({ table, row }) => `${table} ${row.id}`).sort(),
  }
}

/** @throws what the command said, where it gave no document */
export function documentOf<T>({ stdout, stderr, exitCode }: CommandEnd): T {
  try {
    const document = JSON.parse(stdout)
    if (document.error === undefined) return document
    throw new Error(stderr)
  } catch {
    throw new Error(`no document on standard output (exit code ${exitCode}): ${stderr.trim()}`)
  }
}

function verifiedText(end: CommandEnd): string[] {
  const { verdict, tables, checks } = documentOf<VerifyResult>(end)
  if (tables === undefined) return [end.stderr.trim()]
  const rows = tables.map(
    ({ table, source_rows, target_rows, missing, extra, changed, matched }) =>
      `${table}: ${source_rows} and ${target_rows} rows, ${matched} equal, ${missing} missing, ${extra} extra, ${changed} changed`,
  )
  const failed = checks
    .filter(({ status }) => status !== 'pass')
    .map(({ check, table, column, status, found }) => `${check} ${table}.${column}: ${status}, ${found}`)
  return [verdict, ...rows.sort(), ...failed.sort()]
}

/** What still holds the target when servers have had time to notice that nobody is there any more. */
export async function untilAlone({ target }: Cutover): Promise<string[]> {
  for (const until = Date.now() + LEFT_BEHIND_MS; ; ) {
    const left = await target.leftBehind()
    if (left.length === 0 || Date.now() > until) return left
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** What is wrong with an undisturbed run by itself, before anything is held against it. */
export function undisturbedProblems({ data, target }: Subject, found: Evidence): string[] {
  const problems = ownProblems(found)
  if (found.exitCode !== 0) problems.push(`exit code ${found.exitCode}`)
  problems.push(...listDifferences('quarantine', data.quarantined(target), found.quarantined))
  const missing = found.verified.filter(line => /: \d+ and .* [1-9]\d* (extra|changed)/.test(line))
  return [...problems, ...missing]
}

/** What is not as it should be, for people. */
export interface Problems {
  /** Rows that are lost, doubled or changed, in the target, the ledger or quarantine. */
  rows: string[]
  rest: string[]
}

/** How what a disturbed run leaves differs from what the undisturbed one left. */
export function judge(wanted: Evidence, found: Evidence): Problems {
  const { rows, rest } = dumpDifferences(wanted.dump, found.dump)
  for (const part of ['ledger', 'quarantined', 'verified'] as const)
    rows.push(...listDifferences(part, wanted[part], found[part]))
  rest.push(...listDifferences('gate', wanted.decided, found.decided))
  if (found.exitCode !== wanted.exitCode)
    rest.push(`exit code ${found.exitCode} instead of ${wanted.exitCode}`)
  return { rows, rest: [...rest, ...ownProblems(found)] }
}

function ownProblems({ unbalanced, leftBehind }: Evidence): string[] {
  return [
    ...unbalanced.map(table => `the ledger of ${table} does not balance`),
    ...leftBehind.map(line => `left behind: ${line}`),
  ]
}

function listDifferences(what: string, wanted: string[], found: string[]): string[] {
  const left = [...found]
  const missing = wanted.filter(line => {
    const index = left.indexOf(line)
    if (index >= 0) left.splice(index, 1)
    return index < 0
  })
  return [
    ...missing.map(line => `${what}: missing: ${line}`),
    ...left.map(line => `${what}: too many: ${line}`),
  ]
}
