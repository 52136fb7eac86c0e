import { NEWLINE } from '../model/row-line.ts'
import { type Buckets, bucketOf } from './buckets.ts'
import type { Checksum } from './relation-pair.ts'
import { HashSums, hashOf } from './row-hash.ts'

/** Count and sum of 64-bit row hashes, for a whole relation and for each of its buckets. */
export interface Digest extends Checksum {
  bytes: number
  /** Modulo 2^64. A sum, unlike XOR, does not cancel when the same change is made to an even number of rows. */
  sum: bigint
  counts: Float64Array
  sums: BigUint64Array
}

/** Digests canonical row lines, piece by piece. */
export class RowDigest {
  private readonly buckets: Buckets
  private readonly keyFields: number
  private readonly counts: Float64Array
  private readonly hashes: HashSums
  private rows = 0
  private bytes = 0

  /** @param keyFields how many leading fields form the key; all of them where rows are compared as a multiset */
  constructor(keyFields: number, buckets: Buckets) {
    this.buckets = buckets
    this.keyFields = keyFields
    this.counts = new Float64Array(buckets.count)
    this.hashes = new HashSums(buckets.count)
  }

  /** @returns how many rows it has taken so far */
  take(piece: Uint8Array): number {
    const { buckets, keyFields, counts, hashes } = this
    const { length } = piece
    this.bytes += length
    // A plain array: taking a part of a Buffer costs several times as much.
    const plain = new Uint8Array(piece.buffer, piece.byteOffset, length)
    const view = new DataView(piece.buffer, piece.byteOffset, length)
    let rows = 0
    for (let start = 0; start < length; ) {
      const end = plain.indexOf(NEWLINE, start)
      const bucket = bucketOf(buckets, plain, start, end, keyFields)
      counts[bucket]!++
      hashes.add(bucket, view, start, end)
      rows++
      start = end + 1
    }
    this.rows += rows
    return this.rows
  }

  finish(): Digest {
    const sums = this.hashes.finish()
    const sum = sums.reduce((total, one) => BigInt.asUintN(64, total + one), 0n)
    return { rows: this.rows, bytes: this.bytes, sum, counts: this.counts, sums }
  }
}

/** The hash of one line, given as latin1 text. */
export function lineHash(line: string): bigint {
  return hashOf(Buffer.from(line, 'latin1'))
}

/** The checksum as it is printed: modulo 2^64, as 16 hexadecimal digits. */
export function checksumText({ sum }: Checksum): string {
  return BigInt.asUintN(64, sum).toString(16).padStart(16, '0')
}
