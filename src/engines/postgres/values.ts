import type { LogicalType } from '../../model/logical-type.ts'
import { REFUSED } from '../../model/row-line.ts'
import type { Field } from '../port/rows.ts'
import { bitsOfInteger, bytesOf, converted, integerOfBits } from '../values/conversion.ts'
import { cutsSpaces, fitOf, type Purpose } from '../values/fit.ts'
import { canonicalUuid } from '../values/uuid.ts'
import type { CopyField } from './rewrite.ts'
import { timeField, timestampField } from './times.ts'

/**
 * One field whose COPY text is what its type wants, or becomes it. The session speaks UTC, ISO dates, hex bytes and
 * shortest floats, so a column read in a type of its own kind needs nothing or a little SQL; what SQL could fail on, or a
 * value of a kind that nobody knows, is converted here.
 */
export function copyField(field: Field, wanted: Purpose): CopyField {
  const purpose = field.canonical ? 'compare' : wanted
  const { expression: x, type, own, native } = field
  if (native && purpose === 'load') return { sql: x }
  switch (type.kind) {
    case 'boolean':
      return booleanField(field, purpose)
    case 'integer':
      return own?.kind === 'integer' ? { sql: x } : numberField(field, purpose)
    case 'decimal':
      return decimalField(field, type, purpose)
    case 'float':
      return floatField(field, type, purpose)
    case 'bytes':
      return bytesField(field, type, purpose)
    case 'bits':
      return bitsField(field, type, purpose)
    case 'uuid':
      if (own?.kind === 'uuid') return { sql: x }
      if (own?.kind !== 'bytes') return byText(field, purpose)
      return { sql: x, convert: text => canonicalUuid(Buffer.from(text.slice(2), 'hex')) }
    case 'set':
      if (own?.kind !== 'array') return byText(field, purpose)
      return { ...byText(field, purpose), sql: `array_to_string(${x}, ',')` }
    case 'date':
    case 'timestamp':
      return timestampField(field, type, purpose) ?? byText(field, purpose)
    case 'time':
      return timeField(field, type, purpose) ?? byText(field, purpose)
    case 'json':
      return jsonField(field, purpose)
    case 'array':
      return own === undefined || own.kind === 'array' ? { sql: x } : byText(field, purpose)
    case 'text':
      return {
        sql: textSql(field, type, purpose),
        ...(cutsSpaces(field) ? { convert: (text: string) => converted(text, field, purpose) } : {}),
      }
    default:
      return { sql: isPadded(own) ? `(${x})::text` : x }
  }
}

/** By its text, which is then what the text of any engine is in that type. */
function byText(field: Field, purpose: Purpose): CopyField {
  return { sql: `(${field.expression})::text`, convert: text => converted(text, field, purpose) }
}

function booleanField(field: Field, purpose: Purpose): CopyField {
  const { expression: x, own } = field
  switch (own?.kind) {
    case 'boolean':
      return { sql: x }
    case 'integer':
    case 'decimal':
    case 'float':
      return { sql: `CASE ${x} WHEN 0 THEN 'f' WHEN 1 THEN 't' ELSE '${REFUSED}' || (${x})::text END` }
    case 'bits':
      return { sql: x, convert: bits => ({ '0': 'f', '1': 't' })[integerOfBits(bits)] ?? null }
    default:
      return byText(field, purpose)
  }
}

/** A value as a number: its own text, but for booleans and bits. */
function numberField(field: Field, purpose: Purpose): CopyField {
  const { expression: x, own } = field
  if (own?.kind === 'boolean') return { sql: `(${x})::int` }
  if (own?.kind !== 'bits') return byText(field, purpose)
  // A number does not say how many zeros stand before it: where the number of bits varies, that would be lost.
  const loses = (bits: string) => own.varying && !field.rounded && /^0.|^$/.test(bits)
  return { sql: x, convert: bits => (loses(bits) ? null : converted(integerOfBits(bits), field, purpose)) }
}

function decimalField(field: Field, type: LogicalType & { kind: 'decimal' }, purpose: Purpose): CopyField {
  const { expression: x, own, rounded } = field
  const scale = type.fixedScale ? (type.scale ?? 0) : undefined
  const whole = scale === undefined || scale >= 0
  if (own?.kind === 'integer' && whole) return { sql: x }
  if (own?.kind !== 'decimal') return numberField(field, purpose)
  const fits = scale === undefined || (own.precision !== undefined && (own.scale ?? 0) <= scale)
  const value = fits || !rounded ? `(${x})` : `round(${x}, ${scale})`
  if (purpose === 'compare') return { sql: `trim_scale(${value})` }
  if (fits || rounded) return { sql: value }
  return { sql: `CASE WHEN ${x} <> round(${x}, ${scale}) THEN '${REFUSED}' ELSE '' END || (${x})::text` }
}

function floatField(
  field: Field,
  { bits, scale }: LogicalType & { kind: 'float' },
  purpose: Purpose,
): CopyField {
  const { expression: x, own } = field
  const mayRound = scale !== undefined && fitOf(field, purpose) !== 'compare'
  if (mayRound && own?.kind !== 'integer') return numberField(field, purpose)
  if (own?.kind === 'float' && own.bits <= bits) {
    // Adding zero turns -0 into 0 and changes nothing else.
    return { sql: `(${x}) + 0::${own.bits === 32 ? 'real' : 'double precision'}` }
  }
  // Those of 64 bits may have digits a float has no room for.
  const exact = own?.kind === 'integer' && (purpose === 'compare' || own.bits <= 32)
  return exact && bits === 64 ? { sql: `(${x})::double precision` } : numberField(field, purpose)
}

function bytesField(field: Field, type: LogicalType & { kind: 'bytes' }, purpose: Purpose): CopyField {
  const { expression: x, own } = field
  const padded = { convert: (text: string) => bytesOf(text.slice(2), type, fitOf(field, purpose)) }
  const hex = (digits: string) => ({ sql: `chr(92) || 'x' || ${digits}`, ...(type.padded ? padded : {}) })
  switch (own?.kind) {
    case 'bytes':
      return { sql: x, ...(type.padded ? padded : {}) }
    case 'uuid':
      return hex(`replace((${x})::text, '-', '')`)
    case undefined:
      return {
        sql: `(${x})::text`,
        convert: text =>
          bytesOf(
            /^\\x([0-9a-f]{2})*$/.test(text) ? text.slice(2) : hexOf(text),
            type,
            fitOf(field, purpose),
          ),
      }
    default:
      return hex(`encode(convert_to((${x})::text, 'UTF8'), 'hex')`)
  }
}

function hexOf(text: string): string {
  return Buffer.from(text).toString('hex')
}

function bitsField(field: Field, type: LogicalType & { kind: 'bits' }, purpose: Purpose): CopyField {
  const { expression: x, own } = field
  if (own?.kind === 'integer' || own?.kind === 'boolean')
    return { sql: own.kind === 'boolean' ? `(${x})::int` : x, convert: text => bitsOfInteger(text, type) }
  if (own?.kind === 'bits' && purpose === 'compare') return { sql: x }
  return byText(field, purpose)
}

function jsonField(field: Field, purpose: Purpose): CopyField {
  const { expression: x, own } = field
  const convert = purpose === 'load' ? {} : { convert: (text: string) => converted(text, field, purpose) }
  if (own?.kind === 'json' || own?.kind === 'text') return { sql: x, ...convert }
  if (own !== undefined) return { sql: `to_jsonb(${x})`, ...convert }
  // A document stays as it is written; anything else, such as an array, becomes one.
  const documents = `ARRAY['json', 'jsonb', 'text', 'varchar', 'bpchar']::regtype[]`
  const written = `CASE WHEN pg_typeof(v) = ANY (${documents}) THEN v::text ELSE to_jsonb(v)::text END`
  return { sql: `(SELECT ${written} FROM (SELECT ${x} AS v) AS one)`, ...convert }
}

function textSql(
  { expression: x, own }: Field,
  type: LogicalType & { kind: 'text' },
  purpose: Purpose,
): string {
  // Other engines have no arrays, and people there expect JSON.
  if (own?.kind === 'array') return `to_jsonb(${x})::text`
  // Cast to text, an inet gets a mask that it has not when it is printed.
  const trimmed = own === undefined || own.kind === 'text'
  if (type.padded && purpose === 'compare' && trimmed && !isPadded(own)) return `rtrim((${x})::text, ' ')`
  // A char(n) loses its padding when it becomes text.
  return isPadded(own) ? `(${x})::text` : x
}

function isPadded(own: LogicalType | undefined): boolean {
  return own?.kind === 'text' && own.padded === true
}
