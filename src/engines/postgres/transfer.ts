import type pg from 'pg'
import { throwIfAborted } from '../../model/error.ts'
import { byField, inputFields } from '../derived-lines.ts'
import type { Field, LoadColumn, Relation, Transfer } from '../port/rows.ts'
import type { Session } from '../port/session.ts'
import { selectedFrom } from '../selected-from.ts'
import { binaryPieces, bytesPerRow, PIECE_BYTES } from './binary-copy.ts'
import { haveBinaryKeys } from './binary-keys.ts'
import { binaryHeader, binaryTrailer } from './binary-rows.ts'
import { binaryCasts, type End, isInteger, uuidColumn } from './binary-types.ts'
import { startCopy } from './copy-in.ts'
import { MadeRows } from './made-rows.ts'
import { qualified, quote } from './quoting.ts'
import { copyOut, single } from './read.ts'

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

/** What is written at once. */
interface Piece {
  bytes: Buffer
  /** About how many rows have been sent with this piece and those before it. */
  sent: number
}

/**
 * Sends the binary COPY of one server into that of another, with UUIDs made in it on the way, and without a look at the other
 * fields; null where the two would not mean the same by the same bytes.
 */
export async function openTransfer(
  source: Session,
  relation: Relation,
  fields: Field[],
  { client, schema, table, columns }: Destination,
): Promise<Transfer | null> {
  const origin = origins.get(source)
  if (!origin || !haveBinaryKeys(fields)) return null
  const names = columns.map(column => quote(column.name)).join(', ')
  const into = qualified(schema, table)
  const expressions = inputFields(fields).map(({ expression }) => expression)
  const failed = async (error: unknown): Promise<never> => {
    await origin.recover()
    throw source.failure(error, `table "${table}"`)
  }
  const probe = single(
    `SELECT * FROM (SELECT ${expressions.join(', ')} FROM ${selectedFrom(relation)}) AS probe LIMIT 0`,
  )
  const given = await origin.client.query(probe).catch(failed)
  const taken = await client.query(`SELECT ${names} FROM ${into} LIMIT 0`)
  const casts = await castsOf(
    fields,
    { client: origin.client, fields: given.fields },
    { client, fields: taken.fields },
  )
  if (casts === null) return null
  const asked = expressions.map((expression, index) => castTo(casts[index]!, expression)).join(', ')
  const isMade = fields.some(({ derived }) => derived)
  const destination = { schema, table, columns: columns.map(({ name }) => name) }
  return async (chunk, { pace, progress, signal }) => {
    const from = selectedFrom({ ...relation, ...(chunk ? { chunk } : {}) })
    const copy = await startCopy(client, destination, 'binary')
    try {
      const given = copyOut(origin.client, `SELECT ${asked} FROM ${from}`, 'binary')
      for await (const { bytes, sent } of isMade ? madePieces(given, new MadeRows(fields)) : pieces(given)) {
        await pace?.(bytes.length)
        throwIfAborted(signal)
        if (!(await copy.write(bytes))) break
        progress(sent)
      }
    } catch (error) {
      await copy.abort()
      await failed(error)
    }
    const { rows, refusal } = await copy.finish()
    if (refusal !== null) return null
    progress(rows)
    return rows
  }
}

/** What each input of the fields is to be cast to, '' for nothing; null where the rows cannot go in this form. */
async function castsOf(fields: Field[], source: End, target: End): Promise<string[] | null> {
  const given = byField(fields, source.fields)
  const areKeys = fields.every(({ derived }, index) => !derived || given[index]!.every(isInteger))
  if (!areKeys) return null
  const columns = fields.map(({ derived }, index) => (derived ? uuidColumn : given[index]![0]!))
  const casts = await binaryCasts({ ...source, fields: columns }, target)
  return casts && fields.flatMap(({ derived }, index) => derived?.inputs.map(() => '') ?? casts[index]!)
}

function castTo(type: string, expression: string): string {
  return type === '' ? expression : `(${expression})::${type}`
}

async function* pieces(chunks: AsyncIterable<Buffer>): AsyncGenerator<Piece> {
  let held: Buffer[] = []
  let size = 0
  let total = 0
  let rowBytes = 0
  const together = (): Piece => {
    const bytes = Buffer.concat(held, size)
    if (total === 0) rowBytes = bytesPerRow(bytes)
    total += size
    held = []
    size = 0
    return { bytes, sent: rowBytes > 0 ? Math.round(total / rowBytes) : 0 }
  }
  for await (const chunk of chunks) {
    held.push(chunk)
    size += chunk.length
    if (size >= PIECE_BYTES) yield together()
  }
  if (size > 0) yield together()
}

async function* madePieces(chunks: AsyncIterable<Buffer>, made: MadeRows): AsyncGenerator<Piece> {
  let sent = 0
  yield { bytes: binaryHeader, sent }
  for await (const piece of binaryPieces(chunks)) {
    sent += piece.rows
    yield { bytes: made.rewrite(piece), sent }
  }
  yield { bytes: binaryTrailer, sent }
}
