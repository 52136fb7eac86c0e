import {
  type Catalog,
  type Column,
  findColumn,
  findTable,
  mustBeGiven,
  type Table,
} from '../model/catalog.ts'
import type { LogicalType, Rounding } from '../model/logical-type.ts'
import { columnSource } from './column-source.ts'
import { comparisonType } from './comparison.ts'
import { isRedacted, type Made, text } from './made.ts'
import type { MappedColumn } from './mapping.ts'
import { nearest } from './nearest.ts'
import type { ColumnDocument } from './schema-columns.ts'
import type { TableMappingDocument } from './schema-tables.ts'
import type { Report } from './side.ts'
import type { TableEnds } from './table-ends.ts'

/** How each column of a target table is made; what cannot be is reported. */
export function mapColumns(ends: TableEnds, report: Report): MappedColumn[] {
  const names = ends.target ? namesInTarget(ends, ends.target, report) : namesForCreation(ends)
  const columns = names.flatMap(name => {
    const made = columnSource(ends, name, report)
    if (!made) {
      if (made === null && ends.target) reportUnfed(findColumn(ends.target, name)!, ends.target, report)
      return []
    }
    const target = ends.target ? findColumn(ends.target, name)! : columnToCreate(ends, name, made, report)
    return [mappedColumn(ends, name, made, target)]
  })
  return hideComputed(columns)
}

/** A function may repeat what it is given, in its value and in what it throws. */
function hideComputed(columns: MappedColumn[]): MappedColumn[] {
  const computed = ({ made }: MappedColumn) => made.derived?.kind === 'function'
  const hidden = new Set(
    columns.filter(column => column.redacted && !computed(column)).flatMap(({ made }) => made.inputs),
  )
  return columns.map(column => {
    if (!computed(column) || !column.made.inputs.some(name => hidden.has(name))) return column
    return { ...column, redacted: true }
  })
}

type TargetColumn = Pick<Column, 'type' | 'declared' | 'typeEnforced' | 'generated'>

function mappedColumn(
  { document, source, sides, sameEngine }: TableEnds,
  name: string,
  made: Made,
  target: TargetColumn,
): MappedColumn {
  const { column, own } = made
  const entry = entryOf(document, name)
  const { rounding } = sides.target.catalog
  const type = made.inTarget ? text : withRounding(comparisonType(own, target), rounding)
  const targetType = withRounding(target.type, rounding)
  // Where no length is enforced nothing is too long.
  const unlimited = type.kind === 'text' && !target.typeEnforced
  return {
    name,
    source: column?.name ?? null,
    made,
    expression: made.expression,
    ownType: own?.type,
    type,
    targetType,
    targetExpression: made.inTarget?.expression ?? sides.target.session.dialect.quote(name),
    targetOwn: made.inTarget ? text : targetType,
    discovered: made.discovered ?? false,
    declared: target.declared,
    plannedType: entry?.type ?? null,
    native: sameEngine && column?.declared === target.declared,
    loaded: target.generated === null,
    rounded: entry?.accept_loss !== undefined && !unlimited,
    rules: entry?.rules ?? [],
    redacted: isRedacted(document, name, made, source.table, sides.source.catalog.engine),
  }
}

/** A time is rounded as the target rounds. */
function withRounding(type: LogicalType, rounding: Rounding): LogicalType {
  return type.kind === 'timestamp' || type.kind === 'time' ? { ...type, rounding } : type
}

function namesInTarget({ document }: TableEnds, target: Table, report: Report): string[] {
  for (const name of Object.keys(document.columns ?? {})) {
    if (!findColumn(target, name))
      report(
        ['columns', name],
        `table "${target.name}" of the target has no column "${name}"${nearest(name, target.columns)}`,
      )
  }
  return target.columns.map(({ name }) => name)
}

/** The source's columns under their new names, in its order; expressions come last. */
function namesForCreation(ends: TableEnds): string[] {
  const { document, source } = ends
  const explicit = Object.keys(document.columns ?? {})
  const origins = new Map(explicit.map(name => [name, columnSource(ends, name, () => {})?.carries]))
  const taken = new Set(explicit.flatMap(name => columnSource(ends, name, () => {})?.inputs ?? []))
  const sameName = source.table.columns
    .map(({ name }) => name)
    .filter(name => !explicit.includes(name) && !taken.has(name) && !ends.ignored.has(name))
  const order = (name: string) => {
    const at = source.table.columns.findIndex(column => column.name === (origins.get(name) ?? name))
    return at < 0 ? source.table.columns.length : at
  }
  return [...sameName, ...explicit].sort((a, b) => order(a) - order(b))
}

/** As the plan says, as the same engine has it, or as the target's engine says what the source's type means. */
function columnToCreate(
  { document, source, sides, sameEngine }: TableEnds,
  name: string,
  { column, own: made, createdAs }: Made,
  report: Report,
): TargetColumn {
  const { dialect } = sides.target.session
  const own: LogicalType = createdAs ?? made?.type ?? { kind: 'text' }
  const wanted = entryOf(document, name)?.type
  const meant = wanted === undefined ? null : dialect.parseType(wanted)
  if (wanted !== undefined && meant === null)
    report(['columns', name, 'type'], `the target has no type "${wanted}"`)
  const kept = sameEngine && column && mayKeepType(column, sides) ? column : null
  const inKey = column !== null && isKeyed(source.table, column.name)
  const parent = column === null ? undefined : typeOfParent(sides.source.catalog, source.table, column)
  const carried = parent && dialect.keysJoinOneType(parent) ? parent : own
  const declared = wanted ?? kept?.declared ?? dialect.declaredFor(carried, { inKey }).declared
  return {
    declared,
    type: meant ?? kept?.type ?? dialect.parseType(declared) ?? carried,
    typeEnforced: sides.target.catalog.enforcesTypes,
    generated: null,
  }
}

/**
 * Servers that count as one engine need not have the same types: MariaDB has some that MySQL has not. Of the columns of a
 * query an engine may know the type, and not how it is declared.
 */
function mayKeepType({ declared, type }: Column, { source, target }: TableEnds['sides']): boolean {
  if (declared === '' && type.kind !== 'any') return false
  return (
    source.session.dialect.parseType(declared) === null || target.session.dialect.parseType(declared) !== null
  )
}

/** The type of the column a foreign key joins this one to, where both are alike. */
function typeOfParent(catalog: Catalog, table: Table, column: Column): LogicalType | undefined {
  for (const { columns, referencedTable, referencedColumns } of table.foreignKeys) {
    const name = referencedColumns[columns.indexOf(column.name)]
    const parent = findTable(catalog, referencedTable)
    const type = parent && name !== undefined ? findColumn(parent, name)?.type : undefined
    if (type?.kind === column.type.kind) return type
  }
  return undefined
}

/** Whether a column is part of a key or an index, which limits its length in some engines. */
function isKeyed(table: Table, name: string): boolean {
  return [
    table.primaryKey,
    ...table.uniques,
    ...table.indexes.map(index => index.columns),
    ...table.foreignKeys.map(key => key.columns),
  ].some(columns => columns.includes(name))
}

function entryOf(document: TableMappingDocument, name: string): ColumnDocument | undefined {
  const entry = document.columns?.[name]
  return typeof entry === 'object' ? entry : undefined
}

function reportUnfed(column: Column, target: Table, report: Report): void {
  if (!mustBeGiven(column)) return
  report(
    [],
    `column "${column.name}" of target table "${target.name}" is NOT NULL without a default, and nothing maps to it; map it under columns`,
  )
}
