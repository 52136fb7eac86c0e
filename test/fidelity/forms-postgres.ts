import { type Form, fitsDecimal, fitsFloat, integerOf, quoted, secondDigits } from './form.ts'
import { isBroken, type Kind, plainDecimal, textOfHex } from './kinds.ts'

export const postgresTypes = [
  'smallint',
  'integer',
  'bigint',
  'whole',
  'numeric',
  'numeric(10,2)',
  'numeric(12,4)',
  'numeric(20,0)',
  'numeric(65,30)',
  'numeric(5,-2)',
  'real',
  'double precision',
  'boolean',
  'text',
  'character varying',
  'character varying(20)',
  'character(10)',
  'bpchar',
  'citext',
  'bytea',
  'uuid',
  'date',
  'time(6) without time zone',
  'time(3) without time zone',
  'time(0) without time zone',
  'timestamp(6) without time zone',
  'timestamp(3) without time zone',
  'timestamp(0) without time zone',
  'timestamp(6) with time zone',
  'timestamp(3) with time zone',
  'timestamp(0) with time zone',
  'interval',
  'interval(3)',
  'json',
  'jsonb',
  'mood',
  'bit(1)',
  'bit(8)',
  'bit(64)',
  'bit varying(100)',
  'bit varying',
  'integer[]',
  'bigint[]',
  'text[]',
  'numeric[]',
  'boolean[]',
  'inet',
  'cidr',
  'macaddr',
  'money',
  'point',
  'int4range',
  'tsvector',
  'xml',
  'time with time zone',
]

const others: Record<string, Kind> = {
  'double precision': 'float64',
  real: 'float32',
  boolean: 'boolean',
  text: 'text',
  citext: 'text',
  bytea: 'bytes',
  uuid: 'uuid',
  date: 'date',
  interval: 'interval',
  json: 'json',
  jsonb: 'json',
}

/** What a type of PostgreSQL, as format_type writes it, holds. `labels` are those of an enum. */
export function postgresForm(declared: string, labels: string[] | null = null): Form {
  const [, name = '', first, second] =
    /^([a-z ]*?)(?:\((\d+)(?:,(-?\d+))?\))?(?: with(?:out)? time zone)?$/.exec(declared) ?? [null, declared]
  const size = first === undefined ? undefined : Number(first)
  if (labels) return form(declared, 'enum', { holds: value => labels.includes(value) })
  if (declared.endsWith('[]')) return form(declared, 'array', {})
  const bits = { smallint: 16, integer: 32, bigint: 64, whole: 64 }[name]
  if (bits) return form(declared, 'integer', { holds: withBooleans(integerOf(bits)) })
  if (name === 'numeric') return numeric(declared, size, Number(second ?? 0))
  if (name === 'bit') return bitForm(declared, size ?? 1, value => value.length === (size ?? 1))
  if (name === 'bit varying') return form(declared, 'bits', { holds: value => value.length <= (size ?? 1e6) })
  if (name === 'character varying') return form(declared, 'text', { holds: textOf(size) })
  if (name === 'bpchar') return form(declared, 'text', { holds: textOf(undefined), padded: true })
  if (name === 'character') return form(declared, 'text', { holds: textOf(size ?? 1), padded: true })
  if (name === 'time' && !declared.includes('with time zone')) return timeForm(declared, size ?? 6)
  if (name === 'timestamp') return timestampForm(declared, size ?? 6)
  if (name === 'interval' && size !== undefined)
    return form(declared, 'interval', { digits: size, holds: value => secondDigits(value) <= size })
  const kind = others[declared] ?? 'other'
  if (kind === 'text') return form(declared, kind, { holds: textOf(undefined) })
  if (kind === 'float64' || kind === 'float32')
    return form(declared, kind, {
      holds: value => fitsFloat(value, kind),
      spellings: value => (value === '0' ? ["'-0'"] : []),
    })
  if (kind === 'date')
    return form(declared, kind, { holds: value => !isZeroDate(value) && !/^0000/.test(value) })
  if (declared === 'jsonb')
    return form(declared, kind, { holds: value => !hasNul(value), alters: hasEqualKeys })
  if (declared === 'json') return form(declared, kind, { spellings: value => [quoted(`\n\t ${value} `)] })
  // As text an address of a host would get a mask.
  if (declared === 'inet')
    return form(declared, kind, {
      show: column => `encode(convert_to(nullif(format('%s', ${column}), ''), 'UTF8'), 'hex')`,
    })
  return form(declared, kind, {})
}

function form(declared: string, kind: Kind, details: Partial<Form>): Form {
  return {
    engine: 'postgres',
    declared,
    name: declared,
    kind,
    literal: (value, of) => {
      if (of === 'boolean' && kind === 'integer') return value === 't' ? '1' : '0'
      return kind === 'bytes' ? `'\\x${value}'::bytea` : quoted(value)
    },
    holds: () => true,
    show: column =>
      kind === 'bytes' ? `encode(${column}, 'hex')` : `encode(convert_to((${column})::text, 'UTF8'), 'hex')`,
    read: shown => (kind === 'bytes' ? shown : textOfHex(shown)),
    ...details,
  }
}

function withBooleans(fits: (value: string) => boolean): Form['holds'] {
  return (value, kind) => (kind === 'boolean' ? true : fits(value))
}

function numeric(declared: string, precision: number | undefined, scale: number): Form {
  return form(declared, 'decimal', {
    ...(precision === undefined ? {} : { scale }),
    holds(value) {
      const plain = plainDecimal(value)
      // PostgreSQL takes NaN whatever the precision, and infinities only without one.
      if (!/\d/.test(plain)) return precision === undefined || plain === 'NaN'
      if (precision === undefined) return fitsDecimal(plain, 131_072 + 16_383, 16_383)
      return fitsDecimal(plain, precision, scale)
    },
    spellings: value =>
      precision === undefined && /^-?\d+\.\d+$/.test(value) && value.length < 40 ? [`'${value}000'`] : [],
  })
}

function bitForm(declared: string, bits: number, holds: (value: string) => boolean): Form {
  return form(declared, 'bits', { bits, holds })
}

function textOf(length: number | undefined): Form['holds'] {
  return value =>
    !value.includes('\0') && !isBroken(value) && (length === undefined || [...value].length <= length)
}

function timeForm(declared: string, digits: number): Form {
  const holds = (value: string) =>
    secondDigits(value) <= digits && value >= '00:00:00' && value <= '24:00:00' && value.indexOf(':') === 2
  return form(declared, 'time', { digits, holds })
}

function timestampForm(declared: string, digits: number): Form {
  const zone = declared.includes('with time zone')
  return form(declared, 'timestamp', {
    digits,
    holds: value =>
      secondDigits(value) <= digits && !isZeroDate(value) && !/^0000/.test(value) && !beyondYears(value),
    ...(zone
      ? {
          literal: value => quoted(/^-?inf/.test(value) ? value : value.replace(/( BC)?$/, '+00$1')),
        }
      : {}),
  })
}

/** MySQL's dates with a month or day of zero. */
export function isZeroDate(value: string): boolean {
  return /^\d{4}-(00|\d\d-00)/.test(value)
}

/** PostgreSQL's timestamps end with the year 294276, and its dates much later. */
function beyondYears(value: string): boolean {
  return Number(/^(\d+)-/.exec(value)?.[1] ?? 0) > 294_276
}

function hasNul(json: string): boolean {
  return /(?<!\\)(\\\\)*\\u0000/.test(json)
}

/** jsonb keeps the last of equal keys, as MySQL's json does. */
export function hasEqualKeys(json: string): boolean {
  return /"(\w*)":[^{}]*"\1":/.test(json)
}
