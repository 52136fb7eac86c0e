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

/**
 * Digests canonical row lines.
 *
 * @param keyFields how many leading fields form the key; all of them where rows are compared as a multiset
 */
export async function digestRows(
  lines: AsyncIterable<Buffer>,
  keyFields: number,
  buckets: Buckets,
  onRows?: (rows: number) => void,
): Promise<Digest> {
  const counts = new Float64Array(buckets.count)
  const hashes = new HashSums(buckets.count)
  let rows = 0
  let bytes = 0
  for await (const piece of lines) {
    bytes += piece.length
    // A plain array: taking a part of a Buffer costs several times as much.
    const plain = new Uint8Array(piece.buffer, piece.byteOffset, piece.length)
    const view = new DataView(piece.buffer, piece.byteOffset, piece.length)
    for (let start = 0; start < piece.length; ) {
      const end = piece.indexOf(NEWLINE, start)
      const bucket = bucketOf(buckets, plain, start, end, keyFields)
      counts[bucket]!++
      hashes.add(bucket, view, start, end)
      rows++
      start = end + 1
    }
    onRows?.(rows)
  }
  const sums = hashes.finish()
  const sum = sums.reduce((total, one) => BigInt.asUintN(64, total + one), 0n)
  return { rows, bytes, sum, counts, sums }
}

/** The hash of one line, given as latin1 text. */
export function lineHash(line: string): bigint {
  return hashOf(Buffer.from(line, 'latin1'))
}

/** The checksum as it is printed: modulo 2^64, as 16 hexadecimal digits. */
export function checksumText({ sum }: Checksum): string {
  return BigInt.asUintN(64, sum).toString(16).padStart(16, '0')
}
