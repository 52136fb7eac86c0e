import { type Column, type ForeignKey, findColumn } from '../model/catalog.ts'
import type { LogicalType } from '../model/logical-type.ts'
import { computedBy } from './compute.ts'
import { newId, reference, repointed } from './ids.ts'
import { lookedUp } from './lookup.ts'
import {
  json,
  known,
  type Made,
  type Making,
  ofNoColumn,
  quoted,
  sqlOf,
  text,
  unknownColumn,
} from './made.ts'
import type { ColumnDocument } from './schema-columns.ts'
import type { Report } from './side.ts'
import type { TableEnds } from './table-ends.ts'
import { scalar } from './table-source.ts'
import { valueMap } from './value-map.ts'

const boolean: LogicalType = { kind: 'boolean' }

/** What the plan can say a column is made by: one of them, or nothing. */
const makers = {
  sql: ({ entry }: Making) => ({ ...ofNoColumn, expression: `(${entry.sql}\n)` }),
  constant: ({ ends, entry }: Making) => ({
    ...ofNoColumn,
    expression: scalar(entry.constant!, ends.sides.source.session.dialect),
    // What it is written as is not the same in every engine.
    ...(typeof entry.constant === 'boolean' ? { own: known(boolean)! } : {}),
  }),
  id: newId,
  references: reference,
  values: valueMap,
  json: jsonOf,
  lookup: lookedUp,
  split: splitOf,
  join: joinOf,
  compute: computedBy,
} satisfies Record<string, (making: Making) => Made | undefined>

type Kind = keyof typeof makers

/** Words that say more about some of them. */
const companions: Record<string, Kind[]> = {
  of: ['id', 'references', 'values', 'compute'],
  otherwise: ['values'],
  by: ['lookup'],
  at: ['split'],
  with: ['join'],
}

/** Null where nothing is mapped to the column; undefined where what is said cannot be used. */
export function columnSource(ends: TableEnds, name: string, report: Report): Made | null | undefined {
  const mapping = ends.document.columns?.[name]
  const entry: ColumnDocument = typeof mapping === 'object' ? mapping : {}
  const wrong = (message: string, ...path: string[]) => void report(['columns', name, ...path], message)
  const said = (['from', ...Object.keys(makers)] as ('from' | Kind)[]).filter(
    kind => entry[kind] !== undefined,
  )
  if (said.length > 1) return wrong(`say either ${said[0]} or ${said[1]}, not both`)
  for (const [word, kinds] of Object.entries(companions)) {
    if (Object.hasOwn(entry, word) && !kinds.some(kind => kind === said[0]))
      return wrong(`${word} says nothing here: it belongs to ${kinds.join(', ')}`, word)
  }
  if (typeof mapping === 'object' && Object.keys(entry).length === 0) return wrong('say from or sql')
  const [kind] = said
  if (kind !== undefined && kind !== 'from')
    return makers[kind]({ ends, name, entry, wrong, madeIn: madeElsewhere })
  const wanted = typeof mapping === 'string' ? mapping : entry.from
  const column = findColumn(ends.source.table, wanted ?? name)
  // What is left behind does not arrive because it happens to be called alike.
  const leftBehind = wanted === undefined && ends.ignored.has(name)
  if (column && !leftBehind) return plain(ends, name, column)
  if (wanted === undefined && typeof mapping !== 'object') return null
  return wrong(unknownColumn(ends, wanted ?? name))
}

/** What is wrong with the other column is reported where it stands. */
function madeElsewhere(ends: TableEnds, column: string): Made | null {
  return columnSource(ends, column, () => {}) ?? null
}

function plain(ends: TableEnds, name: string, column: Column): Made {
  // A column under a foreign key follows the rows that are merged, whether or not the plan says so; what is kept for
  // reference, or for a script, stays as it was.
  const merged = ends.kind === 'mapped' ? mergedParent(ends, name, column.name) : undefined
  if (merged) return repointed(ends, name, column, merged)
  const refersTo = ends.source.references?.get(column.name)
  return {
    column,
    expression: quoted(ends, column.name),
    own: column,
    inputs: [column.name],
    carries: column.name,
    ...(refersTo === undefined ? {} : { refersTo }),
  }
}

/** The table with merged rows that a foreign key of either side joins the column to, by the key they are merged under. */
function mergedParent(ends: TableEnds, name: string, from: string): TableEnds | undefined {
  const { source, target, tables } = ends
  const joined = (keys: ForeignKey[], column: string) =>
    keys.filter(({ columns }) => columns.length === 1 && columns[0] === column)
  const sources = joined(source.table.foreignKeys, from)
  const targets = joined(target?.foreignKeys ?? [], name)
  return [...tables.values()].find(one => {
    if (one.merge?.key.length !== 1) return false
    const [key] = one.merge.key
    // Another column's values are no keys, even where they look like some.
    const bySource = ({ referencedTable, referencedColumns }: ForeignKey) =>
      referencedTable === one.source.table.name && referencedColumns[0] === key
    const byTarget = ({ referencedTable, referencedColumns }: ForeignKey) =>
      referencedTable === (one.target?.name ?? one.table) && keptIn(one, referencedColumns[0]!) === key
    return sources.some(bySource) || targets.some(byTarget)
  })
}

/** The source column whose value a target column keeps, or says in other words; undefined for one made otherwise. */
function keptIn({ document, ownId }: TableEnds, column: string): string | undefined {
  if (ownId?.column === column) return ownId.of[0]
  const entry = document.columns?.[column]
  if (typeof entry !== 'object') return entry ?? column
  return entry.references === undefined ? entry.from : [entry.of ?? column].flat()[0]
}

function jsonOf(making: Making): Made | undefined {
  const entries: [string, string][] = []
  for (const [key, value] of Object.entries(making.entry.json!)) {
    const expression = sqlOf(making, value, ['json', key])
    if (expression === undefined) return undefined
    entries.push([key, expression])
  }
  return {
    ...ofNoColumn,
    expression: making.ends.sides.source.session.dialect.jsonObject(entries),
    own: known(json)!,
    inputs: Object.values(making.entry.json!).filter(value => typeof value === 'string'),
  }
}

function splitOf(making: Making): Made | undefined {
  const { ends, entry, wrong } = making
  const expression = sqlOf(making, entry.split!, ['split'])
  if (expression === undefined) return undefined
  if (entry.at === undefined) return wrong('say at: what separates the items')
  const list = ends.sides.source.session.dialect.splitList(expression, entry.at)
  return { ...ofNoColumn, expression: list, own: known(json)!, inputs: [entry.split!] }
}

function joinOf(making: Making): Made | undefined {
  const { ends, entry } = making
  const expression = sqlOf(making, entry.join!, ['join'])
  if (expression === undefined) return undefined
  const { type } = findColumn(ends.source.table, entry.join!)!
  const joined = ends.sides.source.session.dialect.joinList(expression, entry.with ?? ', ', type)
  return { ...ofNoColumn, expression: joined, own: known(text)!, inputs: [entry.join!] }
}
