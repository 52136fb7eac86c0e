import type { Relation } from '../engines/port/rows.ts'

/** The rows of a relation that meet a further condition; the plan's own stands in parentheses, for it may hold an OR. */
export function narrow(relation: Relation, condition: string): Relation & { where: string } {
  const { where } = relation
  return { ...relation, where: where === null ? condition : `(${where}) AND ${condition}` }
}
