import { Command } from 'commander'
import { type RetryResult, retryQuarantine } from '../migrate/retry-quarantine.ts'
import { ParitygateError } from '../model/error.ts'
import type { QuarantinedRow } from '../model/ledger.ts'
import type { Plan } from '../plan/load-plan.ts'
import { nearest } from '../plan/nearest.ts'
import { legible, literalKey } from '../report/visible.ts'
import type { QuarantineReason } from '../store/quarantine.ts'
import type { Store } from '../store/store.ts'
import { exportCommand } from './export-quarantine.ts'
import { type EvidenceOptions, evidenceCommand, interruptSignal, wholeNumber, withPlan } from './options.ts'
import { columns, type Output } from './output.ts'
import { showProgress } from './progress.ts'
import { lockTimeout, statementTimeout, type TimeLimitOptions } from './time-limits.ts'

export function quarantineCommand(): Command {
  const command = new Command('quarantine').description(
    'Shows the rows the target refused, and loads them again once source, plan or target are mended.',
  )
  for (const part of [listCommand, retryCommand, exportCommand]) command.addCommand(part().exitOverride())
  return command
}

interface TableOptions extends EvidenceOptions {
  table?: string
}

function listCommand(): Command {
  return evidenceCommand(
    'list',
    'Lists quarantined rows: by table and reason, then row by row.',
    'paritygate quarantine list --table users',
  )
    .option('--table <table>', 'only this table of the plan')
    .option('--limit <n>', 'at most so many rows, and so many reasons', wholeNumber, 100)
    .action(async (options: TableOptions & { limit: number }) => {
      await withPlan(options, ({ plan, store, out }) => {
        const table = tableOf(plan, store, options) ?? null
        const { limit } = options
        const listing: Listing = {
          total: store.quarantinedTotal(table),
          reasons: store.quarantineReasons(table),
          rows: [...store.currentQuarantine(limit, table)],
        }
        const reasons = listing.reasons.slice(0, limit)
        out.document({ ...listing, reasons, more_reasons: listing.reasons.length - reasons.length })
        printListing(listing, limit, out)
      })
    })
}

interface Listing {
  total: number
  reasons: QuarantineReason[]
  /** The first of them. */
  rows: QuarantinedRow[]
}

function printListing({ total, reasons, rows }: Listing, limit: number, out: Output): void {
  if (total === 0) {
    out.say('No row is quarantined.')
    return
  }
  const shown = reasons.slice(0, limit)
  out.say(`${rowsText(total)} in quarantine`)
  for (const { table, column, reason, rows: count } of shown)
    out.say(
      `  ${legible(table)}${column ? `.${legible(column)}` : ''}: ${rowsText(count)}: ${legible(reason)}`,
    )
  if (reasons.length > shown.length) out.say(`  and ${reasons.length - shown.length} more reasons`)
  out.say('')
  for (const { table, key, column, reason } of rows)
    out.say(`${legible(table)} ${literalKey(key)}${column ? `, ${legible(column)}` : ''}: ${legible(reason)}`)
  if (total > rows.length)
    out.say(`and ${total - rows.length} more: say --limit, or paritygate quarantine export for all`)
}

function retryCommand(): Command {
  return evidenceCommand(
    'retry',
    'Loads quarantined rows again, from the source as it is now.',
    'paritygate quarantine retry && paritygate verify',
  )
    .option('--table <table>', 'only this table of the plan')
    .addOption(lockTimeout)
    .addOption(statementTimeout)
    .action(async (options: TableOptions & TimeLimitOptions) => {
      await withPlan(options, async ({ plan, store, out }) => {
        const table = tableOf(plan, store, options)
        const progress = await showProgress(out)
        const result = await retryQuarantine(plan, store, {
          ...(table === undefined ? {} : { tables: [table] }),
          lockTimeoutMs: options.lockTimeout,
          statementTimeoutMs: options.statementTimeout,
          onProgress: progress.onProgress,
          signal: interruptSignal(),
        }).finally(progress.end)
        out.document(result)
        printRetry(result, out)
        process.exitCode = result.status === 'rejected' ? 1 : 0
      })
    })
}

function printRetry({ status, tables, notices, quarantine_file }: RetryResult, out: Output): void {
  const lines = tables.map(({ table, loaded, gone, entry }) => [
    table,
    ...[loaded, entry.quarantined, gone, entry.read, entry.written].map(String),
  ])
  if (lines.length > 0)
    out.say(columns(['table', 'loaded', 'still refused', 'gone from the source', 'read', 'written'], lines))
  for (const notice of notices) out.say(`note: ${notice}`)
  if (quarantine_file) out.say(`Quarantined rows: ${quarantine_file}`)
  if (status === 'finished')
    out.say('No row is in quarantine any more. Run paritygate verify: evidence from before counts no more.')
  else if (status === 'nothing to do') out.say('Nothing to do: no row is in quarantine.')
  else out.sayFailure('Rows are still in quarantine: paritygate quarantine list says why.')
}

/** @throws {ParitygateError} usage.invalid, where the plan has no such table */
function tableOf(plan: Plan, store: Store, { table }: TableOptions): string | undefined {
  if (table === undefined || Object.hasOwn(plan.tables, table)) return table
  // Archived tables stand elsewhere in the plan.
  if (store.quarantinedTotal(table) > 0) return table
  const known = Object.keys(plan.tables).map(name => ({ name }))
  throw new ParitygateError(
    'usage.invalid',
    `--table ${table}: the plan has no such table${nearest(table, known)}`,
  )
}

function rowsText(rows: number): string {
  return rows === 1 ? '1 row' : `${rows} rows`
}
