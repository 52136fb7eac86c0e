import type { Dialect } from '../engines/port.ts'
import type { Plan } from './load-plan.ts'
import type { Mapping, PlanProblem } from './mapping.ts'
import type { Side } from './side.ts'

/** Tables and columns still to be created whose names the target's engine would cut, or not tell apart. */
export function nameProblems(plan: Plan, mappings: Mapping[], { session, catalog }: Side): PlanProblem[] {
  const { dialect } = session
  const created = mappings.filter(mapping => mapping.toBeCreated)
  const others = catalog.tables.map(({ name }) => name)
  const tables = clashes(
    created.map(({ table }) => table),
    others,
    dialect,
    'table',
  ).map(([name, message]) => ({ where: plan.locate(['tables', name]), message }))
  const columns = created.flatMap(({ table, columns }) =>
    clashes(
      columns.map(({ name }) => name),
      [],
      dialect,
      'column',
    ).map(([name, message]) => ({ where: plan.locate(['tables', table, 'columns', name]), message })),
  )
  return [...tables, ...columns]
}

/** Each name with a problem, and what it is. */
function clashes(
  names: string[],
  taken: string[],
  dialect: Dialect,
  of: 'table' | 'column',
): [string, string][] {
  const holders = new Map(taken.map(name => [dialect.nameKey(name, of), name]))
  return names.flatMap((name): [string, string][] => {
    const key = dialect.nameKey(name, of)
    if (key.length < name.length)
      return [[name, `the target would cut the name of ${of} "${name}" to "${key}"; give it a shorter one`]]
    const other = holders.get(key)
    holders.set(key, name)
    return other === undefined ? [] : [[name, `to the target, ${of}s "${other}" and "${name}" have one name`]]
  })
}
