import type { Column } from '../model/catalog.ts'
import { quoted } from './made.ts'
import { joinSurvivors } from './merge.ts'
import type { TableEnds } from './table-ends.ts'

/** SQL of the old keys a column refers to: of rows that were merged, the keys of those that stayed. */
export function survivorsOf(
  ends: TableEnds,
  name: string,
  columns: Column[],
  { merge }: TableEnds,
): { keys: string[]; joins: string[] } {
  if (!merge || merge.key.length !== columns.length)
    return { keys: columns.map(column => quoted(ends, column.name)), joins: [] }
  const own = columns.map(({ name: column, type }) => ({
    sql: `${ends.source.name}.${quoted(ends, column)}`,
    type,
  }))
  const { keys, join } = joinSurvivors(merge, own, ends.joinName(name))
  return { keys, joins: [join] }
}
