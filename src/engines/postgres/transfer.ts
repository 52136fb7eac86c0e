import type pg from 'pg'
import { type CopyToStreamQuery, to as copyTo } from 'pg-copy-streams'
import { throwIfAborted } from '../../model/error.ts'
import { inputFields } from '../derived-lines.ts'
import type { Field, LoadColumn, LoadOptions, Relation, Session } from '../port.ts'
import { selectedFrom } from '../selected-from.ts'
import { binaryRows, drain } from './binary-copy.ts'
import { hasBinaryKey } from './binary-keys.ts'
import { binaryHeader, binaryTrailer } from './binary-rows.ts'
import { binaryCasts, type End, isInteger, uuidColumn } from './binary-types.ts'
import { startCopy } from './copy-in.ts'
import { MadeRows } from './made-rows.ts'
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

/** What is written at once, and about how many rows have been with it. */
interface Piece {
  bytes: Buffer
  rows: number
}

/**
 * Sends the binary COPY of one server into that of another, with UUIDs made in it on the way, and without a look at the other
 * fields. Null, with nothing loaded, where the two would not mean the same by the same bytes, or where the target refused a
 * row: row lines tell which.
 */
export async function transferRows(
  source: Session,
  relation: Relation,
  fields: Field[],
  { client, schema, table, columns }: Destination,
  options: LoadOptions,
): Promise<number | null> {
  const origin = origins.get(source)
  if (!origin || !fields.every(field => field.derived === undefined || hasBinaryKey(field))) return null
  const names = columns.map(column => quote(column.name)).join(', ')
  const into = qualified(schema, table)
  const from = selectedFrom(relation)
  const expressions = inputFields(fields).map(({ expression }) => expression)
  const failed = async (error: unknown): Promise<never> => {
    await origin.recover()
    throw source.failure(error, `table "${table}"`)
  }
  // COPY goes out by a protocol of many statements; alone in this one, the SELECT is shown to be one.
  const probe = single(`SELECT * FROM (SELECT ${expressions.join(', ')} FROM ${from}) AS probe LIMIT 0`)
  const given = await origin.client.query(probe).catch(failed)
  const taken = await client.query(`SELECT ${names} FROM ${into} LIMIT 0`)
  const casts = await castsOf(fields, { ...origin, fields: given.fields }, { client, fields: taken.fields })
  if (casts === null) return null
  const sent = expressions.map((expression, index) => castTo(casts[index]!, expression)).join(', ')
  const copy = await startCopy(client, { schema, table, columns: columns.map(({ name }) => name) }, 'binary')
  try {
    const stream = origin.client.query(
      copyTo(`COPY (SELECT ${sent} FROM ${from}) TO STDOUT WITH (FORMAT binary)`),
    )
    const isMade = fields.some(({ derived }) => derived)
    for await (const { bytes, rows } of isMade ? madePieces(stream, new MadeRows(fields)) : pieces(stream)) {
      throwIfAborted(options.signal)
      if (!(await copy.write(bytes))) break
      options.progress(rows)
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

/** What each input of the fields is to be cast to, '' for nothing; null where the rows cannot go in this form. */
async function castsOf(fields: Field[], source: End, target: End): Promise<string[] | null> {
  const inputs = [...source.fields]
  const own = fields.map(({ derived }) => inputs.splice(0, derived?.inputs.length ?? 1))
  const areKeys = fields.every(({ derived }, index) => !derived || own[index]!.every(isInteger))
  if (!areKeys) return null
  const given = fields.map(({ derived }, index) => (derived ? uuidColumn : own[index]![0]!))
  const casts = await binaryCasts({ ...source, fields: given }, target)
  return casts && fields.flatMap(({ derived }, index) => derived?.inputs.map(() => '') ?? casts[index]!)
}

function castTo(type: string, expression: string): string {
  return type === '' ? expression : `(${expression})::${type}`
}

async function* pieces(stream: CopyToStreamQuery): AsyncGenerator<Piece> {
  let held: Buffer[] = []
  let size = 0
  let sent = 0
  let rowBytes = 0
  const together = (): Piece => {
    const bytes = Buffer.concat(held, size)
    if (sent === 0) rowBytes = bytesPerRow(bytes)
    sent += size
    held = []
    size = 0
    return { bytes, rows: rowBytes > 0 ? Math.round(sent / rowBytes) : 0 }
  }
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      held.push(chunk)
      size += chunk.length
      if (size >= PIECE_BYTES) yield together()
    }
    if (size > 0) yield together()
  } finally {
    drain(stream)
  }
}

async function* madePieces(stream: CopyToStreamQuery, made: MadeRows): AsyncGenerator<Piece> {
  let rows = 0
  yield { bytes: binaryHeader, rows }
  for await (const piece of binaryRows(stream)) {
    rows += piece.rows
    yield { bytes: made.rewrite(piece), rows }
  }
  yield { bytes: binaryTrailer, rows }
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
