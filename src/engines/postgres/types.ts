import type { LogicalType } from '../../model/logical-type.ts'
import { LONGEST_NAME, quote } from './quoting.ts'

/** Limits of varchar(n) and numeric(p) (https://www.postgresql.org/docs/current/datatype.html). */
const LONGEST_TEXT = 10_485_760
const MOST_DIGITS = 1_000
const LONGEST_BITS = 83_886_080

const pattern =
  /^([a-z_][a-z0-9_ ]*?)\s*(?:\(\s*(-?\d+)\s*(?:,\s*(-?\d+)\s*)?\))?(\s+with(?:out)? time zone)?$/

/**
 * What a declared type means, as format_type prints it or people write it; null for none. An enum is none: its labels are
 * in the catalog.
 */
export function parseType(written: string): LogicalType | null {
  const text = written
    .trim()
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/^pg_catalog\./, '')
  const array = /^(.*?)(?: array(?: ?\[\d+\])?|(?: ?\[\d*\])+)$/.exec(text)?.[1]
  if (array !== undefined) return { kind: 'array', element: elementName(array) }
  const other = /^(\w+) ?(?:\(.*\))?$/.exec(text)?.[1]
  if (other !== undefined && others.has(other)) return { kind: 'other', name: written.trim() }
  const [, name, first, second, zone] = pattern.exec(text) ?? []
  if (name === undefined) return null
  const length = first === undefined ? undefined : Number(first)
  const seconds = Math.min(length ?? 6, 6)
  const zoned = zone?.endsWith('with time zone')
  switch (aliases[name] ?? name) {
    case 'boolean':
      return { kind: 'boolean' }
    case 'smallint':
      return { kind: 'integer', bits: 16 }
    case 'integer':
      return { kind: 'integer', bits: 32 }
    case 'bigint':
      return { kind: 'integer', bits: 64 }
    case 'numeric':
      return length === undefined
        ? { kind: 'decimal' }
        : { kind: 'decimal', precision: length, scale: Number(second ?? 0), fixedScale: true }
    case 'real':
      return { kind: 'float', bits: 32 }
    case 'double precision':
      return { kind: 'float', bits: 64 }
    case 'float':
      return { kind: 'float', bits: (length ?? 53) < 25 ? 32 : 64 }
    case 'text':
    case 'name':
      return { kind: 'text' }
    case 'citext':
      return { kind: 'text', folded: true }
    case 'character varying':
      return length === undefined ? { kind: 'text' } : { kind: 'text', length }
    case 'character':
      return { kind: 'text', length: length ?? 1, padded: true }
    case 'bpchar':
      return length === undefined ? { kind: 'text', padded: true } : { kind: 'text', length, padded: true }
    case 'bytea':
      return { kind: 'bytes' }
    case 'bit':
      return { kind: 'bits', length: length ?? 1 }
    case 'bit varying':
      return { kind: 'bits', length: length ?? LONGEST_BITS, varying: true }
    case 'uuid':
      return { kind: 'uuid' }
    case 'date':
      return { kind: 'date' }
    case 'time':
      return zoned ? { kind: 'other', name: written.trim() } : { kind: 'time', precision: seconds }
    case 'timestamp':
      return { kind: 'timestamp', precision: seconds, zone: zoned ?? false }
    case 'timestamptz':
      return { kind: 'timestamp', precision: seconds, zone: true }
    case 'json':
      return { kind: 'json', binary: false }
    case 'jsonb':
      return { kind: 'json', binary: true }
  }
  if (/^interval( |$)/.test(name)) return { kind: 'time', precision: seconds, span: true }
  return null
}

/** Names people write, and the one the catalog has. */
const aliases: Record<string, string> = {
  bool: 'boolean',
  int2: 'smallint',
  smallserial: 'smallint',
  serial2: 'smallint',
  int: 'integer',
  int4: 'integer',
  serial: 'integer',
  serial4: 'integer',
  int8: 'bigint',
  bigserial: 'bigint',
  serial8: 'bigint',
  decimal: 'numeric',
  dec: 'numeric',
  float4: 'real',
  float8: 'double precision',
  varchar: 'character varying',
  'char varying': 'character varying',
  char: 'character',
  varbit: 'bit varying',
}

/** Types of the server and of the extensions people have, which travel as their text. */
const others = new Set(
  `box cidr circle cube datemultirange daterange geography geometry halfvec hstore inet int4multirange int4range
  int8multirange int8range jsonpath line lquery lseg ltree macaddr macaddr8 money nummultirange numrange oid path pg_lsn
  pg_snapshot point polygon regclass regtype sparsevec timetz tsmultirange tsquery tsrange tstzmultirange tstzrange
  tsvector txid_snapshot vector xid xid8 xml`.split(/\s+/),
)

/** The element of an array as format_type spells it. */
function elementName(written: string): string {
  const [, name, rest] = /^([a-z_][a-z0-9_ ]*?)((?: ?\(.*)?)$/.exec(written) ?? []
  if (name === undefined) return written
  if (name === 'timestamptz') return `timestamp${rest!.trim()} with time zone`
  if (/^(time|timestamp)$/.test(name) && !/zone$/.test(rest!))
    return `${name}${rest!.trim()} without time zone`
  return `${aliases[name] ?? name}${rest!.trim()}`
}

/** The type a column is created with. */
export function declaredFor(type: LogicalType): { declared: string; note?: string } {
  switch (type.kind) {
    case 'boolean':
    case 'uuid':
    case 'date':
      return { declared: type.kind }
    case 'integer':
      return { declared: integer(type) }
    case 'decimal':
      return decimal(type)
    case 'float':
      return { declared: type.bits === 32 ? 'real' : 'double precision' }
    case 'text':
      return { declared: text(type) }
    case 'bytes':
      return { declared: 'bytea' }
    case 'bits':
      if (!type.varying) return { declared: `bit(${Math.max(type.length, 1)})` }
      return { declared: type.length >= LONGEST_BITS ? 'bit varying' : `bit varying(${type.length})` }
    case 'enum':
      if (type.labels.every(isLabel)) return { declared: quote(type.name) }
      return {
        declared: 'text',
        note: `labels of more than ${LONGEST_NAME} bytes, or with NUL, are no enum here`,
      }
    case 'set':
      return { declared: 'text', note: 'members become text, separated by commas' }
    case 'time':
      return {
        declared: type.span ? `interval(${seconds(type)})` : `time(${seconds(type)}) without time zone`,
      }
    case 'timestamp':
      return { declared: `timestamp(${seconds(type)}) ${type.zone ? 'with' : 'without'} time zone` }
    case 'json':
      return { declared: type.binary ? 'jsonb' : 'json' }
    case 'array':
      return { declared: `${type.element}[]` }
    case 'any':
      return {
        declared: 'text',
        note: 'no declared type: becomes text; numbers and blobs keep their text form',
      }
    case 'other':
      return { declared: 'text', note: `${type.name} is not known here: becomes text` }
  }
}

function isLabel(label: string): boolean {
  return Buffer.byteLength(label) <= LONGEST_NAME && !label.includes('\0')
}

function seconds({ precision }: { precision: number }): number {
  return Math.min(precision, 6)
}

/** The smallest type that has all values; there are no unsigned ones. */
function integer({ bits, unsigned }: LogicalType & { kind: 'integer' }): string {
  if (bits < 16 || (bits === 16 && !unsigned)) return 'smallint'
  if (bits < 32 || (bits === 32 && !unsigned)) return 'integer'
  return unsigned && bits === 64 ? 'numeric(20,0)' : 'bigint'
}

function decimal({ precision, scale = 0 }: LogicalType & { kind: 'decimal' }): {
  declared: string
  note?: string
} {
  if (precision === undefined) return { declared: 'numeric' }
  // Before PostgreSQL 15 a scale is neither negative nor greater than the precision.
  const digits = Math.max(precision - Math.min(scale, 0), scale, 1)
  if (digits > MOST_DIGITS)
    return { declared: 'numeric', note: `a limit of ${digits} digits is not possible here` }
  return { declared: `numeric(${digits},${Math.max(scale, 0)})` }
}

function text({ length, padded, folded }: LogicalType & { kind: 'text' }): string {
  if (folded) return 'citext'
  if (length === undefined || length > LONGEST_TEXT) return padded ? 'bpchar' : 'text'
  return `${padded ? 'character' : 'character varying'}(${Math.max(length, 1)})`
}
