import { isUtf8 } from 'node:buffer'
import type { LogicalType } from '../../model/logical-type.ts'
import { REFUSED } from '../../model/row-line.ts'
import type { Field } from '../port/rows.ts'
import { bitsOfInteger, bytesOf, convertText, integerOfBits } from '../values/conversion.ts'
import { cutsSpaces, fitOf, type Purpose } from '../values/fit.ts'
import { formatFloat } from '../values/float.ts'
import { canonicalUuid } from '../values/uuid.ts'
import { isSpatial } from './types.ts'
import { vectorText } from './vector.ts'

/**
 * One field as it is asked for, and how its bytes on the wire become a field of a row line. Those of most types are
 * nearly canonical as they come, so `LineWriter` handles them as bytes; the others go through `convert`.
 */
export interface WireField {
  sql: string
  form: 'plain' | 'text' | 'padded' | 'integer' | 'decimal' | 'time' | 'boolean' | 'bytes' | 'converted'
  /** Unescaped text of a value; never asked for NULL. */
  convert?: (value: Buffer) => string
}

/** The session speaks UTC and utf8mb4; char(n) comes without its padding. */
export function wireField(field: Field, wanted: Purpose): WireField {
  const purpose = field.canonical ? 'compare' : wanted
  const { expression, type, own } = field
  if (purpose === 'load' && field.native) return asStored(expression, type)
  if (own && isGeometry(own) && isGeometry(type)) return { sql: expression, form: 'bytes' }
  if (own?.kind === 'other' && own.name === 'vector')
    return { sql: expression, form: 'converted', convert: value => vectorText(value) ?? refusedText(value) }
  const sql = selected(expression, own)
  const convert = converter(field, purpose)
  return { sql, form: byteForm(field, purpose) ?? 'converted', convert }
}

/** SQL whose text on the wire has all that there is in the value. */
function selected(x: string, own: LogicalType | undefined): string {
  switch (own?.kind) {
    // Zeros and ones instead of bytes.
    case 'bits':
      return `LPAD(BIN((${x}) + 0), ${own.length}, '0')`
    // A FLOAT is printed with six digits; as part of a sum it is a DOUBLE, printed in full.
    case 'float':
      return `(${x}) + 0e0`
    case 'other':
      return isGeometry(own) ? `ST_AsText(${x})` : x
    default:
      return x
  }
}

function isGeometry(type: LogicalType): boolean {
  return type.kind === 'other' && isSpatial(type.name)
}

/** A value for a column of the same declared type. */
function asStored(x: string, type: LogicalType): WireField {
  const words = ['text', 'enum', 'set', 'json', 'other'].includes(type.kind)
  // A geometry as the server keeps it, its reference system included.
  if (isGeometry(type)) return { sql: x, form: 'text' }
  return { sql: selected(x, type), form: type.kind === 'bytes' ? 'bytes' : words ? 'text' : 'plain' }
}

/** How the bytes of a value can be written without looking at it as a text; null where they cannot. */
function byteForm(field: Field, purpose: Purpose): WireField['form'] | null {
  const { type, own, rounded } = field
  if (cutsSpaces(field)) return null
  // Bytes that are no UTF-8 stay as they are, for the target to refuse.
  if (own === undefined) return type.kind === 'text' ? (type.padded ? 'padded' : 'text') : null
  switch (type.kind) {
    case 'boolean':
      return own.kind === 'integer' ? 'boolean' : null
    case 'integer':
      return own.kind === 'integer' ? 'integer' : null
    case 'decimal':
      return keepsDigits(own, type, purpose, rounded ?? false) ? 'decimal' : null
    case 'date':
      return own.kind === 'date' ? 'plain' : null
    case 'time':
    case 'timestamp':
      if (own.kind !== type.kind || own.precision > type.precision) return null
      // A time of day has no sign and passes no midnight.
      if (own.kind === 'time' && type.kind === 'time' && own.span && !type.span) return null
      return own.precision === 0 ? 'plain' : 'time'
    case 'bytes':
      return own.kind === 'bytes' && (!type.padded || own.padded) ? 'bytes' : null
    case 'bits':
      return own.kind === 'bits' && own.length === type.length ? 'plain' : null
    case 'json':
      return purpose === 'load' ? 'text' : null
    case 'text':
      return own.kind === 'float' ? null : type.padded ? 'padded' : 'text'
    case 'other':
    case 'any':
      return own.kind === 'float' ? null : 'text'
    case 'enum':
      return own.kind === 'text' || own.kind === 'enum' ? 'text' : null
    default:
      return null
  }
}

function keepsDigits(
  own: LogicalType,
  type: LogicalType & { kind: 'decimal' },
  purpose: Purpose,
  rounded: boolean,
): boolean {
  if (own.kind === 'integer') return (type.scale ?? 0) >= 0
  if (own.kind !== 'decimal') return false
  const fits = !type.fixedScale || (own.scale ?? 0) <= (type.scale ?? 0)
  return fits || (purpose === 'compare' && !rounded)
}

function converter(field: Field, purpose: Purpose): (value: Buffer) => string {
  const { type, own } = field
  const convert = (text: string) => convertText(text, field, purpose)
  if (own?.kind === 'bytes' && type.kind === 'uuid')
    return value => canonicalUuid(value) ?? refusedText(value)
  if (type.kind === 'bytes') {
    const bytes = (value: Buffer) =>
      own?.kind === 'uuid' ? value.toString().replaceAll('-', '') : value.toString('hex')
    return value => bytesOf(bytes(value), type, fitOf(field, purpose)) ?? refusedText(value)
  }
  if (own?.kind === 'float') {
    const width = own.bits
    return value => convert(formatFloat(Number(value.toString()), width))
  }
  if (own?.kind === 'bits' && (type.kind === 'integer' || type.kind === 'decimal' || type.kind === 'boolean'))
    return value => convert(integerOfBits(value.toString()))
  if (own?.kind === 'integer' && type.kind === 'bits')
    return value => bitsOfInteger(value.toString(), type) ?? refusedText(value)
  // Words are no values of a number.
  if (own?.kind === 'integer' && type.kind === 'boolean') return refusedText
  return value => (isUtf8(value) ? convert(value.toString()) : refusedText(value))
}

function refusedText(value: Buffer): string {
  return REFUSED + (isUtf8(value) ? value.toString() : `\\x${value.toString('hex')}`)
}
