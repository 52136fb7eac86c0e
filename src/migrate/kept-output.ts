import { closeSync, fchmodSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** How much of each end of an output is kept, in bytes. */
const KEPT = 1024 * 1024
const TAIL_PIECES = 256

/** The output of a command in a file only its owner may read; of endless output both ends, and how much is missing. */
export class KeptOutput {
  readonly #file: number
  readonly #head: number
  #total = 0
  #written = 0
  #tail: Buffer[] = []
  #tailBytes = 0
  #failure: unknown = null

  /** @throws where the file cannot be written */
  constructor(path: string, head = KEPT) {
    this.#head = head
    mkdirSync(dirname(path), { recursive: true })
    this.#file = openSync(path, 'w', 0o600)
    // An older file keeps the mode it had.
    fchmodSync(this.#file, 0o600)
  }

  take(chunk: Buffer): void {
    this.#total += chunk.length
    const room = this.#head - this.#written
    if (room > 0) this.#write(chunk.subarray(0, room))
    this.#tail.push(chunk)
    this.#tailBytes += chunk.length
    while (this.#tailBytes - this.#tail[0]!.length >= this.#head)
      this.#tailBytes -= this.#tail.shift()!.length
    // Many small pieces would take far more memory than what they hold.
    if (this.#tail.length > TAIL_PIECES) this.#tail = [Buffer.concat(this.#tail)]
    if (this.#tailBytes > 2 * this.#head) this.#tail = [this.last(this.#head)]
    this.#tailBytes = this.#tail.reduce((sum, { length }) => sum + length, 0)
  }

  /** The last bytes, as many as are kept. */
  last(bytes: number): Buffer {
    return Buffer.concat(this.#tail).subarray(-bytes)
  }

  /** @throws where the file could not be written */
  finish(): void {
    const rest = Math.min(this.#total - this.#written, this.#head)
    const missing = this.#total - this.#written - rest
    if (missing > 0) this.#write(Buffer.from(`\n[… ${missing} bytes of output left out …]\n`))
    if (rest > 0) this.#write(this.last(rest))
    closeSync(this.#file)
    if (this.#failure !== null) throw this.#failure
  }

  #write(bytes: Buffer): void {
    if (this.#failure !== null) return
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at)
      this.#written += bytes.length
    } catch (error) {
      this.#failure = error
    }
  }
}
