import { isUtf8 } from 'node:buffer'
import type Database from 'better-sqlite3'
import { encodeBytes, encodeField, REFUSED } from '../../model/row-line.ts'
import { canonicalDecimal, canonicalInteger, decimalOfReal, decimals } from '../values/decimal.ts'
import { formatFloat, parseFloatText } from '../values/float.ts'
import { canonicalJson } from '../values/json.ts'
import { canonicalDate, canonicalTime, formatInstant, parseInstant } from '../values/timestamp.ts'

type Stored = bigint | number | string | Buffer

/** The fields of a row line that SQL alone cannot write. Each takes a stored value, never NULL. */
export function defineFunctions(database: Database.Database): void {
  const define = (name: string, fn: (...args: never[]) => string | Buffer) =>
    database.function(
      name,
      { deterministic: true, safeIntegers: true },
      fn as (...args: unknown[]) => unknown,
    )

  define('row_boolean', (value: Stored) => canonicalBoolean(value) ?? refused(value))
  define('row_integer', (value: Stored) => {
    if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : bigReal(value)
    return (
      (typeof value === 'bigint'
        ? String(value)
        : typeof value === 'string'
          ? canonicalInteger(value)
          : null) ?? refused(value)
    )
  })
  define('row_decimal', (value: Stored, scale: bigint | null, exact: bigint) => {
    const limit = scale === null ? undefined : Number(scale)
    const text =
      typeof value === 'number'
        ? decimalOfReal(value, limit)
        : Buffer.isBuffer(value)
          ? null
          : canonicalDecimal(String(value))
    if (text === null) return refused(value)
    // A target of fewer digits would round without a word; refused, the row is quarantined instead.
    return exact === 1n && limit !== undefined && decimals(text) > limit ? refused(text) : text
  })
  define('row_float', (value: Stored, bits: bigint) => {
    const number = Buffer.isBuffer(value)
      ? null
      : typeof value === 'string'
        ? parseFloatText(value)
        : Number(value)
    return number === null ? refused(value) : formatFloat(number, bits === 32n ? 32 : 64)
  })
  define('row_uuid', (value: Stored) => canonicalUuid(value) ?? refused(value))
  define(
    'row_date',
    (value: Stored) => (Buffer.isBuffer(value) ? null : canonicalDate(value)) ?? refused(value),
  )
  define(
    'row_time',
    (value: Stored, precision: bigint) =>
      (typeof value === 'string' ? canonicalTime(value, Number(precision)) : null) ?? refused(value),
  )
  define('row_timestamp', (value: Stored, precision: bigint) => {
    const instant = Buffer.isBuffer(value) ? null : parseInstant(value)
    return instant === null ? refused(value) : formatInstant(instant, Number(precision))
  })
  define('row_json', (value: Buffer | string) => {
    if (Buffer.isBuffer(value) && !isUtf8(value)) return refused(value)
    const text = value.toString()
    const canonical = canonicalJson(text)
    return canonical === null ? refused(text) : encodeField(canonical)
  })
  define('row_any', (storage: string, value: Stored) => {
    if (storage === 'text') return encodeBytes(value as Buffer)
    if (Buffer.isBuffer(value)) return `\\\\x${value.toString('hex')}`
    return typeof value === 'number' ? formatFloat(value, 64) : String(value)
  })
}

function refused(value: Stored): string | Buffer {
  if (Buffer.isBuffer(value)) return Buffer.concat([Buffer.from(REFUSED), encodeBytes(value)])
  return encodeField(REFUSED + String(value))
}

/** PostgreSQL's spellings (https://www.postgresql.org/docs/current/datatype-boolean.html). */
function canonicalBoolean(value: Stored): 't' | 'f' | null {
  const word = Buffer.isBuffer(value) ? '' : String(value).trim().toLowerCase()
  if (/^(1|t|tr|tru|true|y|ye|yes|on)$/.test(word)) return 't'
  return /^(0|f|fa|fal|fals|false|n|no|of|off)$/.test(word) ? 'f' : null
}

function canonicalUuid(value: Stored): string | null {
  const digits =
    Buffer.isBuffer(value) && value.length === 16
      ? value.toString('hex')
      : String(value).replace(/[{}-]/g, '').toLowerCase()
  if (!/^[0-9a-f]{32}$/.test(digits)) return null
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** A REAL beyond 2^53 is still a whole number, if an integer column can hold it. */
function bigReal(value: number): string {
  if (!Number.isInteger(value) || Math.abs(value) >= 2 ** 63) return REFUSED + String(value)
  return BigInt(value).toString()
}
