import { statSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import Database from 'better-sqlite3'
import type { LoadColumn } from '../port/rows.ts'
import { defineFunctions } from './functions.ts'
import { Insertion } from './insert.ts'

/**
 * SQLite runs inside the process that uses it, so it is given a thread of its own: the other side of the copy, the
 * progress display and Ctrl-C go on while it works. Requests are answered one after the other, in order.
 */
export type Request =
  /** `lockMs`: how long to wait for a lock. */
  | { kind: 'open'; path: string; readonly: boolean; create: boolean; lockMs: number }
  /** Takes the lock a file stands for; false where another process or thread has it. */
  | { kind: 'hold'; path: string }
  | { kind: 'all'; sql: string; params?: unknown[] }
  | { kind: 'run'; sql: string }
  /** Names and declared types of what a SELECT gives; a type is null where the column is no table's. */
  | { kind: 'columns'; sql: string }
  /** Says where the lines of every following `insert` go. */
  | { kind: 'load'; table: string; columns: LoadColumn[] }
  | { kind: 'insert'; lines: Uint8Array }
  /** Prepares a statement to be read piece by piece with `next`; see `read.ts` for the two ways. */
  | {
      kind: 'pages'
      reader: number
      edge: string
      page: string
      downward: boolean
      /** The rowids that are read, both included. */
      least: bigint
      greatest: bigint
    }
  | { kind: 'rows'; reader: number; sql: string }
  | { kind: 'next'; reader: number }
  | { kind: 'stop'; reader: number }

export type Response = { ok: true; value: unknown } | { ok: false; message: string; code: string }

export interface Piece {
  bytes: Uint8Array
  rows: number
}

const PIECE_BYTES = 1024 * 1024
const MOST_ROWS = 16_000

let database: Database.Database
let insertion: Insertion
/** Held until this thread ends, and given back by the system where the process dies; collected, it would be closed. */
const locks: Database.Database[] = []
/** A reader that was given up may still be stopping while the next one begins. */
const readers = new Map<number, { next(): Piece | null; stop(): void }>()

const handlers: { [Kind in Request['kind']]: (request: Extract<Request, { kind: Kind }>) => unknown } = {
  open({ path, readonly, create, lockMs }) {
    database = new Database(path, { readonly, fileMustExist: !create, timeout: lockMs })
    database.defaultSafeIntegers(true)
    // Rows arrive in any order; orphans are found afterwards, by name.
    database.pragma('foreign_keys = OFF')
    // Nothing is known of a file until its first page is read.
    database.prepare('SELECT count(*) FROM sqlite_schema').get()
    defineFunctions(database)
  },
  hold({ path }) {
    for (;;) {
      const found = fileAt(path)
      const taken = new Database(path, { timeout: 0 })
      try {
        taken.exec('BEGIN EXCLUSIVE')
      } catch (error) {
        taken.close()
        if ((error as { code?: string }).code === 'SQLITE_BUSY') return false
        throw error
      }
      if (found !== null && found === fileAt(path)) {
        locks.push(taken)
        return true
      }
      // It is of no use to hold a file that is not there any more for the next one.
      taken.close()
    }
  },
  all: ({ sql, params }) => database.prepare(sql).all(...(params ?? [])),
  columns: ({ sql }) =>
    database
      .prepare(sql)
      .columns()
      .map(({ name, type }) => ({ name, type })),
  run: ({ sql }) => void database.exec(sql),
  load({ table, columns }) {
    insertion = new Insertion(database, table, columns)
  },
  insert: ({ lines }) => insertion.insert(lines),
  pages({ reader, edge, page, downward, least, greatest }) {
    const statements = { edge: database.prepare(edge).pluck(), page: database.prepare(page).raw() }
    const outermost = downward ? least : greatest
    let position: bigint | null = downward ? greatest : least
    let limit = 100
    const next = () => {
      if (position === null) return null
      const fetched = fetchPage(statements, position, limit, outermost)
      position = fetched.last === outermost ? null : fetched.last + (downward ? -1n : 1n)
      limit = rowsForNextPage(fetched)
      return fetched.rows === 0 ? null : { bytes: fetched.bytes, rows: fetched.rows }
    }
    readers.set(reader, { next, stop: () => {} })
  },
  rows({ reader, sql }) {
    const iterator = database.prepare(sql).pluck().iterate() as IterableIterator<Buffer>
    readers.set(reader, { next: () => collect(iterator), stop: () => void iterator.return?.() })
  },
  next: ({ reader }) => readers.get(reader)!.next(),
  stop({ reader }) {
    readers.get(reader)?.stop()
    readers.delete(reader)
  },
}

/** Which file it is; a number alone is soon given to another. */
function fileAt(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true })
  return stat ? `${stat.dev}:${stat.ino}:${stat.birthtimeNs}` : null
}

interface Page extends Piece {
  /** The rowid the page reaches to, whether or not a row has it. */
  last: bigint
  limit: number
}

/** First where the page ends, which takes a walk over the keys alone, then its rows; cheaper than to count while joining. */
function fetchPage(
  statements: { edge: Database.Statement; page: Database.Statement },
  position: bigint,
  limit: number,
  outermost: bigint,
): Page {
  const edge = (statements.edge.get({ position, skipped: limit - 1 }) as bigint | undefined) ?? outermost
  const isBeyond = position <= outermost ? edge > outermost : edge < outermost
  const last = isBeyond ? outermost : edge
  const [low, high] = last < position ? [last, position] : [position, last]
  try {
    const [rows, bytes] = statements.page.get({ low, high }) as [bigint, Buffer | null]
    return { last, rows: Number(rows), bytes: bytes ?? Buffer.alloc(0), limit }
  } catch (error) {
    // Rows much larger than those before them can pass SQLite's limit for one value when joined.
    const tooBig = error instanceof Database.SqliteError && error.code === 'SQLITE_TOOBIG'
    if (!tooBig || limit === 1) throw error
    return fetchPage(statements, position, Math.max(1, limit >> 3), outermost)
  }
}

function rowsForNextPage({ limit, bytes, rows }: Page): number {
  const fitting = Math.floor((PIECE_BYTES * rows) / Math.max(bytes.length, 1))
  return Math.max(1, Math.min(fitting, limit * 2, MOST_ROWS))
}

function collect(iterator: Iterator<Buffer>): Piece | null {
  const lines: Buffer[] = []
  let size = 0
  while (size < PIECE_BYTES) {
    const { value, done } = iterator.next()
    if (done) break
    lines.push(value)
    size += value.length
  }
  return lines.length === 0 ? null : { bytes: Buffer.concat(lines), rows: lines.length }
}

parentPort!.on('message', (request: Request) => {
  try {
    const value = handlers[request.kind](request as never)
    const response: Response = { ok: true, value }
    const bytes = (value as Piece | null | undefined)?.bytes
    // A pooled buffer cannot change threads without taking its neighbours along.
    const owned = bytes instanceof Uint8Array && bytes.byteLength === bytes.buffer.byteLength
    parentPort!.postMessage(response, owned ? [bytes.buffer as ArrayBuffer] : [])
  } catch (error) {
    const { message, code } = error as { message: string; code?: string }
    parentPort!.postMessage({ ok: false, message, code: code ?? 'ERR' } satisfies Response)
  }
})
