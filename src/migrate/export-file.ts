import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { ParitygateError } from '../model/error.ts'

/** A folder for rows that are about to be removed; only its owner may enter it. It is made with its first file. */
export class ExportFolder {
  readonly #parent: string
  readonly #name: string
  #path: string | null = null

  /**
   * @param parent the folder of the state
   * @param name to which the time is added
   */
  constructor(parent: string, name: 'rollback' | 'replaced') {
    this.#parent = parent
    this.#name = name
  }

  /** @throws {ParitygateError} rollback.export-failed */
  file(table: string): ExportFile {
    return saving(this.#parent, () => {
      this.#path ??= makeFolder(this.#parent, this.#name)
      return new ExportFile(this.#path, table)
    })
  }

  /** Sees to it that the files are found after a power cut, too. */
  flush(): void {
    if (this.#path === null) return
    for (const folder of [this.#path, this.#parent]) saving(folder, () => flushFolder(folder))
  }
}

function makeFolder(parent: string, of: string): string {
  const name = `${of}-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`
  mkdirSync(parent, { recursive: true })
  for (let number = 1; ; number++) {
    const path = join(parent, number === 1 ? name : `${name}-${number}`)
    try {
      mkdirSync(path, { mode: 0o700 })
      chmodSync(path, 0o700)
      return path
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

function flushFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

const BUFFERED_BYTES = 1024 * 1024

/** JSON lines that only their owner may read. */
export class ExportFile {
  readonly path: string
  readonly #file: number
  #lines: string[] = []
  #length = 0

  constructor(folder: string, table: string) {
    // Names may hold anything, and differ in nothing but what some file systems take for the same.
    const safe = table.replace(/[^\w.-]|^\./gu, character =>
      encodeURIComponent(character).replaceAll('.', '%2E'),
    )
    for (let number = 1; ; number++) {
      const path = join(folder, `${safe}${number === 1 ? '' : `-${number}`}.jsonl`)
      try {
        this.#file = openSync(path, 'wx', 0o600)
        this.path = path
        return
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
    }
  }

  write(row: Map<string, string | null>): void {
    // A column may be called `__proto__`, or a number, which an object would put first.
    const cells = [...row].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
    const line = `{${cells.join(',')}}\n`
    this.#lines.push(line)
    this.#length += line.length
    if (this.#length > BUFFERED_BYTES) this.#flush()
  }

  /** What was written outlives a power cut. */
  close(): void {
    saving(this.path, () => {
      try {
        this.#flush()
        fsyncSync(this.#file)
      } finally {
        closeSync(this.#file)
      }
    })
  }

  #flush(): void {
    saving(this.path, () => {
      const bytes = Buffer.from(this.#lines.join(''))
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written)
    })
    this.#lines = []
    this.#length = 0
  }
}

function saving<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof ParitygateError) throw error
    throw new ParitygateError('rollback.export-failed', `${path}: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
