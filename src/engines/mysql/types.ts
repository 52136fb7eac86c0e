import type { LogicalType } from '../../model/logical-type.ts'
import { literal, unescapeText } from './quoting.ts'

/** The longest varchar and the greatest key of utf8mb4, in characters (65,535 and 3,072 bytes, at most four each). */
const LONGEST_VARCHAR = 16_383
const IN_KEY = 255

const pattern =
  /^([a-z][a-z0-9_ ]*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?((?:\s+(?:unsigned|signed|zerofill|binary|ascii|unicode|(?:character\s+set|charset)\s+\w+|collate\s+\w+))*)$/

/**
 * What a declared type means, as information_schema prints it or people write it
 * (https://dev.mysql.com/doc/refman/8.0/en/data-types.html); null for none. An enum's name is left to the reader.
 */
export function parseType(written: string, { mariadb }: { mariadb: boolean }): LogicalType | null {
  // MariaDB adds a comment to columns of an old format.
  const text = written.replace(/\/\*.*?\*\//gs, ' ').trim()
  const listed = /^(enum|set)\s*\(\s*('.*')\s*\)/is.exec(text)
  if (listed) {
    const labels = readLabels(listed[2]!)
    return /enum/i.test(listed[1]!) ? { kind: 'enum', name: '', labels } : { kind: 'set', labels }
  }
  const [, name, first, second, words] = pattern.exec(text.toLowerCase().replace(/\s+/g, ' ')) ?? []
  if (name === undefined) return null
  const length = first === undefined ? undefined : Number(first)
  const bits = integers[name]
  if (bits) return integer(bits, /unsigned|zerofill/.test(words!))
  switch (name) {
    case 'serial':
      return integer(64, true)
    case 'year':
      return integer(16)
    case 'bool':
    case 'boolean':
      return { kind: 'boolean' }
    case 'bit':
      return { kind: 'bits', length: length ?? 1 }
    case 'decimal':
    case 'dec':
    case 'numeric':
    case 'fixed':
      return { kind: 'decimal', precision: length ?? 10, scale: Number(second ?? 0), fixedScale: true }
    case 'float':
    case 'float4':
      return float(second === undefined && (length ?? 0) > 24 ? 64 : 32, second)
    case 'double':
    case 'double precision':
    case 'real':
    case 'float8':
      return float(64, second)
    case 'date':
      return { kind: 'date' }
    case 'time':
      return { kind: 'time', precision: length ?? 0, span: true }
    case 'datetime':
      return { kind: 'timestamp', precision: length ?? 0, zone: false }
    case 'timestamp':
      return { kind: 'timestamp', precision: length ?? 0, zone: true }
    case 'binary':
      return { kind: 'bytes', length: length ?? 1, padded: true }
    case 'varbinary':
      return length === undefined ? null : { kind: 'bytes', length }
    case 'json':
      return mariadb ? { kind: 'json', binary: true } : { kind: 'json', binary: true, doubles: true }
    case 'uuid':
      return mariadb ? { kind: 'uuid' } : null
    case 'inet4':
    case 'inet6':
      return mariadb ? { kind: 'other', name } : null
  }
  if (/^(tiny|medium|long)?text$|^long( varchar| char varying)?$/.test(name)) return { kind: 'text' }
  if (/^(tiny|medium|long)?blob$|^long varbinary$/.test(name)) return { kind: 'bytes' }
  if (/^(national )?char(acter)?$|^nchar$/.test(name))
    return { kind: 'text', length: length ?? 1, padded: true }
  if (/^(national )?(varchar|char(acter)? varying)$|^(nvarchar|nchar varchar|nchar varying)$/.test(name))
    return length === undefined ? null : { kind: 'text', length }
  return isSpatial(name) || name === 'vector' ? { kind: 'other', name } : null
}

const integers: Record<string, 8 | 16 | 24 | 32 | 64> = {
  tinyint: 8,
  int1: 8,
  smallint: 16,
  int2: 16,
  mediumint: 24,
  middleint: 24,
  int3: 24,
  int: 32,
  integer: 32,
  int4: 32,
  bigint: 64,
  int8: 64,
}

const spatial = /^(geometry|point|linestring|polygon|multi(point|linestring|polygon)|geom(etry)?collection)$/i

/** Whether a type's name is that of a geometry. */
export function isSpatial(name: string): boolean {
  return spatial.test(name)
}

function integer(bits: 8 | 16 | 24 | 32 | 64, unsigned = false): LogicalType {
  return unsigned ? { kind: 'integer', bits, unsigned } : { kind: 'integer', bits }
}

/** The second number of `FLOAT(m,d)`, which the server rounds every value to. */
function float(bits: 32 | 64, scale: string | undefined): LogicalType {
  return scale === undefined ? { kind: 'float', bits } : { kind: 'float', bits, scale: Number(scale) }
}

/** `'a','b''c','d\\e'`: a quote is doubled, and a backslash escapes. */
function readLabels(list: string): string[] {
  return [...list.matchAll(/'((?:[^'\\]|''|\\.)*)'/gs)].map(match => unescapeText(match[1]!))
}

/** The type a column is created with; text in a key must have a length. */
export function declaredFor(
  type: LogicalType,
  { inKey }: { inKey: boolean },
): { declared: string; note?: string } {
  switch (type.kind) {
    case 'boolean':
      return { declared: 'tinyint(1)' }
    case 'integer':
      return { declared: `${integerNames[type.bits]}${type.unsigned ? ' unsigned' : ''}` }
    case 'decimal':
      return decimal(type)
    case 'float':
      return { declared: type.bits === 32 ? 'float' : 'double' }
    case 'text':
      return text(type, inKey)
    case 'bytes':
      if (type.length !== undefined && type.length <= 65_532)
        return { declared: `${type.padded && type.length < 256 ? 'binary' : 'varbinary'}(${type.length})` }
      return inKey
        ? { declared: `varbinary(${IN_KEY})`, note: `part of a key: more than ${IN_KEY} bytes are refused` }
        : { declared: 'longblob' }
    case 'bits':
      if (!type.varying && type.length <= 64) return { declared: `bit(${type.length})` }
      return type.length <= LONGEST_VARCHAR
        ? { declared: `varchar(${type.length}) ${ascii}`, note: 'kept as text of 0 and 1' }
        : { declared: 'longtext', note: 'kept as text of 0 and 1' }
    case 'uuid':
      return { declared: `char(36) ${ascii}` }
    case 'enum':
      return enumerated(type, inKey)
    case 'set':
      return { declared: `set(${type.labels.map(literal).join(',')})` }
    case 'date':
      return { declared: 'date' }
    case 'time':
      return { declared: `time${fraction(type.precision)}` }
    case 'timestamp':
      // A TIMESTAMP ends in 2038.
      return {
        declared: `datetime${fraction(type.precision)}`,
        ...(type.zone ? { note: 'without a time zone: kept in UTC' } : {}),
      }
    case 'json':
      return { declared: 'json' }
    case 'array':
      return { declared: 'json', note: 'kept as JSON' }
    case 'other':
      if (Object.hasOwn(addresses, type.name))
        return { declared: `varchar(${addresses[type.name]}) ${ascii}`, note: 'kept as its text' }
      return { ...text({ kind: 'text' }, inKey), note: 'kept as its text' }
    case 'any':
      return { ...text({ kind: 'text' }, inKey), note: 'kept as its text' }
  }
}

/** MariaDB's addresses, and how long their text can be. */
const addresses: Record<string, number> = { inet4: 15, inet6: 39 }

const ascii = 'CHARACTER SET ascii COLLATE ascii_bin'

const integerNames = { 8: 'tinyint', 16: 'smallint', 24: 'mediumint', 32: 'int', 64: 'bigint' }

function fraction(precision: number): string {
  return precision === 0 ? '' : `(${Math.min(precision, 6)})`
}

/** At most 65 digits, 30 of them after the point; a negative scale stands for zeros before it. */
function decimal(type: LogicalType & { kind: 'decimal' }): { declared: string; note?: string } {
  const limits = 'MySQL keeps at most 65 digits, 30 of them after the point'
  if (type.precision === undefined) return { declared: 'decimal(65,30)', note: limits }
  const scale = type.scale ?? 0
  const digits = Math.max(type.precision - Math.min(scale, 0), scale, 1)
  const declared = `decimal(${Math.min(digits, 65)},${Math.min(Math.max(scale, 0), 30)})`
  return digits > 65 || scale > 30 ? { declared, note: limits } : { declared }
}

function text(type: LogicalType & { kind: 'text' }, inKey: boolean): { declared: string; note?: string } {
  if (type.length === undefined || type.length > LONGEST_VARCHAR) {
    return inKey
      ? { declared: `varchar(${IN_KEY})`, note: `part of a key: more than ${IN_KEY} characters are refused` }
      : { declared: 'longtext' }
  }
  return { declared: `${type.padded && type.length < 256 ? 'char' : 'varchar'}(${type.length})` }
}

/** MySQL drops spaces at the end of a label. */
function enumerated(
  { labels }: LogicalType & { kind: 'enum' },
  inKey: boolean,
): { declared: string; note?: string } {
  if (labels.length > 0 && !labels.some(label => label.endsWith(' ')))
    return { declared: `enum(${labels.map(literal).join(',')})` }
  return {
    ...text({ kind: 'text', length: 255 }, inKey),
    note: 'labels that end with a space are no enum here',
  }
}
