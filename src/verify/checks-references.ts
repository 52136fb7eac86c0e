import { askBoth } from '../compare/both-sides.ts'
import { compare } from '../compare/compare.ts'
import { pairOf } from '../compare/mapping-pair.ts'
import { narrow } from '../compare/narrow.ts'
import type { Relation } from '../engines/port/rows.ts'
import { decodeLine } from '../model/row-line.ts'
import { pairedReferences, type Reference } from '../plan/foreign-keys.ts'
import type { Made } from '../plan/made.ts'
import type { Mapping } from '../plan/mapping.ts'
import type { Check, CheckContext } from './check.ts'
import { KEYS_SHOWN, keysOf, keysText } from './shown-keys.ts'

/**
 * Rows that refer to a row that is not there, on both sides. Orphans that the source has as well are inherited; the
 * others were introduced by the migration and fail the check.
 */
export function checkOrphans(mapping: Mapping, key: Reference): Check {
  const column = key.columns.join(', ')
  return {
    check: 'orphans',
    table: mapping.table,
    column,
    async run(context) {
      const { source, target } = context
      const ofTarget = orphansOfTarget(context, mapping, key)
      const ofSource = orphansOfSource(context, mapping, key)
      const sql = `SELECT * FROM ${ofTarget.from} WHERE ${ofTarget.where};`
      const counted = await askBoth(async side => {
        if (side === 'target') return target.count(ofTarget)
        return ofSource === null ? 0 : source.count(ofSource)
      })
      const { source: inSource, target: found } = counted
      if (ofSource === null) {
        if (found === 0)
          return { status: 'pass', found, detail: 'no orphans; the source cannot be asked the same', sql }
        return {
          status: 'fail',
          found,
          detail: `${found} orphans; the source cannot be asked whether they are inherited`,
          sql,
        }
      }
      if (found === 0) {
        const detail =
          inSource === 0
            ? 'no orphans on either side'
            : `no orphans in the target; the source has ${inSource}`
        return { status: 'pass', found, detail, sql }
      }
      const { introduced, keys } = await introducedOrphans(context, mapping, ofSource, ofTarget)
      const inherited = found - introduced
      const amounts =
        introduced > 0
          ? `${introduced} introduced (${keys}), ${inherited} inherited from the source`
          : `0 introduced, ${inherited} inherited from the source (${await keysOf(target, 'target', mapping, ofTarget)})`
      const detail = `${amounts}: no "${key.referencedTable}" has the key they refer to`
      return { status: introduced > 0 ? 'fail' : 'pass', found, detail, sql }
    },
  }
}

/** Orphans as a relation of their own: the table with an anti-join for a condition. */
function orphansOfTarget({ target, resolved }: CheckContext, mapping: Mapping, key: Reference): Relation {
  const { quote, table, asText } = target.dialect
  const parent = resolved.mappings.find(one => one.table === key.referencedTable)
  const schema = mapping.schema ?? resolved.targetCatalog.schema
  const from = parent?.targetName ?? table(schema, key.referencedTable)
  const own = mapping.targetName
  const columns = key.columns.map(name => `${own}.${quote(name)}`)
  const referenced = key.referencedColumns.map(quote)
  // PostgreSQL compares no text with a UUID or a number.
  const isText = (one: Mapping | undefined, name: string) =>
    one?.columns.find(column => column.name === name)?.targetType.kind === 'text'
  const alike = key.columns.every(
    (name, index) => !parent || isText(mapping, name) === isText(parent, key.referencedColumns[index]!),
  )
  return {
    ...mapping.targetRelation,
    where: antiJoin(columns, from, referenced, alike ? undefined : asText),
  }
}

/** By the old keys on both sides; null where they are none that SQL could compare. */
function orphansOfSource(
  { source, resolved }: CheckContext,
  mapping: Mapping,
  key: Reference,
): Relation | null {
  const parent = resolved.mappings.find(one => one.table === key.referencedTable)
  const own = key.columns.map(name => oldKeyOf(mapping, name))
  const referenced = key.referencedColumns.map(name => parent && oldKeyOf(parent, name))
  if (!parent || own.some((one, index) => !one || !referenced[index] || one.kind !== referenced[index].kind))
    return null
  const parts = { own: own.flatMap(one => one!.sql), parent: referenced.flatMap(one => one!.sql) }
  if (parts.own.length !== parts.parent.length) return null
  const { asText, computedOnce } = source.dialect
  // Old keys of an id need not be of one type; where they are, an index can be of use.
  const types = (keys: (OldKey | null | undefined)[]) => JSON.stringify(keys.flatMap(one => one!.types))
  const alike = types(own) === types(referenced)
  const text = alike ? (sql: string) => sql : asText
  const names = parts.parent.map((_, index) => `paritygate_key_${index}`)
  const keys = parts.parent.map((sql, index) => `${text(sql)} AS ${names[index]}`)
  const { from } = parent.sourceRelation
  const parents = `SELECT ${keys.join(', ')} FROM ${from}`
  const columns = parts.own.map(text)
  const relation = mapping.sourceRelation
  // A table's own index finds a parent for each row; rows of anything else are computed once, and joined.
  if (alike && from === parent.sourceName) return narrow(relation, antiJoin(columns, `(${parents})`, names))
  const on = columns.map((column, index) => `${PARENT}.${names[index]} = ${column}`)
  const joined = `${relation.from} LEFT JOIN (${computedOnce(parents)}) AS ${PARENT} ON ${on.join(' AND ')}`
  const absent = [...columns.map(column => `${column} IS NOT NULL`), `${PARENT}.${names[0]} IS NULL`]
  return narrow({ ...relation, from: joined, rowid: null }, absent.join(' AND '))
}

/** A name no table has: one called like the alias would be compared with itself. */
const PARENT = 'paritygate_parent'

/** What stands on the source for the value of a column: itself, or the old key of a new id. */
function oldKeyOf(mapping: Mapping, name: string): OldKey | null {
  const column = mapping.columns.find(one => one.name === name)
  if (!column) return null
  const { made, expression, ownType } = column
  const inputs = made.derived?.inputs ?? made.oldKeyInputs
  // Numbers of several types are compared as numbers; with a text, PostgreSQL compares none.
  if (!inputs) {
    const types = [ownType?.kind === 'text' ? 'text' : null]
    return { kind: 'plain', sql: made.oldKey ?? [expression], types }
  }
  if (!made.oldKey) return null
  const types = inputs.map(input => input.own?.kind ?? ownType?.kind ?? null)
  return { kind: 'id', sql: made.oldKey, types }
}

interface OldKey {
  kind: 'id' | 'plain'
  sql: string[]
  types: (string | null)[]
}

function antiJoin(
  columns: string[],
  parent: string,
  referenced: string[],
  compared = (sql: string) => sql,
): string {
  const present = columns.map(column => `${column} IS NOT NULL`)
  const same = columns.map(
    (column, index) => `${compared(`${PARENT}.${referenced[index]}`)} = ${compared(column)}`,
  )
  return `${present.join(' AND ')} AND NOT EXISTS (SELECT 1 FROM ${parent} AS ${PARENT} WHERE ${same.join(' AND ')})`
}

/** Orphans of the target whose key is no orphan of the source. */
async function introducedOrphans(
  { source, target, signal }: CheckContext,
  mapping: Mapping,
  ofSource: Relation,
  ofTarget: Relation,
): Promise<{ introduced: number; keys: string }> {
  const pair = pairOf(mapping)
  const fields = mapping.key.length > 0 ? pair.fields.slice(0, mapping.key.length) : pair.fields
  const shown = mapping.columns.filter(column => mapping.key.includes(column.name) && !column.redacted)
  const keys: Record<string, string | null>[] = []
  const { extra } = await compare(
    source,
    target,
    { ...pair, source: ofSource, target: ofTarget, fields },
    {
      onDifference({ kind, target: line }) {
        if (kind !== 'extra' || shown.length === 0 || keys.length > KEYS_SHOWN) return
        const values = decodeLine(Buffer.from(line!, 'latin1'))
        keys.push(
          Object.fromEntries(shown.map(({ name }) => [name, values[mapping.key.indexOf(name)] ?? null])),
        )
      },
      ...(signal ? { signal } : {}),
    },
  )
  return { introduced: extra, keys: keysText(keys) }
}

/** What rows of a table refer to: by foreign keys the target declares, by those only the source declares, and by the plan. */
export function referencesOf(mapping: Mapping, mappings: Mapping[]): Reference[] {
  const lost = pairedReferences(mapping, mappings).filter(({ declared }) => !declared)
  const declared = mapping.target.foreignKeys.map(key => {
    const named = mappings.filter(one => one.target.name === key.referencedTable)
    const said = mapping.columns.find(({ name }) => key.columns.includes(name))?.made.refersTo
    // A key into another schema names no schema, but the plan may.
    const parent = named.find(one => one.schema === mapping.schema) ?? named.find(one => one.table === said)
    return parent ? { ...key, referencedTable: parent.table } : key
  })
  const found: Reference[] = [...declared, ...lost.map(({ reference }) => reference)]
  for (const { name, made } of mapping.columns) {
    const parent = mappings.find(one => one.table === made.refersTo)
    const [key, more] = parent ? keyReferredTo(parent, made) : []
    if (!parent || key === undefined || more !== undefined) continue
    const known = found.some(
      ({ columns, referencedTable }) => columns.join() === name && referencedTable === parent.table,
    )
    if (!known) found.push({ columns: [name], referencedTable: parent.table, referencedColumns: [key] })
  }
  return found
}

/** Beside its new ids a table may keep the old ones, which an old id refers to. */
function keyReferredTo({ ownId, columns, key }: Mapping, { derived }: Made): string[] {
  if (ownId === null) return key
  const [old, more] = ownId.of
  const kept = columns.find(({ made }) => !made.derived && made.carries === old)
  return [derived || !kept || more !== undefined ? ownId.column : kept.name]
}

/** Foreign keys the source declares and the target does not, by the columns they join. */
export function checkForeignKeys(mapping: Mapping, mappings: Mapping[]): Check[] {
  return pairedReferences(mapping, mappings).map(({ reference, declared }) => {
    const parent = `"${reference.referencedTable}"`
    const detail = !declared
      ? `the source declares a foreign key to ${parent}, the target does not`
      : declared.validated
        ? `declared in the target, to ${parent}`
        : `declared in the target, to ${parent}, NOT VALID: rows already there were not held to it`
    return {
      check: 'foreign_keys',
      table: mapping.table,
      column: reference.columns.join(', '),
      run: async () => ({ status: declared ? 'pass' : 'fail', found: declared ? 0 : 1, detail }),
    }
  })
}
