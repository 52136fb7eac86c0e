import { throwIfAborted } from '../../model/error.ts'
import { type Lines, NEWLINE } from '../../model/row-line.ts'
import type { LoadColumn, LoadOptions } from '../port/rows.ts'
import type { Inserted } from './insert.ts'
import type { SqliteThread } from './thread.ts'

/**
 * Bytes handed over at a time: so few rows that their bytes outlive at most one collection of young garbage in the thread.
 * What outlives two is kept until there are some 64 MB of it.
 */
const PART_BYTES = 128 * 1024

/** Hands row lines over to the thread, which inserts each row by itself; here nothing is made of them. */
export async function loadLines(
  thread: SqliteThread,
  table: string,
  columns: LoadColumn[],
  pieces: AsyncIterable<Lines>,
  options: LoadOptions,
): Promise<number> {
  await thread.request({ kind: 'load', table, columns })
  let written = 0
  for await (const { bytes } of pieces) {
    for (const part of parts(bytes)) {
      throwIfAborted(options.signal)
      // One at a time: after some failures SQLite has taken the transaction back, and rows that followed would stay.
      const inserted = await thread.request<Inserted>({ kind: 'insert', lines: part }, [part.buffer])
      for (const rejected of inserted.rejected) options.reject(rejected)
      written += inserted.written
    }
    options.progress(written)
  }
  return written
}

/** Whole lines, copied: who gave the piece may still need it. */
function* parts(bytes: Buffer): Generator<Uint8Array<ArrayBuffer>> {
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start + PART_BYTES)
    const end = newline < 0 ? bytes.length : newline + 1
    yield new Uint8Array(bytes.subarray(start, end))
    start = end
  }
}
