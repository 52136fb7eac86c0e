import type { Relation } from './port.ts'

/** What stands after FROM to select the rows of a relation for which the conditions hold too, in SQL every engine reads. */
export function selectedFrom(
  { from, where }: Pick<Relation, 'from' | 'where'>,
  conditions: string[] = [],
): string {
  const all = where === null ? conditions : [`(${where})`, ...conditions]
  return all.length === 0 ? from : `${from} WHERE ${all.join(' AND ')}`
}
