import type { Field } from '../port/rows.ts'
import { cutsSpaces } from '../values/fit.ts'

/** What the server says of a value's type: that of a domain is the one under it. */
export interface ServerType {
  /** As in pg_type. */
  name: string
  category: string
  /** What stands in parentheses after the type, as the server packs it; -1 for nothing. */
  modifier: number
}

/** How one field goes into the hash of a row. */
export interface Projection {
  /** Where two sides have one name, equal values go into the hash alike. */
  name: string
  /** Whether equal canonical texts always go into the hash alike. */
  exact: boolean
  /** UUIDs are mixed in after all other fields, because some are made outside the server. */
  isUuid?: boolean
  /** SQL of a bigint that the field, or its being NULL, has been mixed into `state`, a bigint itself. */
  mix(state: string): string
  /** SQL for about how many bytes the field has in a row line. */
  bytes: string
}

/**
 * PostgreSQL's own hash of a record is a sum of its columns' hashes, which a sum over rows cannot tell from the same
 * values exchanged between rows. Here every field is mixed into what came before it, by the server's 64-bit hash
 * functions (https://github.com/postgres/postgres/blob/REL_15_STABLE/src/common/hashfn.c, hash_uint32_extended): their
 * seed takes all of 64 bits, while a bigint as their argument is folded to 32 (hashint8extended).
 */
export const SEED = 1n
export const SEED_SQL = `${SEED}::bigint`
/** Stands for the hash of a value that is NULL. */
export const NULL_HASH = 1311768467463790320n
/** What a field takes that is no text: a number, a time. */
const SHORT = '12'

/** Null where the type has no hash by which equal means equal in the field's canonical text. */
export function projectionOf(field: Field, type: ServerType): Projection | null {
  const x = `(${field.expression})`
  switch (field.type.kind) {
    case 'boolean':
      return type.name === 'bool' ? mixing('bool', booleanInto(x)) : null
    case 'integer':
      return integers.includes(type.name) ? mixing('int8', integerInto(`${x}::bigint`)) : null
    case 'decimal':
      return decimalProjection(x, field, field.type, type)
    case 'float': {
      const name = field.type.bits === 32 ? 'float4' : 'float8'
      return type.name === name ? hashing(name, `hash${name}extended(${x}, ${SEED_SQL})`) : null
    }
    case 'uuid':
      return type.name === 'uuid' ? uuidProjection(x) : null
    case 'date':
      return type.name === 'date' ? hashing('date', hashOfAny(x)) : null
    case 'bytes':
      if (type.name !== 'bytea' || field.type.padded) return null
      return hashing('bytea', hashOfAny(x), `2 * octet_length(${x})::bigint`)
    case 'timestamp':
      return timestampProjection(x, field.type, type)
    case 'text':
    case 'enum':
      return textProjection(x, field, type)
    case 'json':
      return jsonProjection(x, type)
    case 'bits':
      return ['bit', 'varbit'].includes(type.name) ? written('bits', x) : null
    case 'time': {
      const fits = precisionOf(type) <= field.type.precision
      return fits && type.name === (field.type.span ? 'interval' : 'time') ? written(type.name, x) : null
    }
    case 'array':
      return type.category === 'A' ? written(type.name, x) : null
    case 'other':
      return field.own?.kind === 'other' ? written(type.name, x) : null
    default:
      return null
  }
}

export const integers = ['int2', 'int4', 'int8']

/** `ServerHash` does the same for UUIDs that are made here. */
export function uuidProjection(x: string): Projection {
  return { ...hashing('uuid', `uuid_hash_extended(${x}, ${SEED_SQL})`), isUuid: true }
}

function mixing(name: string, mix: Projection['mix'], bytes = SHORT): Projection {
  return { name, exact: true, mix, bytes }
}

/** @param hash SQL of a 64-bit hash, NULL where the value is */
function hashing(name: string, hash: string, bytes = SHORT): Projection {
  return mixing(name, state => `hashint8extended(0, ${state} # coalesce(${hash}, ${NULL_HASH}))`, bytes)
}

/** A type the server hashes only as part of another: one value of it as an array. */
function hashOfAny(x: string): string {
  return `hash_array_extended(ARRAY[${x}], ${SEED_SQL})`
}

function hashOfText(text: string): string {
  return `hashtextextended(${text} COLLATE "C", ${SEED_SQL})`
}

/** By the type's own text, as COPY writes it. A cast may write another one. */
function written(name: string, x: string): Projection {
  // A composite with a NULL in it is not NULL, nor IS NOT NULL.
  const text = `CASE WHEN ${x} IS DISTINCT FROM NULL THEN concat(${x}) END`
  return hashing(`text of ${name}`, hashOfText(text), `4 * pg_column_size(${x})::bigint`)
}

function booleanInto(x: string): Projection['mix'] {
  return state => `hashint4extended(CASE WHEN ${x} THEN 1 WHEN NOT ${x} THEN 2 ELSE 0 END, ${state})`
}

/** All 64 bits go in by the seed; NULL, as 0 in the seed and 1 beside it, is no number. */
function integerInto(x: string): Projection['mix'] {
  return state => `hashint8extended(coalesce(${x}, 1), ${state} # coalesce(${x}, 0))`
}

/** The hash of numeric leaves out the sign, and NaN and the infinities have one hash. */
function decimalProjection(
  x: string,
  { rounded }: Field,
  { precision, scale = 0 }: Field['type'] & { kind: 'decimal' },
  type: ServerType,
): Projection | null {
  if (type.name !== 'numeric' && !integers.includes(type.name)) return null
  const value = precision !== undefined && rounded ? `round(${x}::numeric, ${scale})` : `${x}::numeric`
  const infinite = type.modifier === -1 && type.name === 'numeric' ? ` WHEN ${value} = 'Infinity' THEN 2` : ''
  const sign = `CASE WHEN ${value} < 0 THEN 1${infinite} ELSE 0 END`
  const hash = `coalesce(hash_numeric_extended(${value}, ${SEED_SQL}), ${NULL_HASH})`
  return mixing('numeric', state => `hashint4extended(${sign}, ${state} # ${hash})`)
}

/** The hash of a timestamp folds it to 32 bits; the hour it lies in tells those apart that are folded alike. */
function timestampProjection(
  x: string,
  { precision, rounding = 'from_2000' }: Field['type'] & { kind: 'timestamp' },
  type: ServerType,
): Projection | null {
  if (type.name !== 'timestamp' && type.name !== 'timestamptz') return null
  const fits = precisionOf(type) <= precision
  if (!fits && rounding !== 'from_2000') return null
  const utc = type.name === 'timestamptz' ? `(${x} AT TIME ZONE 'UTC')` : x
  const value = fits ? utc : `${utc}::timestamp(${precision})`
  const hour = `date_bin('1 hour', ${value}, '2000-01-01')`
  return hashing(
    'timestamp',
    `timestamp_hash_extended(${hour}, timestamp_hash_extended(${value}, ${SEED_SQL}))`,
    '26',
  )
}

/** Digits of a second. */
function precisionOf({ name, modifier }: ServerType): number {
  // An interval keeps its precision in the lower half, and 65535 there for the full one.
  const precision = name === 'interval' ? modifier & 0xffff : modifier
  return modifier === -1 || precision > 6 ? 6 : precision
}

/** By the bytes, whatever collation the column has. */
function textProjection(x: string, field: Field, { name, category }: ServerType): Projection | null {
  const { type, own } = field
  if (cutsSpaces(field)) return null
  const padded = name === 'bpchar'
  // Of a char(n) that is not known to be one, the padding counts.
  if (padded && !(own?.kind === 'text' && own.padded)) return null
  if (!padded && category !== 'E' && !['text', 'varchar', 'name', 'citext'].includes(name)) return null
  // A char(n) loses its padding when it becomes text.
  const text = type.kind === 'text' && type.padded && !padded ? `rtrim(${x}::text, ' ')` : `${x}::text`
  return hashing('text', hashOfText(text), `octet_length(${text})::bigint`)
}

/**
 * By the text as it is stored, which says more than the value: documents that are the same as JSON can be written in
 * more than one way. The hash of jsonb cannot tell [[1], 2] from [[1, 2]], nor 5 from -5.
 */
function jsonProjection(x: string, { name }: ServerType): Projection | null {
  if (!['json', 'jsonb', 'text', 'varchar'].includes(name)) return null
  const projection = hashing(
    name === 'jsonb' ? 'jsonb' : 'json',
    hashOfText(`${x}::text`),
    `4 * pg_column_size(${x})::bigint`,
  )
  return { ...projection, exact: false }
}
