import type { Dialect } from '../engines/port.ts'
import { type Column, findTable, type Table } from '../model/catalog.ts'
import { nearest } from './nearest.ts'
import type { BranchDocument, TableMappingDocument } from './schema-tables.ts'
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
}

/** What `union_source` is called in a union: it says which branch a row came from. */
export const UNION_SOURCE = 'union_source'
/** The place of a row among those of which one is kept; the first stays. */
export const RANK = 'paritygate_rank'
const PRECEDENCE = 'paritygate_precedence'

/** Null where there is none, which is reported. */
export async function tableSource(
  name: string,
  document: TableMappingDocument,
  side: Side,
  report: Report,
): Promise<TableSource | null> {
  const said = (['from', 'sql', 'union', 'rows'] as const).filter(kind => document[kind] !== undefined)
  if (said.length > 1) return refuse(report, [said[1]!], `say one of ${said.join(', ')}, not both`)
  if (document.distinct_on && !document.union)
    return refuse(report, ['distinct_on'], 'distinct_on belongs to a union')
  if (document.prefer && !document.distinct_on)
    return refuse(report, ['prefer'], 'prefer belongs to distinct_on: it says which of several rows is kept')
  const { dialect } = side.session
  if (document.sql !== undefined) {
    const select = withoutEnd(document.sql)
    return queried(name, select, side, message => refuse(report, ['sql'], message))
  }
  if (document.rows) {
    const select = selectOfRows(document.rows, dialect)
    return queried(name, select, side, message => refuse(report, ['rows'], message))
  }
  if (document.union) return unionSource(name, document, side, report)
  const from = document.from ?? name
  const table = findTable(side.catalog, from)
  if (!table) {
    const message = `the source has no table "${from}"${nearest(from, side.catalog.tables)}`
    return refuse(report, document.from ? ['from'] : [], message)
  }
  const sql = dialect.table(side.catalog.schema, from)
  return { table, from: sql, name: sql, rowid: table.rowid, where: whereOf(document), select: null }
}

function refuse(report: Report, path: Parameters<Report>[0], message: string): null {
  report(path, message)
  return null
}

function whereOf({ where }: TableMappingDocument): string | null {
  // A comment at its end would take the rest of the statement along.
  return where === undefined ? null : `${where}\n`
}

function withoutEnd(sql: string): string {
  return sql.replace(/;\s*$/, '')
}

/** A SELECT as a source, with the columns the engine says it gives. */
async function queried(
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
function aliasOf(name: string): string {
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
async function columnsOf(session: Side['session'], select: string): Promise<Column[] | string> {
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
  const select = (row: Rows[number]) =>
    names.map(name => `${scalar(row[name] ?? null, dialect)} AS ${dialect.quote(name)}`).join(', ')
  return rows.map(row => `SELECT ${select(row)}`).join(' UNION ALL ')
}

/** A value of the plan as a literal. */
export function scalar(value: string | number | boolean | null, dialect: Dialect): string {
  if (value === null) return 'NULL'
  return typeof value === 'string' ? dialect.literal(value) : String(value).toUpperCase()
}

async function unionSource(
  name: string,
  document: TableMappingDocument,
  side: Side,
  report: Report,
): Promise<TableSource | null> {
  const { dialect } = side.session
  const branches: { select: string; name: string; columns: string[] }[] = []
  for (const [index, branch] of document.union!.entries()) {
    const path = ['union', index]
    const select = branchSelect(branch, side, message => refuse(report, path, message))
    if (select === null) return null
    const columns = await columnsOf(side.session, select)
    if (typeof columns === 'string')
      return refuse(report, path, `the source refuses this part of the union: ${columns}`)
    branches.push({
      select,
      name: branch.name ?? branch.from ?? String(index + 1),
      columns: columns.map(column => column.name),
    })
  }
  const names = branches[0]!.columns
  for (const [index, { columns }] of branches.entries()) {
    const differing = [
      ...names.filter(one => !columns.includes(one)).map(one => `lacks "${one}"`),
      ...columns.filter(one => !names.includes(one)).map(one => `has "${one}", which the first has not`),
    ]
    if (differing.length > 0)
      return refuse(
        report,
        ['union', index],
        `every part has the same columns; this one ${differing.join(', ')}`,
      )
  }
  const listed = names.map(dialect.quote).join(', ')
  const all = branches
    .map(
      ({ select, name: branch }, index) =>
        `SELECT ${listed}, ${dialect.literal(branch)} AS ${UNION_SOURCE}, ${index} AS ${PRECEDENCE} FROM (${select}\n) AS paritygate_branch`,
    )
    .join(' UNION ALL ')
  const missing = document.distinct_on?.find(column => !names.includes(column))
  if (missing !== undefined)
    return refuse(
      report,
      ['distinct_on'],
      `the union has no column "${missing}"${nearest(
        missing,
        names.map(one => ({ name: one })),
      )}`,
    )
  const found = await queried(name, all, side, message => refuse(report, ['union'], message))
  if (found === null) return null
  found.table.columns = found.table.columns.filter(column => column.name !== PRECEDENCE)
  if (!document.distinct_on) return { ...found, where: whereOf(document) }
  const order = [PRECEDENCE, ...(document.prefer ? [document.prefer] : []), ...tieBreak(names, dialect)]
  return ranked(found, document, { partition: document.distinct_on.map(dialect.quote), order }, side)
}

/** What two rows are told apart by where nothing else does, so that the same one is kept each time. */
function tieBreak(names: string[], dialect: Dialect): string[] {
  return names.map(name => dialect.asText(dialect.quote(name)))
}

function branchSelect(
  branch: BranchDocument,
  { session: { dialect }, catalog }: Side,
  refused: (message: string) => null,
): string | null {
  const { from, sql, where, columns } = branch
  if ((from === undefined) === (sql === undefined)) return refused('say from or sql')
  if (from !== undefined && !findTable(catalog, from))
    return refused(`the source has no table "${from}"${nearest(from, catalog.tables)}`)
  const relation =
    from === undefined ? `(${withoutEnd(sql!)}\n) AS paritygate_part` : dialect.table(null, from)
  const listed = Object.entries(columns ?? {}).map(([name, value]) => {
    const expression = typeof value === 'string' ? dialect.quote(value) : `(${value.sql}\n)`
    return `${expression} AS ${dialect.quote(name)}`
  })
  const condition = where === undefined ? '' : ` WHERE ${where}`
  return `SELECT ${listed.length > 0 ? listed.join(', ') : '*'} FROM ${relation}${condition}`
}

/**
 * Rows with their place among those that are one; all but the first are excluded. Rows the plan's own condition excludes
 * come last, so that none of them is kept in another's place.
 *
 * @param extra further columns of the query, by name
 */
export function ranked(
  source: TableSource,
  document: TableMappingDocument,
  window: { partition: string[]; order: string[]; unless?: string },
  { session: { dialect } }: Side,
  extra: (over: string) => string[] = () => [],
): TableSource {
  const where = whereOf(document)
  const met = where === null ? [] : [`CASE WHEN ${where} THEN 0 ELSE 1 END`]
  const over = `OVER (PARTITION BY ${window.partition.join(', ')} ORDER BY ${[...met, ...window.order].join(', ')})`
  const place = `row_number() ${over}`
  const rank = window.unless === undefined ? place : `CASE WHEN ${window.unless} THEN 1 ELSE ${place} END`
  const alias = dialect.quote(aliasOf(source.table.kind === 'view' ? 'paritygate_rows' : source.table.name))
  const select = `SELECT ${source.name}.*, ${[`${rank} AS ${RANK}`, ...extra(over)].join(', ')} FROM ${source.from}`
  return {
    ...source,
    from: `(${select}\n) AS ${alias}`,
    name: alias,
    rowid: null,
    where: where === null ? `${RANK} = 1` : `(${where}) AND ${RANK} = 1`,
  }
}
