import { type Form, integerOf, quoted, secondDigits } from './form.ts'
import { isBroken, jsonOfArray, type Kind, plainDecimal, textBytes, textOfHex } from './kinds.ts'

/** How applications keep values of a kind in a column of some declared type. */
export interface SqliteForm extends Form {
  /** The declared type says something else than what is kept, so only a typed target tells what is meant. */
  loose: boolean
}

type Writing = 'plain' | 'words' | 'upper' | 'blob' | 'iso' | 'offset' | 'epoch' | 'julian' | 'minutes'

const natural: [declared: string, kind: Kind][] = [
  ['INTEGER', 'integer'],
  ['BIGINT', 'integer'],
  ['BOOLEAN', 'boolean'],
  ['NUMERIC', 'decimal'],
  ['DECIMAL(10,2)', 'decimal'],
  ['REAL', 'float64'],
  ['DOUBLE', 'float64'],
  ['TEXT', 'text'],
  ['VARCHAR(20)', 'text'],
  ['', 'text'],
  ['BLOB', 'bytes'],
  ['UUID', 'uuid'],
  ['DATE', 'date'],
  ['TIME', 'time'],
  ['TIMESPAN', 'time'],
  ['DATETIME', 'timestamp'],
  ['TIMESTAMPTZ', 'timestamp'],
  ['JSON', 'json'],
  ['JSONB', 'json'],
]

const written: [declared: string, kind: Kind, writing: Writing, loose: boolean][] = [
  ['BOOLEAN', 'boolean', 'words', false],
  ['DATE', 'date', 'epoch', false],
  ['DATE', 'date', 'iso', false],
  ['TIME', 'time', 'minutes', false],
  ['DATETIME', 'timestamp', 'iso', false],
  ['DATETIME', 'timestamp', 'offset', false],
  ['DATETIME', 'timestamp', 'epoch', false],
  ['DATETIME', 'timestamp', 'julian', false],
  ['UUID', 'uuid', 'upper', false],
  ['UUID', 'uuid', 'blob', false],
  ['JSONB', 'json', 'blob', false],
  ['INTEGER', 'boolean', 'plain', true],
  ['TEXT', 'boolean', 'words', true],
  ['TEXT', 'integer', 'plain', true],
  ['TEXT', 'decimal', 'plain', true],
  ['REAL', 'decimal', 'plain', true],
  ['NUMERIC', 'timestamp', 'epoch', true],
  ['TEXT', 'uuid', 'plain', true],
  ['CHAR(36)', 'uuid', 'upper', true],
  ['BLOB', 'uuid', 'blob', true],
  ['TEXT', 'enum', 'plain', true],
  ['TEXT', 'set', 'plain', true],
  ['TEXT', 'bits', 'plain', true],
  ['TEXT', 'date', 'plain', true],
  ['TEXT', 'time', 'plain', true],
  ['TEXT', 'interval', 'plain', true],
  ['TEXT', 'timestamp', 'iso', true],
  ['INTEGER', 'timestamp', 'epoch', true],
  ['TEXT', 'json', 'plain', true],
  ['TEXT', 'array', 'plain', true],
  ['TEXT', 'other', 'plain', true],
]

export const sqliteTypes = natural.map(([declared]) => declared)

export function sqliteSources(): SqliteForm[] {
  return [
    ...natural.map(([declared, kind]) => sqliteColumn(declared, kind, 'plain', false)),
    ...written.map(([declared, kind, writing, loose]) => sqliteColumn(declared, kind, writing, loose)),
  ]
}

/** What a column that the product or a person declares so is to hold. */
export function sqliteForm(declared: string): Form {
  const known = natural.find(([name]) => name === declared.toUpperCase())?.[1]
  const kind =
    known ??
    (/CHAR|TEXT/i.test(declared) ? 'text' : /^(NUMERIC|DECIMAL)/i.test(declared) ? 'decimal' : 'other')
  return sqliteColumn(declared, kind, 'plain', false)
}

function sqliteColumn(declared: string, kind: Kind, writing: Writing, loose: boolean): SqliteForm {
  return {
    engine: 'sqlite',
    declared,
    name: `${declared || 'no type'}${writing === 'plain' && !loose ? '' : ` holding ${kind} (${writing})`}`,
    kind,
    loose,
    ...(kind === 'decimal' && /\(/.test(declared)
      ? { scale: Number(/,(\d+)/.exec(declared)?.[1] ?? 0) }
      : {}),
    literal: (value, of) => storedAs(value, of, declared, writing),
    holds: (value, of) => holds(value, of, declared, writing),
    show: column =>
      `CASE typeof(${column}) WHEN 'null' THEN NULL WHEN 'real' THEN 'real:' || format('%!.17g', ${column})
       ${kind === 'json' ? `WHEN 'blob' THEN 'text:' || hex(json(${column}))` : ''}
       ELSE typeof(${column}) || ':' || hex(CAST(${column} AS BLOB)) END`,
    read: shown => readBack(shown, kind),
    spellings: (value, of) => spellings(value, of, declared),
  }
}

/** https://www.sqlite.org/datatype3.html#determination_of_column_affinity */
function affinity(declared: string): 'INTEGER' | 'TEXT' | 'BLOB' | 'REAL' | 'NUMERIC' {
  if (/INT/i.test(declared)) return 'INTEGER'
  if (/CHAR|CLOB|TEXT/i.test(declared)) return 'TEXT'
  if (declared === '' || /BLOB/i.test(declared)) return 'BLOB'
  return /REAL|FLOA|DOUB/i.test(declared) ? 'REAL' : 'NUMERIC'
}

function storedAs(value: string, kind: Kind, declared: string, writing: Writing): string {
  if (kind === 'timestamp' || kind === 'date') return storedInstant(value, writing)
  if (kind === 'boolean') {
    if (writing === 'words') return value === 't' ? "'true'" : "'FALSE'"
    return affinity(declared) === 'TEXT' ? quoted(value) : value === 't' ? '1' : '0'
  }
  if (kind === 'bytes') return `X'${value}'`
  if (kind === 'uuid' && writing === 'blob') return `X'${value.replaceAll('-', '')}'`
  if (kind === 'uuid' && writing === 'upper') return quoted(`{${value.toUpperCase()}}`)
  if (kind === 'array') return quoted(jsonOfArray(value) ?? value)
  if (kind === 'json' && writing === 'blob') return `jsonb(${quoted(value)})`
  if (kind === 'time' && writing === 'minutes') return quoted(value.replace(/:00$/, ''))
  const number = kind === 'integer' || kind === 'decimal' || kind === 'float64' || kind === 'float32'
  if (number && affinity(declared) !== 'TEXT') {
    if (/^-?Inf/.test(value) && kind !== 'decimal') return value.startsWith('-') ? '-9e999' : '9e999'
    return /^-?\d/.test(value) && isExactNumber(value, declared || 'NUMERIC') ? value : quoted(value)
  }
  const bytes = textBytes(value)
  const plain = !value.includes('\0') && bytes.equals(Buffer.from(value))
  return plain ? quoted(value) : `CAST(X'${bytes.toString('hex')}' AS TEXT)`
}

function storedInstant(value: string, writing: Writing): string {
  const full = value.includes(':') ? value : `${value} 00:00:00`
  const milliseconds = Date.parse(`${full.replace(' ', 'T')}Z`)
  if (writing === 'epoch') return String(milliseconds)
  if (writing === 'julian') return String(milliseconds / 86_400_000 + 2_440_587.5)
  if (writing === 'iso') return quoted(`${full.replace(' ', 'T')}Z`)
  if (writing === 'offset') {
    const there = new Date(milliseconds + 19_800_000).toISOString().slice(0, 19).replace('T', ' ')
    return quoted(`${there}${/\.\d+/.exec(full)?.[0] ?? ''}+05:30`)
  }
  return quoted(value)
}

function holds(value: string, kind: Kind, declared: string, writing: Writing): boolean {
  if (kind === 'timestamp' || kind === 'date') {
    if (writing === 'plain') return true
    const ordinary = /^\d{4}-(?!00)\d\d-(?!00)/.test(value) && !value.endsWith('BC') && value > '0001-01-02'
    return (
      ordinary &&
      (writing === 'iso' || writing === 'offset' || secondDigits(value) <= 3) &&
      value < '9999-12-31'
    )
  }
  // A column of declared times takes no amount of time.
  if (kind === 'time' && declared === 'TIME' && !/^(([01]\d|2[0-3]):|24:00:00$)/.test(value)) return false
  if (kind === 'time' && writing === 'minutes') return /^([01]\d|2[0-3]):\d\d:00$/.test(value)
  if (kind === 'json') return writing === 'blob' ? fitsJsonb(value) : isExactNumber(value, declared)
  if (kind === 'integer' && !['TEXT', 'BLOB'].includes(affinity(declared)))
    return affinity(declared) === 'REAL' ? isExactNumber(value, declared) : integerOf(64)(value)
  if (kind === 'decimal' || kind === 'float64' || kind === 'float32') {
    return isExactNumber(value, declared)
  }
  if (kind === 'text') return !isBroken(value)
  return true
}

/** Numbers become integers of 64 bits or doubles, unless the column keeps text. */
function isExactNumber(value: string, declared: string): boolean {
  const plain = plainDecimal(value)
  if (!/^-?\d/.test(plain) || affinity(declared) === 'TEXT' || affinity(declared) === 'BLOB') return true
  if (affinity(declared) !== 'REAL' && integerOf(64)(plain)) return true
  return plainDecimal(String(Number(plain))) === plain
}

/** SQLite's binary JSON is written from JSON text that its own parser takes. */
function fitsJsonb(value: string): boolean {
  return value.length < 10_000
}

function readBack(shown: string, kind: Kind): string {
  const [storage, text] = shown.split(/:(.*)/s) as [string, string]
  const instant = kind === 'timestamp' || kind === 'date'
  if (storage === 'real')
    return instant ? dateText((Number(text) - 2_440_587.5) * 86_400_000) : shortestReal(text)
  if (storage === 'blob') return text.toLowerCase()
  if (storage === 'integer' && instant) return dateText(Number(textOfHex(text)))
  const value = textOfHex(text)
  // Where bytes were kept as text, they are not the same bytes.
  return kind === 'bytes' ? `text ${value}` : value
}

function shortestReal(text: string): string {
  return /\d/.test(text) ? String(Number(text)) : text
}

function dateText(milliseconds: number): string {
  return new Date(Math.round(milliseconds)).toISOString()
}

function spellings(value: string, kind: Kind, declared: string): string[] {
  if (kind === 'boolean') return value === 't' ? ["'true'", "'T'", "'on'"] : ["'false'", "'no'"]
  if (kind === 'uuid')
    return [quoted(value.toUpperCase()), quoted(`{${value}}`), `X'${value.replaceAll('-', '')}'`]
  if (kind === 'decimal' && affinity(declared) === 'TEXT' && /^-?\d+\.\d+$/.test(value))
    return [quoted(`${value}00`)]
  if (kind === 'timestamp' && holds(value, kind, declared, 'epoch')) {
    const writings: Writing[] = affinity(declared) === 'TEXT' ? ['iso', 'offset'] : ['epoch', 'iso', 'offset']
    return writings.map(writing => storedInstant(value, writing))
  }
  return kind === 'json' && affinity(declared) === 'TEXT' ? [quoted(` ${value} `)] : []
}
