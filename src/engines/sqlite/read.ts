import { throwIfAborted } from '../../model/error.ts'
import type { Lines } from '../../model/row-line.ts'
import type { Field, Relation } from '../port/rows.ts'
import { selectedFrom } from '../selected-from.ts'
import type { SqliteThread } from './thread.ts'
import { lineSql } from './values.ts'
import type { Piece } from './worker.ts'

const LEAST_ROWID = -(2n ** 63n)
const GREATEST_ROWID = 2n ** 63n - 1n

/** A statement to be read, before it has a reader. */
export type Reading = Pages | { kind: 'rows'; sql: string }

type Pages = { kind: 'pages'; edge: string; page: string; downward: boolean; least: bigint; greatest: bigint }

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
  const reading =
    relation.rowid === null ? rowsOf(relation, line, []) : pagesOf(relation, relation.rowid, line, [], false)
  yield* pieces(thread, reading, signal)
}

export function rowsOf(relation: Relation, line: string, conditions: string[]): Reading {
  return { kind: 'rows', sql: `SELECT CAST(${line} AS BLOB) FROM ${selectedFrom(relation, conditions)}` }
}

export function pagesOf(
  relation: Relation,
  rowid: string,
  line: string,
  conditions: string[],
  downward: boolean,
): Reading {
  // A chunk is a range of the rowid: columns of other values are not cut.
  const { chunk, ...whole } = relation
  const within = (bounds: string) => selectedFrom(whole, [bounds, ...conditions])
  const beyond = downward ? `${rowid} <= @position` : `${rowid} >= @position`
  const order = downward ? `${rowid} DESC` : rowid
  return {
    kind: 'pages',
    downward,
    least: chunk?.from ? BigInt(chunk.from) : LEAST_ROWID,
    greatest: chunk?.to ? BigInt(chunk.to) - 1n : GREATEST_ROWID,
    edge: `SELECT ${rowid} FROM ${within(beyond)} ORDER BY ${order} LIMIT 1 OFFSET @skipped`,
    page: `SELECT count(*), CAST(group_concat(${line}, '') AS BLOB) FROM ${within(`${rowid} BETWEEN @low AND @high`)}`,
  }
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
