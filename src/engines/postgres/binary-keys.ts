import { isShort, KeyUuids } from '../key-uuids.ts'
import type { Field, UuidOf } from '../port/rows.ts'

/** Each has a sign and 19 digits at most, and a TAB before the next. */
const INTEGER_BYTES = 21
const [TAB, MINUS, ZERO] = [0x09, 0x2d, 0x30]
const WORD = 2 ** 32
/** Two numbers below it are one that `isShort`. */
const SMALL = 2 ** 24

/** Whether the UUIDs of a field are made of integers, nothing else, and stand in a uuid: those can be made of COPY's binary form. */
export function hasBinaryKey(field: Field): field is Field & { derived: UuidOf } {
  const { type, derived } = field
  return (
    type.kind === 'uuid' &&
    derived?.kind === 'uuid' &&
    !derived.marked &&
    derived.inputs.every(input => input.type.kind === 'integer' && input.own?.kind === 'integer')
  )
}

/** Whether this holds for all fields that are made here. */
export function haveBinaryKeys(fields: Field[]): boolean {
  return fields.every(field => field.derived === undefined || hasBinaryKey(field))
}

/** Makes UUIDs of keys as they stand in rows of COPY's binary form. */
export class BinaryKeys {
  private readonly inputs: number
  private readonly uuids: KeyUuids
  /** A key as it would stand in a row line. */
  private readonly line: Uint8Array
  /** Where the fields that were read last end. */
  end = 0

  constructor(derived: UuidOf) {
    this.inputs = derived.inputs.length
    this.uuids = new KeyUuids(derived, 'binary')
    this.line = new Uint8Array(this.inputs * INTEGER_BYTES)
  }

  /**
   * Writes the 16 bytes of the UUID whose inputs are the fields that begin at `from`.
   *
   * @returns false, with nothing written, where one of them is NULL
   */
  write(row: DataView, from: number, out: DataView, at: number): boolean {
    const number = this.numberOf(row, from)
    if (number !== null && this.uuids.find(number, out, at)) return true
    let isNull = false
    let to = 0
    for (let input = 0, field = from; input < this.inputs; input++) {
      const bytes = row.getInt32(field)
      if (bytes < 0) isNull = true
      else {
        if (input > 0) this.line[to++] = TAB
        to = this.writeInteger(row, field, bytes, to)
      }
      field += 4 + Math.max(0, bytes)
    }
    if (isNull) return false
    if (number === null) this.uuids.write(this.line, 0, to, out, at)
    else this.uuids.writeAs(number, this.line, 0, to, out, at)
    return true
  }

  /** A number that stands for the key, where there is one, and `end`: of a short integer itself, of two small ones both. */
  private numberOf(row: DataView, from: number): number | null {
    let number = 0
    let fits = this.inputs <= 2
    let field = from
    for (let input = 0; input < this.inputs; input++) {
      const bytes = row.getInt32(field)
      const value = bytes === 4 ? row.getInt32(field + 4) : integerAt(row, field, bytes)
      fits &&= this.inputs === 1 ? isShort(value) : value >= 0 && value < SMALL
      number = number * SMALL + value
      field += bytes < 0 ? 4 : 4 + bytes
    }
    this.end = field
    return fits ? number : null
  }

  private writeInteger(row: DataView, at: number, bytes: number, to: number): number {
    const number = integerAt(row, at, bytes)
    if (!isShort(Math.abs(number))) return this.writeText(String(row.getBigInt64(at + 4)), to)
    const { line } = this
    let first = to
    if (number < 0) line[first++] = MINUS
    let left = Math.abs(number)
    let end = first + 1
    for (let rest = left; rest >= 10; rest = Math.floor(rest / 10)) end++
    for (let place = end; place > first; left = Math.floor(left / 10)) line[--place] = ZERO + (left % 10)
    return end
  }

  private writeText(text: string, to: number): number {
    for (let index = 0; index < text.length; index++) this.line[to + index] = text.charCodeAt(index)
    return to + text.length
  }
}

/** Of 2, 4 or 8 bytes, and NaN of none; one that a double cannot hold is no `isShort`, nor is its negative. */
function integerAt(row: DataView, at: number, bytes: number): number {
  if (bytes === 4) return row.getInt32(at + 4)
  if (bytes === 8) return row.getInt32(at + 4) * WORD + row.getUint32(at + 8)
  return bytes === 2 ? row.getInt16(at + 4) : Number.NaN
}
