import type pg from 'pg'
import type { Table } from '../../model/catalog.ts'
import { ParitygateError, throwIfAborted } from '../../model/error.ts'
import { type Lines, REFUSED } from '../../model/row-line.ts'
import { loadAround } from '../bisect.ts'
import type { LoadColumn, LoadOptions, RejectedLine } from '../port.ts'
import { rejectedRow } from '../rejected-row.ts'
import { binaryForms } from './binary-forms.ts'
import { BinaryRows, binaryHeader, binaryTrailer } from './binary-rows.ts'
import { type Copy, placeIn, startCopy } from './copy-in.ts'
import type { ServerError } from './failure.ts'
import { withoutOverlong } from './overlong.ts'
import { qualified, quote } from './quoting.ts'

/** Rows kept in memory until the server has taken them, so that the rest can be sent again around a bad one. */
const CHUNK_BYTES = 8 * 1024 * 1024

/**
 * Loads row lines by COPY, a chunk at a time, each under a savepoint; in binary form as long as that can be made of them.
 * When the server refuses a row, what stands before it in the chunk is loaded, the row is rejected, and the rest goes on.
 */
export async function loadLines(
  client: pg.Client,
  schema: string,
  table: string,
  columns: LoadColumn[],
  pieces: AsyncIterable<Lines>,
  options: LoadOptions,
): Promise<number> {
  const target = { schema, table, columns: columns.map(({ name }) => name) }
  const resending = {
    async send(lines: Buffer) {
      const again = await startCopy(client, target, 'text')
      await again.write(lines)
      return again.finish()
    },
    reject: (line: Buffer, error: ServerError) => options.reject(rejectedLine(table, columns, line, error)),
    namesAreCertain: true,
    signal: options.signal,
  }
  const forms = await binaryForms(client, target)
  let binary = forms && new BinaryRows(forms)
  const { batchRows = Number.POSITIVE_INFINITY } = options
  const screen = withoutOverlong(columns, options.reject)
  let written = 0
  let chunk: Buffer[] = []
  let size = 0
  let rowsInChunk = 0
  let copy: Copy | null = null
  const start = async () => {
    copy = await startCopy(client, target, binary ? 'binary' : 'text')
    if (binary) await copy.write(binaryHeader)
    return copy
  }
  /** Sends the chunk again as text, and what follows: a value that cannot go in binary form is seldom the only one. */
  const startAsText = async () => {
    binary = null
    const again = await start()
    for (const lines of chunk) await again.write(lines)
    return again
  }
  const send = async (lines: Lines) => {
    copy ??= await start()
    chunk.push(lines.bytes)
    size += lines.bytes.length
    rowsInChunk += lines.rows
    const bytes = binary ? binary.encode(lines) : lines.bytes
    if (bytes !== null) return copy.write(bytes)
    await copy.undo()
    await startAsText()
    return true
  }
  const finish = async () => {
    if (copy === null) return
    if (binary) await copy.write(binaryTrailer)
    let { rows, refusal } = await copy.finish()
    if (refusal !== null && binary) ({ rows, refusal } = await (await startAsText()).finish())
    copy = null
    written += rows
    if (refusal !== null) written += await loadAround(Buffer.concat(chunk), refusal, resending)
    chunk = []
    size = rowsInChunk = 0
    options.progress(written)
  }
  try {
    for await (const piece of pieces) {
      throwIfAborted(options.signal)
      const accepted = await send({ bytes: screen(piece.bytes), rows: piece.rows })
      if (!accepted || size >= CHUNK_BYTES || rowsInChunk >= batchRows) await finish()
    }
    await finish()
  } catch (error) {
    await (copy as Copy | null)?.abort()
    throw error
  }
  return written
}

function rejectedLine(table: string, columns: LoadColumn[], line: Buffer, error: ServerError): RejectedLine {
  const row = rejectedRow(columns, line)
  const unfit = columns.find(({ name }) => row[name] !== null && /\u0000|^\\x/.test(row[name]!))
  const place = placeIn(error, table)?.column
  const placed = columns.find(({ name }) => place === name || place?.startsWith(`${name}: `))?.name
  const named = error.column ?? placed
  const encoding = error.code === '22021' ? unfit?.name : undefined
  return {
    row,
    column: encoding ?? named ?? keyColumn(error, columns),
    // `Failing row contains (…)` would repeat the whole row, secrets included.
    reason: [
      error.message.replaceAll(`"${REFUSED}`, '"'),
      error.message.includes(REFUSED) && MARKED,
      error.detail?.replace(/^Failing row contains.*$/s, ''),
    ]
      .filter(Boolean)
      .join('; '),
  }
}

/** The server was given the mark, and would have taken some of these values, changed. */
const MARKED = 'it is no value of the type, or the type would change it (accept_loss allows that)'

/** `Key (user_id)=(7) is not present in table "users".` */
function keyColumn(error: ServerError, columns: LoadColumn[]): string | null {
  const name = /^Key \((.+?)\)=/.exec(error.detail ?? '')?.[1]?.replace(/^"|"$/g, '')
  return columns.find(column => column.name === name)?.name ?? name ?? null
}

/** The sequence of a column this migration has just created. */
async function ownedSequence(client: pg.Client, table: string, column: string): Promise<string | null> {
  const { rows } = await client.query('SELECT pg_get_serial_sequence($1, $2) AS sequence', [table, column])
  return (rows[0] as { sequence: string | null }).sequence
}

/** `setval(max, true)`: the next value is the one after it. A sequence already further on stays there. */
export async function advanceSequences(client: pg.Client, schema: string, table: Table): Promise<void> {
  const name = qualified(schema, table.name)
  for (const column of table.columns.filter(({ automatic }) => automatic)) {
    const sequence = column.sequence ?? (await ownedSequence(client, name, column.name))
    if (sequence === null) continue
    await client.query(
      `SELECT setval($1::regclass, highest) FROM (SELECT max(${quote(column.name)})::bigint AS highest FROM ${name}) t, ${sequence} s
       WHERE highest >= 1 AND (highest > s.last_value OR highest = s.last_value AND NOT s.is_called)`,
      [sequence],
    )
  }
}

/**
 * Empties tables. PostgreSQL truncates no table that others refer to unless those are truncated with it: others that are
 * empty are, and others that hold rows are named. CASCADE would empty them without a word.
 */
export async function truncate(client: pg.Client, schema: string, tables: string[]): Promise<void> {
  const { rows } = await client.query<Record<string, string>>(
    `WITH RECURSIVE referring(oid) AS (
       SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = ANY ($2)
       UNION SELECT k.conrelid FROM pg_constraint k JOIN referring r ON k.confrelid = r.oid WHERE k.contype = 'f'
     )
     SELECT oid::regclass AS name FROM referring
     WHERE oid <> ALL (SELECT to_regclass(name)::oid FROM unnest($3::text[]) name)`,
    [schema, tables, tables.map(table => qualified(schema, table))],
  )
  const others = rows.map(({ name }) => name!)
  await client.query('BEGIN')
  try {
    const held: string[] = []
    for (const name of others) {
      await client.query(`LOCK TABLE ${name} IN SHARE MODE`)
      const { rowCount } = await client.query(`SELECT 1 FROM ${name} LIMIT 1`)
      if (rowCount) held.push(name)
    }
    if (held.length > 0) {
      throw new ParitygateError(
        'target.refused',
        `${held.join(', ')} refer to tables that are to be emptied, and hold rows`,
        {
          hint: 'Add them to the plan, or empty them yourself first. Nothing was emptied.',
        },
      )
    }
    await client.query(`TRUNCATE ${[...tables.map(table => qualified(schema, table)), ...others].join(', ')}`)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}
