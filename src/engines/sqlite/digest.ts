import { inRanges } from '../key-range.ts'
import type { Field, KeyRange, Relation } from '../port/rows.ts'
import { pagesOf, pieces, type Reading, rowsOf } from './read.ts'
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
  const conditions = ranges ? [inRanges(fields[0]!.expression, ranges)] : []
  // Many ranges are looked up each by itself; pages would have to pass over what lies between them.
  if (relation.rowid !== null && (!ranges || ranges.length === 1)) {
    return pagesOf(relation, relation.rowid, line, conditions, true)
  }
  return rowsOf(relation, line, conditions)
}
