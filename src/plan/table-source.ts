import type { Dialect } from '../engines/port/dialect.ts'
import { type Column, findTable, type Table } from '../model/catalog.ts'
import type { LogicalType } from '../model/logical-type.ts'
import { nearest } from './nearest.ts'
import type { TableMappingDocument } from './schema-tables.ts'
import type { Report, Side } from './side.ts'

/** Where the rows of a target table come from, before its columns are made of them. */
export interface TableSource {
  /** The columns that can be named; of a query, which is no table of the catalog, without keys. */
  table: Table
  /** SQL that can stand after FROM. */
  from: string
  /** SQL that can stand before a dot and one of the columns. */
  name: string
  /** See `Relation`. */
  rowid: string | null
  where: string | null
  /** The SELECT the plan gives, or amounts to; null where the source is a table. */
  select: string | null
  /** The tables of the plan that columns of a union refer to, by column. */
  references?: Map<string, string>
}

/** Null where there is none, which is reported. */
export async function tableSource(
  name: string,
  document: TableMappingDocument,
  side: Side,
  report: Report,
): Promise<TableSource | null> {
  const { dialect } = side.session
  const where = whereOf(document)
  if (document.sql !== undefined || document.rows) {
    const select = document.rows ? selectOfRows(document.rows, dialect) : withoutEnd(document.sql!)
    const path = document.rows ? 'rows' : 'sql'
    const source = await queried(name, select, side, message => refuse(report, [path], message))
    return source && { ...source, where }
  }
  const from = document.from ?? name
  const table = findTable(side.catalog, from)
  if (!table) {
    const message = `the source has no table "${from}"${nearest(from, side.catalog.tables)}`
    return refuse(report, document.from ? ['from'] : [], message)
  }
  const sql = dialect.table(side.catalog.schema, from)
  return { table, from: sql, name: sql, rowid: table.rowid, where, select: null }
}

export function refuse(report: Report, path: Parameters<Report>[0], message: string): null {
  report(path, message)
  return null
}

export function whereOf({ where }: TableMappingDocument): string | null {
  // A comment at its end would take the rest of the statement along.
  return where === undefined ? null : `${where}\n`
}

export function withoutEnd(sql: string): string {
  return sql.replace(/;\s*$/, '')
}

/** A SELECT as a source, with the columns the engine says it gives. */
export async function queried(
  name: string,
  select: string,
  { session }: Side,
  refused: (message: string) => null,
): Promise<TableSource | null> {
  const columns = await columnsOf(session, select)
  if (typeof columns === 'string') return refused(`the source refuses the query: ${columns}`)
  const names = columns.map(column => column.name)
  const repeated = names.find((one, index) => names.indexOf(one) < index)
  if (repeated !== undefined) return refused(`the query gives two columns "${repeated}"`)
  const alias = session.dialect.quote(aliasOf(name))
  return {
    table: queryTable(name, columns),
    from: `(${select}\n) AS ${alias}`,
    name: alias,
    rowid: null,
    where: null,
    select,
  }
}

/** A target table may be named with its schema. */
export function aliasOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

function queryTable(name: string, columns: Column[]): Table {
  return {
    name: `the query for ${name}`,
    kind: 'view',
    columns,
    primaryKey: [],
    uniques: [],
    foreignKeys: [],
    indexes: [],
    checks: [],
    rowid: null,
  }
}

/** What the engine says against it, where it refuses the query. */
export async function columnsOf(session: Side['session'], select: string): Promise<Column[] | string> {
  try {
    return await session.columnsOf(select)
  } catch (error) {
    const failure = session.failure(error, 'the plan')
    if (failure.code === 'connection.lost') throw failure
    return failure.message
  }
}

type Rows = NonNullable<TableMappingDocument['rows']>

function selectOfRows(rows: Rows, dialect: Dialect): string {
  const names = [...new Set(rows.flatMap(row => Object.keys(row)))]
  const select = (value: (name: string) => Rows[number][string] | undefined) =>
    `SELECT ${names.map(name => `${scalar(value(name) ?? null, dialect)} AS ${dialect.quote(name)}`).join(', ')}`
  const given = rows.map(row => select(name => row[name]))
  if (rows.every(row => names.every(name => (row[name] ?? null) !== null))) return given.join(' UNION ALL ')
  // PostgreSQL takes a column that begins with two NULLs for text, so a row that is none says the types.
  const first = select(name => rows.map(row => row[name] ?? null).find(value => value !== null))
  const none = `${first} FROM (SELECT 1 AS paritygate_one) AS paritygate_none WHERE 1 = 0`
  return [none, ...given].join(' UNION ALL ')
}

/** A value of the plan as a literal. */
export function scalar(value: string | number | boolean | null, dialect: Dialect): string {
  if (value === null) return 'NULL'
  return typeof value === 'string' ? dialect.literal(value) : String(value).toUpperCase()
}

/** Texts that a collation takes for the same are two values, here as everywhere. */
export function asCompared({ kind }: LogicalType, expression: string, dialect: Dialect): string {
  return kind === 'text' ? dialect.asText(expression) : expression
}
