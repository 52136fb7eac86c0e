import { ParitygateError } from '../model/error.ts'
import type { Plan } from './load-plan.ts'
import { nearest } from './nearest.ts'
import type { ColumnDocument } from './schema-columns.ts'

/** A table of the plan that gives its rows new ids. */
export interface IdTable {
  table: string
  /** Nobody can recompute them: verify finds them. */
  random: boolean
  /** How many columns the old key has; null where the plan does not say. */
  parts: number | null
}

/**
 * The table that is meant: a target table, or a source table of which one target table with ids is made.
 *
 * @throws {ParitygateError} usage.invalid
 */
export function idTable({ tables }: Plan, name: string): IdTable {
  const making = Object.keys(tables).filter(table =>
    Object.values(tables[table]!.columns ?? {}).some(entry => idOf(entry) === table),
  )
  const made = making.includes(name) ? [name] : making.filter(table => sourcesOf(table).includes(name))
  const [table, more] = made
  if (more !== undefined)
    throw new ParitygateError('usage.invalid', `"${name}" becomes ${made.join(' and ')}: say which`)
  if (table === undefined) {
    const known = [...new Set([...making, ...making.flatMap(sourcesOf)])].map(one => ({ name: one }))
    throw new ParitygateError(
      'usage.invalid',
      Object.hasOwn(tables, name)
        ? `the plan makes no ids for "${name}": its rows keep theirs`
        : `the plan makes no ids for a table "${name}"${nearest(name, known)}`,
    )
  }
  const said = Object.values(tables)
    .flatMap(({ columns }) => Object.values(columns ?? {}))
    .find(entry => idOf(entry) === table && (entry as ColumnDocument).of !== undefined)
  return {
    table,
    random: tables[table]!.match_on !== undefined,
    parts: said === undefined ? null : [(said as ColumnDocument).of].flat().length,
  }

  function sourcesOf(one: string): string[] {
    const { from, sql, union, rows } = tables[one]!
    if (union) return union.flatMap(branch => branch.from ?? [])
    return sql === undefined && rows === undefined ? [from ?? one] : []
  }
}

function idOf(entry: string | ColumnDocument): string | undefined {
  return typeof entry === 'string' ? undefined : entry.id
}
