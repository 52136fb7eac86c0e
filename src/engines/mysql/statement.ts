import { isUtf8 } from 'node:buffer'
import type { Connection, QueryOptions, ResultSetHeader } from 'mysql2'

/** One row of a small result: every value as text, bytes that are no UTF-8 as `\x` and hexadecimal digits. */
export type Row = Record<string, string | null>

export function select(connection: Connection, sql: string, values: unknown[] = []): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const options = {
      sql,
      values,
      typeCast: (field: { type: string; buffer(): Buffer | null }) => asText(field),
    }
    connection.query(options as never, (error: Error | null, result: unknown) =>
      error ? reject(error) : resolve(result as Row[]),
    )
  })
}

/** Runs a statement that gives no rows, and says what the server says of it. */
export function run(connection: Connection, statement: string | QueryOptions): Promise<ResultSetHeader> {
  const options = typeof statement === 'string' ? { sql: statement } : statement
  return new Promise((resolve, reject) => {
    connection.query<ResultSetHeader>(options, (error, result) => (error ? reject(error) : resolve(result)))
  })
}

function asText(field: { type: string; buffer(): Buffer | null }): string | null {
  const bytes = field.buffer()
  if (bytes === null) return null
  if (field.type === 'BIT') return BigInt(`0x${bytes.toString('hex') || '0'}`).toString()
  return isUtf8(bytes) ? bytes.toString() : `\\x${bytes.toString('hex')}`
}
