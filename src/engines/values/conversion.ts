import type { LogicalType } from '../../model/logical-type.ts'
import { REFUSED } from '../../model/row-line.ts'
import type { Field } from '../port/rows.ts'
import { arrayLiteral, arrayOfTexts } from './array.ts'
import { canonicalBoolean } from './boolean.ts'
import { canonicalDecimal, decimals, roundDecimal } from './decimal.ts'
import { type Fit, fitOf, type Purpose } from './fit.ts'
import { floatOf } from './float.ts'
import { canonicalJson } from './json.ts'
import { canonicalSet } from './set.ts'
import { timeOf } from './time.ts'
import { dateOf, timestampOf } from './timestamp.ts'
import { canonicalUuid } from './uuid.ts'

/**
 * The field of a row line, before its escapes, that a text stands for in the field's type; marked as refused where it
 * stands for none. This is what every engine's values are brought to that it cannot write in SQL by itself.
 */
export function convertText(text: string, field: Field, purpose: Purpose): string {
  return converted(text, field, purpose) ?? REFUSED + text
}

/** As `convertText`; null where the text stands for none. */
export function converted(text: string, field: Field, purpose: Purpose): string | null {
  const { type } = field
  const fit = fitOf(field, purpose)
  switch (type.kind) {
    case 'boolean':
      return canonicalBoolean(text)
    case 'integer':
      return integerOf(text, fit) ?? (field.own?.kind === 'boolean' ? numberOfWord(text) : null)
    case 'decimal':
      return decimalOf(text, type, fit)
    case 'float':
      return floatOf(text, type, fit)
    case 'uuid':
      return canonicalUuid(text)
    case 'set':
      return canonicalSet(text)
    case 'bits':
      return bitsOf(text, type, purpose)
    case 'date':
      return dateOf(text, fit)
    case 'time':
      return timeOf(text, type, fit)
    case 'timestamp':
      return timestampOf(text, type, fit)
    // A load leaves it to the target what it takes for JSON.
    case 'json':
      return purpose === 'load' ? text : jsonOf(text, type)
    case 'array':
      return arrayLiteral(text)
    case 'text':
      return textOf(text, type, fit)
    default:
      return text
  }
}

function integerOf(text: string, fit: Fit): string | null {
  const number = canonicalDecimal(text)
  if (number === null || !/\d$/.test(number)) return null
  if (decimals(number) === 0) return number
  return fit === 'round' ? roundDecimal(number, 0) : null
}

/** What a column of booleans says in a word. */
function numberOfWord(text: string): string | null {
  const word = canonicalBoolean(text)
  return word && (word === 't' ? '1' : '0')
}

/**
 * A number as a decimal of the type; what has more digits keeps them for a comparison, and where the engine does not
 * hold the column to its scale.
 */
export function decimalOf(text: string, type: LogicalType & { kind: 'decimal' }, fit: Fit): string | null {
  const number = canonicalDecimal(text)
  if (number === null || !type.fixedScale) return number
  const rounded = roundDecimal(number, type.scale ?? 0)
  if (fit === 'round') return rounded
  return fit === 'refuse' && rounded !== number ? null : number
}

function jsonOf(text: string, { items }: LogicalType & { kind: 'json' }): string | null {
  const json = canonicalJson(text)
  return json !== null && items === 'text' ? arrayOfTexts(json) : json
}

/** Without the spaces that are no part of it, or that there is no room for where the plan accepts that. */
function textOf(text: string, { length, padded }: LogicalType & { kind: 'text' }, fit: Fit): string {
  if (padded) return text.replace(/ +$/, '')
  if (fit !== 'round' || length === undefined) return text
  const characters = [...text]
  const rest = characters.slice(length)
  return rest.every(character => character === ' ') ? characters.slice(0, length).join('') : text
}

function bitsOf(text: string, type: LogicalType & { kind: 'bits' }, purpose: Purpose): string | null {
  if (!/^[01]*$/.test(text)) return null
  const fits = type.varying ? text.length <= type.length : text.length === type.length
  return purpose === 'compare' || fits ? text : null
}

/**
 * A whole number as `type.length` bits, and as few as it needs where their number varies; null where it is negative or has
 * more.
 */
export function bitsOfInteger(
  integer: string,
  { length, varying }: LogicalType & { kind: 'bits' },
): string | null {
  if (!/^\d+$/.test(integer)) return null
  const bits = BigInt(integer).toString(2)
  if (bits.length > length) return null
  return varying ? bits : bits.padStart(length, '0')
}

/** Bits as a whole number. */
export function integerOfBits(bits: string): string {
  return BigInt(`0b${bits || '0'}`).toString()
}

/** `\x` and hexadecimal digits for a column of `type`; null where a load would make a shorter value longer. */
export function bytesOf(hex: string, type: LogicalType & { kind: 'bytes' }, fit: Fit): string | null {
  const missing = type.padded ? (type.length ?? 0) * 2 - hex.length : 0
  if (missing > 0 && fit === 'refuse') return null
  return `\\x${fit === 'round' && missing > 0 ? hex + '0'.repeat(missing) : hex}`
}
