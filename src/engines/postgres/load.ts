import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { Table } from '../../model/catalog.ts'
import { ParitygateError, throwIfAborted } from '../../model/error.ts'
import { type Lines, REFUSED } from '../../model/row-line.ts'
import { type Attempt, loadAround } from '../bisect.ts'
import type { LoadColumn, LoadOptions, RejectedLine } from '../port.ts'
import { rejectedRow } from '../rejected-row.ts'
import { BinaryRows, binaryForms, binaryHeader, binaryTrailer } from './binary-rows.ts'
import { type ServerError, targetFailure } from './failure.ts'
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
  const target = `${qualified(schema, table)} (${columns.map(column => quote(column.name)).join(', ')})`
  const resending = {
    async send(lines: Buffer) {
      const again = await startCopy(client, target)
      await again.write(lines)
      return again.finish()
    },
    reject: (line: Buffer, error: ServerError) => options.reject(rejectedLine(columns, line, error)),
    namesAreCertain: true,
    signal: options.signal,
  }
  const forms = await binaryForms(
    client,
    qualified(schema, table),
    columns.map(({ name }) => name),
  )
  let binary = forms && new BinaryRows(forms)
  const screen = withoutOverlong(columns, options.reject)
  let written = 0
  let chunk: Buffer[] = []
  let size = 0
  let copy: Copy | null = null
  const start = async () => {
    copy = await startCopy(client, target, binary ? ' WITH (FORMAT binary)' : '')
    if (binary) await copy.write(binaryHeader)
    return copy
  }
  /** What is not certain in binary form, and what is refused, is the same row as text; and another may follow. */
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
    size = 0
    options.progress(written)
  }
  try {
    for await (const piece of pieces) {
      throwIfAborted(options.signal)
      const accepted = await send({ bytes: screen(piece.bytes), rows: piece.rows })
      if (!accepted || size >= CHUNK_BYTES) await finish()
    }
    await finish()
  } catch (error) {
    await (copy as Copy | null)?.abort()
    throw error
  }
  return written
}

interface Copy {
  /** False once the server has refused something; no more need be sent then. */
  write(bytes: Buffer): Promise<boolean>
  /** Gives the chunk up, so that the connection can be used again. */
  abort(): Promise<void>
  /** Gives the chunk up, and goes on from where the transaction was before it. */
  undo(): Promise<void>
  /** What the server refused, or how many rows it took; the connection is usable again either way. */
  finish(): Promise<Attempt<ServerError>>
}

export async function startCopy(client: pg.Client, target: string, format = ''): Promise<Copy> {
  await client.query('SAVEPOINT chunk')
  const stream = client.query(copyFrom(`COPY ${target} FROM STDIN${format}`))
  let failure: ServerError | null = null
  const ended = new Promise<void>(resolve => {
    stream.on('finish', resolve)
    stream.on('error', (error: ServerError) => {
      failure ??= error
      resolve()
    })
  })
  const abort = async () => {
    if (failure !== null) return
    const closed = new Promise<void>(resolve => stream.on('close', resolve))
    stream.destroy(new Error('given up by the client'))
    await Promise.race([closed, ended])
  }
  return {
    async write(bytes) {
      if (failure !== null) return false
      // After a refusal or a lost connection the write itself may never be answered.
      await Promise.race([new Promise<void>(resolve => stream.write(bytes, () => resolve())), ended])
      return failure === null
    },
    abort,
    async undo() {
      await abort()
      await client.query('ROLLBACK TO SAVEPOINT chunk')
    },
    async finish() {
      if (failure === null) stream.end()
      await ended
      if (failure === null) {
        await client.query('RELEASE SAVEPOINT chunk')
        // Fewer than were sent where a trigger or a rule drops some.
        return { rows: stream.rowCount, refusal: null }
      }
      if (!isAboutRows(failure)) throw targetFailure(failure, `table ${target.replace(/ \(.*$/s, '')}`)
      await client.query('ROLLBACK TO SAVEPOINT chunk')
      return { rows: 0, refusal: { reason: failure, line: lineOf(failure) } }
    },
  }
}

/** Data exceptions, broken constraints, limits of one row, and refusals by triggers. */
function isAboutRows(error: ServerError): boolean {
  return /^(22|23|44|54|P0001)/.test(error.code ?? '')
}

/** The line of the COPY data, from 0, that `COPY "users", line 17, column month` speaks of. */
function lineOf(error: ServerError): number | null {
  const line = /^COPY .*?, line (\d+)/m.exec(error.where ?? '')?.[1]
  return line === undefined ? null : Number(line) - 1
}

function rejectedLine(columns: LoadColumn[], line: Buffer, error: ServerError): RejectedLine {
  const row = rejectedRow(columns, line)
  const unfit = columns.find(({ name }) => row[name] !== null && /\u0000|^\\x/.test(row[name]!))
  const named = error.column ?? /, column (.+?)(?::|$)/m.exec(error.where ?? '')?.[1]
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
