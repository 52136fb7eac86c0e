import type { Command } from 'commander'
import { checkSubject, type Difference, type TableResult, type VerifyResult } from '../model/finding.ts'
import { verify } from '../verify/verify.ts'
import { type EvidenceOptions, evidenceCommand, interruptSignal, wholeNumber, withPlan } from './options.ts'
import { columns, type Output } from './output.ts'
import { showProgress } from './progress.ts'

export function verifyCommand(): Command {
  return evidenceCommand(
    'verify',
    'Compares both sides row by row and runs the checks; writes to neither.',
    'paritygate verify --json > verify.json',
  )
    .option('--limit-diffs <n>', 'differences listed per table; all are counted', wholeNumber, 100)
    .option('--hash-here', 'stream every table, also where both databases could hash their rows alike')
    .action(async (options: EvidenceOptions & { limitDiffs: number; hashHere?: boolean }) => {
      await withPlan(options, async ({ plan, store, out }) => {
        const progress = await showProgress(out)
        const result = await verify(plan, store, {
          limitDiffs: options.limitDiffs,
          hashHere: options.hashHere ?? false,
          onProgress: progress.onProgress,
          signal: interruptSignal(),
        }).finally(progress.end)
        out.document(result)
        printVerify(result, out)
        process.exitCode = { match: 0, mismatch: 1, inconclusive: 3 }[result.verdict]
      })
    })
}

export function printVerify(result: VerifyResult, out: Output): void {
  const rows = result.tables.map(table => [
    table.table,
    ...[table.source_rows, table.target_rows, table.missing, table.extra, table.changed].map(String),
    String(table.excused_rows),
    table.source_checksum,
    table.target_checksum,
    table.strategy,
    table.hashed,
  ])
  out.say(
    columns(
      [
        'table',
        'source',
        'target',
        'missing',
        'extra',
        'changed',
        'excused',
        'source checksum',
        'target checksum',
        'paired by',
        'hashed',
      ],
      rows,
    ),
  )
  for (const difference of result.differences) out.say(differenceText(difference))
  for (const table of result.tables) sayExcused(table, out)
  for (const check of result.checks) {
    // What the plan asks by name is answered by name.
    if (check.check === 'query' && check.status === 'pass')
      out.say(`✓ PASS | ${check.table}: ${check.detail}`)
    if (check.status !== 'pass')
      out.say(`${check.status === 'fail' ? '✗' : '?'} ${checkSubject(check)}: ${check.detail}`)
  }
  out.say(
    `${result.checks.filter(({ status }) => status === 'pass').length} of ${result.checks.length} checks pass`,
  )
  for (const { subject, reason, accepted } of result.not_covered) {
    out.say(
      accepted === undefined ? `not covered: ${subject}: ${reason}` : `accepted: ${subject}: ${accepted}`,
    )
  }
  out.say(`Verdict: ${result.verdict}`)
}

/** What the plan lets pass, with its reasons, also where nothing came to pass by it. */
function sayExcused({ table, excused, accepted_losses, only_normalisation }: TableResult, out: Output): void {
  const rows = (count: number) => (count === 1 ? '1 row' : `${count} rows`)
  if (only_normalisation > 0)
    out.say(`${table}: ${rows(only_normalisation)} of those changed in nothing but Unicode normalisation`)
  for (const { column, rule, reason, rows: count } of excused)
    out.say(`excused: ${table}.${column}: ${rule}: ${rows(count)}: ${reason}`)
  for (const { column, reason } of accepted_losses)
    out.say(`loss accepted: ${table}.${column}: compared as rounded: ${reason}`)
}

function differenceText({ table, key, kind, columns: changed, note }: Difference): string {
  const value = (text: string | null) => (text === null ? 'NULL' : JSON.stringify(text))
  const keys = Object.entries(key).map(([name, text]) => `${name} ${value(text)}`)
  const cells =
    kind === 'changed'
      ? Object.entries(changed).map(
          ([name, { source, target }]) => `${name}: ${value(source)} → ${value(target)}`,
        )
      : []
  return `  ${kind} ${table} [${keys.join(', ')}]${cells.length > 0 ? ` ${cells.join('; ')}` : ''}${note ? ` (${note})` : ''}`
}
