import type { Dialect } from '../engines/port.ts'
import type { Plan } from './load-plan.ts'
import type { Mapping, PlanProblem } from './mapping.ts'
import type { Side } from './side.ts'

/** Tables and columns still to be created whose names the target's engine would cut, or not tell apart. */
export function nameProblems(plan: Plan, mappings: Mapping[], { session, catalog }: Side): PlanProblem[] {
  const { dialect } = session
  const created = mappings.filter(mapping => mapping.toBeCreated)
  const tables = [...new Set(created.map(({ schema }) => schema))].flatMap(schema => {
    const own = created.filter(mapping => mapping.schema === schema)
    const names = own.map(({ target }) => target.name)
    const others = schema === null ? catalog.tables.map(({ name }) => name) : []
    return clashes(names, others, dialect, 'table').map(([name, message]) => {
      const { path } = own.findLast(({ target }) => target.name === name)!
      return { where: plan.locate(path), message }
    })
  })
  const columns = created.flatMap(({ path, columns }) =>
    clashes(
      columns.map(({ name }) => name),
      [],
      dialect,
      'column',
    ).map(([name, message]) => ({ where: plan.locate([...path, 'columns', name]), message })),
  )
  return [...tables, ...columns, ...sharedTables(plan, mappings)]
}

/** One table that the plan fills under two names: `users` and `public.users`, or `legacy_users` and an archived `users`. */
function sharedTables(plan: Plan, mappings: Mapping[]): PlanProblem[] {
  return mappings.flatMap((mapping, index) => {
    const other = mappings
      .slice(0, index)
      .find(one => one.schema === mapping.schema && one.target.name === mapping.target.name)
    if (!other || mapping.toBeCreated) return []
    return [
      {
        where: plan.locate(mapping.path),
        message: `"${mapping.table}" and "${other.table}" are one table of the target`,
      },
    ]
  })
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
