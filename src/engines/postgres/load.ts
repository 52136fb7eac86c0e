import type pg from 'pg'
import type { Table } from '../../model/catalog.ts'
import { ParitygateError, throwIfAborted } from '../../model/error.ts'
import { type Lines, NEWLINE, REFUSED } from '../../model/row-line.ts'
import { loadAround } from '../bisect.ts'
import type { LoadColumn, LoadOptions, RejectedLine } from '../port/rows.ts'
import { rejectedRow } from '../rejected-row.ts'
import { binaryColumns } from './binary-forms.ts'
import { BinaryRows, binaryHeader, binaryTrailer } from './binary-rows.ts'
import { type Copy, placeIn, startCopy } from './copy-in.ts'
import type { ServerError } from './failure.ts'
import { withoutOverlong } from './overlong.ts'
import { qualified, quote } from './quoting.ts'

/** Rows kept in memory until the server has taken them, so that the rest can be sent again around a bad one. */
const CHUNK_BYTES = 8 * 1024 * 1024

/** After so many lines that could only go as text, and were good, the rest of the table goes as text too. */
const MOST_AS_TEXT = 16

/**
 * Loads row lines by COPY, a chunk at a time, each under a savepoint; in binary form as long as that can be made of them. A
 * line that has none goes alone, as text, in its place among the others. When the server refuses a row of a chunk, what
 * stands before it in the chunk is loaded, the row is rejected, and the rest goes on.
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
  const forms = await binaryColumns(client, target)
  let binary = forms && new BinaryRows(forms)
  const reject = (line: Buffer, error: ServerError) =>
    options.reject(rejectedLine(table, columns, line, error))
  const resending = {
    async send(bytes: Buffer, rows: number) {
      // Of a row in binary form the server says other things.
      const encoded = rows > 1 && binary ? binary.encode({ bytes, rows }) : null
      const again = await startCopy(client, target, encoded ? 'binary' : 'text')
      // Around bad rows there are many small ones, and each write takes its time.
      await again.write(encoded ? Buffer.concat([binaryHeader, encoded, binaryTrailer]) : bytes)
      return again.finish()
    },
    reject,
    signal: options.signal,
  }
  const { batchRows = Number.POSITIVE_INFINITY } = options
  const screen = withoutOverlong(columns, options.reject)
  let written = 0
  let chunk: Buffer[] = []
  let size = 0
  let rowsInChunk = 0
  let copy: Copy | null = null
  let asText = 0
  const finish = async () => {
    if (copy === null) return
    if (binary) await copy.write(binaryTrailer)
    const { rows, refusal } = await copy.finish()
    copy = null
    written += rows
    if (refusal !== null) written += await loadAround(Buffer.concat(chunk), refusal, resending)
    chunk = []
    size = rowsInChunk = 0
    options.progress(written)
  }
  /** Sends the next lines, as many as can go together; returns where the others begin. */
  const sendFrom = async (lines: Lines, from: number) => {
    const { bytes } = lines
    const { rows, end } = binary
      ? binary.encodeFrom(lines, from)
      : { rows: bytes.subarray(from), end: bytes.length }
    if (end === from) {
      throwIfAborted(options.signal)
      await finish()
      const stop = bytes.indexOf(NEWLINE, from)
      const line = await resending.send(bytes.subarray(from, stop + 1), 1)
      if (line.refusal !== null) reject(bytes.subarray(from, stop), line.refusal.reason)
      else if (++asText > MOST_AS_TEXT) binary = null
      written += line.rows
      options.progress(written)
      return stop + 1
    }
    if (copy === null) {
      copy = await startCopy(client, target, binary ? 'binary' : 'text')
      if (binary) await copy.write(binaryHeader)
    }
    chunk.push(bytes.subarray(from, end))
    size += end - from
    if (!(await copy.write(rows))) await finish()
    return end
  }
  try {
    for await (const piece of pieces) {
      throwIfAborted(options.signal)
      const lines = { bytes: screen(piece.bytes), rows: piece.rows }
      for (let from = 0; from < lines.bytes.length; ) from = await sendFrom(lines, from)
      rowsInChunk += piece.rows
      if (size >= CHUNK_BYTES || rowsInChunk >= batchRows) await finish()
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

/** What `Key (user_id)=(7) is not present in table "users".` is about: a column, or whatever else makes up the key. */
export function keyColumn(error: Pick<ServerError, 'detail'>, columns: LoadColumn[]): string | null {
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
export async function truncate(
  client: pg.Client,
  schema: string,
  tables: string[],
  { within }: { within: boolean },
): Promise<void> {
  if (within) return truncateNow(client, schema, tables)
  await client.query('BEGIN')
  try {
    await truncateNow(client, schema, tables)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

async function truncateNow(client: pg.Client, schema: string, tables: string[]): Promise<void> {
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
      { hint: 'Add them to the plan, or empty them yourself first. Nothing was emptied.' },
    )
  }
  await client.query(`TRUNCATE ${[...tables.map(table => qualified(schema, table)), ...others].join(', ')}`)
}
