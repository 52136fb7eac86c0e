import { renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { BackupTools } from '../engines/backup-tools.ts'
import type { Connection } from '../engines/connection-url.ts'
import { openBackupTools } from '../engines/open.ts'
import type { BackupRecord, RestoreCheck } from '../model/backup.ts'
import { ParitygateError, throwIfAborted } from '../model/error.ts'
import type { NotCovered } from '../model/finding.ts'
import type { OnProgress } from '../model/progress.ts'
import type { Plan } from '../plan/load-plan.ts'
import { sha256Of } from '../store/backup-file.ts'
import type { Store } from '../store/store.ts'
import { createPartial, flush, partialOf } from './file.ts'
import { verifyRestore } from './verify-restore.ts'

export interface BackupOptions {
  /** The folder of the file; default: `backups` beside the state. */
  out?: string
  /** Where the database's own client programs are; default: on PATH. */
  clientDir?: string
  /** It is made of what a restore is about to replace. */
  replaced?: boolean
  /** Restore it into another database, and compare that with the original. */
  verifyRestore?: boolean
  /** An empty database to restore into; default: one that is made on the same server. */
  scratch?: Connection
  onProgress?: OnProgress
  signal?: AbortSignal
}

/**
 * Backs up one side of a plan into a file, and keeps in the state what it is. Nothing unfinished stays behind.
 *
 * @throws {ParitygateError} backup.no-client, backup.client-too-old, backup.failed; backup.no-scratch, with the backup
 * recorded; interrupted; where the database cannot be opened
 */
export async function backup(
  plan: Plan,
  store: Store,
  side: BackupRecord['side'],
  options: BackupOptions = {},
): Promise<BackupRecord> {
  const { signal, clientDir } = options
  throwIfAborted(signal)
  const tools = await openBackupTools(plan.connections[side], {
    ...(clientDir === undefined ? {} : { clientDir: resolve(clientDir) }),
    ...(signal ? { signal } : {}),
  })
  try {
    const folder = resolve(options.out ?? join(dirname(store.file), 'backups'))
    const written = await write(tools, folder, side, signal)
    const record = (checked: { restored: RestoreCheck | null; notCovered: NotCovered[] }) =>
      store.recordBackup({
        ...written,
        ...(options.replaced ? { replaced: true } : {}),
        restored: checked.restored,
        not_covered: checked.notCovered,
      })
    if (!options.verifyRestore) return record({ restored: null, notCovered: tools.notCovered })
    const checked = await verifyRestore(tools, written.file, options).catch(error => {
      // That it could not be tried is no fault of the backup.
      record({ restored: null, notCovered: tools.notCovered })
      throw error
    })
    return record({ ...checked, notCovered: [...tools.notCovered, ...checked.notCovered] })
  } finally {
    await tools.close()
  }
}

type Written = Omit<BackupRecord, 'id' | 'restored' | 'not_covered'>

async function write(
  tools: BackupTools,
  folder: string,
  side: BackupRecord['side'],
  signal: AbortSignal | undefined,
): Promise<Written> {
  const at = new Date()
  const started = performance.now()
  const file = createPartial(folder, `${side}-${nameOf(at)}`, tools.ending)
  const partial = partialOf(file)
  try {
    await tools.dump(partial)
    throwIfAborted(signal)
    const { tables } = await tools.list(partial)
    throwIfAborted(signal)
    flush(partial)
    const sha256 = await sha256Of(partial)
    const { size } = statSync(partial)
    renameSync(partial, file)
    flush(folder)
    return {
      side,
      file,
      engine: tools.engine,
      bytes: size,
      sha256,
      tool: tools.tool,
      server: tools.server,
      at: at.toISOString(),
      ms: Math.round(performance.now() - started),
      tables,
    }
  } catch (error) {
    if (error instanceof ParitygateError) throw error
    throw new ParitygateError('backup.failed', (error as Error).message, { where: side, cause: error })
  } finally {
    // SQLite has files beside one it writes.
    for (const ending of ['', '-journal', '-wal', '-shm']) rmSync(`${partial}${ending}`, { force: true })
  }
}

/** `20261121T213000Z` */
function nameOf(time: Date): string {
  return time.toISOString().replace(/[-:]|\.\d+/g, '')
}
