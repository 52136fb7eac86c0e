import { resolve } from 'node:path'
import { openBackupTools } from '../engines/open.ts'
import type { BackupRecord } from '../model/backup.ts'
import { ParitygateError, throwIfAborted } from '../model/error.ts'
import type { Plan } from '../plan/load-plan.ts'
import { requireWhole } from '../store/backup-file.ts'

export interface RestoreOptions {
  /** Where the database's own client programs are; default: on PATH. */
  clientDir?: string
  signal?: AbortSignal
}

export interface RestoreResult {
  /** False where what had been restored before a failure would have stayed. */
  atomic: boolean
  ms: number
}

/**
 * Puts one side back as it was when the backup was made: what has appeared since is gone.
 *
 * @throws {ParitygateError} backup.missing, backup.damaged, before anything is done; backup.no-client,
 * backup.client-too-old; backup.restore-failed; interrupted
 */
export async function restoreBackup(
  record: BackupRecord,
  plan: Plan,
  side: BackupRecord['side'],
  { clientDir, signal }: RestoreOptions = {},
): Promise<RestoreResult> {
  const started = performance.now()
  const connection = plan.connections[side]
  if (record.side !== side || record.engine !== connection.engine)
    throw new ParitygateError(
      'backup.restore-failed',
      `${record.file} is a backup of the ${record.side} (${record.engine}), and not of the ${side} (${connection.engine})`,
      { hint: 'Name a backup of this side. Nothing was restored.' },
    )
  await requireWhole(record)
  throwIfAborted(signal)
  const tools = await openBackupTools(connection, {
    ...(clientDir === undefined ? {} : { clientDir: resolve(clientDir) }),
    ...(signal ? { signal } : {}),
  })
  try {
    await tools.restore(record.file)
    return { atomic: tools.atomic, ms: Math.round(performance.now() - started) }
  } catch (error) {
    if (error instanceof ParitygateError && error.code !== 'backup.failed') throw error
    throw new ParitygateError('backup.restore-failed', (error as Error).message, {
      where: side,
      cause: error,
      hint: tools.atomic
        ? 'The database is as it was before. Mend what the message names and restore again.'
        : 'The database holds a part of the backup, or nothing. Mend what the message names and restore again.',
    })
  } finally {
    await tools.close()
  }
}
