import { isUtf8 } from 'node:buffer'
import { throwIfAborted } from '../../model/error.ts'
import { decodeLine, isTyped, type Lines, REFUSED, splitLines, withoutRefusal } from '../../model/row-line.ts'
import { shownNative } from '../native-text.ts'
import type { LoadColumn, LoadOptions, RejectedLine } from '../port/rows.ts'
import { type Affinity, affinitiesOf } from './affinity.ts'
import { quote } from './quoting.ts'
import { nativeValue, stored, survives } from './stored.ts'
import type { SqliteThread } from './thread.ts'
import type { Refusal } from './worker.ts'

/** A row as it is bound, and as it came. */
interface Row {
  values: unknown[]
  /** Which of the values are blobs that stand for text. */
  asText: number[]
  line: (string | Buffer | null)[]
}

/** Inserts row lines with one prepared statement; a row that breaks a constraint is rejected by itself. */
export async function loadLines(
  thread: SqliteThread,
  table: string,
  columns: LoadColumn[],
  pieces: AsyncIterable<Lines>,
  options: LoadOptions,
): Promise<number> {
  const affinities = await affinitiesOf(thread, table, columns)
  let written = 0
  for await (const piece of pieces) {
    throwIfAborted(options.signal)
    const rows: Row[] = []
    for (const line of splitLines(piece.bytes)) {
      const row = readRow(columns, affinities, line)
      if ('reason' in row) options.reject(row)
      else rows.push(row)
    }
    for (const { sql, run } of statements(table, columns, rows)) {
      const values = run.map(row => row.values)
      const refusals = await thread.request<Refusal[]>({ kind: 'insert', sql, rows: values })
      for (const { index, message } of refusals) {
        const row = shown(columns, run[index]!.line)
        options.reject({ row, column: columnIn(message, columns), reason: message })
      }
      written += run.length - refusals.length
    }
    options.progress(written)
  }
  return written
}

/** Rows that follow each other and need the same statement: text that is no UTF-8 can only be bound as a blob. */
function* statements(
  table: string,
  columns: LoadColumn[],
  rows: Row[],
): Generator<{ sql: string; run: Row[] }> {
  const names = columns.map(column => quote(column.name)).join(', ')
  const statement = (asText: number[]) => {
    const places = columns.map((_, index) => (asText.includes(index) ? 'CAST(? AS TEXT)' : '?'))
    return `INSERT INTO ${quote(table)} (${names}) VALUES (${places.join(', ')})`
  }
  for (let start = 0; start < rows.length; ) {
    const sql = statement(rows[start]!.asText)
    let end = start + 1
    while (end < rows.length && String(rows[end]!.asText) === String(rows[start]!.asText)) end++
    yield { sql, run: rows.slice(start, end) }
    start = end
  }
}

function readRow(columns: LoadColumn[], affinities: Affinity[], bytes: Buffer): Row | RejectedLine {
  const line = readFields(bytes)
  const asText: number[] = []
  const values: unknown[] = []
  for (const [index, column] of columns.entries()) {
    const field = line[index]!
    if (field === null) values.push(null)
    else if (column.native) {
      if (typeof field !== 'string') asText.push(index)
      values.push(typeof field === 'string' ? nativeValue(field) : field.subarray(1))
    } else {
      const reason =
        typeof field === 'string'
          ? obstacle(field, column, affinities[index]!)
          : 'text that is no valid UTF-8'
      if (reason !== null) return { row: shown(columns, line), column: column.name, reason }
      values.push(stored(field as string, column.type, affinities[index]!))
    }
  }
  return { values, asText, line }
}

/** The fields of a line; bytes where they are no UTF-8, because in a string they would be replaced. */
function readFields(line: Buffer): (string | Buffer | null)[] {
  if (isUtf8(line)) return decodeLine(line)
  return decodeLine(line, 'latin1').map(field => {
    const bytes = field === null ? null : Buffer.from(field, 'latin1')
    return bytes !== null && isUtf8(bytes) ? bytes.toString() : bytes
  })
}

/** Why a value cannot be stored as what it is; null where it can. */
function obstacle(text: string, { type }: LoadColumn, affinity: Affinity): string | null {
  if (isTyped(type) && text.startsWith(REFUSED))
    return `no value of its type: "${withoutRefusal(text, type)}"`
  if (type.kind === 'integer' && !/^-?\d+$/.test(text)) return `no value of its type: "${text}"`
  if (survives(text, type, affinity)) return null
  return `SQLite would keep "${text}" as another number, because of the column's affinity (${affinity})`
}

/** A row for people, by column; bytes that are no text as `\\x` and hexadecimal digits. */
function shown(columns: LoadColumn[], line: (string | Buffer | null)[]): Record<string, string | null> {
  return Object.fromEntries(
    columns.map(({ name, native }, index) => {
      const field = line[index]!
      if (field === null) return [name, null]
      if (typeof field === 'string') return [name, native ? shownNative(field) : field]
      return [name, `\\x${field.subarray(native ? 1 : 0).toString('hex')}`]
    }),
  )
}

/** SQLite names columns as `constraint failed: table.column`. */
function columnIn(message: string, columns: LoadColumn[]): string | null {
  return columns.find(column => message.endsWith(`.${column.name}`))?.name ?? null
}
