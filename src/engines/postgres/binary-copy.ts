import type { CopyToStreamQuery } from 'pg-copy-streams'

/** The signature, flags, and the length of an extension, which is 0. */
const HEADER_BYTES = 19

/** Whole rows. */
export interface BinaryPiece {
  bytes: Buffer
  rows: number
}

/**
 * The rows of a binary COPY (https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format") in pieces of whole rows,
 * without what stands before the first and after the last. A row is the number of its fields (2 bytes) and each field's length
 * (4 bytes, -1 for NULL) and bytes.
 *
 * @throws {Error} where it ends without saying so
 */
export async function* binaryRows(stream: CopyToStreamQuery): AsyncGenerator<BinaryPiece> {
  let rest: Buffer = Buffer.alloc(0)
  let begun = false
  let ended = false
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const from = begun ? 0 : headerEnd(bytes)
      if (from === null) {
        rest = bytes
        continue
      }
      begun = true
      const { end, rows } = wholeRows(bytes, from)
      if (rows > 0) yield { bytes: bytes.subarray(from, end), rows }
      ended = end + 2 <= bytes.length && bytes.readInt16BE(end) === -1
      rest = bytes.subarray(end)
    }
    if (!ended) throw new Error('the rows end before they are said to')
  } finally {
    drain(stream)
  }
}

/**
 * Takes what is still on its way from a COPY nobody reads any longer: it has to come before the connection can be asked for
 * anything else, and whether that breaks meanwhile is said by what is asked then.
 */
export function drain(stream: CopyToStreamQuery): void {
  stream.on('error', () => {}).resume()
}

function headerEnd(bytes: Buffer): number | null {
  if (bytes.length < HEADER_BYTES) return null
  const end = HEADER_BYTES + bytes.readInt32BE(HEADER_BYTES - 4)
  return end <= bytes.length ? end : null
}

/** How many rows are there whole, and where the last of them ends. */
function wholeRows(bytes: Buffer, from: number): { end: number; rows: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const { length } = bytes
  let end = from
  let rows = 0
  while (end + 2 <= length) {
    const fields = view.getInt16(end)
    if (fields < 0) break
    let at = end + 2
    let field = 0
    for (; field < fields && at + 4 <= length; field++) {
      const size = view.getInt32(at)
      at += size < 0 ? 4 : 4 + size
    }
    if (field < fields || at > length) break
    end = at
    rows++
  }
  return { end, rows }
}
