import { REFUSED } from '../model/row-line.ts'
import { columnsOf, known, type Made, type Making, ofNoColumn, quoted, text } from './made.ts'

/** By a closed list of values: any other is marked as refused, unless the plan says what becomes of it. */
export function valueMap(making: Making): Made | undefined {
  const { ends, name, entry, wrong } = making
  const { dialect } = ends.sides.source.session
  const columns = columnsOf(making)
  if (!columns) return undefined
  const [column, more] = columns
  if (more !== undefined) return wrong('values takes one column', 'of')
  const x = dialect.asText(quoted(ends, column!.name))
  const pairs = Object.entries(entry.values!)
  const cases = pairs.map(([from, to]) => `WHEN ${dialect.literal(from)} THEN ${dialect.literal(to)}`)
  const { to } = entry.otherwise ?? {}
  const otherwise = to === undefined ? `concat(${dialect.literal(REFUSED)}, ${x})` : dialect.literal(to)
  return {
    ...ofNoColumn,
    expression: `CASE WHEN ${x} IS NULL THEN NULL ELSE CASE ${x} ${cases.join(' ')} ELSE ${otherwise} END END`,
    own: known(text)!,
    inputs: [column!.name],
    ...(to === undefined ? { screened: `is none of the values the plan maps for "${name}"` } : {}),
    ...(entry.otherwise ? {} : { closed: { expression: x, known: pairs.map(([from]) => from) } }),
  }
}
