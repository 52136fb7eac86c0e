import { Readable } from 'node:stream'
import type { Connection, QueryOptions } from 'mysql2'
import { decodeLine } from '../../model/row-line.ts'
import type { Attempt } from '../bisect.ts'
import { isAboutRows, isFileRefused, type ServerError } from './failure.ts'
import { fileForm, loadData } from './file-form.ts'
import { insertForm, literalOf } from './insert-form.ts'
import type { TargetColumn, TargetTable } from './load-columns.ts'
import { list, quote } from './quoting.ts'
import type { Fault } from './screen.ts'
import { type Row, run, select } from './statement.ts'

/** Sends row lines so that all of them are stored as they are, or none. */
export interface Sender {
  /** Whether LOAD DATA can be used; learnt with the first one. */
  byFile(): boolean
  /** Lines of more bytes may make an INSERT the server does not take. */
  mostBytes: number
  file(lines: Buffer, rows: number): Promise<Attempt<Refused>>
  /** As `file`, but rows that are good stay where others were skipped, if the server says which. */
  fileSkipping(lines: Buffer, rows: number): Promise<Skipping | null>
  insert(lines: Buffer, rows: number): Promise<Attempt<Refused>>
}

/** Why the server refused a row, with the number of its error or warning. */
export interface Refused extends Fault {
  code: number
}

/** A line that a warning is about, counted from the first of those sent. */
export interface NamedLine extends Refused {
  line: number
}

/** What became of lines sent together: those `skipped` are not there, and all others are as they came; `changed` ones are not. */
export interface Skipping {
  skipped: NamedLine[]
  changed: NamedLine[]
}

/** What a session may do: `file` until the server has refused it. */
interface Way {
  file: boolean
  /** Whether the server may say which rows it skipped. */
  names: boolean
  packet: number
}

const ways = new WeakMap<Connection, Way>()

/** @param notices is told once per session that the fast way is closed */
export async function startSending(
  connection: Connection,
  table: TargetTable,
  notices: string[],
): Promise<Sender> {
  const way = ways.get(connection) ?? (await findWay(connection, table, notices))
  ways.set(connection, way)
  const attempt = (statement: string | QueryOptions, rows: number) =>
    sendStrictly(connection, table, statement, rows)
  const statement = loadData(table)
  const fileOf = (lines: Buffer): QueryOptions => {
    const form = fileForm(lines, table.columns)
    return { sql: statement, infileStreamFactory: () => Readable.from(slices(form)) }
  }
  const unlessRefused = async <T>(sending: Promise<T>, refused: T): Promise<T> => {
    try {
      return await sending
    } catch (error) {
      if (!isFileRefused(error as ServerError)) throw error
      way.file = false
      notices.push(slowNotice((error as ServerError).message))
      return refused
    }
  }
  const file = (lines: Buffer, rows: number) =>
    unlessRefused(attempt(fileOf(lines), rows), refusedAttempt('not sent'))
  return {
    byFile: () => way.file,
    // A field of one character takes four with its quotes, an empty one three in place of one, and a row two more.
    mostBytes: Math.floor(way.packet / 8),
    file,
    async fileSkipping(lines, rows) {
      if (!way.names || table.triggers) {
        const { refusal } = await file(lines, rows)
        return refusal === null ? { skipped: [], changed: [] } : null
      }
      return unlessRefused(sendSkipping(connection, table, fileOf(lines), rows, way), null)
    },
    async insert(lines, rows) {
      const sql = insertForm(lines, table)
      const size = Buffer.byteLength(sql)
      if (size <= way.packet) return attempt(sql, rows)
      if (way.file) return file(lines, rows)
      const reason = `as an INSERT the row takes ${size} bytes, and the server takes ${way.packet} (max_allowed_packet): raise it, or allow LOAD DATA LOCAL INFILE (local_infile=ON)`
      return refusedAttempt(reason)
    },
  }
}

function refusedAttempt(reason: string): Attempt<Refused> {
  return { rows: 0, refusal: { reason: { column: null, reason, code: 0 }, line: null, certain: false } }
}

/** Left free in a packet for its header. */
const HEAD_ROOM = 1024

/** The most the server can be told to keep. */
const WARNINGS = 65_535

async function findWay(connection: Connection, { mariadb }: TargetTable, notices: string[]): Promise<Way> {
  const [server] = await select(connection, 'SELECT @@local_infile AS file, @@max_allowed_packet AS packet')
  const file = server!.file === '1'
  if (!file) notices.push(slowNotice('local_infile=OFF'))
  // MySQL does not say which row a duplicate was, and lets only some users change how many warnings it keeps.
  if (mariadb) await run(connection, `SET SESSION max_error_count = ${WARNINGS}`)
  return { file, names: mariadb, packet: Number(server!.packet) - HEAD_ROOM }
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
): Promise<Attempt<Refused>> {
  await run(connection, 'SAVEPOINT chunk')
  let said: string[]
  let code = 0
  try {
    const { affectedRows, warningStatus } = await run(connection, statement)
    const warnings = warningStatus > 0 ? await select(connection, 'SHOW WARNINGS') : []
    const about = warnings.filter(isAboutValues)
    said = about.map(messageOf)
    code = Number(about[0]?.Code ?? 0)
    // The server keeps a limited number of warnings; what it has not kept may be about anything.
    const silent = said.length === 0 && warnings.length === warningStatus
    if (silent && affectedRows === rows) return { rows, refusal: null }
    if (said.length === 0)
      said.push(`the server took ${affectedRows} of ${rows} rows, with ${warningStatus} warnings`)
  } catch (error) {
    if (!isAboutRows(error as ServerError)) throw error
    // What a function of a check has to say stands beside the error.
    const notes = rows === 1 ? (await select(connection, 'SHOW WARNINGS')).map(messageOf) : []
    const { message, errno = 0 } = error as ServerError
    code = errno
    said = [message, ...notes.filter(note => note !== message)]
  }
  await run(connection, 'ROLLBACK TO SAVEPOINT chunk')
  // A trigger's own statement counts rows of its own.
  const reason = { ...faultOf(said, table), code }
  return { rows: 0, refusal: { reason, line: rowOf(said[0]!), certain: false } }
}

/** A duplicate, a reference to nothing, a broken check: LOAD DATA leaves the row out, and changes nothing. */
const skipping = new Set([1062, 1452, 4025])
const CHECK = 4025
/** What a function of JSON has to say of a text that is none. */
const isAboutJson = (code: number) => code >= 4036 && code <= 4048

/** Null, with nothing sent left behind, where it cannot be said which rows became what. */
async function sendSkipping(
  connection: Connection,
  table: TargetTable,
  statement: QueryOptions,
  rows: number,
  way: Way,
): Promise<Skipping | null> {
  await run(connection, 'SAVEPOINT chunk')
  const takeBack = async () => {
    await run(connection, 'ROLLBACK TO SAVEPOINT chunk')
    return null
  }
  try {
    const { affectedRows, warningStatus } = await run(connection, statement)
    const warnings = warningStatus > 0 ? await select(connection, 'SHOW WARNINGS') : []
    // With so many bad rows, to try each alone takes no less.
    if (warnings.length !== warningStatus || warnings.length * 8 > rows + 64) return takeBack()
    const about = warnings
      .map(({ Code, Message }, index) => ({ index, code: Number(Code), message: Message! }))
      .filter(({ index }) => isAboutValues(warnings[index]!))
      .filter(({ code }, index, all) => !(isAboutJson(code) && all[index + 1]?.code === CHECK))
    const numbers = await rowNumbers(
      connection,
      about.map(({ index }) => index),
      way,
    )
    if (numbers === null) return takeBack()
    let checks = 0
    const named = about.map(({ code, message }, index) => {
      // A row that breaks a check is not counted.
      const line = numbers[index]! - 1 + (code === CHECK ? checks++ : checks)
      return { line, code, ...faultOf([message], table) }
    })
    const skipped = named.filter(({ code }) => skipping.has(code))
    const changed = named.filter(({ code }) => !skipping.has(code))
    const inside = named.every(({ line }) => line >= 0 && line < rows)
    const distinct = new Set(skipped.map(({ line }) => line)).size === skipped.length
    if (!inside || !distinct) return takeBack()
    if (changed.length > 0) await takeBack()
    else if (affectedRows !== rows - skipped.length) return takeBack()
    return { skipped, changed }
  } catch (error) {
    if (!isAboutRows(error as ServerError)) throw error
    return takeBack()
  }
}

/**
 * The rows that conditions of the last statement are about, from 1; null where the server does not know: MariaDB does from
 * 10.7 on.
 */
async function rowNumbers(connection: Connection, conditions: number[], way: Way): Promise<number[] | null> {
  if (conditions.length === 0) return []
  try {
    for (const index of conditions)
      await run(connection, `GET DIAGNOSTICS CONDITION ${index + 1} @paritygate_${index} = ROW_NUMBER`)
  } catch {
    way.names = false
    return null
  }
  const [row] = await select(
    connection,
    `SELECT ${conditions.map(index => `@paritygate_${index}`).join(', ')}`,
  )
  return Object.values(row!).map(Number)
}

/** Types whose values are read back as the text they came as. */
const readAsWritten = (column: TargetColumn) =>
  column.form === 'text' &&
  !column.ownCharset &&
  (column.type.kind === 'integer' ||
    column.type.kind === 'enum' ||
    (column.type.kind === 'text' && !column.type.padded))

/**
 * Whether the rows that keep a line out by a key, as the server says in `reason`, are surely others than itself: each has
 * something the line has not.
 */
export async function isKeptOutByOthers(
  connection: Connection,
  table: TargetTable,
  line: Buffer,
  { column }: Fault,
): Promise<boolean> {
  const fields = line.toString('latin1').split('\t')
  const places = column?.split(', ').map(name => table.columns.findIndex(one => one.name === name)) ?? []
  const compared = table.columns.map((one, index) => ({ ...one, index })).filter(readAsWritten)
  if (places.length === 0 || places.includes(-1) || compared.length === 0) return false
  const conditions = places.map(
    index =>
      `${quote(table.columns[index]!.name)} = ${literalOf(fields[index]!, table.columns[index]!, table.mariadb)}`,
  )
  const there = await select(
    connection,
    `SELECT ${list(compared.map(({ name }) => name))} FROM ${table.qualified} WHERE ${conditions.join(' AND ')} LIMIT 2`,
  )
  const own = decodeLine(line)
  return (
    there.length === 1 &&
    compared.some(({ name, index, type }) => differ(there[0]![name]!, own[index]!, type.kind === 'integer'))
  )
}

function differ(one: string | null, other: string | null, integers: boolean): boolean {
  if (one === null || other === null || !integers) return one !== other
  return BigInt(one) !== BigInt(other)
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
