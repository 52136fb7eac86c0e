import { resolve } from 'node:path'
import { backup } from '../backup/backup.ts'
import { restoreBackup } from '../backup/restore.ts'
import type { Copy } from '../migrate/copy-record.ts'
import type { BackupRecord } from '../model/backup.ts'
import { ParitygateError } from '../model/error.ts'
import type {
  ExportedTable,
  PreviewedRollback,
  RollbackPreview,
  RollbackResult,
  RollbackTable,
} from '../model/rollback.ts'
import { reached } from '../model/steps.ts'
import { planFingerprint } from '../plan/fingerprint.ts'
import { recentBackup } from '../store/recent-backup.ts'
import type { Store } from '../store/store.ts'
import { type Assessment, mergedTables } from './assess.ts'
import { requireConfirmed } from './confirm.ts'
import { forget } from './forget.ts'
import type { RestoreChoice, RollbackContext } from './rollback-context.ts'
import { save } from './save.ts'

/**
 * Restores a backup of the target instead. Whatever is there by now goes, tables of no plan included: so not only what copies
 * would lose is saved, but all of it backed up once more.
 *
 * @throws {ParitygateError} backup.missing where there is none from before; what `restoreBackup` throws
 */
export async function restoreTarget(
  context: RollbackContext,
  assessment: Assessment,
  choice: RestoreChoice,
): Promise<RollbackResult> {
  const { plan, store, sessions, options } = context
  const { copies, used } = assessment
  if (nothingToRestore(store, assessment))
    return { ...assessment.preview, status: 'nothing to do', exported: [], backup: null }
  const record = await chosen(store, assessment, choice)
  const preview = withBackup(assessment, record)
  await requireConfirmed(options, preview)
  const given = {
    ...(choice.clientDir === undefined ? {} : { clientDir: choice.clientDir }),
    ...(options.signal ? { signal: options.signal } : {}),
  }
  const earlier = store.unfinishedRollback()
  const exported: ExportedTable[] = [...(earlier?.exported ?? [])]
  const saved = await save(context, copies, exported)
  const { file } = await backup(plan, store, 'target', { ...given, replaced: true })
  for (const schema of new Set(copies.map(one => one.record.schema)))
    await saved.requireSame(
      sessions.of({ schema }),
      copies.filter(one => one.record.schema === schema),
    )
  const run = store.startRun('rollback', planFingerprint(plan))
  try {
    const tables = mergedTables(earlier?.tables ?? [], preview.tables).map(restored)
    const made = [...new Set([...(earlier?.made ?? []), ...preview.made])]
    store.keepRollback(run, { tables, made, left: assessment.preview.left, exported })
    await forget(context, [...copies, ...used])
    await restoreBackup(record, plan, 'target', given)
    const result: RollbackResult = { ...preview, status: 'restored', tables, made, exported, backup: file }
    store.finishRun(run, result)
    reached('rollback-done')
    return result
  } catch (error) {
    store.abandonRun(run, (error as Error).message)
    throw error
  }
}

export async function previewRestore(
  store: Store,
  assessment: Assessment,
  choice: RestoreChoice,
): Promise<PreviewedRollback> {
  if (nothingToRestore(store, assessment)) return { ...assessment.preview, status: 'nothing to do' }
  return { ...withBackup(assessment, await chosen(store, assessment, choice)), status: 'to be rolled back' }
}

function nothingToRestore(store: Store, { copies }: Assessment): boolean {
  return copies.length === 0 && store.firstWrite() === null
}

function withBackup({ preview }: Assessment, { file, at, not_covered }: BackupRecord): RollbackPreview {
  return {
    ...preview,
    restores: { file, at },
    tables: preview.tables.map(restored),
    left: not_covered.map(({ subject, reason }) => ({ what: subject, reason })),
  }
}

function restored(table: RollbackTable): RollbackTable {
  return { ...table, way: 'restored' }
}

/** The one that is named, or the latest that was made before anything was written. */
async function chosen(
  store: Store,
  { copies }: Assessment,
  { backup: named }: RestoreChoice,
): Promise<BackupRecord> {
  if (named !== undefined) {
    const path = resolve(named)
    const record = store.backups('target').find(({ file }) => file === path)
    if (record) return record
    throw new ParitygateError(
      'backup.missing',
      `${path} is none of the backups of the target that the state knows`,
    )
  }
  const begun = firstWrite(store, copies)!
  const record = await backupBefore(store, begun)
  if (record) return record
  const others = store.backups('target').length
  const message = `there is no whole backup of the target from before ${begun}, when migrate began`
  throw new ParitygateError('backup.missing', message, {
    hint:
      others > 0
        ? 'See paritygate backup list. Another one is restored where it is named with --backup; rollback without --restore needs none.'
        : "The state knows of no backup of the target at all. One that was made elsewhere is restored with the database's own programs; rollback without --restore needs none.",
  })
}

function firstWrite(store: Store, copies: Copy[]): string | null {
  const times = [...copies.map(({ record }) => record.startedAt), store.firstWrite()]
  return times.filter(time => time !== null).sort()[0] ?? null
}

async function backupBefore(store: Store, begun: string): Promise<BackupRecord | null> {
  return (await recentBackup(store, 'target', new Date(begun)))?.record ?? null
}

/** What could still be restored after a rollback that has left something; null where the state knows of nothing from before migrate. */
export async function backupFromBefore(store: Store): Promise<BackupRecord | null> {
  const begun = firstWrite(store, [])
  return begun === null ? null : backupBefore(store, begun)
}
