import type { Field, KeyRange, Relation } from '../port.ts'
import { pieces, type Reading } from './read.ts'
import type { SqliteThread } from './thread.ts'
import { lineSql } from './values.ts'

/**
 * Canonical row lines for verifying. Walks the table the other way round than a load does, from its highest rowid
 * down, so that a row one of the two would pass over is not passed over by both; the caller also holds the number of
 * rows against SQLite's own count.
 */
export async function* digestLines(
  thread: SqliteThread,
  relation: Relation,
  fields: Field[],
  options: { ranges?: KeyRange[]; signal?: AbortSignal } = {},
): AsyncGenerator<Buffer> {
  for await (const lines of pieces(thread, request(relation, fields, options.ranges), options.signal))
    yield lines.bytes
}

function request(relation: Relation, fields: Field[], ranges: KeyRange[] | undefined): Reading {
  const line = lineSql(fields, 'compare')
  const conditions = relation.where === null ? [] : [`(${relation.where})`]
  if (ranges) conditions.push(`(${ranges.map(range => inRange(fields[0]!.expression, range)).join(' OR ')})`)
  // Many ranges are looked up each by itself; pages would have to pass over what lies between them.
  if (relation.rowid !== null && (!ranges || ranges.length === 1)) {
    const where = [`${relation.rowid} <= @position`, ...conditions].join(' AND ')
    return {
      kind: 'pages',
      downward: true,
      sql: `SELECT min(r), count(*), CAST(group_concat(l, '') AS BLOB) FROM (
        SELECT ${relation.rowid} AS r, ${line} AS l FROM ${relation.from}
        WHERE ${where} ORDER BY ${relation.rowid} DESC LIMIT @limit)`,
    }
  }
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''
  return { kind: 'rows', sql: `SELECT CAST(${line} AS BLOB) FROM ${relation.from}${where}` }
}

function inRange(key: string, { from, to }: KeyRange): string {
  const bounds = [from === null ? '' : `${key} >= ${from}`, to === null ? '' : `${key} < ${to}`].filter(
    Boolean,
  )
  return bounds.length === 0 ? '1' : `(${bounds.join(' AND ')})`
}
