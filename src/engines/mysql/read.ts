import type { Connection } from 'mysql2'
import { throwIfAborted } from '../../model/error.ts'
import type { Lines } from '../../model/row-line.ts'
import type { Field, Relation } from '../port/rows.ts'
import { selectedFrom } from '../selected-from.ts'
import type { Purpose } from '../values/fit.ts'
import { LineWriter } from './line-writer.ts'
import { withResultTypes } from './result-types.ts'
import { type WireField, wireField } from './values.ts'

/** Rows for a load. */
export function readLines(
  connection: Connection,
  relation: Relation,
  fields: Field[],
  signal?: AbortSignal,
): AsyncGenerator<Lines> {
  return selectLines(connection, relation, fields, [], 'load', signal)
}

/** Row lines of a SELECT, made here from the bytes the server sends. */
export async function* selectLines(
  connection: Connection,
  relation: Relation,
  fields: Field[],
  conditions: string[],
  purpose: Purpose,
  signal?: AbortSignal,
): AsyncGenerator<Lines> {
  const typed = await withResultTypes(connection, relation, fields)
  const wire = typed.map(field => wireField(field, purpose))
  const sql = `SELECT ${wire.map(field => field.sql).join(', ')} FROM ${selectedFrom(relation, conditions)}`
  for await (const lines of piecesOf(connection, sql, wire)) {
    throwIfAborted(signal)
    yield lines
  }
}

/** Pieces kept for the reader before the server is asked to wait. */
const AHEAD = 3

/**
 * Runs a query and hands over its rows as pieces of row lines, with back-pressure: while the reader is busy the socket is
 * paused. A reader that stops early leaves the rest to be thrown away, because only another connection could cancel it.
 */
async function* piecesOf(connection: Connection, sql: string, wire: WireField[]): AsyncGenerator<Lines> {
  const pieces: Lines[] = []
  let failure: Error | null = null
  let ended = false
  let stopped = false
  let wake = () => {}
  const writer = new LineWriter(wire, lines => {
    pieces.push(lines)
    if (pieces.length >= AHEAD) connection.pause()
    wake()
  })
  onRowPackets(connection, sql, {
    row(bytes, start, end) {
      if (stopped || failure !== null) return
      try {
        writer.row(bytes, start, end)
      } catch (error) {
        failure = error as Error
        wake()
      }
    },
    end(error) {
      failure ??= error
      if (failure === null && !stopped) writer.finish()
      ended = true
      wake()
    },
  })
  try {
    for (;;) {
      const piece = pieces.shift()
      if (piece) {
        if (pieces.length < AHEAD) connection.resume()
        yield piece
      } else if (failure !== null) throw failure
      else if (ended) return
      else await new Promise<void>(resolve => (wake = resolve))
    }
  } finally {
    stopped = true
    pieces.length = 0
    connection.resume()
  }
}

interface RowPackets {
  /** The payload of one row packet; the bytes are valid during the call only. */
  row(bytes: Buffer, start: number, end: number): void
  end(error: Error | null): void
}

/** The parts of mysql2's query command that are used; it has no public way to the bytes of a row. */
interface QueryCommand {
  row(packet: { buffer: Buffer; offset: number; end: number }): unknown
}

/**
 * Runs a query without making JavaScript values of its rows
 * (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_row.html).
 */
function onRowPackets(connection: Connection, sql: string, { row, end }: RowPackets): void {
  const command = connection.query(sql, error => end(error)) as unknown as QueryCommand
  const parse = command.row
  command.row = function next(packet) {
    const { buffer, offset } = packet
    // 0xfe begins a row only where its first field is longer than 16 MB, and never a packet this short.
    if (buffer[offset] === 0xfe && packet.end - offset < 9) return parse.call(command, packet)
    row(buffer, offset, packet.end)
    return next
  }
}
