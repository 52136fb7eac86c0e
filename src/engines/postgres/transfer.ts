import type pg from 'pg'
import { type CopyToStreamQuery, to as copyTo } from 'pg-copy-streams'
import { throwIfAborted } from '../../model/error.ts'
import type { Field, LoadColumn, LoadOptions, Relation, Session } from '../port.ts'
import { selectedFrom } from '../selected-from.ts'
import { hasSameBinaryTypes } from './binary-types.ts'
import { startCopy } from './copy-in.ts'
import { qualified, quote } from './quoting.ts'
import { single } from './read.ts'

/** The connection behind a session that reads, and the way back to where it was before something failed. */
export interface Origin {
  client: pg.Client
  recover(): Promise<void>
}

const origins = new WeakMap<Session, Origin>()

/** Lets other sessions of this engine take rows straight from the connection of this one. */
export function offerRows(session: Session, origin: Origin): void {
  origins.set(session, origin)
}

/** Where the rows go. */
export interface Destination {
  client: pg.Client
  schema: string
  table: string
  columns: LoadColumn[]
}

/** Many small writes cost more than the bytes. */
const PIECE_BYTES = 256 * 1024

/**
 * Pipes the binary COPY of one server into that of another, without a look at the rows. Null, with nothing loaded, where
 * the two would not mean the same by the same bytes, or where the target refused a row: row lines tell which.
 */
export async function transferRows(
  source: Session,
  relation: Relation,
  fields: Field[],
  { client, schema, table, columns }: Destination,
  options: LoadOptions,
): Promise<number | null> {
  const origin = origins.get(source)
  if (!origin) return null
  const names = columns.map(column => quote(column.name)).join(', ')
  const into = qualified(schema, table)
  const select = `SELECT ${fields.map(({ expression }) => expression).join(', ')} FROM ${selectedFrom(relation)}`
  const failed = async (error: unknown): Promise<never> => {
    await origin.recover()
    throw source.failure(error, `table "${table}"`)
  }
  // COPY goes out by a protocol of many statements; alone in this one, the SELECT is shown to be one.
  const given = await origin.client.query(single(`SELECT * FROM (${select}) AS probe LIMIT 0`)).catch(failed)
  const taken = await client.query(`SELECT ${names} FROM ${into} LIMIT 0`)
  const sides = [
    { client: origin.client, fields: given.fields },
    { client, fields: taken.fields },
  ] as const
  if (!(await hasSameBinaryTypes(...sides))) return null
  const copy = await startCopy(client, { schema, table, columns: columns.map(({ name }) => name) }, 'binary')
  try {
    const stream = origin.client.query(copyTo(`COPY (${select}) TO STDOUT WITH (FORMAT binary)`))
    let bytes = 0
    let rowBytes = 0
    for await (const piece of pieces(stream)) {
      throwIfAborted(options.signal)
      if (!(await copy.write(piece))) break
      if (bytes === 0) rowBytes = bytesPerRow(piece)
      bytes += piece.length
      if (rowBytes > 0) options.progress(Math.round(bytes / rowBytes))
    }
  } catch (error) {
    await copy.abort()
    await failed(error)
  }
  const { rows, refusal } = await copy.finish()
  if (refusal !== null) return null
  options.progress(rows)
  return rows
}

async function* pieces(stream: CopyToStreamQuery): AsyncGenerator<Buffer> {
  let held: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      held.push(chunk)
      size += chunk.length
      if (size < PIECE_BYTES) continue
      yield Buffer.concat(held, size)
      held = []
      size = 0
    }
    if (size > 0) yield Buffer.concat(held, size)
  } finally {
    // What is still on its way has to come before the connection can be asked for anything else, and whether it breaks
    // meanwhile is said by what is asked then.
    stream.on('error', () => {}).resume()
  }
}

/**
 * How long a row is, on average of those that end in the first piece of a binary COPY
 * (https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"); 0 where none does.
 */
function bytesPerRow(piece: Buffer): number {
  const first = 19 + piece.readInt32BE(15)
  let rows = 0
  let ended = first
  for (let at = first; at + 2 <= piece.length; rows++, ended = at) {
    const fields = piece.readInt16BE(at)
    at += 2
    let field = 0
    for (; field < fields && at + 4 <= piece.length; field++) at += 4 + Math.max(0, piece.readInt32BE(at))
    // The end is said by -1 fields; or the row goes on in the next piece.
    if (fields < 0 || field < fields || at > piece.length) break
  }
  return rows === 0 ? 0 : (ended - first) / rows
}
