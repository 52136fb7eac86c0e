import type { LogicalType } from '../../model/logical-type.ts'
import { canonicalDecimal } from '../values/decimal.ts'
import { formatFloat } from '../values/float.ts'
import { canonicalJson } from '../values/json.ts'
import type { Affinity } from './affinity.ts'

const LEAST_INTEGER = -(2n ** 63n)
const GREATEST_INTEGER = 2n ** 63n - 1n

/** So many digits, sign and point, neither a float nor SQLite changes. Most numbers are such, and spared a closer look. */
const MOST_PLAIN = 15
const plainInteger = /^(?:0|-?[1-9]\d*)$/
const plainDecimal = /^-?(?:0|[1-9]\d*)\.\d*[1-9]$/

/** What is bound for a field of a row line that `survives`. */
export function stored(text: string, type: LogicalType, affinity: Affinity): unknown {
  switch (type.kind) {
    case 'boolean':
      return text === 't' ? 1 : text === 'f' ? 0 : text
    case 'integer':
      // What SQLite's integers cannot hold is kept in digits.
      return isInteger(text) ? BigInt(text) : text
    case 'decimal': {
      const number = isNumeric(affinity) ? digitsOf(text) : null
      if (number === null) return text
      // SQLite's own reading of more than 15 digits may be the next float, and of `1.0` is one.
      return isInteger(number) && affinity !== 'REAL' ? BigInt(number) : Number(number)
    }
    case 'float':
      // SQLite makes NULL of a NaN; as text it is kept, and read as NaN.
      return text === 'NaN' ? text : Number(text)
    case 'bytes':
      return Buffer.from(text.slice(2), 'hex')
    default:
      return text
  }
}

/**
 * Whether a text stays what it is in a column of this affinity. A column of numbers turns text that looks like one into an
 * INTEGER or a REAL: `007` becomes 7, and a long decimal another one.
 */
export function survives(text: string, type: LogicalType, affinity: Affinity): boolean {
  if (!isNumeric(affinity) || isPlain(plainInteger, text) || !isNumber(text)) return true
  if (type.kind === 'decimal' && isPlain(plainDecimal, text)) return true
  const number = canonicalDecimal(text)
  if (number === null) return false
  const whole = isInteger(number) && affinity !== 'REAL'
  // Read again, a number is its shortest digits, and a text is spelled as a float.
  const kept = () => (whole ? number : formatFloat(Number(number), 64))
  switch (type.kind) {
    case 'boolean':
    case 'float':
    case 'bytes':
      return true
    case 'integer':
    case 'decimal':
      return whole || canonicalDecimal(String(Number(number))) === number
    case 'json':
      return canonicalJson(kept()) === number && (whole || number.length <= 15)
    default:
      return kept() === text && (whole || text.length <= 15)
  }
}

/** A number as it is spelled canonically; null where SQLite takes the text for none, or it cannot be written out. */
function digitsOf(text: string): string | null {
  if (isPlain(plainInteger, text) || isPlain(plainDecimal, text)) return text
  return isNumber(text) ? canonicalDecimal(text) : null
}

function isPlain(form: RegExp, text: string): boolean {
  return text.length <= MOST_PLAIN && form.test(text)
}

function isNumeric(affinity: Affinity): boolean {
  return affinity !== 'TEXT' && affinity !== 'BLOB'
}

/** Whether SQLite takes a text for a number. */
function isNumber(text: string): boolean {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text)
}

function isInteger(digits: string): boolean {
  if (isPlain(plainInteger, digits)) return true
  if (!/^-?\d+$/.test(digits)) return false
  const integer = BigInt(digits)
  return integer >= LEAST_INTEGER && integer <= GREATEST_INTEGER
}

/** What `values.ts` wrote of a value as it is stored, to be bound as just that. */
export function nativeValue(text: string): unknown {
  const value = text.slice(1)
  switch (text[0]) {
    case 'i':
      return BigInt(value)
    case 'r':
      return Number(value)
    case 'b':
      return Buffer.from(value, 'hex')
    default:
      return value
  }
}
