import type { Plan } from './load-plan.ts'
import type { Mapping, PlanProblem } from './mapping.ts'

/** A table of the plan that another refers to, and the column that does. */
export interface Dependency {
  on: Mapping
  column: string
}

/** What has to be there before a table: what its columns refer to, and its foreign keys. */
export function dependenciesOf(mapping: Mapping, mappings: Mapping[]): Dependency[] {
  const found = mapping.columns.flatMap(({ name, made: { refersTo } }): Dependency[] => {
    const on = mappings.find(one => one.table === refersTo)
    return on ? [{ on, column: name }] : []
  })
  for (const { columns, referencedTable } of mapping.target.foreignKeys) {
    const on = mappings.find(one => one.schema === mapping.schema && one.target.name === referencedTable)
    if (on && !found.some(one => one.on === on)) found.push({ on, column: columns[0]! })
  }
  return found.filter(({ on }) => on !== mapping)
}

/** Tables that refer to some of a later phase, and so to rows that are not there yet. */
export function phaseProblems(plan: Plan, mappings: Mapping[]): PlanProblem[] {
  return mappings.flatMap(mapping =>
    dependenciesOf(mapping, mappings)
      .filter(({ on }) => on.phase > mapping.phase)
      .map(({ on, column }) => {
        const back = leadsTo(on.phase, mapping.phase, mappings)
        const cycle = back ? `, and phase ${on.phase} depends on phase ${mapping.phase}: a cycle` : ''
        return {
          where: plan.locate([...mapping.path, 'columns', column]),
          message: `"${mapping.table}" (phase ${mapping.phase}) refers to "${on.table}" (phase ${on.phase}), which is copied after it${cycle}`,
        }
      }),
  )
}

/** Whether some table of one phase depends on one of the other, by however many steps. */
function leadsTo(from: number, to: number, mappings: Mapping[], seen = new Set<number>()): boolean {
  if (from === to) return true
  if (seen.has(from)) return false
  seen.add(from)
  return mappings
    .filter(({ phase }) => phase === from)
    .flatMap(mapping => dependenciesOf(mapping, mappings))
    .some(({ on }) => on.phase !== from && leadsTo(on.phase, to, mappings, seen))
}
