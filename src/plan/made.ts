import type { Derived } from '../engines/port/rows.ts'
import { type Column, type EngineName, findColumn, type Table } from '../model/catalog.ts'
import type { LogicalType } from '../model/logical-type.ts'
import { isSecretName } from '../model/redact.ts'
import { mentionsColumn } from './mentions.ts'
import { nearest } from './nearest.ts'
import type { ColumnDocument, SourceValueDocument } from './schema-columns.ts'
import type { TableMappingDocument } from './schema-tables.ts'
import type { TableEnds } from './table-ends.ts'

/** How the value of a target column is made of the source. */
export interface Made {
  /** The source column whose value it is; null for any other. */
  column: Column | null
  /** SQL on the source; of a derived value, what it is made of. */
  expression: string
  /** The type it has, where that is known. */
  own?: Pick<Column, 'type' | 'typeEnforced' | 'declared'>
  /** The type of the key it is equal to, for a column to be created; default: its own. */
  createdAs?: LogicalType
  derived?: Derived
  /** SQL to be added to what stands after FROM. */
  joins?: string[]
  /** Source columns it takes, apart from those its own SQL names. */
  inputs: string[]
  /** The source column that says the same thing in other words: for a new id, the old one. */
  carries: string | null
  /** The table of the plan it refers to. */
  refersTo?: string
  /** The old key, of a new id or of what it refers to: SQL on the source. */
  oldKey?: string[]
  /** The same with its types, of an id that nobody can recompute. */
  oldKeyInputs?: Derived['inputs']
  /** What the target is asked for instead of its own column, and what is to be joined for it. */
  inTarget?: { expression: string; joins: string[] }
  /** The id of the row itself, which nobody can recompute. */
  discovered?: true
  /** It shows a column of another table that is never to be shown. */
  redacted?: boolean
  /** Why a value that carries the mark of refusal is refused. */
  screened?: string
  /** What a lookup asks of the other table. */
  lookedUp?: { table: string; columns: string[] }
  /** Of a value map: SQL of the value before, and the values it knows. */
  closed?: { expression: string; known: string[] }
}

/** A column that is to be made. */
export interface Making {
  ends: TableEnds
  name: string
  entry: ColumnDocument
  /** Reports a problem of the column. */
  wrong(message: string, ...path: string[]): undefined
  /** How a column of another table is made; null where it cannot be. */
  madeIn(other: TableEnds, column: string): Made | null
}

export const text: LogicalType = { kind: 'text' }
export const json: LogicalType = { kind: 'json', binary: false }

/** What a value is known to be that is no column's. */
export function known(type: LogicalType): Made['own'] {
  return { type, typeEnforced: true, declared: '' }
}

/** A value no single column of the source stands for. */
export const ofNoColumn = { column: null, inputs: [], carries: null }

/** The columns `of` names, or `fallback`; undefined where one is not there. */
export function columnsOf(
  { ends, name, entry, wrong }: Making,
  fallback: string[] = [name],
): Column[] | undefined {
  const names = entry.of === undefined ? fallback : [entry.of].flat()
  const missing = names.find(one => !findColumn(ends.source.table, one))
  if (missing !== undefined)
    return wrong(unknownColumn(ends, missing), ...(entry.of === undefined ? [] : ['of']))
  return names.map(one => findColumn(ends.source.table, one)!)
}

/** SQL of a column or an expression; undefined where the column is not there. */
export function sqlOf(
  { ends, wrong }: Making,
  value: SourceValueDocument,
  path: string[],
): string | undefined {
  if (typeof value !== 'string') return `(${value.sql}\n)`
  if (findColumn(ends.source.table, value)) return quoted(ends, value)
  return wrong(unknownColumn(ends, value), ...path)
}

/** Whether the values of a column are never shown. */
export function isRedacted(
  { redact }: TableMappingDocument,
  name: string,
  made: Made,
  source: Table,
  engine: EngineName,
): boolean {
  return (
    isSecretName(name) ||
    takenColumns(made, source, engine).some(isSecretName) ||
    (redact?.includes(name) ?? false) ||
    (made.redacted ?? false)
  )
}

/** Columns of the source that a value shows something of. */
export function takenColumns(
  { inputs, column, expression }: Made,
  source: Table,
  engine: EngineName,
): string[] {
  if (column !== null) return inputs
  const named = source.columns
    .map(({ name }) => name)
    .filter(name => mentionsColumn(expression, name, engine))
  return [...new Set([...inputs, ...named])]
}

/** Unambiguous beside what is joined: its columns all begin with `paritygate_`. */
export function quoted({ sides }: TableEnds, name: string): string {
  return sides.source.session.dialect.quote(name)
}

export function inputOf(ends: TableEnds, column: Column): Derived['inputs'][number] {
  return { expression: quoted(ends, column.name), own: column.type, type: column.type }
}

export function unknownColumn({ source: { table, select } }: TableEnds, name: string): string {
  const place = select === null ? `table "${table.name}" of the source` : table.name
  return `${place} has no column "${name}"${nearest(name, table.columns)}`
}

export function notMapped({ tables }: TableEnds, table: string): string {
  const names = [...tables.keys()].map(name => ({ name }))
  return `the plan maps no table "${table}"${nearest(table, names)}`
}
