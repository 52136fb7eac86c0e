import { type LogicalType, typeName } from '../model/logical-type.ts'
import { isTyped, isUnfitField, TAB } from '../model/row-line.ts'
import { addColon, addPart } from './key-name.ts'
import type { Derived } from './port.ts'
import { NamedMessage, writeUuid } from './values/uuid5.ts'

type UuidOf = Derived & { kind: 'uuid' }

const [BACKSLASH, LETTER_X, ZERO] = [0x5c, 0x78, 0x30]
/** What a UUID has at most in a line, in 32-bit words. */
const WORDS = 9
const SLOT_BITS = 16
const SLOTS = 1 << SLOT_BITS
/** Digits of a whole number that a double holds exactly. */
const DIGITS = 15
/** Keys other than whole numbers are remembered up to this length, a UUID and more, and in fewer slots. */
const KEY_BYTES = 47
const TEXT_SLOT_BITS = 14
const TEXT_SLOTS = 1 << TEXT_SLOT_BITS

/**
 * UUIDs of keys as they stand in row lines. References name the same keys again and again, and to look up a recent one
 * takes a tenth of the time it takes to hash it: each key has one slot, and another of that slot takes it over.
 */
export class KeyUuids {
  private readonly message: NamedMessage
  private readonly prefix: number
  private readonly types: LogicalType[]
  private readonly asBytes: boolean
  private readonly words = new Int32Array(5)
  /** The whole number in each slot and 1; 0 where there is none. */
  private readonly numbers = new Float64Array(SLOTS)
  private readonly ofNumbers = new Int32Array(SLOTS * WORDS)
  /** Length and bytes of the key in each slot. */
  private keys: Uint8Array | null = null
  private ofKeys = new Int32Array(0)

  /** @param asBytes the UUID is written as bytes, and not as text */
  constructor({ namespace, table, inputs }: UuidOf, asBytes: boolean) {
    this.message = new NamedMessage(namespace)
    addPart(this.message, Buffer.from(table), 0, Buffer.byteLength(table), false)
    addColon(this.message)
    this.prefix = this.message.length
    this.types = inputs.map(({ type }) => type)
    this.asBytes = asBytes
  }

  /** Bytes a UUID has in a line. */
  get bytes(): number {
    return this.asBytes ? 35 : 36
  }

  /**
   * Writes the UUID of the key in `lines[start, end)`, inputs with TAB between them and none of them NULL; up to 36 bytes are
   * written, whatever `bytes` is. False where an input is none of its type.
   */
  write(lines: Uint8Array, start: number, end: number, out: DataView, at: number): boolean {
    const length = end - start
    if (length <= DIGITS) {
      let number = 0
      let place = start
      for (; place < end; place++) {
        const digit = lines[place]! - ZERO
        if (digit < 0 || digit > 9) break
        number = number * 10 + digit
      }
      // `07` is another key than `7`.
      if (place === end && (length === 1 || (length > 0 && lines[start] !== ZERO))) {
        const slot = Math.imul(number | 0, 0x9e3779b1) >>> (32 - SLOT_BITS)
        if (this.numbers[slot] === number + 1) copyWords(this.ofNumbers, slot * WORDS, out, at)
        else {
          this.make(lines, start, end, out, at)
          this.numbers[slot] = number + 1
          keepWords(out, at, this.ofNumbers, slot * WORDS)
        }
        return true
      }
    }
    return length <= KEY_BYTES
      ? this.writeRemembered(lines, start, end, out, at)
      : this.make(lines, start, end, out, at)
  }

  private writeRemembered(lines: Uint8Array, start: number, end: number, out: DataView, at: number): boolean {
    if (this.keys === null) {
      this.keys = new Uint8Array(TEXT_SLOTS * (KEY_BYTES + 1))
      this.ofKeys = new Int32Array(TEXT_SLOTS * WORDS)
    }
    const { keys } = this
    let hash = 0
    for (let place = start; place < end; place++) hash = Math.imul(hash ^ lines[place]!, 0x01000193)
    const slot = Math.imul(hash, 0x9e3779b1) >>> (32 - TEXT_SLOT_BITS)
    const kept = slot * (KEY_BYTES + 1)
    const length = end - start
    // An empty slot has the length 0, and so has an empty key.
    let same = length > 0 && keys[kept] === length
    for (let byte = 0; same && byte < length; byte++) same = keys[kept + 1 + byte] === lines[start + byte]
    if (same) {
      copyWords(this.ofKeys, slot * WORDS, out, at)
      return true
    }
    if (!this.make(lines, start, end, out, at)) return false
    keys[kept] = length
    for (let byte = 0; byte < length; byte++) keys[kept + 1 + byte] = lines[start + byte]!
    keepWords(out, at, this.ofKeys, slot * WORDS)
    return true
  }

  private make(lines: Uint8Array, start: number, end: number, out: DataView, at: number): boolean {
    const { message, words } = this
    message.length = this.prefix
    let from = start
    for (const [index, type] of this.types.entries()) {
      let to = from
      while (to < end && lines[to] !== TAB) to++
      if ((isTyped(type) || type.kind === 'json') && isUnfitField(lines, from, to)) return false
      if (index > 0) addColon(message)
      addPart(message, lines, from, to, true)
      from = to + 1
    }
    message.uuid(words)
    let to = at
    if (this.asBytes) {
      out.setUint8(to++, BACKSLASH)
      out.setUint8(to++, BACKSLASH)
      out.setUint8(to++, LETTER_X)
    }
    writeUuid(words, out, to, !this.asBytes)
    return true
  }

  /** Why `write` made none. */
  get refusal(): string {
    return `its id is made of a key that is no ${this.types.map(typeName).join(', ')}`
  }
}

function copyWords(words: Int32Array, from: number, out: DataView, at: number): void {
  for (let word = 0; word < WORDS; word++) out.setInt32(at + word * 4, words[from + word]!, true)
}

function keepWords(out: DataView, at: number, words: Int32Array, to: number): void {
  for (let word = 0; word < WORDS; word++) words[to + word] = out.getInt32(at + word * 4, true)
}
