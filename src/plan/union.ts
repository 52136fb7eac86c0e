import type { Dialect } from '../engines/port/dialect.ts'
import { findColumn, findTable } from '../model/catalog.ts'
import { joinSurvivors, type Merge } from './merge.ts'
import { nearest } from './nearest.ts'
import { ranked } from './ranked.ts'
import type { BranchDocument, TableMappingDocument } from './schema-tables.ts'
import type { Report, Side } from './side.ts'
import {
  asCompared,
  columnsOf,
  queried,
  refuse,
  type TableSource,
  whereOf,
  withoutEnd,
} from './table-source.ts'

/** The column of a union that says which of its sources a row came from. */
export const UNION_SOURCE = 'union_source'
const PRECEDENCE = 'paritygate_precedence'

/** Null where no rows of the table are merged, undefined where the plan has no such table. */
type MergeOf = (table: string) => Merge | null | undefined

/**
 * Several sources as one, each row with the name of the one it came from.
 *
 * @param mergeOf how rows of another table of the plan are merged, for columns of a branch that refer to it
 */
export async function unionSource(
  name: string,
  document: TableMappingDocument,
  side: Side,
  mergeOf: MergeOf,
  report: Report,
): Promise<TableSource | null> {
  const { dialect } = side.session
  const references = new Map<string, string>()
  const branches: { select: string; name: string; columns: string[] }[] = []
  for (const [index, branch] of document.union!.entries()) {
    const path = ['union', index]
    for (const [column, value] of Object.entries(branch.columns ?? {}))
      if (typeof value === 'object' && 'references' in value) references.set(column, value.references)
    const select = branchSelect(branch, side, mergeOf, message => refuse(report, path, message))
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
  if (!document.distinct_on) return { ...found, where: whereOf(document), references }
  const order = [PRECEDENCE, ...(document.prefer ? [document.prefer] : []), ...tieBreak(names, dialect)]
  const partition = document.distinct_on.map(column =>
    asCompared(findColumn(found.table, column)!.type, dialect.quote(column), dialect),
  )
  return ranked({ ...found, references }, document, { partition, order }, side)
}

/** What two rows are told apart by where nothing else does, so that the same one is kept each time. */
function tieBreak(names: string[], dialect: Dialect): string[] {
  return names.map(name => dialect.asText(dialect.quote(name)))
}

function branchSelect(
  { from, sql, where, columns }: BranchDocument,
  { session: { dialect }, catalog }: Side,
  mergeOf: MergeOf,
  refused: (message: string) => null,
): string | null {
  if ((from === undefined) === (sql === undefined)) return refused('say from or sql')
  if (from !== undefined && !findTable(catalog, from))
    return refused(`the source has no table "${from}"${nearest(from, catalog.tables)}`)
  // Without its schema, so that `queryUse` can put another table in its place.
  const relation =
    from === undefined ? `(${withoutEnd(sql!)}\n) AS paritygate_part` : dialect.table(null, from)
  const own = from === undefined ? 'paritygate_part' : dialect.quote(from)
  const table = from === undefined ? undefined : findTable(catalog, from)
  const typeOf = (column: string) => (table && findColumn(table, column)?.type) ?? null
  const joins: string[] = []
  const listed: string[] = []
  for (const [name, value] of Object.entries(columns ?? {})) {
    const as = (expression: string) => `${expression} AS ${dialect.quote(name)}`
    if (typeof value === 'string') listed.push(as(dialect.quote(value)))
    else if ('sql' in value) listed.push(as(`(${value.sql}\n)`))
    else {
      const merge = mergeOf(value.references)
      if (merge === undefined) return refused(`the plan maps no table "${value.references}"`)
      const column = `${own}.${dialect.quote(value.of ?? name)}`
      const type = typeOf(value.of ?? name)
      const followed =
        merge?.key.length === 1 && joinSurvivors(merge, [{ sql: column, type }], `paritygate_${joins.length}`)
      if (followed) joins.push(followed.join)
      listed.push(as(followed ? followed.keys[0]! : column))
    }
  }
  const condition = where === undefined ? '' : ` WHERE ${where}`
  return `SELECT ${listed.length > 0 ? listed.join(', ') : '*'} FROM ${[relation, ...joins].join(' ')}${condition}`
}
