import { typeName } from '../model/logical-type.ts'
import type { MappedColumn } from './mapping.ts'
import type { Report } from './side.ts'
import type { TableEnds } from './table-ends.ts'

/** The types whose values every engine writes in one way. */
const kinds = ['text', 'enum', 'integer', 'uuid', 'date']

/** Whether the new ids of a table are somebody else's, and nobody can recompute them. */
export function hasRandomIds({ document, ownId }: TableEnds): boolean {
  return document.match_on !== undefined && ownId !== null
}

/** What keeps rows from being matched; that a column is not mapped is said where the key is chosen. */
export function reportMatchOn(ends: TableEnds, columns: MappedColumn[], report: Report): void {
  const { document, table, ownId } = ends
  const circle = circleOf(ends)
  if (circle !== null) report(['match_on'], circle)
  for (const [index, name] of (document.match_on ?? []).entries()) {
    if (name === ownId?.column)
      report(['match_on', index], `"${name}" is the new id itself, which nobody can recompute`)
    const column = columns.find(one => one.name === name)
    if (!column || column.discovered || column.made.inTarget) continue
    // What has no type of its own is taken for what the other side has.
    const types = [column.ownType, column.targetType].filter(type => type && type.kind !== 'any')
    const wrong = types.find(type => !kinds.includes(type!.kind))
    if (wrong)
      report(
        ['match_on', index],
        `rows of "${table}" cannot be matched on "${name}", a ${typeName(wrong)}: it takes ${kinds.join(', ')}`,
      )
  }
}

/** Columns of a table that is copied, and that refer to rows whose new ids only the target knows. */
export function reportUnknownIds({ table }: TableEnds, columns: MappedColumn[], report: Report): void {
  for (const { name, made } of columns) {
    if (!made.inTarget) continue
    report(
      ['columns', name],
      `"${table}" is copied, and refers to "${made.refersTo}", which has match_on: migrate cannot know its new ids. Say copy: false, or match_on, for "${table}" as well`,
    )
  }
}

/** Where what a row is known by leads, from table to table, back to a table it came by: says how. */
export function circleOf(ends: TableEnds, path: TableEnds[] = []): string | null {
  if (path.includes(ends)) {
    const names = [...path.slice(path.indexOf(ends)), ends].map(({ table }) => `"${table}"`)
    return `match_on leads in a circle: ${names.join(' is known by ')}`
  }
  for (const name of ends.document.match_on ?? []) {
    const entry = ends.document.columns?.[name]
    if (typeof entry !== 'object') continue
    const next = ends.tables.get(entry.id ?? entry.references ?? entry.lookup ?? '')
    const isReference = next && name !== ends.ownId?.column && hasRandomIds(next)
    const circle = isReference ? circleOf(next, [...path, ends]) : null
    if (circle !== null) return circle
  }
  return null
}
