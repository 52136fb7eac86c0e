import { UUID_BYTES } from '../values/uuid5.ts'
import { NULL_HASH, SEED } from './projection.ts'

/**
 * PostgreSQL's 64-bit hash functions, as far as it takes to mix a UUID into the hash of a row as `projection.ts` has the
 * server do it: hash_bytes_extended and hash_bytes_uint32_extended of a little-endian server, which are Bob Jenkins'
 * lookup3 (https://github.com/postgres/postgres/blob/REL_15_STABLE/src/common/hashfn.c).
 */

/**
 * What `mix` and `end` work on, in a typed array: a property with a number beyond 31 bits is allocated anew with every change.
 */
const abc = new Int32Array(3)

/** Mixes UUIDs into a state as `uuidProjection` does in SQL: `hashint8extended(0, state # uuid_hash_extended(x, SEED))`. */
export class ServerHash {
  /** A 64-bit number: its high word, and its low one. */
  readonly state = new Int32Array(2)

  /** @param uuid its 16 bytes */
  mixUuid(uuid: DataView): void {
    const { state } = this
    abc[0] = UUID_START[0]! + uuid.getInt32(0, true)
    abc[1] = UUID_START[1]! + uuid.getInt32(4, true)
    abc[2] = UUID_START[2]! + uuid.getInt32(8, true)
    mix()
    abc[0]! += uuid.getInt32(12, true)
    end()
    hashZero(state, state[0]! ^ abc[1]!, state[1]! ^ abc[2]!)
  }

  mixNull(): void {
    const { state } = this
    hashZero(state, state[0]! ^ OF_NULL[0]!, state[1]! ^ OF_NULL[1]!)
  }
}

const OF_NULL = wordsOf(NULL_HASH)
const UUID_START = startOfUuid()

function startOfUuid(): Int32Array {
  const [high, low] = wordsOf(SEED)
  start(UUID_BYTES, high!, low!)
  return abc.slice()
}

/** @returns the high word and the low one */
function wordsOf(value: bigint): Int32Array {
  return Int32Array.of(Number(BigInt.asIntN(32, value >> 32n)), Number(BigInt.asIntN(32, value)))
}

/** `hashint8extended(0, seed)`: both words of a bigint 0 are 0, and so is what they are folded to. */
function hashZero(result: Int32Array, seedHigh: number, seedLow: number): void {
  start(4, seedHigh, seedLow)
  end()
  result[0] = abc[1]!
  result[1] = abc[2]!
}

/** @param bytes how many are going to be hashed */
function start(bytes: number, seedHigh: number, seedLow: number): void {
  const first = (0x9e3779b9 + bytes + 3923095) | 0
  abc[0] = first + seedHigh
  abc[1] = first + seedLow
  abc[2] = first
  if (seedHigh !== 0 || seedLow !== 0) mix()
}

function mix(): void {
  let a = abc[0]!
  let b = abc[1]!
  let c = abc[2]!
  a = (a - c) ^ ((c << 4) | (c >>> 28))
  c = (c + b) | 0
  b = (b - a) ^ ((a << 6) | (a >>> 26))
  a = (a + c) | 0
  c = (c - b) ^ ((b << 8) | (b >>> 24))
  b = (b + a) | 0
  a = (a - c) ^ ((c << 16) | (c >>> 16))
  c = (c + b) | 0
  b = (b - a) ^ ((a << 19) | (a >>> 13))
  a = (a + c) | 0
  c = (c - b) ^ ((b << 4) | (b >>> 28))
  b = (b + a) | 0
  abc[0] = a
  abc[1] = b
  abc[2] = c
}

function end(): void {
  let a = abc[0]!
  let b = abc[1]!
  let c = abc[2]!
  c = ((c ^ b) - ((b << 14) | (b >>> 18))) | 0
  a = ((a ^ c) - ((c << 11) | (c >>> 21))) | 0
  b = ((b ^ a) - ((a << 25) | (a >>> 7))) | 0
  c = ((c ^ b) - ((b << 16) | (b >>> 16))) | 0
  a = ((a ^ c) - ((c << 4) | (c >>> 28))) | 0
  b = ((b ^ a) - ((a << 14) | (a >>> 18))) | 0
  c = ((c ^ b) - ((b << 24) | (b >>> 8))) | 0
  abc[0] = a
  abc[1] = b
  abc[2] = c
}
