import type { LogicalType } from '../model/logical-type.ts'

/** A column default in words of no engine. */
export type DefaultValue =
  | { kind: 'now' }
  | { kind: 'uuid' }
  | { kind: 'null' }
  | { kind: 'boolean'; value: boolean }
  | { kind: 'number'; text: string }
  | { kind: 'text'; text: string }
  | { kind: 'bits'; text: string }

type Written =
  | Exclude<DefaultValue, { kind: 'now' }>
  | { kind: 'now'; part: 'timestamp' | 'date' | 'time' }
  | { kind: 'array'; text: string }

/**
 * What the SQL text of a default, of any engine, gives a column of `type`; null where it is not a literal, the current
 * time or a random UUID, or none of the type's values.
 */
export function defaultFor(sql: string, type: LogicalType): DefaultValue | null {
  const value = read(sql)
  if (value === null || value.kind === 'null') return value
  switch (type.kind) {
    case 'boolean':
      return asBoolean(value)
    case 'integer': {
      // MySQL's booleans are its smallest integers.
      const number = asNumber((type.bits === 8 && asBoolean(value)) || value)
      if (number === null || !/^[+-]?\d+$/.test(number.text)) return null
      const whole = BigInt(number.text)
      return isWithin(type, whole) ? { kind: 'number', text: whole.toString() } : null
    }
    case 'decimal':
    case 'float':
      return asNumber(value)
    case 'text':
      if (value.kind === 'uuid') return (type.length ?? 36) >= 36 ? value : null
      return value.kind === 'text' || value.kind === 'number' ? asText(value, type.length) : null
    case 'any':
      return value.kind === 'text' || value.kind === 'number' ? value : null
    case 'bytes':
      return null
    case 'other':
    case 'set':
      return value.kind === 'text' ? value : null
    case 'enum':
      return value.kind === 'text' && type.labels.includes(value.text) ? value : null
    case 'json':
      return value.kind === 'text' && isJson(value.text) ? value : null
    case 'array':
      return value.kind === 'array' ? { kind: 'text', text: value.text } : null
    case 'uuid':
      if (value.kind === 'uuid') return value
      return value.kind === 'text' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value.text)
        ? value
        : null
    case 'bits':
      return value.kind === 'bits'
        ? { ...value, text: value.text.padStart(type.varying ? 0 : type.length, '0') }
        : null
    case 'date':
    case 'time':
    case 'timestamp':
      return asTime(value, type)
  }
}

function asBoolean(value: Written): { kind: 'boolean'; value: boolean } | null {
  if (value.kind === 'boolean') return value
  if (value.kind !== 'number' && value.kind !== 'text' && value.kind !== 'bits') return null
  if (/^(1|t|true)$/i.test(value.text)) return { kind: 'boolean', value: true }
  return /^(0|f|false)$/i.test(value.text) ? { kind: 'boolean', value: false } : null
}

const number = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i

function asNumber(value: Written): { kind: 'number'; text: string } | null {
  if (value.kind === 'boolean') return { kind: 'number', text: value.value ? '1' : '0' }
  if (value.kind === 'bits') return { kind: 'number', text: BigInt(`0b${value.text || 0}`).toString() }
  if (value.kind !== 'number' && value.kind !== 'text') return null
  return number.test(value.text) ? { kind: 'number', text: value.text } : null
}

function isWithin({ bits, unsigned }: LogicalType & { kind: 'integer' }, value: bigint): boolean {
  return (unsigned ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value)) === value
}

function asText({ text }: { text: string }, length = Number.POSITIVE_INFINITY): DefaultValue | null {
  return [...text].length <= length ? { kind: 'text', text } : null
}

function asTime(
  value: Written,
  type: LogicalType & { kind: 'date' | 'time' | 'timestamp' },
): DefaultValue | null {
  if (value.kind === 'now') {
    const fits =
      value.part === type.kind || (value.part === 'timestamp' && !(type.kind === 'time' && type.span))
    return fits ? { kind: 'now' } : null
  }
  if (value.kind !== 'text') return null
  if (type.kind === 'time') return type.span || timeOfDay.test(value.text) ? value : null
  const [, date, time] = /^(\d{4}-\d\d-\d\d)(?:[ T](.*?))?(?:Z|\+00(?::?00)?)?$/.exec(value.text) ?? []
  if (date === undefined || !isDate(date) || (time !== undefined && !timeOfDay.test(time))) return null
  if (type.kind === 'date') return time === undefined ? { kind: 'text', text: date } : null
  return { kind: 'text', text: time === undefined ? date : `${date} ${time}` }
}

const timeOfDay = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?$/

/** MySQL's zero dates are dates, there. */
function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`)
  const calendar = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
  return calendar || /^\d{4}-(00|0\d|1[0-2])-00$/.test(text)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The words of all engines at once: none means one thing here and another there. */
function read(sql: string): Written | null {
  const { text, cast } = unwrapped(sql)
  if (/^null$/i.test(text)) return { kind: 'null' }
  if (/^(true|false)$/i.test(text)) return { kind: 'boolean', value: /^true$/i.test(text) }
  if (number.test(text)) return { kind: 'number', text }
  const [, part] = nows.find(([pattern]) => pattern.test(text)) ?? []
  if (part) return { kind: 'now', part }
  if (/^(gen_random_uuid|uuid_generate_v4|uuid)\(\)$/i.test(text)) return { kind: 'uuid' }
  const bits = /^b'([01]*)'$/i.exec(text)
  if (bits) return { kind: 'bits', text: bits[1]! }
  const hexadecimal = /^_utf8mb4 ?x'((?:[0-9a-f]{2})*)'$/i.exec(text)
  if (hexadecimal) return { kind: 'text', text: Buffer.from(hexadecimal[1]!, 'hex').toString() }
  // SQLite takes a text in double quotes too.
  const quoted = /^'((?:[^']|'')*)'$|^"((?:[^"]|"")*)"$/s.exec(text)
  if (!quoted) return null
  const content = quoted[1]?.replaceAll("''", "'") ?? quoted[2]!.replaceAll('""', '"')
  return { kind: cast.endsWith('[]') ? 'array' : 'text', text: content }
}

const nows: [RegExp, 'timestamp' | 'date' | 'time'][] = [
  [/^(current_timestamp|localtimestamp)( ?\(\d?\))?$/i, 'timestamp'],
  [/^(now|utc_timestamp|sysdate|(transaction|statement|clock)_timestamp) ?\(\d?\)$/i, 'timestamp'],
  [/^datetime\('now'(, ?'subsec(ond)?')?\)$/i, 'timestamp'],
  [/^strftime\('%Y-%m-%d[ T]%H:%M:%[Sf]Z?', ?'now'\)$/, 'timestamp'],
  [/^timezone\('utc'(::text)?, (now\(\)|current_timestamp)\)$/i, 'timestamp'],
  [/^(now\(\)|current_timestamp) at time zone 'utc'(::text)?$/i, 'timestamp'],
  [/^(current_date|(curdate|current_date|utc_date)\(\)|date\('now'\))$/i, 'date'],
  [/^((current_time|localtime)( ?\(\d?\))?|(curtime|utc_time)\(\d?\)|time\('now'\))$/i, 'time'],
]

const castAtEnd =
  /::\s*((?:"(?:[^"]|"")*"|[\w. ])+(?:\(\d+(?:, ?\d+)?\))?(?: with(?:out)? time zone)?(?:\[\])*)$/

/** The expression without the parentheses around all of it and PostgreSQL's casts at its end. */
function unwrapped(sql: string): { text: string; cast: string } {
  let text = sql.trim()
  let cast = ''
  for (;;) {
    const found = castAtEnd.exec(text)
    if (found) {
      cast ||= found[1]!
      text = text.slice(0, found.index).trim()
    } else if (isWrapped(text)) text = text.slice(1, -1).trim()
    else return { text, cast }
  }
}

/** Whether the first parenthesis is closed by the last character. */
function isWrapped(text: string): boolean {
  if (!text.startsWith('(') || !text.endsWith(')')) return false
  let depth = 0
  let quote: string | null = null
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (quote !== null) quote = character === quote ? null : quote
    else if (character === "'" || character === '"') quote = character
    else if (character === '(') depth++
    else if (character === ')' && --depth === 0) return at === text.length - 1
  }
  return false
}
