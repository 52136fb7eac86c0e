import { type Command, Option } from 'commander'
import { dryRun } from '../migrate/dry-run.ts'
import { migrate } from '../migrate/migrate.ts'
import { ParitygateError } from '../model/error.ts'
import { balances, type LedgerEntry, type MigrateResult } from '../model/ledger.ts'
import { type EvidenceOptions, evidenceCommand, interruptSignal, wholeNumber, withPlan } from './options.ts'
import { columns, type Output } from './output.ts'
import { previewText } from './preview.ts'
import { showProgress } from './progress.ts'
import { byteRate, seconds, timeLimit } from './quantities.ts'
import { lockTimeout, statementTimeout, type TimeLimitOptions } from './time-limits.ts'

const DAY_MS = 24 * 3_600_000

interface Options extends EvidenceOptions, TimeLimitOptions {
  createSchema?: boolean
  truncate?: boolean
  append?: boolean
  maxRejects: number
  phase?: number[]
  only?: string[]
  batchSize?: number
  jobs: number
  chunkRows?: number
  rerun?: boolean
  interrupted?: 'rerun' | 'done'
  maxRate?: number
  maxLag?: number
  replica?: string[]
  maxActive?: number
  retries: number
  backup: boolean
  backupWithin?: number
  dryRun?: boolean
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
    .option('--phase <n>', 'only this phase of the plan; can be said again', collectNumbers)
    .option('--only <table>', 'only this table of the plan; can be said again', collect)
    .option('--batch-size <n>', 'rows sent to the target at a time', wholeNumber)
    .option('--jobs <n>', 'copiers at work on one large table at a time', wholeNumber, 1)
    .option('--chunk-rows <n>', 'rows of a large table that are copied in one transaction', wholeNumber)
    .option(
      '--backup-within <time>',
      'how old a backup of a target that holds rows may be (default: 24h)',
      timeLimit,
    )
    .option('--no-backup', 'write a target that holds rows without a backup')
    .option('--rerun', 'run scripts and commands of a phase again that have run already')
    .addOption(
      new Option(
        '--interrupted <answer>',
        'what becomes of scripts and commands of a phase that were begun and have not finished: run again, or taken for done',
      ).choices(['rerun', 'done']),
    )
    .option(
      '--max-rate <bytes>',
      'bytes of rows per second, of all tables together: 500k, 20M, 1G (k is 1024; a plain number is bytes)',
      byteRate,
    )
    .option('--max-lag <seconds>', 'wait while a replica of the target is further behind', seconds)
    .option('--replica <url>', 'ask this replica for --max-lag; can be said again', collect)
    .option(
      '--max-active <n>',
      'wait while more connections than this are at work on source or target',
      wholeNumber,
    )
    .addOption(lockTimeout)
    .addOption(statementTimeout)
    .option(
      '--retries <n>',
      'try again after a failure that may pass, such as a lost connection; 0: never',
      wholeNumber,
      5,
    )
    .option('--dry-run', 'say what would be read, made and written, with sample rows; write nothing')
    .action(run)
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value]
}

function collectNumbers(value: string, before: number[] = []): number[] {
  return [...before, wholeNumber(value)]
}

async function run(options: Options): Promise<void> {
  if (options.batchSize === 0) throw new ParitygateError('usage.invalid', '--batch-size must be 1 or more')
  if (options.jobs === 0) throw new ParitygateError('usage.invalid', '--jobs must be 1 or more')
  if (options.chunkRows === 0) throw new ParitygateError('usage.invalid', '--chunk-rows must be 1 or more')
  if (options.truncate && options.append)
    throw new ParitygateError('usage.invalid', 'say --truncate or --append, not both')
  await withPlan(options, async ({ plan, store, out }) => {
    const progress = await showProgress(out)
    const existingRows = options.truncate ? 'truncate' : options.append ? 'append' : undefined
    const selection = {
      ...(options.phase ? { phases: options.phase } : {}),
      ...(options.only ? { only: options.only } : {}),
    }
    if (options.dryRun) {
      const preview = await dryRun(
        plan,
        store,
        { ...selection, rerun: options.rerun ?? false, interrupted: options.interrupted },
        interruptSignal(),
      )
      out.document(preview)
      out.say(previewText(preview))
      process.exitCode = preview.problems.length > 0 ? 2 : 0
      return
    }
    const result = await migrate(plan, store, {
      ...selection,
      createSchema: options.createSchema ?? false,
      maxRejects: options.maxRejects,
      rerun: options.rerun ?? false,
      interrupted: options.interrupted,
      backupWithinMs: options.backup ? (options.backupWithin ?? DAY_MS) : undefined,
      jobs: options.jobs,
      ...(options.chunkRows ? { chunkRows: options.chunkRows } : {}),
      ...(options.batchSize ? { batchRows: options.batchSize } : {}),
      ...(existingRows ? { existingRows } : {}),
      maxRate: options.maxRate,
      maxLag: options.maxLag,
      replicas: options.replica,
      maxActive: options.maxActive,
      lockTimeoutMs: options.lockTimeout,
      statementTimeoutMs: options.statementTimeout,
      retries: options.retries,
      onProgress: progress.onProgress,
      signal: interruptSignal(),
    }).finally(progress.end)
    out.document(result)
    printLedger(result, out)
    process.exitCode = result.status === 'rejected' ? 1 : 0
  })
}

function quarantinedRows(tables: LedgerEntry[]): string {
  const rows = tables.reduce((sum, { quarantined }) => sum + quarantined, 0)
  return rows === 1 ? '1 row' : `${rows} rows`
}

export function printLedger(result: MigrateResult, out: Output): void {
  const ledger = result.tables.map(entry => [
    entry.table,
    ...[entry.read, entry.written, entry.quarantined, entry.excluded].map(String),
    balances(entry) ? 'yes' : 'NO',
    entry.status,
  ])
  for (const { phase, subject, status, files, notices, output } of result.work) {
    out.say(`phase ${phase} ${subject}: ${status}`)
    for (const { path, sha256 } of files) out.say(`  ${path} sha256 ${sha256}`)
    for (const notice of notices) out.say(`  ${notice}`)
    if (output) out.say(`  output: ${output}`)
  }
  if (result.tables.length > 0)
    out.say(columns(['table', 'read', 'written', 'quarantined', 'excluded', 'balances', 'status'], ledger))
  for (const { table, sources } of result.tables) {
    const parts = sources?.map(({ name, read, kept }) => `${kept} of ${read} from ${name}`)
    if (parts) out.say(`${table}: ${parts.join(', ')}`)
  }
  for (const notice of result.notices) out.say(`note: ${notice}`)
  for (const { table, column, note } of result.fidelity)
    out.say(`fidelity: ${table}${column ? `.${column}` : ''}: ${note}`)
  for (const { subject, reason, accepted } of result.not_covered)
    if (!accepted) out.say(`not covered: ${subject}: ${reason}`)
  if (result.quarantine_file) out.say(`Quarantined rows: ${result.quarantine_file}`)
  const next =
    'See them with paritygate quarantine list; mend the source, the plan or the target, then run paritygate quarantine retry.'
  if (result.status === 'finished') out.say('Finished: every row is accounted for.')
  else if (result.status === 'nothing to do')
    out.say('Nothing to do: all that was asked for is done already.')
  else
    out.sayFailure(
      `Failed: the target refused ${quarantinedRows(result.tables)}, now in quarantine; everything else is written. ${next}`,
    )
  const left = result.tables.filter(({ status, quarantined }) => status === 'already finished' && quarantined)
  if (left.length > 0) {
    const rows = quarantinedRows(left)
    if (result.status === 'rejected') out.say(`Of these from an earlier run: ${rows}.`)
    else out.say(`Still in quarantine from an earlier run: ${rows}. ${next}`)
  }
}
