import type { Column } from '../model/catalog.ts'
import { quoted } from './made.ts'
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
  const alias = ends.joinName(name)
  const own = columns.map(column => `${ends.source.name}.${quoted(ends, column.name)}`)
  const on = own.map((column, index) => `${alias}.paritygate_loser_${index} = ${column}`)
  return {
    keys: own.map((column, index) => `coalesce(${alias}.paritygate_survivor_${index}, ${column})`),
    joins: [`LEFT JOIN (${merge.losers}) AS ${alias} ON ${on.join(' AND ')}`],
  }
}
