import { createHash } from 'node:crypto'
import { chmodSync, closeSync, createReadStream, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
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

/**
 * Makes an empty file that only its owner may read, in a folder that only its owner may enter.
 *
 * @param name without its ending; the next free one is taken
 * @returns the path without `.partial`
 * @throws {ParitygateError} backup.failed
 */
export function createPartial(folder: string, name: string, ending: string): string {
  try {
    // A folder that is there belongs to whoever made it, and keeps the mode it has.
    const made = mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (made !== undefined) chmodSync(folder, 0o700)
    for (let number = 1; ; number++) {
      const file = join(folder, `${name}${number === 1 ? '' : `-${number}`}.${ending}`)
      if (statSync(file, { throwIfNoEntry: false }) !== undefined) continue
      try {
        closeSync(openSync(partialOf(file), 'wx', 0o600))
        return file
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
    }
  } catch (error) {
    throw new ParitygateError('backup.failed', `${folder} cannot be written: ${(error as Error).message}`, {
      hint: 'Name another folder with --out.',
    })
  }
}

export function partialOf(file: string): string {
  return `${file}.partial`
}

/** Sees to it that what was written to a file or folder outlives a power cut. */
export function flush(path: string): void {
  const opened = openSync(path, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}
