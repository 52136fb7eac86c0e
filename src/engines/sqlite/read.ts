import { throwIfAborted } from '../../model/error.ts'
import type { Lines } from '../../model/row-line.ts'
import type { Field, Relation } from '../port.ts'
import type { SqliteThread } from './thread.ts'
import { lineSql } from './values.ts'
import type { Piece } from './worker.ts'

/** A statement to be read, before it has a reader. */
export type Reading = { kind: 'pages'; sql: string; downward: boolean } | { kind: 'rows'; sql: string }

/** Pieces asked for ahead of the reader, so that SQLite works while they are handled. */
const AHEAD = 3

/**
 * Rows for a load, in the order of their rowid, joined by SQLite itself into pieces: one call per piece instead of
 * one per row. Relations without a rowid are read row by row.
 */
export async function* readLines(
  thread: SqliteThread,
  relation: Relation,
  fields: Field[],
  signal?: AbortSignal,
): AsyncGenerator<Lines> {
  const line = lineSql(fields, 'load')
  const where = relation.where === null ? '' : `(${relation.where})`
  const reading: Reading =
    relation.rowid === null
      ? {
          kind: 'rows',
          sql: `SELECT CAST(${line} AS BLOB) FROM ${relation.from}${where && ` WHERE ${where}`}`,
        }
      : {
          kind: 'pages',
          downward: false,
          sql: `SELECT max(r), count(*), CAST(group_concat(l, '') AS BLOB) FROM (
            SELECT ${relation.rowid} AS r, ${line} AS l FROM ${relation.from}
            WHERE ${relation.rowid} >= @position${where && ` AND ${where}`}
            ORDER BY ${relation.rowid} LIMIT @limit)`,
        }
  yield* pieces(thread, reading, signal)
}

let readers = 0

export async function* pieces(
  thread: SqliteThread,
  reading: Reading,
  signal?: AbortSignal,
): AsyncGenerator<Lines> {
  const reader = readers++
  await thread.request({ ...reading, reader })
  const asked: Promise<Piece | null>[] = []
  const ask = () => {
    const piece = thread.request<Piece | null>({ kind: 'next', reader })
    // Awaited later, or never when the reader stops: a rejection must not count as unhandled meanwhile.
    piece.catch(() => {})
    asked.push(piece)
  }
  try {
    for (let ahead = 0; ahead < AHEAD; ahead++) ask()
    for (;;) {
      const piece = await asked.shift()!
      throwIfAborted(signal)
      if (piece === null) return
      ask()
      const { bytes, rows } = piece
      yield { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), rows }
    }
  } finally {
    await thread.request({ kind: 'stop', reader }).catch(() => {})
  }
}
