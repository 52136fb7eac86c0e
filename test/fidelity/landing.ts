import { isMariadb } from '../mariadb.ts'
import { type Form, integerOf, shortestFloat } from './form.ts'
import { jsonOfArray, type Kind, plainDecimal } from './kinds.ts'

/** What a value of one kind is in a column of another. */
interface Landing {
  /** What is compared, and what is changed by a mutation. */
  kind: Kind
  /** Null where the value has no such form, so that it must be refused. */
  convert(value: string): string | null
}

const same = (value: string) => value

/** Kinds of column a value of a kind may be put into. */
const landings: Partial<Record<Kind, Partial<Record<Kind, Landing>>>> = {
  integer: {
    decimal: { kind: 'integer', convert: same },
    float64: { kind: 'float64', convert: value => exactFloat(value, 64) },
    boolean: { kind: 'boolean', convert: bitOf },
  },
  decimal: {
    integer: {
      kind: 'decimal',
      convert: value => (/^-?\d+$/.test(plainDecimal(value)) ? plainDecimal(value) : null),
    },
    float64: { kind: 'float64', convert: value => exactFloat(value, 64) },
    float32: { kind: 'float32', convert: value => exactFloat(value, 32) },
  },
  float64: {
    float32: { kind: 'float32', convert: narrowFloat },
    decimal: { kind: 'float64', convert: decimalOf(64) },
  },
  float32: {
    float64: { kind: 'float32', convert: same },
    decimal: { kind: 'float32', convert: decimalOf(32) },
  },
  boolean: { integer: { kind: 'boolean', convert: same } },
  bits: { boolean: { kind: 'boolean', convert: value => bitOf(String(BigInt(`0b${value || '0'}`))) } },
  bytes: { uuid: { kind: 'uuid', convert: value => (value.length === 32 ? uuidOf(value) : null) } },
  uuid: { bytes: { kind: 'bytes', convert: value => value.replaceAll('-', '') } },
  date: { timestamp: { kind: 'timestamp', convert: midnight } },
  time: { interval: { kind: 'time', convert: same } },
  interval: { time: { kind: 'interval', convert: same } },
  timestamp: {
    date: {
      kind: 'date',
      convert: value => (/^-?inf| 00:00:00( BC)?$/.test(value) ? value.replace(' 00:00:00', '') : null),
    },
  },
  array: { json: { kind: 'json', convert: jsonOfArray } },
}

/** Both sides are declared alike, so that each value is kept as it is stored. */
export function isNative(source: Form, form: Form): boolean {
  return source.engine === form.engine && source.declared === form.declared
}

/** Null where nobody would put the one into the other. */
export function landing(source: Form, form: Form): Landing | null {
  const own = source.kind
  const scale = form.kind === 'decimal' ? form.scale : undefined
  if (isNative(source, form)) return { kind: own, convert: same }
  // A column of numbers takes no words but those of a column of booleans.
  if (
    own === 'boolean' &&
    form.kind === 'integer' &&
    source.name.includes('words') &&
    source.declared === 'TEXT'
  )
    return { kind: own, convert: () => null }
  if (keepsNoEscapes(source) && form.kind === 'text') return { kind: own, convert: withoutEscapes }
  if (source.engine === 'sqlite' && form.engine === 'sqlite' && own === 'decimal' && form.kind === 'integer')
    return { kind: own, convert: value => (integerOf(64)(plainDecimal(value)) ? plainDecimal(value) : null) }
  const real = source.engine === 'sqlite' && source.declared !== 'TEXT'
  if (real && scale !== undefined && (own === 'decimal' || own === 'float64'))
    return { kind: 'decimal', convert: value => withoutNoise(value, scale) }
  if (form.kind === own) {
    const padded = form.padded || source.padded
    return { kind: own, convert: padded ? value => value.replace(/ +$/, '') : same }
  }
  // SQLite's doubles are read as the decimals they stand for.
  if (own === 'decimal' && form.engine === 'sqlite' && form.kind === 'float64')
    return { kind: own, convert: same }
  if (own === 'array' && form.kind === 'text' && source.engine !== 'sqlite') return landings.array!.json!
  // Text takes every value in its own words.
  if (form.kind === 'text' && own !== 'bytes') return { kind: own, convert: same }
  return landings[own]?.[form.kind] ?? null
}

/**
 * SQLite keeps a decimal as a double, of which the digits beyond the 15th are noise where the other column has no room for
 * them: 13.860000000000001 is 13.86.
 */
export function withoutNoise(value: string, scale: number): string {
  const plain = plainDecimal(value)
  const isReal = plain.includes('.') && plainDecimal(String(Number(plain))) === plain
  const guaranteed = isReal ? plainDecimal(Number(plain).toPrecision(15)) : plain
  const digits = (text: string) => text.split('.')[1]?.length ?? 0
  return digits(plain) > scale && digits(guaranteed) <= scale ? guaranteed : plain
}

function bitOf(value: string): string | null {
  return value === '0' ? 'f' : value === '1' ? 't' : null
}

/** The float a decimal is, where its shortest digits are the decimal's; what would become zero or infinite is none. */
function exactFloat(value: string, bits: 32 | 64): string | null {
  const number = bits === 32 ? Math.fround(Number(value)) : Number(value)
  if (/\d/.test(value) && !Number.isFinite(number)) return null
  const plain = plainDecimal(value)
  const shortest = [shortestFloat(number, bits), String(number)].map(plainDecimal)
  return shortest.includes(plain) ? String(number) : null
}

/** A double that is a float of 32 bits, or has the shortest digits of one. */
function narrowFloat(value: string): string | null {
  return Object.is(Math.fround(Number(value)), Number(value)) ? value : exactFloat(value, 32)
}

function decimalOf(bits: 32 | 64): (value: string) => string {
  return value => plainDecimal(shortestFloat(Number(value), bits))
}

function uuidOf(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

function midnight(date: string): string {
  return /inf/.test(date) ? date : date.replace(/( BC)?$/, ' 00:00:00$1')
}

/** Whether JSON is kept as values, and printed anew. */
function keepsNoEscapes({ engine, declared }: Form): boolean {
  return declared === 'jsonb' || (engine === 'mysql' && declared === 'json' && !isMariadb)
}

/** As jsonb writes strings, and MySQL. */
function withoutEscapes(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"/g, token => JSON.stringify(JSON.parse(token)))
}
