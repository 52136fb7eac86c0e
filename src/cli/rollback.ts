import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import type { BackupRecord } from '../model/backup.ts'
import { ParitygateError } from '../model/error.ts'
import type {
  ExportedTable,
  Left,
  RollbackPreview,
  RollbackResult,
  RollbackTable,
} from '../model/rollback.ts'
import { backupFromBefore } from '../rollback/restore-target.ts'
import { previewRollback, rollback } from '../rollback/rollback.ts'
import type { RestoreChoice } from '../rollback/rollback-context.ts'
import { type EvidenceOptions, evidenceCommand, interruptSignal, withPlan } from './options.ts'
import { columns, type Output } from './output.ts'

interface Options extends EvidenceOptions {
  yes?: boolean
  dryRun?: boolean
  restore?: boolean
  backup?: string
  clientDir?: string
}

export function rollbackCommand(): Command {
  return evidenceCommand(
    'rollback',
    'Takes away what migrate has written, once rows that would be lost are saved to files.',
    'paritygate rollback --dry-run',
  )
    .option('--yes', 'do not ask for a confirmation')
    .option('--dry-run', 'say what would be removed and what would stay; change nothing')
    .option('--restore', 'restore the backup of the target from before migrate instead')
    .option('--backup <file>', 'with --restore: this backup')
    .option('--client-dir <folder>', "with --restore: the folder of the database's own client programs")
    .action(run)
}

async function run(options: Options): Promise<void> {
  if (!options.restore && (options.backup !== undefined || options.clientDir !== undefined))
    throw new ParitygateError('usage.invalid', '--backup and --client-dir are for --restore')
  const asks = !options.yes && !options.dryRun
  if (asks && !process.stdin.isTTY)
    throw new ParitygateError(
      'usage.invalid',
      'a rollback has to be confirmed, and there is no terminal to ask at',
      {
        hint: 'See what it would do with --dry-run, then say --yes.',
      },
    )
  await withPlan(options, async ({ plan, store, out }) => {
    const signal = interruptSignal()
    const restore = options.restore ? { restore: choiceOf(options) } : {}
    if (options.dryRun) {
      const preview = await previewRollback(plan, store, { signal, ...restore })
      out.document(preview)
      if (preview.status === 'nothing to do') out.say(NOTHING)
      else sayPreview(preview, out)
      return
    }
    const result = await rollback(plan, store, {
      async confirm(preview) {
        sayPreview(preview, out)
        return options.yes || (await isTyped(preview.name, signal))
      },
      onExport: tables => sayExported(tables, out),
      signal,
      ...restore,
    })
    out.document(result)
    if (result.status === 'nothing to do') out.say(NOTHING)
    else sayEnd(result, await backupFromBefore(store), out)
    process.exitCode = result.status === 'incomplete' ? 1 : 0
  })
}

const NOTHING = 'Nothing to do: the target knows of no copy by this plan.'

function choiceOf({ backup, clientDir }: Options): RestoreChoice {
  return { ...(backup === undefined ? {} : { backup }), ...(clientDir === undefined ? {} : { clientDir }) }
}

async function isTyped(name: string, signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await terminal.question(`Type ${name} to go on: `, { signal })) === name
  } finally {
    terminal.close()
  }
}

function sayPreview({ target, tables, made, left, restores }: RollbackPreview, out: Output): void {
  out.say(`In ${target}:`)
  const lines = tables.map(({ table, written, rows, before, way }) => [
    table,
    ...[written, rows, before].map(String),
    way,
  ])
  if (lines.length > 0)
    out.say(columns(['table', 'written', 'rows now', 'rows before', 'what becomes of it'], lines))
  if (restores) {
    out.say(
      `All of it goes, tables of no plan too. In its place comes the backup of ${restores.at}: ${restores.file}`,
    )
    out.say('What is there now is backed up before.')
  } else sayRemoved(tables, made, out)
  sayLeft('This command does not take back:', left, out)
  if (tables.length > 0)
    out.say('Rows the copy has not written, or that are another now, are saved to files before.')
}

function sayRemoved(tables: RollbackTable[], made: string[], out: Output): void {
  const counters = tables.filter(({ counters, way }) => counters && way !== 'stays')
  if (counters.length > 0) out.say(`Counters are put back: ${counters.map(({ table }) => table).join(', ')}`)
  if (made.length > 0) out.say(`Dropped, too: ${made.join(', ')}`)
  out.say(`Dropped${tables.length > 0 ? ', too' : ''}: what Paritygate keeps there (_paritygate)`)
}

function sayLeft(title: string, left: Left[], out: Output): void {
  if (left.length === 0) return
  out.say([title, ...leftLines(left)].join('\n'))
}

function leftLines(left: Left[]): string[] {
  return left.map(({ what, reason }) => `  ${what}: ${reason}`)
}

function sayExported(tables: ExportedTable[], out: Output): void {
  if (tables.length === 0) return void out.say('No row would be lost.')
  for (const { table, file, rows, added, changed, whole } of tables) {
    const kinds = whole === null ? `${added} added, ${changed} changed` : `all of them: ${whole}`
    out.say(`Saved ${rows} ${rows === 1 ? 'row' : 'rows'} of ${table} (${kinds}): ${file}`)
  }
  out.say(
    'These files hold values of the application as they are, secrets too; only their owner may read them.',
  )
}

function sayEnd(
  { status, left, restores, backup }: RollbackResult,
  before: BackupRecord | null,
  out: Output,
): void {
  if (backup) out.say(`What was there is in a backup: ${backup}`)
  if (status === 'restored') {
    sayLeft('No backup has:', left, out)
    return void out.say(`Restored: the target is as it was at ${restores!.at}.`)
  }
  if (left.length === 0) return void out.say('Rolled back: the target is as it was before.')
  out.sayFailure(['Rolled back, but for what is left:', ...leftLines(left)].join('\n'))
  out.say(
    before
      ? `The backup of ${before.at} has what was there before: paritygate rollback --restore`
      : 'The state knows of no whole backup of the target from before migrate; whoever has another one can restore it.',
  )
}
