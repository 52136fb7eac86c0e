import { Worker } from 'node:worker_threads'
import type { Buckets } from './buckets.ts'
import { type Digest, RowDigest } from './digest.ts'

/** From so many bytes on, a thread of its own costs less than it saves. */
const MANY_BYTES = 8 * 1024 * 1024
/** Lines are handed over together: each message costs as much as to hash some hundred rows. */
const PIECE_BYTES = 512 * 1024
/** Pieces on their way, or being hashed. */
const AHEAD = 4

/**
 * Digests canonical row lines; those of a large relation in a thread of its own, while this one takes the lines of both
 * sides from their databases. A piece may be gone once the next is asked for.
 *
 * @param keyFields see `RowDigest`
 */
export async function digestRows(
  lines: AsyncIterable<Buffer>,
  keyFields: number,
  buckets: Buckets,
  onRows?: (rows: number) => void,
): Promise<Digest> {
  const here = new RowDigest(keyFields, buckets)
  let bytes = 0
  let rows = 0
  let thread: DigestThread | null = null
  try {
    for await (const piece of lines) {
      if (thread) {
        await thread.take(piece)
        continue
      }
      rows = here.take(piece)
      onRows?.(rows)
      bytes += piece.length
      if (bytes > MANY_BYTES) thread = new DigestThread(keyFields, buckets, more => onRows?.(rows + more))
    }
    return thread ? together(here.finish(), await thread.finish()) : here.finish()
  } finally {
    await thread?.end()
  }
}

/** Of the same buckets. */
function together(one: Digest, other: Digest): Digest {
  return {
    rows: one.rows + other.rows,
    bytes: one.bytes + other.bytes,
    sum: BigInt.asUintN(64, one.sum + other.sum),
    counts: one.counts.map((count, bucket) => count + other.counts[bucket]!),
    sums: one.sums.map((sum, bucket) => BigInt.asUintN(64, sum + other.sums[bucket]!)),
  }
}

/** The other end of `digest-worker.ts`. */
class DigestThread {
  private readonly worker: Worker
  private readonly onRows: (rows: number) => void
  private piece = new Uint8Array(PIECE_BYTES)
  private length = 0
  private due = 0
  private digest: Digest | null = null
  private failure: Error | null = null
  private wake = () => {}

  constructor(keyFields: number, buckets: Buckets, onRows: (rows: number) => void) {
    this.onRows = onRows
    this.worker = new Worker(new URL('./digest-worker.js', import.meta.url), {
      workerData: { keyFields, buckets },
    })
    this.worker.on('message', (said: number | Digest) => {
      this.due--
      if (typeof said === 'number') this.onRows(said)
      else this.digest = said
      this.wake()
    })
    const fail = (error: Error) => {
      this.failure ??= error
      this.wake()
    }
    this.worker.on('error', fail)
    this.worker.on('exit', () => fail(new Error('the thread that hashes rows has ended')))
  }

  /** The bytes are copied: whoever read them may use their buffer again. */
  async take(lines: Buffer): Promise<void> {
    if (this.length + lines.length > this.piece.length) await this.send()
    if (lines.length > this.piece.length) this.piece = new Uint8Array(lines.length)
    this.piece.set(lines, this.length)
    this.length += lines.length
  }

  async finish(): Promise<Digest> {
    await this.send()
    this.post(null)
    await this.until(() => this.digest !== null)
    return this.digest!
  }

  async end(): Promise<void> {
    await this.worker.terminate()
  }

  private async send(): Promise<void> {
    if (this.length === 0) return
    const full = this.piece.subarray(0, this.length)
    this.piece = new Uint8Array(PIECE_BYTES)
    this.length = 0
    this.post(full)
    await this.until(() => this.due < AHEAD)
  }

  private post(piece: Uint8Array | null): void {
    this.due++
    this.worker.postMessage(piece, piece === null ? [] : [piece.buffer as ArrayBuffer])
  }

  private async until(met: () => boolean): Promise<void> {
    while (!met()) {
      if (this.failure !== null) throw this.failure
      await new Promise<void>(resolve => (this.wake = resolve))
    }
  }
}
