import type { Plan } from './load-plan.ts'
import type { Mapping, PlanProblem } from './mapping.ts'
import { nearest } from './nearest.ts'

/** Columns rows are looked up by that their table does not have once it is mapped. */
export function lookupProblems(plan: Plan, mappings: Mapping[]): PlanProblem[] {
  return mappings.flatMap(({ path, columns }) =>
    columns.flatMap(({ name, made: { lookedUp } }) => {
      const parent = mappings.find(({ table }) => table === lookedUp?.table)
      const missing = (parent && lookedUp?.columns.filter(by => !hasColumn(parent, by))) ?? []
      return missing.map(by => ({
        where: plan.locate([...path, 'columns', name, 'by', by]),
        message: `no column "${by}" of table "${parent!.table}" is mapped${nearest(by, parent!.columns)}`,
      }))
    }),
  )
}

function hasColumn({ columns }: Mapping, name: string): boolean {
  return columns.some(column => column.name === name)
}
