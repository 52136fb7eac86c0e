import { type LogicalType, typeName } from '../model/logical-type.ts'
import { isTyped, isUnfitField, TAB } from '../model/row-line.ts'
import { addColon, addPart } from './key-name.ts'
import type { UuidOf } from './port/rows.ts'
import { NamedMessage, UUID_BYTES, writeUuid } from './values/uuid5.ts'

const [BACKSLASH, LETTER_X, ZERO] = [0x5c, 0x78, 0x30]
/** How a UUID is written: as text, as bytes in a row line, or as its 16 bytes. */
export type UuidForm = 'text' | 'hex' | 'binary'

const BYTES: Record<UuidForm, number> = { text: 36, hex: 35, binary: UUID_BYTES }
const SLOTS = 1 << 16
/** Digits of a whole number that a double holds exactly. */
const DIGITS = 15
/** The least number that has more of them. */
const LIMIT = 10 ** DIGITS
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
  private readonly form: UuidForm
  /** What is kept of each UUID, in 32-bit words. */
  private readonly size: number
  private readonly words = new Int32Array(5)
  /** The whole number in each slot and 1; 0 where there is none. */
  private readonly numbers = new Float64Array(SLOTS)
  private readonly ofNumbers: Int32Array
  /** Length and bytes of the key in each slot. */
  private keys: Uint8Array | null = null
  private ofKeys = new Int32Array(0)

  constructor({ namespace, table, inputs }: UuidOf, form: UuidForm) {
    this.message = new NamedMessage(namespace)
    addPart(this.message, Buffer.from(table), 0, Buffer.byteLength(table), false)
    addColon(this.message)
    this.prefix = this.message.length
    this.types = inputs.map(({ type }) => type)
    this.form = form
    this.size = Math.ceil(BYTES[form] / 4)
    this.ofNumbers = new Int32Array(SLOTS * this.size)
  }

  /** Bytes a UUID has as it is written. */
  get bytes(): number {
    return BYTES[this.form]
  }

  /**
   * Writes the UUID of the key in `lines[start, end)`, inputs with TAB between them and none of them NULL; what is written is
   * `bytes` long, rounded up to a multiple of four. False where an input is none of its type.
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
      if (place === end && (length === 1 || (length > 0 && lines[start] !== ZERO)))
        return this.find(number, out, at) || this.writeAs(number, lines, start, end, out, at)
    }
    return length <= KEY_BYTES
      ? this.writeRemembered(lines, start, end, out, at)
      : this.make(lines, start, end, out, at)
  }

  /** Writes the UUID of a recent key that this number stands for, one that `isShort`; false where it is not remembered. */
  find(number: number, out: DataView, at: number): boolean {
    const slot = slotOf(number)
    if (this.numbers[slot] !== number + 1) return false
    copyWords(this.ofNumbers, slot * this.size, this.size, out, at)
    return true
  }

  /** As `write`, and remembers the UUID under a number that stands for no other key. */
  writeAs(number: number, lines: Uint8Array, start: number, end: number, out: DataView, at: number): boolean {
    if (!this.make(lines, start, end, out, at)) return false
    const slot = slotOf(number)
    this.numbers[slot] = number + 1
    keepWords(out, at, this.size, this.ofNumbers, slot * this.size)
    return true
  }

  private writeRemembered(lines: Uint8Array, start: number, end: number, out: DataView, at: number): boolean {
    if (this.keys === null) {
      this.keys = new Uint8Array(TEXT_SLOTS * (KEY_BYTES + 1))
      this.ofKeys = new Int32Array(TEXT_SLOTS * this.size)
    }
    const { keys, ofKeys, size } = this
    let hash = 0
    for (let place = start; place < end; place++) hash = Math.imul(hash ^ lines[place]!, 0x01000193)
    const slot = Math.imul(hash, 0x9e3779b1) >>> (32 - TEXT_SLOT_BITS)
    const kept = slot * (KEY_BYTES + 1)
    const length = end - start
    // An empty slot has the length 0, and so has an empty key.
    let same = length > 0 && keys[kept] === length
    for (let byte = 0; same && byte < length; byte++) same = keys[kept + 1 + byte] === lines[start + byte]
    if (same) {
      copyWords(ofKeys, slot * size, size, out, at)
      return true
    }
    if (!this.make(lines, start, end, out, at)) return false
    keys[kept] = length
    for (let byte = 0; byte < length; byte++) keys[kept + 1 + byte] = lines[start + byte]!
    keepWords(out, at, size, ofKeys, slot * size)
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
    if (this.form === 'binary') {
      for (let word = 0; word < 4; word++) out.setInt32(at + word * 4, words[word]!)
      return true
    }
    let to = at
    if (this.form === 'hex') {
      out.setUint8(to++, BACKSLASH)
      out.setUint8(to++, BACKSLASH)
      out.setUint8(to++, LETTER_X)
    }
    writeUuid(words, out, to, this.form === 'text')
    return true
  }

  /** Why `write` made none. */
  get refusal(): string {
    return `its id is made of a key that is no ${this.types.map(typeName).join(', ')}`
  }
}

/** Whether a whole number is one from 0 on of at most 15 digits, which a double holds exactly. */
export function isShort(number: number): boolean {
  return number >= 0 && number < LIMIT
}

/** Numbers that follow each other have slots that do: they lie in memory that has just been used. */
function slotOf(number: number): number {
  return (number ^ Math.floor(number / 2 ** 24)) & (SLOTS - 1)
}

function copyWords(words: Int32Array, from: number, size: number, out: DataView, at: number): void {
  for (let word = 0; word < size; word++) out.setInt32(at + word * 4, words[from + word]!, true)
}

function keepWords(out: DataView, at: number, size: number, words: Int32Array, to: number): void {
  for (let word = 0; word < size; word++) words[to + word] = out.getInt32(at + word * 4, true)
}
