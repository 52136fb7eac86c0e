import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { Attempt } from '../bisect.ts'
import { type ServerError, targetFailure } from './failure.ts'
import { qualified, quote } from './quoting.ts'

/** A COPY FROM STDIN under way, under a savepoint of its own. */
export interface Copy {
  /** False once the server has refused something; no more need be sent then. */
  write(bytes: Buffer): Promise<boolean>
  /** Gives the chunk up, so that the connection can be used again. */
  abort(): Promise<void>
  /** What the server refused, or how many rows it took; the connection is usable again either way. */
  finish(): Promise<Attempt<ServerError>>
}

/** Where the rows go. */
export interface CopyTarget {
  schema: string
  table: string
  columns: string[]
}

const LEAST_AWAITED = 256 * 1024

/**
 * The first bytes of memory that is used again once they are written. A write smaller than the socket's buffer is answered
 * before the bytes have left: so few are copied.
 */
export function untilWritten(bytes: Buffer, length: number): Buffer {
  const written = bytes.subarray(0, length)
  return length < LEAST_AWAITED ? Buffer.from(written) : written
}

/** Left open, each savepoint would keep a lock in the memory all sessions of the server share. */
const release = 'RELEASE SAVEPOINT chunk'
const takeBack = `ROLLBACK TO SAVEPOINT chunk; ${release}`

export async function startCopy(
  client: pg.Client,
  { schema, table, columns }: CopyTarget,
  format: 'text' | 'binary',
): Promise<Copy> {
  const into = `${qualified(schema, table)} (${columns.map(quote).join(', ')})`
  const copy = `COPY ${into} FROM STDIN WITH (FORMAT ${format})`
  // Sent together they take one answer, and around bad rows there are many small ones.
  const stream = client.query(copyFrom(`SAVEPOINT chunk; ${copy}; ${release}`))
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
      for (let at = 0; at < bytes.length && failure === null; ) {
        const end = bytes.length - at < 2 * LEAST_AWAITED ? bytes.length : at + LEAST_AWAITED
        const slice = bytes.subarray(at, end)
        // After a refusal or a lost connection the write itself may never be answered.
        await Promise.race([new Promise<void>(resolve => stream.write(slice, () => resolve())), ended])
        at = end
      }
      return failure === null
    },
    abort,
    async finish() {
      if (failure === null) stream.end()
      await ended
      if (failure === null) {
        // Fewer than were sent where a trigger or a rule drops some.
        return { rows: stream.rowCount, refusal: null }
      }
      if (!isAboutRows(failure)) throw targetFailure(failure, `table ${qualified(schema, table)}`)
      await client.query(takeBack)
      const refusal = {
        reason: failure,
        line: placeIn(failure, table)?.line ?? null,
        // In binary form a value is described in other words, but not what a constraint finds in the whole row.
        certain: format === 'text' || isAboutRow(failure),
      }
      return { rows: 0, refusal }
    },
  }
}

/** Not-null and check violations, which are looked for as each row is read. */
function isAboutRow({ code }: ServerError): boolean {
  return code === '23502' || code === '23514'
}

/** Data exceptions, broken constraints, limits of one row, and refusals by triggers. */
function isAboutRows(error: ServerError): boolean {
  return /^(22|23|44|54|P0001)/.test(error.code ?? '')
}

/**
 * What the context of an error names: `COPY users, line 17, column month: "x"` is line 16, counted from 0, and what follows
 * `, column `. Null where there is no such context.
 */
export function placeIn(
  { where }: ServerError,
  table: string,
): { line: number; column: string | null } | null {
  const mark = `COPY ${table}, line `
  const context = where?.split('\n').find(line => line.startsWith(mark))
  const [, line, column] = /^(\d+)(?:, column (.*))?/.exec(context?.slice(mark.length) ?? '') ?? []
  return line === undefined ? null : { line: Number(line) - 1, column: column ?? null }
}
