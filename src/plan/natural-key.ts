import type { Dialect } from '../engines/port/dialect.ts'
import { type Column, findColumn } from '../model/catalog.ts'
import type { LogicalType } from '../model/logical-type.ts'
import { isRedacted, type Making, quoted } from './made.ts'
import { circleOf } from './match-on.ts'
import type { TableEnds } from './table-ends.ts'

/** What a row is known by where nobody can recompute its new id: one text, written alike on both sides. */
export interface NaturalKey {
  source: Asked
  target: Asked
  /** A value in it is never shown. */
  redacted: boolean
}

/** SQL, and what is to be joined for it. */
export interface Asked {
  expression: string
  joins: string[]
}

/** No part of a natural key has a single backslash before another letter. */
const [NULL_PART, MISSING] = ['\\N', '\\?']

/** Such a text instead of a natural key says that there is no row of this id. */
export function missingId(natural: string): string | null {
  return natural.startsWith(MISSING) ? natural.slice(MISSING.length) : null
}

/** @returns why there is none, where there is none */
export function naturalKey(ends: TableEnds, madeIn: Making['madeIn']): NaturalKey | string {
  const circle = circleOf(ends)
  if (circle !== null) return circle
  const { source, target } = ends.sides
  if (ends.target === null) return `the target has no table "${ends.table}" whose rows could be paired`
  const key: NaturalKey = {
    source: { expression: '', joins: [] },
    target: { expression: '', joins: [] },
    redacted: false,
  }
  const parts: { source: string[]; target: string[] } = { source: [], target: [] }
  for (const name of ends.document.match_on!) {
    const made = madeIn(ends, name)
    const column = findColumn(ends.target, name)
    if (!made || !column) return `rows of "${ends.table}" are matched on "${name}", which is not mapped`
    if (made.derived)
      return `rows of "${ends.table}" are matched on "${name}", which no SQL of the source gives`
    const asked = made.inTarget ?? { expression: target.session.dialect.quote(name), joins: [] }
    const types = [made.own?.type, made.inTarget ? made.own?.type : column.type]
    parts.source.push(partOf(made.expression, types[0], types, source.session.dialect))
    parts.target.push(partOf(asked.expression, types[1], types, target.session.dialect))
    key.source.joins.push(...(made.joins ?? []))
    key.target.joins.push(...asked.joins)
    key.redacted ||= isRedacted(
      ends.document,
      name,
      made,
      ends.source.table,
      ends.sides.source.catalog.engine,
    )
  }
  key.source.expression = joined(parts.source, source.session.dialect)
  key.target.expression = joined(parts.target, target.session.dialect)
  return key
}

/** Of engines that keep a UUID as text, some write it in capitals or without dashes. */
function partOf(
  expression: string,
  own: LogicalType | undefined,
  types: (LogicalType | undefined)[],
  dialect: Dialect,
): string {
  const isUuid = types.some(type => type?.kind === 'uuid')
  const lower = `CASE WHEN ${expression} IS NOT NULL THEN lower(concat(${expression})) END`
  const text = dialect.asText(isUuid && own?.kind !== 'uuid' ? lower : expression)
  const value = isUuid ? `replace(${text}, '-', '')` : text
  const { literal } = dialect
  const escaped = `replace(replace(${value}, ${literal('\\')}, ${literal('\\\\')}), '/', ${literal('\\/')})`
  return `coalesce(${escaped}, ${literal(NULL_PART)})`
}

function joined(parts: string[], { asText }: Dialect): string {
  return parts.length === 1 ? asText(parts[0]!) : asText(`concat(${parts.join(", '/', ")})`)
}

/** What stands for a reference: NULL for none, the natural key of the row, or the id itself with a mark where there is no such row. */
export function referenceText(ids: string[], found: string, natural: string, dialect: Dialect): string {
  const isNull = ids.map(id => `${id} IS NULL`).join(' OR ')
  // Bytes need not be a text.
  const texts = ids.map(id => `coalesce(${dialect.asText(id)}, '')`)
  const marked = `concat(${dialect.literal(MISSING)}, ${texts.join(", ':', ")})`
  return `CASE WHEN ${isNull} THEN NULL WHEN ${found} IS NULL THEN ${marked} ELSE ${natural} END`
}

/** What a lookup that finds no row gives in the place of a natural key. */
export function missingRow(shown: string, { literal }: Dialect): string {
  return `concat(${literal(MISSING)}, ${shown})`
}

/** A condition that two ids are the same; of two types or collations, by their texts. */
export function sameId(
  [a, ofA]: [string, Column | null],
  [b, ofB]: [string, Column | null],
  { asText }: Dialect,
): string {
  const alike = ofA !== null && ofA.type.kind === ofB?.type.kind && ofA.collation === ofB.collation
  return alike ? `${a} = ${b}` : `${asText(a)} = ${asText(b)}`
}

/** SELECT of the old key of each row, `paritygate_key_N`, and its natural key. */
export function sourceRows(ends: TableEnds, { source: { expression, joins } }: NaturalKey): string {
  const keys = ends.ownId!.of.map((name, index) => `${quoted(ends, name)} AS paritygate_key_${index}`)
  const from = [ends.source.from, ...joins].join(' ')
  const where = ends.source.where === null ? '' : ` WHERE ${ends.source.where}`
  return `SELECT ${keys.join(', ')}, ${expression} AS paritygate_natural FROM ${from}${where}`
}

/** SELECT of the new id of each row, `paritygate_id`, and its natural key. */
export function targetRows(ends: TableEnds, { target: { expression, joins } }: NaturalKey): string {
  const { session, catalog } = ends.sides.target
  const { quote, table } = session.dialect
  const from = [table(catalog.schema, ends.target!.name), ...joins].join(' ')
  return `SELECT ${quote(ends.ownId!.column)} AS paritygate_id, ${expression} AS paritygate_natural FROM ${from}`
}
