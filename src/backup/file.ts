import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ParitygateError } from '../model/error.ts'

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
