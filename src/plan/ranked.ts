import type { TableMappingDocument } from './schema-tables.ts'
import type { Side } from './side.ts'
import { aliasOf, type TableSource, whereOf } from './table-source.ts'

/** The place of a row among those of which one is kept; the first stays. */
export const RANK = 'paritygate_rank'

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
