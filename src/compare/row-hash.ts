/**
 * MurmurHash3_x86_128 by Austin Appleby (public domain,
 * https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp), of which the first 64 bits are used.
 *
 * It needs 32-bit arithmetic only, which JavaScript does in place on the bytes of a row. A hash behind WebAssembly wants
 * each row copied into its memory and gives a BigInt back, which for rows of some 80 bytes takes longer than hashing them.
 * A DataView reads four bytes at a time.
 *
 * @param words takes the four 32-bit words of the hash
 */
export function hashBytes(
  bytes: DataView,
  start: number,
  end: number,
  seed: number,
  words: Int32Array,
): void {
  const length = end - start
  const blocks = length >> 4
  let h1 = seed
  let h2 = seed
  let h3 = seed
  let h4 = seed
  let at = start
  for (let block = 0; block < blocks; block++, at += 16) {
    h1 ^= mix(bytes.getInt32(at, true), C1, 15, C2)
    h1 = ((h1 << 19) | (h1 >>> 13)) + h2
    h1 = (Math.imul(h1, 5) + 0x561ccd1b) | 0
    h2 ^= mix(bytes.getInt32(at + 4, true), C2, 16, C3)
    h2 = ((h2 << 17) | (h2 >>> 15)) + h3
    h2 = (Math.imul(h2, 5) + 0x0bcaa747) | 0
    h3 ^= mix(bytes.getInt32(at + 8, true), C3, 17, C4)
    h3 = ((h3 << 15) | (h3 >>> 17)) + h4
    h3 = (Math.imul(h3, 5) + 0x96cd1c35) | 0
    h4 ^= mix(bytes.getInt32(at + 12, true), C4, 18, C1)
    h4 = ((h4 << 13) | (h4 >>> 19)) + h1
    h4 = (Math.imul(h4, 5) + 0x32ac3b17) | 0
  }
  const left = length & 15
  if (left > 12) h4 ^= mix(partOf(bytes, at + 12, end), C4, 18, C1)
  if (left > 8) h3 ^= mix(partOf(bytes, at + 8, end), C3, 17, C4)
  if (left > 4) h2 ^= mix(partOf(bytes, at + 4, end), C2, 16, C3)
  if (left > 0) h1 ^= mix(partOf(bytes, at, end), C1, 15, C2)
  h1 ^= length
  h2 ^= length
  h3 ^= length
  h4 ^= length
  h1 = (h1 + h2 + h3 + h4) | 0
  h2 = avalanche(h2 + h1)
  h3 = avalanche(h3 + h1)
  h4 = avalanche(h4 + h1)
  h1 = (avalanche(h1) + h2 + h3 + h4) | 0
  words[0] = h1
  words[1] = h2 + h1
  words[2] = h3 + h1
  words[3] = h4 + h1
}

const [C1, C2, C3, C4] = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93]

function mix(value: number, before: number, rotation: number, after: number): number {
  const product = Math.imul(value, before)
  return Math.imul((product << rotation) | (product >>> (32 - rotation)), after)
}

function avalanche(value: number): number {
  let h = value ^ (value >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** Up to four bytes, little-endian, the missing ones zero. */
function partOf(bytes: DataView, at: number, end: number): number {
  if (end - at >= 4) return bytes.getInt32(at, true)
  let value = 0
  for (let index = end - at - 1; index >= 0; index--) value |= bytes.getUint8(at + index) << (index << 3)
  return value
}

const scratch = new Int32Array(4)
const WORD = 2 ** 32
const FULL = 2 ** 53 - WORD

/** The 64 bits that stand for a row. */
export function hashOf(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  hashBytes(view, 0, bytes.length, 0, scratch)
  return (BigInt(scratch[1]! >>> 0) << 32n) | BigInt(scratch[0]! >>> 0)
}

/** Sums of 64-bit row hashes, modulo 2^64, one for each bucket: kept as two numbers, without a BigInt for every row. */
export class HashSums {
  private readonly low: Float64Array
  private readonly high: Float64Array

  constructor(buckets: number) {
    this.low = new Float64Array(buckets)
    this.high = new Float64Array(buckets)
  }

  add(bucket: number, bytes: DataView, start: number, end: number): void {
    hashBytes(bytes, start, end, 0, scratch)
    const { low, high } = this
    low[bucket]! += scratch[0]! >>> 0
    high[bucket]! += scratch[1]! >>> 0
    // Beyond 2^53 a number is no longer exact.
    if (low[bucket]! >= FULL || high[bucket]! >= FULL) this.carry(bucket)
  }

  private carry(bucket: number): void {
    const low = this.low[bucket]!
    this.high[bucket] = ((this.high[bucket]! % WORD) + Math.floor(low / WORD)) % WORD
    this.low[bucket] = low % WORD
  }

  /** The sums as they are compared. */
  finish(): BigUint64Array {
    return BigUint64Array.from(this.low, (low, bucket) =>
      BigInt.asUintN(64, (BigInt(this.high[bucket]!) << 32n) + BigInt(low)),
    )
  }
}
