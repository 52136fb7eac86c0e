import type pg from 'pg'
import type { LoadColumn, LoadOptions } from '../port/rows.ts'
import type { UniqueKey } from '../port/suspended-keys.ts'
import { keyColumn } from './load.ts'
import { qualified, quote } from './quoting.ts'

/**
 * The key parts of unique indexes, with the operator that says that two are equal. GROUP BY goes by that of the type's
 * default operator class, so an index that has another is left out; what an operator class is for may be a wider type than
 * the part's own (`text`, of a `varchar`), and the part is then brought to that. Texts that are equal only where their bytes are
 * (https://www.postgresql.org/docs/current/collation.html#COLLATION-NONDETERMINISTIC) are compared as bytes, which is faster.
 */
const partsQuery = `
  SELECT i.indexrelid AS oid, c.relname AS name, i.indnkeyatts AS count, pg_get_expr(i.indpred, i.indrelid) AS predicate,
    to_jsonb(i) ->> 'indnullsnotdistinct' AS "nullsEqual",
    pg_get_indexdef(i.indexrelid, n.part, true) AS shown, pg_get_indexdef(i.indexrelid, n.part, false) AS expression,
    CASE WHEN o.opcintype <> a.atttypid AND t.typtype <> 'p' THEN o.opcintype::regtype END AS wider,
    CASE WHEN l.collisdeterministic AND o.opcintype = ANY ('{text,bpchar}'::regtype[]) THEN 'pg_catalog."C"'
      WHEN l.oid IS NOT NULL THEN l.oid::regcollation::text END AS collation,
    format('OPERATOR(%I.%s)', s.nspname, e.oprname) AS equals
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid CROSS JOIN generate_series(1, i.indnkeyatts) AS n(part)
  JOIN pg_attribute a ON a.attrelid = i.indexrelid AND a.attnum = n.part
  JOIN pg_opclass o ON o.oid = i.indclass[n.part - 1] JOIN pg_type t ON t.oid = o.opcintype
  JOIN pg_amop m ON m.amopfamily = o.opcfamily AND m.amoplefttype = o.opcintype AND m.amoprighttype = o.opcintype AND m.amopstrategy = 3
  JOIN pg_operator e ON e.oid = m.amopopr JOIN pg_namespace s ON s.oid = e.oprnamespace
  LEFT JOIN pg_collation l ON l.oid = i.indcollation[n.part - 1]
  WHERE i.indexrelid = ANY ($1::oid[]) AND i.indisunique AND EXISTS (
    SELECT FROM pg_opclass d JOIN pg_amop own ON own.amopfamily = d.opcfamily
    WHERE d.opcmethod = o.opcmethod AND d.opcintype = o.opcintype AND d.opcdefault AND own.amoplefttype = o.opcintype
      AND own.amoprighttype = o.opcintype AND own.amopstrategy = 3 AND own.amopopr = m.amopopr)
  ORDER BY i.indexrelid, n.part`

/**
 * What is unique by these indexes, in the order in which the server holds a row to them; null where that cannot be said of
 * one. Has to be asked while they are there.
 */
export async function uniqueKeys(client: pg.Client, indexes: string[]): Promise<UniqueKey[] | null> {
  const { rows } = await client.query<Record<string, string | null>>(partsQuery, [indexes])
  const keys: UniqueKey[] = []
  for (const oid of new Set(rows.map(row => row.oid))) {
    const parts = rows.filter(row => row.oid === oid)
    const [{ name, count, predicate, nullsEqual }] = parts as [Record<string, string>]
    if (parts.length < Number(count)) return null
    keys.push({
      name: name!,
      shown: parts.map(({ shown }) => shown).join(', '),
      parts: parts.map(({ expression, wider, collation, equals }) => ({
        expression: `(${expression})${wider ? `::${wider}` : ''}${collation ? ` COLLATE ${collation}` : ''}`,
        equals: equals!,
      })),
      predicate: predicate ?? null,
      nullsDistinct: nullsEqual !== 'true',
    })
  }
  return keys.length === indexes.length ? keys : null
}

/** Rows that share a key are in memory at once, by their place; of more than these a load under the keys is the better judge. */
const MOST_ROWS = 200_000
const ROWS_AT_ONCE = 10_000

/**
 * Takes out, within the current transaction, the rows of a table that the server would have refused one after the other under
 * these keys: of rows that share one, the first stays, by its place, which is the order of a load into an empty table; a
 * row that goes for one key keeps none out by another. Hands each to `reject`, in the words of the server.
 *
 * @param keys in the order in which the server holds a row to them
 * @returns how many; null, with nothing done, where too many rows share a key
 */
export async function removeDuplicates(
  client: pg.Client,
  schema: string,
  table: string,
  keys: UniqueKey[],
  columns: LoadColumn[],
  reject: LoadOptions['reject'],
): Promise<number | null> {
  const name = qualified(schema, table)
  const { rows: settings } = await client.query<{ memory: string; jit: string; hashing: string }>(
    // An index would be built in as much; compiling takes longer than it saves, and hashing of values that all differ than sorting.
    `SELECT current_setting('work_mem') AS memory, current_setting('jit') AS jit, current_setting('enable_hashagg') AS hashing,
       set_config('work_mem', current_setting('maintenance_work_mem'), true), set_config('jit', 'off', true),
       set_config('enable_hashagg', 'off', true)`,
  )
  const sharing = await rowsThatShare(client, name, keys)
  const { memory, jit, hashing } = settings[0]!
  await client.query(
    `SELECT set_config('work_mem', $1, true), set_config('jit', $2, true), set_config('enable_hashagg', $3, true)`,
    [memory, jit, hashing],
  )
  if (sharing === null) return null
  const refused = refusedRows(sharing)
  const places = [...refused.keys()]
  for (let from = 0; from < places.length; from += ROWS_AT_ONCE) {
    const some = places.slice(from, from + ROWS_AT_ONCE)
    const { rows } = await client.query<(string | null)[]>({
      text: removal(name, keys, columns),
      values: [some],
      rowMode: 'array',
    })
    const removed = new Map(rows.map(([place, ...values]) => [place!, values]))
    for (const place of some) {
      const values = removed.get(place)!
      const key = keys[refused.get(place)!]!
      const before = keys.slice(0, refused.get(place)!).reduce((sum, { parts }) => sum + parts.length, 0)
      const shared = values.slice(columns.length + before, columns.length + before + key.parts.length)
      const detail = `Key (${key.shown})=(${shared.map(value => value ?? 'null').join(', ')}) already exists.`
      reject({
        row: Object.fromEntries(columns.map((column, index) => [column.name, values[index]!])),
        column: keyColumn({ detail }, columns),
        reason: `duplicate key value violates unique constraint "${key.name}"; ${detail}`,
      })
    }
  }
  return places.length
}

/** A row that has something another has too, and the group it is in by each key that says so. */
interface SharingRow {
  place: string
  groups: [key: number, group: string][]
}

/** In the order of their places; null where there are too many. */
async function rowsThatShare(
  client: pg.Client,
  table: string,
  keys: UniqueKey[],
): Promise<SharingRow[] | null> {
  const found = new Map<string, SharingRow>()
  for (const [index, key] of keys.entries()) {
    const { rows } = await client.query<Record<string, string>>(sharingQuery(table, key))
    for (const { place, group } of rows) {
      const row = found.get(place!) ?? { place: place!, groups: [] }
      found.set(place!, row)
      row.groups.push([index, group!])
    }
    if (found.size > MOST_ROWS) return null
  }
  return [...found.values()].sort((one, other) => placeNumber(one.place) - placeNumber(other.place))
}

/** `(block,line)`; a block has fewer than 2^16 lines. */
function placeNumber(place: string): number {
  const [block, line] = place.slice(1, -1).split(',').map(Number)
  return block! * 2 ** 16 + line!
}

/** Each row that goes, and the first key that refuses it. */
function refusedRows(sharing: SharingRow[]): Map<string, number> {
  const taken = new Set<string>()
  const refused = new Map<string, number>()
  for (const { place, groups } of sharing) {
    const broken = groups.find(group => taken.has(group.join()))
    if (broken) refused.set(place, broken[0])
    else for (const group of groups) taken.add(group.join())
  }
  return refused
}

const partName = (index: number) => `paritygate_${index}`

/** One walk over all rows finds the first and the last of those that share values; where there are more, another finds these. */
function sharingQuery(table: string, { parts, predicate, nullsDistinct }: UniqueKey): string {
  const names = parts.map((_, index) => partName(index))
  const values = parts.map(({ expression }, index) => `${expression} AS ${partName(index)}`).join(', ')
  const rows = `SELECT ctid AS paritygate_place, ${values} FROM ${table}${predicate === null ? '' : ` WHERE ${predicate}`}`
  const limit = `LIMIT ${MOST_ROWS + 1}`
  if (!nullsDistinct) {
    return `SELECT place, "group" FROM (
        SELECT paritygate_place AS place, dense_rank() OVER (ORDER BY ${names.join(', ')}) AS "group",
          count(*) OVER (PARTITION BY ${names.join(', ')}) AS paritygate_rows FROM (${rows}) r) s
      WHERE paritygate_rows > 1 ${limit}`
  }
  const same = parts.map(({ equals }, index) => `r.${partName(index)} ${equals} d.${partName(index)}`)
  return `WITH doubled AS MATERIALIZED (
      SELECT ${names.join(', ')}, row_number() OVER () AS "group", min(paritygate_place) AS paritygate_first,
        max(paritygate_place) AS paritygate_last, count(*) AS paritygate_rows
      FROM (${rows}) r WHERE num_nulls(${names.join(', ')}) = 0 GROUP BY ${names.join(', ')} HAVING count(*) > 1)
    SELECT paritygate_first AS place, "group" FROM doubled UNION ALL SELECT paritygate_last, "group" FROM doubled
    UNION ALL SELECT r.paritygate_place, d."group" FROM (${rows}) r JOIN doubled d ON ${same.join(' AND ')}
      WHERE d.paritygate_rows > 2 AND r.paritygate_place NOT IN (d.paritygate_first, d.paritygate_last) ${limit}`
}

function removal(table: string, keys: UniqueKey[], columns: LoadColumn[]): string {
  const shown = [
    ...columns.map(({ name }) => quote(name)),
    ...keys.flatMap(({ parts }) => parts.map(({ expression }) => expression)),
  ]
  return `DELETE FROM ${table} WHERE ctid = ANY ($1::tid[]) RETURNING ctid, ${shown.join(', ')}`
}
