import type { Command } from 'commander'
import { Argument } from 'commander'
import { type BackupOptions, backup } from '../backup/backup.ts'
import { parseConnectionUrl } from '../engines/connection-url.ts'
import type { BackupRecord, RestoreCheck } from '../model/backup.ts'
import { ParitygateError } from '../model/error.ts'
import { type FileState, stateOf } from '../store/backup-file.ts'
import type { Store } from '../store/store.ts'
import { type EvidenceOptions, evidenceCommand, interruptSignal, withPlan } from './options.ts'
import { columns, type Output } from './output.ts'
import { showProgress } from './progress.ts'

interface Options extends EvidenceOptions {
  out?: string
  clientDir?: string
  verifyRestore?: boolean
  scratch?: string
}

type Subject = BackupRecord['side'] | 'list'

export function backupCommand(): Command {
  return evidenceCommand(
    'backup',
    'Backs up one side with its own tools; `backup list` shows what there is.',
    'paritygate backup target --verify-restore',
  )
    .addArgument(
      new Argument('<what>', 'the side, or the backups there are').choices(['source', 'target', 'list']),
    )
    .option('--out <folder>', 'where the file goes (default: .paritygate/backups beside the plan)')
    .option('--client-dir <folder>', "the folder of the database's own client programs (default: PATH)")
    .option('--verify-restore', 'restore it into a scratch database and compare that with the original')
    .option('--scratch <url>', 'an empty database to restore into (default: one made on the same server)')
    .action(async (what: Subject, options: Options) => {
      if (options.scratch !== undefined && !options.verifyRestore)
        throw new ParitygateError('usage.invalid', '--scratch is for --verify-restore')
      await withPlan(options, async ({ plan, store, out }) => {
        if (what === 'list') return printList(store, out)
        const progress = await showProgress(out)
        const record = await backup(plan, store, what, {
          ...given(options),
          ...(options.scratch === undefined
            ? {}
            : { scratch: scratchOf(options.scratch, plan.connections[what].engine) }),
          onProgress: progress.onProgress,
          signal: interruptSignal(),
        }).finally(progress.end)
        out.document(record)
        printBackup(record, out)
        process.exitCode = { verified: 0, differs: 1, failed: 1, inconclusive: 3 }[
          record.restored?.result ?? 'verified'
        ]
      })
    })
}

function given({ out, clientDir, verifyRestore }: Options): BackupOptions {
  return {
    ...(out === undefined ? {} : { out }),
    ...(clientDir === undefined ? {} : { clientDir }),
    verifyRestore: verifyRestore ?? false,
  }
}

function scratchOf(url: string, engine: string) {
  const connection = parseConnectionUrl(url, process.cwd(), '--scratch')
  if (connection.engine !== engine)
    throw new ParitygateError(
      'usage.invalid',
      `--scratch is a database of ${connection.engine}, the side is of ${engine}`,
    )
  return connection
}

function printBackup(record: BackupRecord, out: Output): void {
  const { file, bytes, sha256, tool, server, tables, ms, restored } = record
  out.say(`${file}: ${size(bytes)}, ${plural(tables, 'table')}, ${seconds(ms)}`)
  out.say(`sha256 ${sha256}`)
  out.say(`by ${tool} from ${server}`)
  for (const { subject, reason } of record.not_covered) out.say(`not covered: ${subject}: ${reason}`)
  if (restored === null) {
    out.say(
      'Backed up: the file lists every table. That it can be restored was not tried: --verify-restore does.',
    )
    return
  }
  printRestored(restored, out)
}

function printRestored(restored: RestoreCheck, out: Output): void {
  const { result, reason, scratch, tables, rows, differing, definitions, ms } = restored
  if (reason !== undefined) out.say(`✗ ${reason}`)
  for (const { table, missing, extra, changed } of differing)
    out.say(`✗ ${table}: ${plural(missing, 'row')} missing, ${extra} extra, ${changed} changed`)
  if (definitions.length > 0) out.say('✗ definitions differ:')
  for (const line of definitions) out.say(`  ${line}`)
  if (!restored.one_moment && result !== 'failed')
    out.say('note: the original was read after the backup; what is written to it meanwhile differs too')
  out.say(
    `restored into ${scratch} and compared in ${seconds(ms)}: ${plural(tables, 'table')} agree, with ${plural(rows, 'row')}`,
  )
  const sentences: Record<RestoreCheck['result'], string> = {
    verified: 'Verified: restored, the backup is the same as the original.',
    differs: 'Differs: restored, the backup is not the same as the original.',
    failed: 'Failed: the backup could not be restored.',
    inconclusive: 'Inconclusive: nothing differs, and not every table could be compared.',
  }
  out.say(sentences[result])
}

async function printList(store: Store, out: Output): Promise<void> {
  const all: (BackupRecord & { state: FileState })[] = []
  for (const record of store.backups()) all.push({ ...record, state: await stateOf(record) })
  out.document({ backups: all })
  if (all.length === 0) return out.say('No backup yet: paritygate backup target')
  const rows = all.map(({ side, at, bytes, tool, restored, state, file }) => [
    side,
    at,
    size(bytes),
    tool,
    restored?.result ?? 'not tried',
    state,
    file,
  ])
  out.say(columns(['side', 'begun', 'size', 'by', 'restore', 'file is', 'file'], rows))
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function size(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
