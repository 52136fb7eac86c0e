import { isMariadb } from '../mariadb.ts'
import { type Form, fitsDecimal, fitsFloat, integerOf, quoted, secondDigits } from './form.ts'
import { hasEqualKeys, isZeroDate } from './forms-postgres.ts'
import { isBroken, type Kind, plainDecimal, textOfHex } from './kinds.ts'

export const mysqlTypes = [
  'tinyint(4)',
  'tinyint(1)',
  'tinyint(3) unsigned',
  'smallint(6)',
  'smallint(5) unsigned',
  'mediumint(9)',
  'mediumint(8) unsigned',
  'int(11)',
  'int(10) unsigned',
  'bigint(20)',
  'bigint(20) unsigned',
  'decimal(10,2)',
  'decimal(10,2) unsigned',
  'decimal(12,4)',
  'decimal(20,0)',
  'decimal(65,30)',
  'float',
  'double',
  'double unsigned',
  'bit(1)',
  'bit(8)',
  'bit(64)',
  'char(10)',
  'varchar(20)',
  'varchar(500)',
  'tinytext',
  'text',
  'mediumtext',
  'longtext',
  'text CHARACTER SET latin1',
  'varchar(500) CHARACTER SET utf8mb3',
  'binary(16)',
  'varbinary(500)',
  'tinyblob',
  'blob',
  'longblob',
  'date',
  'time',
  'time(6)',
  'datetime',
  'datetime(3)',
  'datetime(6)',
  'timestamp',
  'timestamp(6)',
  'year(4)',
  'enum',
  'set',
  'json',
  'point',
]

const numbers: Record<string, number> = { tinyint: 8, smallint: 16, mediumint: 24, int: 32, bigint: 64 }
const lengths: Record<string, number> = {
  tinytext: 255,
  text: 65_535,
  mediumtext: 16_777_215,
  longtext: 1e9,
  tinyblob: 255,
  blob: 65_535,
  mediumblob: 16_777_215,
  longblob: 1e9,
}

/** What a type of MySQL, as COLUMN_TYPE writes it, with its character set where that is not utf8mb4, holds. */
export function mysqlForm(declared: string): Form {
  const [, name = '', first, second, rest = ''] = /^([a-z]+)(?:\((\d+)(?:,(\d+))?\))?(.*)$/is.exec(declared)!
  const size = first === undefined ? undefined : Number(first)
  const unsigned = rest.includes('unsigned')
  if (name in numbers) {
    const fits = integerOf(numbers[name]!, unsigned)
    return form(declared, 'integer', { holds: (value, kind) => kind === 'boolean' || fits(value) })
  }
  if (name === 'decimal') return decimalForm(declared, size ?? 10, Number(second ?? 0), unsigned)
  if (name === 'float' || name === 'double')
    return floatForm(declared, name === 'float' ? 'float32' : 'float64', unsigned)
  if (name === 'bit') return bitForm(declared, size ?? 1)
  if (/text$|char$/.test(name)) return textForm(declared, name, size ?? 1)
  if (/blob$|binary$/.test(name)) return bytesForm(declared, name, size)
  if (name === 'enum' || name === 'set') return labelForm(declared, name)
  if (name === 'year')
    return form(declared, 'integer', {
      holds: (value, kind) =>
        (kind !== 'boolean' && plainDecimal(value) === '0') ||
        (Number(value) >= 1901 && Number(value) <= 2155),
      // Two digits would be a year of this century.
      literal: value => quoted(plainDecimal(value).padStart(4, '0')),
    })
  if (name === 'date') return form(declared, 'date', { holds: isDate })
  if (name === 'time') return timeForm(declared, size ?? 0)
  if (name === 'datetime' || name === 'timestamp')
    return timestampForm(declared, size ?? 0, name === 'timestamp')
  if (name === 'json') return jsonForm(declared)
  if (name === 'point')
    return form(declared, 'other', {
      literal: value => `ST_GeomFromText(${quoted(value)})`,
      show: column => `HEX(ST_AsText(${column}))`,
    })
  return form(declared, name === 'uuid' ? 'uuid' : 'other', {})
}

function form(declared: string, kind: Kind, details: Partial<Form>): Form {
  return {
    engine: 'mysql',
    declared,
    name: declared,
    kind,
    literal: (value, of) => {
      if (of === 'boolean')
        return kind === 'bits' ? (value === 't' ? "b'1'" : "b'0'") : value === 't' ? "'1'" : "'0'"
      return kind === 'bits' ? `b'${value}'` : kind === 'bytes' ? `X'${value}'` : quoted(value)
    },
    holds: () => true,
    show: column => (kind === 'bytes' ? `HEX(${column})` : `HEX(CAST(${column} AS CHAR))`),
    read: shown => (kind === 'bytes' ? shown.toLowerCase() : textOfHex(shown)),
    ...details,
  }
}

function decimalForm(declared: string, precision: number, scale: number, unsigned: boolean): Form {
  return form(declared, 'decimal', {
    scale,
    holds(value) {
      const plain = plainDecimal(value)
      return fitsDecimal(plain, precision, scale) && !(unsigned && plain.startsWith('-'))
    },
  })
}

function floatForm(declared: string, kind: Kind, unsigned: boolean): Form {
  return form(declared, kind, {
    holds: value => /\d/.test(value) && fitsFloat(value, kind) && !(unsigned && Number(value) < 0),
    // As part of a sum a FLOAT is a DOUBLE, which is printed in full. MySQL cuts a sum to 22 characters.
    show: column => `HEX(CAST(${kind === 'float32' ? `${column} + 0e0` : column} AS CHAR))`,
  })
}

function bitForm(declared: string, bits: number): Form {
  return form(declared, 'bits', {
    bits,
    holds: (value, kind) => kind === 'boolean' || value.length === bits,
    show: column => `HEX(LPAD(BIN(${column} + 0), ${bits}, '0'))`,
  })
}

/** The characters of Windows-1252, which MySQL calls latin1. */
const latin1 = /^[\x00-\x7f\xa0-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\x81\x8d\x8f\x90\x9d]*$/

function textForm(declared: string, name: string, size: number): Form {
  const inSet = (value: string) => {
    if (isBroken(value)) return false
    if (/latin1/i.test(declared)) return latin1.test(value)
    if (/ascii/i.test(declared)) return !/[^\x00-\x7f]/.test(value)
    return /utf8mb3/i.test(declared) ? !/[\ud800-\udfff]/.test(value) : true
  }
  const byBytes = name in lengths
  const fits = (value: string) =>
    byBytes ? Buffer.byteLength(value) <= lengths[name]! : [...value].length <= size
  return form(declared, 'text', { holds: value => inSet(value) && fits(value), padded: name === 'char' })
}

function bytesForm(declared: string, name: string, size: number | undefined): Form {
  const length = lengths[name] ?? size ?? 1
  // A shorter value would be filled up with zeros.
  return form(declared, 'bytes', {
    holds: value => (name === 'binary' ? value.length === length * 2 : value.length <= length * 2),
  })
}

/** The labels of `enum('a','b')`. */
function labelForm(declared: string, kind: 'enum' | 'set'): Form {
  const labels = [...declared.matchAll(/'((?:[^']|'')*)'/g)].map(match => match[1]!.replaceAll("''", "'"))
  return form(declared, kind, {
    holds: value =>
      kind === 'enum'
        ? labels.includes(value)
        : value === '' || value.split(',').every(one => labels.includes(one)),
  })
}

function isDate(value: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(value)
}

/** MySQL's TIME ends at 838:59:59 sharp, and MariaDB's with the last microsecond of that. */
function timeForm(declared: string, digits: number): Form {
  const seconds = (value: string) => {
    const [hours, minutes, rest] = value.replace('-', '').split(':').map(Number)
    return hours! * 3600 + minutes! * 60 + rest!
  }
  return form(declared, 'time', {
    digits,
    holds: value =>
      secondDigits(value) <= digits && seconds(value) < 839 * 3600 - (isMariadb ? 0 : 0.999_999_5),
  })
}

function timestampForm(declared: string, digits: number, zone: boolean): Form {
  const [least, greatest] = zone ? ['1970-01-01 00:00:01', '2038-01-19 03:14:07.999999'] : ['0000', '9999-99']
  return form(declared, 'timestamp', {
    digits,
    holds: value =>
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?$/.test(value) &&
      secondDigits(value) <= digits &&
      ((value >= least! && value <= greatest! && !(zone && isZeroDate(value))) ||
        value === '0000-00-00 00:00:00'),
  })
}

/**
 * MariaDB's json is text with a check, and no nesting deeper than 31. MySQL's has 100 levels, 64-bit integers, doubles, and
 * the last of equal keys.
 */
function jsonForm(declared: string): Form {
  return form(declared, 'json', {
    holds: value => !value.includes('['.repeat(isMariadb ? 32 : 101)) && (isMariadb || hasKeptNumbers(value)),
    ...(isMariadb ? {} : { alters: hasEqualKeys }),
    spellings: value => [quoted(`\n\t ${value} `)],
  })
}

function hasKeptNumbers(json: string): boolean {
  const outside = json.replace(/"(?:[^"\\]|\\.)*"/gs, '')
  return (outside.match(/-?\d+(\.\d+)?([eE][+-]?\d+)?/g) ?? []).every(token => {
    if (/^-?\d{1,20}$/.test(token) && BigInt(token) >= -(2n ** 63n) && BigInt(token) < 2n ** 64n) return true
    const double = Number(token)
    return Number.isFinite(double) && plainDecimal(String(double)) === plainDecimal(token)
  })
}
