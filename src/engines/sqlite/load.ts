import { isUtf8 } from 'node:buffer'
import { throwIfAborted } from '../../model/error.ts'
import type { LogicalType } from '../../model/logical-type.ts'
import { decodeLine, isTyped, type Lines, REFUSED, splitLines, withoutRefusal } from '../../model/row-line.ts'
import type { LoadColumn, LoadOptions, RejectedLine } from '../port.ts'
import { quote } from './sql.ts'
import type { SqliteThread } from './thread.ts'
import type { Refusal } from './worker.ts'

/** Inserts row lines with one prepared statement; a row that breaks a constraint is rejected by itself. */
export async function loadLines(
  thread: SqliteThread,
  table: string,
  columns: LoadColumn[],
  pieces: AsyncIterable<Lines>,
  options: LoadOptions,
): Promise<number> {
  const names = columns.map(column => quote(column.name)).join(', ')
  const sql = `INSERT INTO ${quote(table)} (${names}) VALUES (${columns.map(() => '?').join(', ')})`
  let written = 0
  for await (const piece of pieces) {
    throwIfAborted(options.signal)
    const rows = splitLines(piece.bytes).flatMap(line => {
      if (isUtf8(line)) return [decodeLine(line)]
      options.reject(unreadable(columns, line))
      return []
    })
    const fitting = rows.filter(row => {
      const column = columns.findIndex((one, index) => isRefused(row[index]!, one.type))
      if (column < 0) return true
      const value = withoutRefusal(row[column]!, columns[column]!.type)
      options.reject({
        row: named(columns, row),
        column: columns[column]!.name,
        reason: `no value of its type: "${value}"`,
      })
      return false
    })
    const values = fitting.map(row => row.map((value, index) => stored(value, columns[index]!.type)))
    const refusals = await thread.request<Refusal[]>({ kind: 'insert', sql, rows: values })
    for (const { index, message } of refusals) {
      options.reject({
        row: named(columns, fitting[index]!),
        column: columnIn(message, columns),
        reason: message,
      })
    }
    written += fitting.length - refusals.length
    options.progress(written)
  }
  return written
}

/** Bound as a string, bytes that are no UTF-8 would be replaced; they are kept as `\x` and hexadecimal digits. */
function unreadable(columns: LoadColumn[], line: Buffer): RejectedLine {
  const row = decodeLine(line, 'latin1').map(value => {
    const bytes = value === null ? null : Buffer.from(value, 'latin1')
    return bytes && (isUtf8(bytes) ? bytes.toString() : `\\x${bytes.toString('hex')}`)
  })
  const column = columns.find((_, index) => row[index]?.startsWith('\\x'))?.name ?? null
  return { row: named(columns, row), column, reason: 'text that is no valid UTF-8' }
}

function isRefused(value: string | null, type: LogicalType): boolean {
  return isTyped(type) && value?.startsWith(REFUSED) === true
}

function stored(value: string | null, type: LogicalType): unknown {
  if (value === null) return null
  switch (type.kind) {
    case 'boolean':
      return value === 't' ? 1 : 0
    case 'integer':
      return BigInt(value)
    case 'float':
      // SQLite makes NULL of a NaN; as text it is kept, and read as NaN.
      return value === 'NaN' ? value : Number(value)
    case 'bytes':
      return Buffer.from(value.slice(2), 'hex')
    default:
      return value
  }
}

function named(columns: LoadColumn[], row: (string | null)[]): Record<string, string | null> {
  return Object.fromEntries(columns.map((column, index) => [column.name, row[index]!]))
}

/** SQLite names columns as `constraint failed: table.column`. */
function columnIn(message: string, columns: LoadColumn[]): string | null {
  return columns.find(column => message.endsWith(`.${column.name}`))?.name ?? null
}
