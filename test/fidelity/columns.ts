import type { EngineName } from '../../src/model/catalog.ts'
import { mariadbTypes } from '../mariadb.ts'
import { bytes, uuids } from './corpus/binary.ts'
import { arrays, json, labels, looseOthers, members, others, sets } from './corpus/documents.ts'
import { bits, booleans, decimals, floats, integers, singleFloats, variableBits } from './corpus/numbers.ts'
import { longStrings, naughty, strings } from './corpus/strings.ts'
import { dates, intervals, times, timestamps } from './corpus/times.ts'
import { type Form, quoted } from './form.ts'
import { mysqlForm, mysqlTypes } from './forms-mysql.ts'
import { postgresForm, postgresTypes } from './forms-postgres.ts'
import { type SqliteForm, sqliteForm, sqliteSources, sqliteTypes } from './forms-sqlite.ts'
import type { Kind } from './kinds.ts'
import { isNative, landing } from './landing.ts'

/** A column of the source, the column it is put into, and the values it is tried with. */
export interface ColumnPair {
  source: Form
  target: Form
  /** As the source holds them; null is NULL. */
  values: (string | null)[]
}

const corpora: Record<Kind, string[]> = {
  integer: integers,
  decimal: decimals,
  float64: floats,
  float32: singleFloats,
  boolean: booleans,
  text: strings,
  bytes,
  bits: variableBits,
  uuid: uuids,
  enum: labels,
  set: sets,
  date: dates,
  time: times,
  interval: intervals,
  timestamp: timestamps,
  json,
  array: Object.values(arrays).flatMap(list => list.map(([text]) => text)),
  other: looseOthers,
}

/** Every form of an engine that a table is made with by hand. */
export function formsOf(engine: EngineName): Form[] {
  if (engine === 'sqlite') return sqliteSources()
  if (engine === 'postgres')
    return postgresTypes.map(type => postgresForm(type, type === 'mood' ? labels : null))
  const list = (all: string[]) => `(${all.map(quoted).join(',')}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`
  return [...mysqlTypes, ...mariadbTypes].map(type =>
    mysqlForm(type === 'enum' ? `enum${list(mysqlLabels)}` : type === 'set' ? `set${list(members)}` : type),
  )
}

/** The server's own catalog shows no character beyond the first plane. */
const mysqlLabels = labels.filter(label => !/[\ud800-\udfff]/.test(label))

function targetsOf(engine: EngineName): Form[] {
  return engine === 'sqlite' ? sqliteTypes.map(sqliteForm) : formsOf(engine)
}

/** What a column of the source is tried with: its own kind's values, as far as it holds them, and NULL. */
export function valuesOf(source: Form): (string | null)[] {
  const corpus = corpusOf(source).filter(value => source.holds(value, source.kind) && !source.alters?.(value))
  return [null, ...new Set(corpus)]
}

function corpusOf(source: Form): string[] {
  if (source.kind === 'array' && source.declared in arrays)
    return arrays[source.declared]!.map(([text]) => text)
  if (source.kind === 'other') return others[`${source.engine} ${source.declared}`] ?? looseOthers
  // A column of a fixed number of bits fills values up.
  if (source.kind === 'bits' && source.bits !== undefined) return bits
  return corpora[source.kind]
}

/** Every column of one engine with every column of another that takes its values. */
export function columnPairs(from: EngineName, to: EngineName): ColumnPair[] {
  return formsOf(from)
    .filter(source => !onlyTargets.includes(source.declared))
    .flatMap(source =>
      targetsOf(to)
        .filter(target => isSensible(source, target))
        .map(target => ({ source, target, values: pairValues(source, target) })),
    )
}

/** 1e23 is half-way between two doubles, and its shortest digits are not the same to every engine. */
const ties = ['1e+23', '9.999999778196308e+22']

/** Types that differ from others only in how much they hold are a target, and no source. */
const onlyTargets = ['tinytext', 'mediumtext', 'tinyblob', 'blob']

/** The long lists are for the types most text is kept in. */
const mostText = [
  'TEXT',
  'text',
  'longtext',
  'varchar(500)',
  'character varying',
  'character varying(20)',
  'VARCHAR(20)',
]

function pairValues(source: Form, target: Form): (string | null)[] {
  // What SQLite keeps as JSON fits the elements of one type.
  if (source.engine === 'sqlite' && target.kind === 'array')
    return [null, ...arrays[target.declared]!.map(([text]) => text)]
  const narrower = source.kind.startsWith('float') && !target.kind.startsWith('float64')
  const values = valuesOf(source).filter(value => !(narrower && ties.includes(value ?? '')))
  const both = [source, target].every(form => form.kind === 'text' && mostText.includes(form.declared))
  if (!both) return values
  return [
    ...new Set([...values, ...[...longStrings, ...naughty].filter(value => source.holds(value, 'text'))]),
  ]
}

function isSensible(source: Form, target: Form): boolean {
  if (landing(source, target) === null) return false
  const short = target.kind === 'text' && /\((10|20)\)|tiny/.test(target.declared)
  if (short && !['text', 'enum'].includes(source.kind)) return false
  if (/^year/.test(target.declared) && source.kind === 'boolean') return false
  if (/^year/.test(source.declared) && target.kind === 'boolean') return false
  if (source.engine === 'sqlite') {
    if (source.kind === 'array' && target.kind === 'json') return false
    // What a SQLite column means beyond its text only a typed column can tell.
    if (target.kind === 'text')
      return ['text', 'integer', 'float64'].includes(source.kind) && !(source as SqliteForm).loose
    if (target.engine === 'sqlite' && (source as SqliteForm).loose) return false
    if (source.kind === 'uuid' && target.kind === 'bytes') return source.name.includes('blob')
  }
  if (source.kind === 'array' && target.kind === 'array') return elementsAlike(source, target)
  if (source.kind === 'other' && target.kind === 'other')
    return target.declared === 'inet'
      ? ['inet', 'inet6', 'TEXT'].includes(source.declared)
      : isNative(source, target)
  if (source.kind === 'bits' && target.kind === 'boolean') return source.bits !== undefined
  if (source.kind === 'interval' && target.kind === 'time') return target.declared === 'TIMESPAN'
  if (source.kind === 'bits' && target.kind === 'bits')
    return target.bits === undefined || target.bits === source.bits || source.bits === undefined
  return true
}

function elementsAlike(source: Form, target: Form): boolean {
  if (source.engine === 'sqlite') return true
  return (
    source.declared === target.declared || (source.declared === 'integer[]' && target.declared === 'bigint[]')
  )
}
