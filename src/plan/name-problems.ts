import { OWN } from '../engines/own-tables.ts'
import type { Dialect } from '../engines/port/dialect.ts'
import type { Plan } from './load-plan.ts'
import type { Mapping, PlanProblem } from './mapping.ts'
import type { Side } from './side.ts'

/** Tables the plan fills twice, and tables and columns to be created whose names the target would cut, or not tell apart. */
export function nameProblems(plan: Plan, mappings: Mapping[], { session, catalog }: Side): PlanProblem[] {
  const { dialect } = session
  const named = ({ table, target, path }: Mapping) => ({
    name: target.name,
    shown: table,
    where: plan.locate(path),
  })
  const tables = [...new Set(mappings.map(({ schema }) => schema))].flatMap(schema => {
    const own = mappings.filter(mapping => mapping.schema === schema)
    const existing = own.filter(({ toBeCreated }) => !toBeCreated).map(named)
    const created = own.filter(({ toBeCreated }) => toBeCreated).map(named)
    const taken = schema === null ? catalog.tables : existing
    return [...clashes(existing, [], dialect, 'table'), ...clashes(created, taken, dialect, 'table')]
  })
  const columns = mappings
    .filter(({ toBeCreated }) => toBeCreated)
    .flatMap(({ path, columns }) => {
      const shown = columns.map(({ name }) => {
        return { name, shown: name, where: plan.locate([...path, 'columns', name]) }
      })
      return clashes(shown, [], dialect, 'column')
    })
  return [...reserved(plan, mappings, dialect), ...tables, ...columns]
}

/** Where Paritygate keeps what it knows of the target, nothing of the application's may be. */
function reserved(plan: Plan, mappings: Mapping[], dialect: Dialect): PlanProblem[] {
  const isReserved = ({ schema, target }: Mapping) =>
    dialect.hasSchemas ? schema === OWN : dialect.nameKey(target.name, 'table').startsWith(`${OWN}_`)
  return mappings.filter(isReserved).map(({ table, path }) => {
    const kept = dialect.hasSchemas ? `the schema "${OWN}"` : `names that begin with "${OWN}_"`
    return {
      where: plan.locate(path),
      message: `Paritygate keeps ${kept} of the target for itself: give table "${table}" another name, with \`from\` where the source calls it so`,
    }
  })
}

interface Named {
  name: string
  /** What the plan calls it. */
  shown: string
  where: string
}

function clashes(
  named: Named[],
  taken: { name: string }[],
  dialect: Dialect,
  of: 'table' | 'column',
): PlanProblem[] {
  const holders = new Map(taken.map(({ name }) => [dialect.nameKey(name, of), name]))
  return named.flatMap(({ name, shown, where }): PlanProblem[] => {
    const key = dialect.nameKey(name, of)
    if (key.length < name.length) {
      const message = `the target would cut the name of ${of} "${name}" to "${key}"; give it a shorter one`
      return [{ where, message }]
    }
    const other = holders.get(key)
    holders.set(key, shown)
    if (other === undefined) return []
    if (other === shown) return [{ where, message: `the plan fills ${of} "${shown}" twice` }]
    return [{ where, message: `to the target, ${of}s "${other}" and "${shown}" have one name` }]
  })
}
