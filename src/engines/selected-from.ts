import type { Chunk, Relation } from './port/rows.ts'

/** What stands after FROM to select the rows of a relation for which the conditions hold too, in SQL every engine reads. */
export function selectedFrom(
  { from, where, chunk }: Pick<Relation, 'from' | 'where' | 'chunk'>,
  conditions: string[] = [],
): string {
  const own = [...(where === null ? [] : [`(${where})`]), ...(chunk ? within(chunk) : [])]
  const all = [...own, ...conditions]
  return all.length === 0 ? from : `${from} WHERE ${all.join(' AND ')}`
}

function within({ column, from, to }: Chunk): string[] {
  return [...(from === null ? [] : [`${column} >= ${from}`]), ...(to === null ? [] : [`${column} < ${to}`])]
}
