import { compare } from '../compare/compare.ts'
import { pairOf } from '../compare/mapping-pair.ts'
import { narrow } from '../compare/narrow.ts'
import { fieldsOf, pairingFields, type RelationPair } from '../compare/relation-pair.ts'
import type { Dialect } from '../engines/port/dialect.ts'
import type { Field, Relation } from '../engines/port/rows.ts'
import type { Session } from '../engines/port/session.ts'
import type { Column, Table } from '../model/catalog.ts'
import type { Mapping } from '../plan/mapping.ts'

/** Keys of rows kept in memory; where more rows differ, all rows of the table are taken. */
const MOST_KEYS = 500_000

/** Rows of a table that its copy has not left so. */
export interface LostRows {
  /** What a row is known by. */
  fields: Field[]
  /** Rows by the first fields of their line, as latin1 text: how many of them. */
  keys: Map<string, number>
  added: number
  changed: number
  /** A condition that a row is another in a column the plan does not fill, and for how many it holds; null where there is none such. */
  otherwise: { condition: string; rows: number } | null
  /** Rows of one key are the same in every column, so that as many are enough; otherwise all of them are taken. */
  exact: boolean
}

/**
 * Finds what the copy has not written, or not as it is now: rows that the source does not give, or gives otherwise, and those
 * whose other columns are not what they are left out for.
 *
 * @param going the rows that go
 * @returns a sentence where it cannot be told
 */
export async function lostRows(
  sides: { source: Session; target: Session },
  mapping: Mapping,
  table: Table,
  going: Relation,
  signal: AbortSignal | undefined,
): Promise<LostRows | string> {
  const { source, target } = sides
  const pair = goingPair(pairOf(mapping), going)
  const filled = new Set(mapping.columns.map(({ name }) => name))
  const others = table.columns.filter(({ name, generated }) => !filled.has(name) && generated === null)
  const unknown = others.find(column => !isConstant(column))
  if (unknown)
    return `nothing tells which rows "${unknown.name}" has changed in: the plan does not fill it, and its default is no constant`
  const known = pairingFields(pair)
  const keys = new Map<string, number>()
  const { extra, changed } = await compare(source, target, pair, {
    ...(signal ? { signal } : {}),
    onDifference({ target: line }) {
      if (line === null || keys.size > MOST_KEYS) return
      const key = leading(line, known)
      keys.set(key, (keys.get(key) ?? 0) + 1)
    },
  })
  if (keys.size > MOST_KEYS) return `more than ${MOST_KEYS} of its rows are not as they were copied`
  const { dialect } = target
  const condition = others.map(column => isOther(dialect, column)).join(' OR ')
  return {
    fields: fieldsOf(pair, 'target')
      .slice(0, known)
      .map(field => ({ ...field, canonical: true })),
    keys,
    added: extra,
    changed,
    otherwise:
      others.length === 0 ? null : { condition, rows: await target.count(narrow(going, `(${condition})`)) },
    exact: pair.keyFields === 0 && others.length === 0,
  }
}

function goingPair(pair: RelationPair, { where }: Relation): RelationPair {
  return where === null ? pair : { ...pair, target: narrow(pair.target, where) }
}

/** The first fields of a line. */
export function leading(line: string, fields: number): string {
  let end = -1
  for (let field = 0; field < fields; field++) {
    end = line.indexOf('\t', end + 1)
    if (end < 0) return line
  }
  return line.slice(0, end)
}

const constant = /^\(*(?:'(?:[^']|'')*'|[-+]?\d+(?:\.\d+)?|true|false|null)\)*(?:::[\w "[\](),.]+)?\)*$/i

/** Whether the column of a row that was written without it has one value, whenever that was. */
function isConstant({ default: value, automatic, onUpdate }: Column): boolean {
  return !automatic && onUpdate === null && (value === null || constant.test(value))
}

function isOther(dialect: Dialect, { name, type, default: value }: Column): string {
  const column = dialect.quote(name)
  if (value === null || /^\(*null\b/i.test(value)) return `${column} IS NOT NULL`
  // A collation may take other letters for the same.
  const byBytes = type.kind === 'text'
  const [one, other] = byBytes ? [dialect.asText(column), dialect.asText(value)] : [column, value]
  return `(${column} IS NULL OR ${one} <> ${other})`
}
