import { isUtf8 } from 'node:buffer'
import type Database from 'better-sqlite3'
import { encodeBytes, encodeField } from '../../model/row-line.ts'
import type { Field } from '../port/rows.ts'
import { bitsOfInteger, bytesOf, converted, decimalOf } from '../values/conversion.ts'
import { decimalOfReal } from '../values/decimal.ts'
import { fitOf, type Purpose } from '../values/fit.ts'
import { floatOf, formatFloat } from '../values/float.ts'
import { dateOf, timestampOf } from '../values/timestamp.ts'
import { canonicalUuid } from '../values/uuid.ts'

type Stored = bigint | number | string | Buffer

/** What a field is written as, for `row_value`; its expression does not matter any more. */
interface Specification {
  field: Field
  purpose: Purpose
}

export function specification({ type, own, rounded = false }: Field, purpose: Purpose): string {
  const ownMatters = own?.kind === 'uuid' || own?.kind === 'boolean'
  // Which labels there are changes no value, and there may be many.
  return JSON.stringify([{ ...type, labels: undefined }, ownMatters ? own : null, rounded, purpose])
}

/** The fields of a row line that SQL alone cannot write. Each takes a stored value, never NULL. */
export function defineFunctions(database: Database.Database): void {
  const define = (name: string, fn: (...args: never[]) => string | Buffer | null) =>
    database.function(
      name,
      { deterministic: true, safeIntegers: true },
      fn as (...args: unknown[]) => unknown,
    )
  const known = new Map<string, Specification>()

  /** NULL where the value is none of its type; SQL then writes its bytes as they are. */
  define('row_value', (value: Stored, written: string) => {
    let specified = known.get(written)
    if (!specified) {
      const [type, own, rounded, purpose] = JSON.parse(written)
      specified = { field: { expression: '', type, own: own ?? undefined, rounded }, purpose }
      known.set(written, specified)
    }
    const text = valueText(value, specified)
    return text === null ? null : encodeField(text)
  })
  define('row_any', (storage: string, value: Stored) => {
    if (storage === 'text') return encodeBytes(value as Buffer)
    if (Buffer.isBuffer(value)) return `\\\\x${value.toString('hex')}`
    return typeof value === 'number' ? formatFloat(value, 64) : String(value)
  })
  define('split_list', (value: Stored | null, separator: string) =>
    value === null ? null : listOf(String(value), separator),
  )
  /** The shortest text JavaScript and C read back as the same number; `-0` keeps its sign. */
  define('row_real', (value: number) => (Object.is(value, -0) ? '-0' : String(value)))
}

/** NULL where no item is left, as everywhere. */
function listOf(text: string, separator: string): string | null {
  const items = text
    .split(separator)
    .map(item => item.replace(/^ +| +$/g, ''))
    .filter(Boolean)
  return items.length === 0 ? null : JSON.stringify(items)
}

function valueText(value: Stored, { field, purpose }: Specification): string | null {
  const { type } = field
  const fit = fitOf(field, purpose)
  switch (type.kind) {
    case 'integer':
      if (typeof value === 'number' && Number.isInteger(value)) return wholeReal(value, type.unsigned)
      break
    case 'decimal':
      if (typeof value === 'number') {
        const scale = type.precision === undefined ? undefined : (type.scale ?? 0)
        return decimalOf(decimalOfReal(value, scale), type, fit)
      }
      break
    case 'float':
      if (typeof value === 'number')
        return type.bits === 64 && type.scale === undefined
          ? formatFloat(value, 64)
          : floatOf(String(value), type, fit)
      break
    case 'uuid':
      return uuidOf(value)
    case 'bytes': {
      const bytes = field.own?.kind === 'uuid' ? uuidDigits(value) : hexOf(value)
      return bytes === null ? null : bytesOf(bytes, type, fit)
    }
    case 'bits':
      if (typeof value === 'bigint') return bitsOfInteger(String(value), type)
      break
    case 'time':
      if (typeof value !== 'string') return null
      break
    case 'date':
      return Buffer.isBuffer(value) ? null : dateOf(value, fit)
    case 'timestamp':
      return Buffer.isBuffer(value) ? null : timestampOf(value, type, fit)
    case 'text':
    case 'json':
    case 'set':
    case 'array':
      if (Buffer.isBuffer(value) && isUtf8(value)) return converted(value.toString(), field, purpose)
      break
  }
  return Buffer.isBuffer(value) ? null : converted(String(value), field, purpose)
}

function uuidOf(value: Stored): string | null {
  return typeof value === 'string' || Buffer.isBuffer(value) ? canonicalUuid(value) : null
}

function uuidDigits(value: Stored): string | null {
  return uuidOf(value)?.replaceAll('-', '') ?? null
}

function hexOf(value: Stored): string | null {
  return Buffer.isBuffer(value) ? value.toString('hex') : null
}

/** A REAL beyond 2^53 is still a whole number, if an integer column can hold it. */
function wholeReal(value: number, unsigned = false): string | null {
  return Math.abs(value) < 2 ** (unsigned ? 64 : 63) ? BigInt(value).toString() : null
}
