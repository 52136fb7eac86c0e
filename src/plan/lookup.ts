import type { Derived } from '../engines/port/rows.ts'
import { findColumn } from '../model/catalog.ts'
import type { LogicalType } from '../model/logical-type.ts'
import { REFUSED } from '../model/row-line.ts'
import { idMade } from './ids.ts'
import { known, type Made, type Making, notMapped, ofNoColumn, sqlOf, text } from './made.ts'
import { hasRandomIds } from './match-on.ts'
import { missingRow, naturalKey } from './natural-key.ts'
import { pairedTarget } from './random-ids.ts'
import type { TableEnds } from './table-ends.ts'

/** The key of the row of another table that has these values; marked as refused where there is none. */
export function lookedUp(making: Making): Made | undefined {
  const { ends, name, entry, wrong, madeIn } = making
  const table = entry.lookup!
  const parent = ends.tables.get(table)
  if (!parent) return wrong(notMapped(ends, table), 'lookup')
  if (entry.by === undefined)
    return wrong('say by: the columns of the other table, and what they are equal to')
  const { dialect } = ends.sides.source.session
  const natural = hasRandomIds(parent) ? naturalKey(parent, madeIn) : null
  if (typeof natural === 'string') return wrong(natural, 'lookup')
  const keyColumn = keyColumnOf(parent)
  const byColumn = keyColumn === null || leadsOn(parent, keyColumn) ? null : madeIn(parent, keyColumn)
  const key: Made | null = natural ? { ...ofNoColumn, ...natural.source } : byColumn
  if (!key) return wrong(`table "${table}" has no key of one column that could be taken`, 'lookup')
  const alias = ends.joinName(name)
  const on: string[] = []
  const selected: string[] = []
  const wanted: string[] = []
  for (const [column, value] of Object.entries(entry.by)) {
    const theirs = leadsOn(parent, column) ? null : madeIn(parent, column)
    if (!theirs || theirs.derived || theirs.joins?.length)
      return wrong(
        `column "${column}" of table "${table}" is none that can be asked for in SQL`,
        'by',
        column,
      )
    const ours = sqlOf(making, value, ['by', column])
    if (ours === undefined) return undefined
    const place = `paritygate_by_${selected.length}`
    // The other side of the equation is a bare column, for which SQLite and MySQL make an index by themselves.
    selected.push(`${dialect.asText(theirs.expression)} AS ${place}`)
    on.push(`${alias}.${place} = ${dialect.asText(ours)}`)
    wanted.push(ours)
  }
  const parts = key.oldKey ?? [key.expression]
  const columns = parts.map((expression, index) => `${expression} AS paritygate_key_${index}`)
  const from = [parent.source.from, ...(key.joins ?? [])].join(' ')
  const where = parent.source.where === null ? '' : ` WHERE ${parent.source.where}`
  const asked = wanted.map(one => `${one} IS NOT NULL`).join(' AND ')
  const missing = `${asked} AND ${alias}.paritygate_by_0 IS NULL`
  const shown = wanted.length === 1 ? dialect.asText(wanted[0]!) : dialect.literal('a row of these values')
  const mark = natural ? missingRow(shown, dialect) : `concat(${dialect.literal(REFUSED)}, ${shown})`
  const marked = parts.map(
    (_, index) =>
      `CASE WHEN ${missing} THEN ${mark} ELSE ${dialect.asText(`${alias}.paritygate_key_${index}`)} END`,
  )
  const rest = {
    joins: [
      `LEFT JOIN (${dialect.computedOnce(`SELECT ${[...columns, ...selected].join(', ')} FROM ${from}${where}`)}) AS ${alias} ON ${on.join(' AND ')}`,
    ],
    inputs: Object.values(entry.by).filter(value => typeof value === 'string'),
    refersTo: table,
    screened: `is not found in "${table}", for column "${name}"`,
    oldKey: marked,
    lookedUp: { table, columns: Object.keys(entry.by) },
  }
  const ofText = { ...ofNoColumn, expression: marked[0]!, own: known(text)!, ...rest }
  if (natural) {
    const inTarget = pairedTarget(ends, name, parent, natural)
    return { ...ofText, inTarget, redacted: natural.redacted }
  }
  if (!key.derived) {
    const createdAs = typeInTarget(parent, keyColumn!) ?? key.own?.type
    return { ...ofText, ...(createdAs ? { createdAs } : {}) }
  }
  const inputs = marked.map(expression => ({ expression, own: text, type: text }))
  const made = idMade(ends, table, inputs, [])
  return { ...made, derived: { ...made.derived!, marked: true } as Derived, ...rest }
}

/** A column that refers to another table itself could lead back to where this began. */
function leadsOn({ document, tables }: TableEnds, column: string): boolean {
  const entry = document.columns?.[column]
  if (typeof entry !== 'object') return false
  const other = tables.get(entry.id ?? entry.references ?? '')
  return entry.lookup !== undefined || (other !== undefined && hasRandomIds(other))
}

/** What the other table's column is in the target, or is to be by the plan; the column here has to be no other. */
function typeInTarget({ target, document, sides }: TableEnds, column: string): LogicalType | null {
  if (target !== null) return findColumn(target, column)?.type ?? null
  const entry = document.columns?.[column]
  const said = typeof entry === 'object' ? entry.type : undefined
  return said === undefined ? null : sides.target.session.dialect.parseType(said)
}

/** The one column that identifies a row of the target table. */
function keyColumnOf({ ownId, target, source, document }: TableEnds): string | null {
  if (ownId !== null) return ownId.column
  if (target !== null) return target.primaryKey.length === 1 ? target.primaryKey[0]! : null
  const [key, more] = source.table.primaryKey
  if (key === undefined || more !== undefined) return null
  const renamed = Object.entries(document.columns ?? {}).find(([, entry]) => entry === key)
  return renamed?.[0] ?? key
}
