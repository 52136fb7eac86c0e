import { Readable } from 'node:stream'
import type { Connection, QueryOptions } from 'mysql2'
import type { Attempt } from '../bisect.ts'
import { isAboutRows, isFileRefused, type ServerError } from './failure.ts'
import { fileForm, loadData } from './file-form.ts'
import { insertForm } from './insert-form.ts'
import type { TargetTable } from './load-columns.ts'
import type { Fault } from './screen.ts'
import { type Row, run, select } from './statement.ts'

/** Sends row lines so that all of them are stored as they are, or none. */
export interface Sender {
  /** Whether LOAD DATA can be used; learnt with the first one. */
  byFile(): boolean
  /** Lines of more bytes may make an INSERT the server does not take. */
  mostBytes: number
  file(lines: Buffer, rows: number): Promise<Attempt<Fault>>
  insert(lines: Buffer, rows: number): Promise<Attempt<Fault>>
}

/** What a session may do: `file` until the server has refused it. */
interface Way {
  file: boolean
  packet: number
}

const ways = new WeakMap<Connection, Way>()

/** @param notices is told once per session that the fast way is closed */
export async function startSending(
  connection: Connection,
  table: TargetTable,
  notices: string[],
): Promise<Sender> {
  const way = ways.get(connection) ?? (await findWay(connection, notices))
  ways.set(connection, way)
  const attempt = (statement: string | QueryOptions, rows: number) =>
    sendStrictly(connection, table, statement, rows)
  const statement = loadData(table)
  const file = async (lines: Buffer, rows: number): Promise<Attempt<Fault>> => {
    const form = fileForm(lines, table.columns)
    try {
      return await attempt({ sql: statement, infileStreamFactory: () => Readable.from(slices(form)) }, rows)
    } catch (error) {
      if (!isFileRefused(error as ServerError)) throw error
      way.file = false
      notices.push(slowNotice((error as ServerError).message))
      return { rows: 0, refusal: { reason: { column: null, reason: 'not sent' }, line: null, certain: false } }
    }
  }
  return {
    byFile: () => way.file,
    // A field of one character takes four with its quotes, an empty one three in place of one, and a row two more.
    mostBytes: Math.floor(way.packet / 8),
    file,
    async insert(lines, rows) {
      const sql = insertForm(lines, table)
      const size = Buffer.byteLength(sql)
      if (size <= way.packet) return attempt(sql, rows)
      if (way.file) return file(lines, rows)
      const reason = `as an INSERT the row takes ${size} bytes, and the server takes ${way.packet} (max_allowed_packet): raise it, or allow LOAD DATA LOCAL INFILE (local_infile=ON)`
      return { rows: 0, refusal: { reason: { column: null, reason }, line: null, certain: false } }
    },
  }
}

/** Left free in a packet for its header. */
const HEAD_ROOM = 1024

async function findWay(connection: Connection, notices: string[]): Promise<Way> {
  const [server] = await select(connection, 'SELECT @@local_infile AS file, @@max_allowed_packet AS packet')
  const file = server!.file === '1'
  if (!file) notices.push(slowNotice('local_infile=OFF'))
  return { file, packet: Number(server!.packet) - HEAD_ROOM }
}

function slowNotice(why: string): string {
  return `the server does not allow LOAD DATA LOCAL INFILE (${why}): rows are inserted with INSERT, which is slower`
}

/** A packet must not be longer than the server takes, whatever the length of a row. */
const SLICE_BYTES = 256 * 1024

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) yield bytes.subarray(at, at + SLICE_BYTES)
}

/** @throws what is not about rows */
async function sendStrictly(
  connection: Connection,
  table: TargetTable,
  statement: string | QueryOptions,
  rows: number,
): Promise<Attempt<Fault>> {
  await run(connection, 'SAVEPOINT chunk')
  let said: string[]
  try {
    const { affectedRows, warningStatus } = await run(connection, statement)
    const warnings = warningStatus > 0 ? await select(connection, 'SHOW WARNINGS') : []
    said = warnings.filter(isAboutValues).map(messageOf)
    // The server keeps a limited number of warnings; what it has not kept may be about anything.
    const silent = said.length === 0 && warnings.length === warningStatus
    if (silent && affectedRows === rows) return { rows, refusal: null }
    if (said.length === 0)
      said.push(`the server took ${affectedRows} of ${rows} rows, with ${warningStatus} warnings`)
  } catch (error) {
    if (!isAboutRows(error as ServerError)) throw error
    // What a function of a check has to say stands beside the error.
    const notes = rows === 1 ? (await select(connection, 'SHOW WARNINGS')).map(messageOf) : []
    const { message } = error as ServerError
    said = [message, ...notes.filter(note => note !== message)]
  }
  await run(connection, 'ROLLBACK TO SAVEPOINT chunk')
  // A trigger's own statement counts rows of its own.
  return { rows: 0, refusal: { reason: faultOf(said, table), line: rowOf(said[0]!), certain: false } }
}

/** Warnings about the statement: deprecated, or unsafe for statement-based replication. */
const aboutStatement = new Set(['1287', '1592', '1681'])

function isAboutValues({ Code }: Row): boolean {
  return !aboutStatement.has(Code!)
}

function messageOf({ Message }: Row): string {
  return Message!
}

/** `… at row 3`, from 0. */
function rowOf(message: string): number | null {
  const row = / at row (\d+)$/.exec(message)?.[1]
  return row === undefined ? null : Number(row) - 1
}

function faultOf(said: string[], table: TargetTable): Fault {
  const place = `\`${table.schema}\`.\`${table.name}\``
  const plain = said.map(message =>
    message
      .replaceAll(`${place}.`, '')
      .replaceAll(place, `\`${table.name}\``)
      .replace(/ at row \d+$/, ''),
  )
  return { column: columnIn(plain[0]!, table), reason: [...new Set(plain)].join('; ') }
}

/** The column, or the columns of the key, that a message names. */
function columnIn(message: string, { columns, keys }: TargetTable): string | null {
  const key =
    /FOREIGN KEY \(([^)]+)\)/.exec(message)?.[1]?.replaceAll('`', '') ??
    keys.get(/ for key '(?:[^']*\.)?([^'.]+)'$/.exec(message)?.[1] ?? '')?.join(', ')
  if (key !== undefined) return key
  // MariaDB names the check of a JSON column after it.
  const json = /^CONSTRAINT `[^`]*\.([^`.]+)` failed/.exec(message)?.[1]
  if (columns.some(({ name, type }) => name === json && type.kind === 'json')) return json!
  const named =
    /\bcolumn ['`](?:[^'`]*\.)?([^'`.]+)['`]/i.exec(message)?.[1] ?? /^Field '([^']+)'/.exec(message)?.[1]
  return columns.find(({ name }) => name === named)?.name ?? null
}
