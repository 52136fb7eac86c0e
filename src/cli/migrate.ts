import type { Command } from 'commander'
import { migrate } from '../migrate/migrate.ts'
import { ParitygateError } from '../model/error.ts'
import { balances, type MigrateResult } from '../model/ledger.ts'
import { type EvidenceOptions, evidenceCommand, interruptSignal, wholeNumber, withPlan } from './options.ts'
import { columns, type Output } from './output.ts'
import { showProgress } from './progress.ts'

interface Options extends EvidenceOptions {
  createSchema?: boolean
  truncate?: boolean
  append?: boolean
  maxRejects: number
}

export function migrateCommand(): Command {
  return evidenceCommand(
    'migrate',
    'Copies what the plan maps and is not copied yet.',
    'paritygate migrate --create-schema',
  )
    .option('--create-schema', 'create the tables the target lacks')
    .option('--truncate', 'empty target tables that hold rows')
    .option('--append', 'add to target tables that hold rows')
    .option(
      '--max-rejects <n>',
      'rows that may be quarantined; 0: finish every table and fail if there are any',
      wholeNumber,
      0,
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  if (options.truncate && options.append)
    throw new ParitygateError('usage.invalid', 'say --truncate or --append, not both')
  await withPlan(options, async ({ plan, store, out }) => {
    const progress = await showProgress(out)
    const existingRows = options.truncate ? 'truncate' : options.append ? 'append' : undefined
    const result = await migrate(plan, store, {
      createSchema: options.createSchema ?? false,
      maxRejects: options.maxRejects,
      ...(existingRows ? { existingRows } : {}),
      onProgress: progress.onProgress,
      signal: interruptSignal(),
    }).finally(progress.end)
    out.document(result)
    printLedger(result, out)
    process.exitCode = result.status === 'rejected' ? 1 : 0
  })
}

export function printLedger(result: MigrateResult, out: Output): void {
  const ledger = result.tables.map(entry => [
    entry.table,
    ...[entry.read, entry.written, entry.quarantined, entry.excluded].map(String),
    balances(entry) ? 'yes' : 'NO',
    entry.status,
  ])
  out.say(columns(['table', 'read', 'written', 'quarantined', 'excluded', 'balances', 'status'], ledger))
  for (const notice of result.notices) out.say(`note: ${notice}`)
  for (const { table, column, note } of result.fidelity)
    out.say(`fidelity: ${table}${column ? `.${column}` : ''}: ${note}`)
  for (const { subject, reason, accepted } of result.not_covered)
    if (!accepted) out.say(`not covered: ${subject}: ${reason}`)
  if (result.quarantine_file) out.say(`Quarantined rows: ${result.quarantine_file}`)
  const sentences = {
    finished: 'Finished: every row is accounted for.',
    rejected: 'Failed: the target refused rows. They are in quarantine; everything else is written.',
    'nothing to do': 'Nothing to do: every table of this plan is copied already.',
  }
  out.say(sentences[result.status])
  const left = result.tables.reduce(
    (sum, entry) => sum + (entry.status === 'already finished' ? entry.quarantined : 0),
    0,
  )
  if (left > 0) {
    const rows = left === 1 ? '1 row' : `${left} rows`
    out.say(
      `Still in quarantine from an earlier run: ${rows}. Mend the source or the plan, then say --truncate to copy again.`,
    )
  }
}
