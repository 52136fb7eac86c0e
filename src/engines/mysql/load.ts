import type { Connection } from 'mysql2'
import { throwIfAborted } from '../../model/error.ts'
import { countLines, type Lines } from '../../model/row-line.ts'
import { loadAround } from '../bisect.ts'
import type { LoadColumn, LoadOptions } from '../port/rows.ts'
import { rejectedRow } from '../rejected-row.ts'
import { doubting } from './doubts.ts'
import { loadAroundNamed } from './load-around-named.ts'
import { describeTable } from './load-columns.ts'
import { type Fault, screening } from './screen.ts'
import { type Sender, startSending } from './send.ts'
import type { Server } from './server.ts'

/** Rows sent by one LOAD DATA, and kept until the server has taken them as they are. */
const CHUNK_BYTES = 8 * 1024 * 1024
/** Longer INSERTs are no faster. */
const INSERT_BYTES = 1024 * 1024

/**
 * Loads row lines a chunk at a time, by LOAD DATA LOCAL where the server lets it. That statement changes values that do
 * not fit and skips rows that break a key, and only counts warnings
 * (https://dev.mysql.com/doc/refman/8.0/en/load-data.html#load-data-error-handling). So a chunk is kept only where there is
 * nothing to say of it, or where each row that was skipped is known; otherwise it is taken back, and its rows are sent by
 * strict INSERTs.
 *
 * @param options.notices is told once how this session writes, where it is not the fast way
 */
export async function loadLines(
  connection: Connection,
  server: Pick<Server, 'schema' | 'mariadb'>,
  table: string,
  columns: LoadColumn[],
  pieces: AsyncIterable<Lines>,
  options: LoadOptions & { notices: string[] },
): Promise<number> {
  const target = await describeTable(connection, server, table, columns)
  const sender = await startSending(connection, target, options.notices)
  const reject = (line: Buffer, { column, reason }: Fault) =>
    options.reject({ row: rejectedRow(columns, line), column, reason })
  const screen = screening(target.columns, reject)
  const doubtfulIn = doubting(target.columns)
  let doubts = true
  let written = 0
  for await (const chunk of ahead(chunksOf(pieces, options.batchRows))) {
    throwIfAborted(options.signal)
    const bytes = screen(chunk.bytes)
    const rows = bytes.length === chunk.bytes.length ? chunk.rows : countLines(bytes)
    if (rows === 0) continue
    const doubtful = sender.byFile() && doubts ? doubtfulIn(bytes) : []
    const refused = sender.byFile()
      ? await loadAroundNamed(connection, target, sender, bytes, doubtful)
      : null
    if (refused === null || refused === 'good') {
      // What was doubted is seldom the only one of its kind.
      if (refused === 'good') doubts = false
      written += await insertAround(sender, bytes, reject, options)
    } else {
      for (const { place, fault } of refused) reject(bytes.subarray(place.start, place.end), fault)
      written += rows - refused.length
    }
    options.progress(written)
  }
  return written
}

function insertAround(
  sender: Sender,
  bytes: Buffer,
  reject: (line: Buffer, fault: Fault) => void,
  { signal }: LoadOptions,
): Promise<number> {
  return loadAround(bytes, null, {
    send: (lines, count) => sender.insert(lines, count),
    reject,
    mostBytes: Math.min(INSERT_BYTES, sender.mostBytes),
    signal,
  })
}

async function* chunksOf(
  pieces: AsyncIterable<Lines>,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<Lines> {
  let chunk: Buffer[] = []
  let size = 0
  let rows = 0
  const joined = () => ({ bytes: chunk.length === 1 ? chunk[0]! : Buffer.concat(chunk), rows })
  for await (const piece of pieces) {
    chunk.push(piece.bytes)
    size += piece.bytes.length
    rows += piece.rows
    if (size < CHUNK_BYTES && rows < most) continue
    yield joined()
    chunk = []
    size = 0
    rows = 0
  }
  if (rows > 0) yield joined()
}

/** The same, each asked for while the one before it is being worked on. */
async function* ahead<T>(given: AsyncGenerator<T>): AsyncGenerator<T> {
  let upcoming = given.next()
  try {
    for (;;) {
      const { value, done } = await upcoming
      if (done) return
      upcoming = given.next()
      // It is looked at when its turn comes.
      upcoming.catch(() => {})
      yield value
    }
  } finally {
    // A failure does not wait for a source that may be at rest.
    given.return(undefined).catch(() => {})
  }
}
