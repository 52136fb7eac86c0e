import { createHash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import type { BackupRecord } from '../model/backup.ts'
import { ParitygateError } from '../model/error.ts'

/** `whole`: the file is the one that was written, byte for byte. */
export type FileState = 'whole' | 'missing' | 'damaged'

/** Whether the file of a backup is there and is what was written; reads all of it. */
export async function stateOf({ file, bytes, sha256 }: BackupRecord): Promise<FileState> {
  const stat = statSync(file, { throwIfNoEntry: false })
  if (stat === undefined) return 'missing'
  if (!stat.isFile() || stat.size !== bytes) return 'damaged'
  try {
    return (await sha256Of(file)) === sha256 ? 'whole' : 'damaged'
  } catch {
    return 'damaged'
  }
}

/** @throws {ParitygateError} backup.missing, backup.damaged */
export async function requireWhole(record: BackupRecord): Promise<void> {
  const state = await stateOf(record)
  if (state === 'missing') throw new ParitygateError('backup.missing', `${record.file}: no such file`)
  if (state === 'damaged')
    throw new ParitygateError(
      'backup.damaged',
      `${record.file} is not what was written at ${record.at}: its SHA-256 was ${record.sha256}`,
    )
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(file, { highWaterMark: 1024 * 1024 }))
    hash.update(piece as Buffer)
  return hash.digest('hex')
}
