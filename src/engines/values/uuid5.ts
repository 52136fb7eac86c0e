/**
 * UUIDs of version 5 (RFC 9562, section 5.5) from bytes to bytes. SHA-1 is written out here (RFC 3174, section 6.1) because
 * a name of a key fits one block, which takes less time than to make a hash object of node:crypto.
 */

const schedule = new Int32Array(80)
/** The digits of each byte, as two bytes in little-endian order. */
const HEX = Uint16Array.from({ length: 256 }, (_, byte) => {
  const digits = byte.toString(16).padStart(2, '0')
  return digits.charCodeAt(0) | (digits.charCodeAt(1) << 8)
})
const MINUS = 0x2d
export const UUID_BYTES = 16
const BLOCK = 64
/** What SHA-1 adds to a message: a bit, and how long it is. */
const PADDING = 9

/** The namespace and a name behind it, in memory that is used again for other names. */
export class NamedMessage {
  bytes: Uint8Array
  view: DataView
  /** Where the next byte of the name goes. */
  length = UUID_BYTES

  /** @param namespace a UUID as text */
  constructor(namespace: string) {
    this.bytes = new Uint8Array(2 * BLOCK)
    this.view = new DataView(this.bytes.buffer)
    this.bytes.set(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
  }

  /** Makes room for so many more bytes. */
  reserve(more: number): void {
    const needed = this.length + more + PADDING + BLOCK
    if (needed <= this.bytes.length) return
    const grown = new Uint8Array(needed * 2)
    grown.set(this.bytes)
    this.bytes = grown
    this.view = new DataView(grown.buffer)
  }

  /** @param words takes the UUID as four 32-bit words, big-endian */
  uuid(words: Int32Array): void {
    const { bytes, view, length } = this
    const blocks = (length + PADDING + BLOCK - 1) >> 6
    bytes[length] = 0x80
    bytes.fill(0, length + 1, blocks * BLOCK)
    view.setInt32(blocks * BLOCK - 8, length / 2 ** 29)
    view.setInt32(blocks * BLOCK - 4, length << 3)
    words[0] = 0x67452301
    words[1] = 0xefcdab89
    words[2] = 0x98badcfe
    words[3] = 0x10325476
    words[4] = 0xc3d2e1f0
    for (let block = 0; block < blocks; block++) addBlock(view, block * BLOCK, words)
    words[1] = (words[1]! & 0xffff0fff) | 0x5000
    words[2] = (words[2]! & 0x3fffffff) | 0x80000000
  }
}

function addBlock(view: DataView, from: number, words: Int32Array): void {
  const w = schedule
  for (let t = 0; t < 16; t++) w[t] = view.getInt32(from + t * 4)
  for (let t = 16; t < 80; t++) {
    const x = w[t - 3]! ^ w[t - 8]! ^ w[t - 14]! ^ w[t - 16]!
    w[t] = (x << 1) | (x >>> 31)
  }
  let a = words[0]!
  let b = words[1]!
  let c = words[2]!
  let d = words[3]!
  let e = words[4]!
  let t = 0
  for (; t < 20; t++) {
    const next = (((a << 5) | (a >>> 27)) + ((b & c) | (~b & d)) + e + w[t]! + 0x5a827999) | 0
    e = d
    d = c
    c = (b << 30) | (b >>> 2)
    b = a
    a = next
  }
  for (; t < 40; t++) {
    const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + w[t]! + 0x6ed9eba1) | 0
    e = d
    d = c
    c = (b << 30) | (b >>> 2)
    b = a
    a = next
  }
  for (; t < 60; t++) {
    const next = (((a << 5) | (a >>> 27)) + ((b & c) | (b & d) | (c & d)) + e + w[t]! + 0x8f1bbcdc) | 0
    e = d
    d = c
    c = (b << 30) | (b >>> 2)
    b = a
    a = next
  }
  for (; t < 80; t++) {
    const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + w[t]! + 0xca62c1d6) | 0
    e = d
    d = c
    c = (b << 30) | (b >>> 2)
    b = a
    a = next
  }
  words[0] = words[0]! + a
  words[1] = words[1]! + b
  words[2] = words[2]! + c
  words[3] = words[3]! + d
  words[4] = words[4]! + e
}

/** How many digits of a UUID stand before each of its dashes, in bytes. */
const DASHED = 0b0000_0101_0101_0000

/** Writes 32 digits, and with `dashes` the 36 characters of a UUID; returns where they end. */
export function writeUuid(words: Int32Array, out: DataView, at: number, dashes: boolean): number {
  let to = at
  for (let byte = 0; byte < 16; byte++, to += 2) {
    if (dashes && (DASHED >> byte) & 1) out.setUint8(to++, MINUS)
    out.setUint16(to, HEX[(words[byte >> 2]! >>> (24 - ((byte & 3) << 3))) & 0xff]!, true)
  }
  return to
}
