/** The signature, the flags, and the length of an extension. */
const HEADER_BYTES = 19
/** Many small writes cost more than the bytes. */
export const PIECE_BYTES = 256 * 1024

/** Whole rows. */
export interface BinaryPiece {
  bytes: Buffer
  rows: number
}

/**
 * The rows of a binary COPY (https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"), without what stands
 * before the first and after the last. A row is the number of its fields (2 bytes) and each field's length (4 bytes, -1 for
 * NULL) and bytes, all numbers big-endian.
 *
 * @throws {Error} where they end without saying so
 */
export async function* binaryPieces(chunks: AsyncIterable<Buffer>): AsyncGenerator<BinaryPiece> {
  let held: Buffer[] = []
  let size = 0
  let needed = HEADER_BYTES
  let begun = false
  let ended = false
  const take = (): BinaryPiece => {
    const bytes = held.length === 1 ? held[0]! : Buffer.concat(held, size)
    const from = begun ? 0 : headerEnd(bytes)
    if (from > size) {
      held = [bytes]
      needed = from
      return { bytes: bytes.subarray(0, 0), rows: 0 }
    }
    begun = true
    const whole = wholeRows(bytes, from)
    const rest = bytes.subarray(whole.end)
    ended = rest.length >= 2 && rest.readInt16BE(0) === -1
    held = [rest]
    size = rest.length
    needed = Math.max(PIECE_BYTES, whole.needed)
    return { bytes: bytes.subarray(from, whole.end), rows: whole.rows }
  }
  for await (const chunk of chunks) {
    held.push(chunk)
    size += chunk.length
    if (size < needed) continue
    const piece = take()
    if (piece.rows > 0) yield piece
  }
  if (size >= HEADER_BYTES || begun) {
    const piece = take()
    if (piece.rows > 0) yield piece
  }
  if (!ended) throw new Error('the rows end before they are said to')
}

/** How long a row is, on average of those that are whole in the first bytes of a COPY; 0 where none is. */
export function bytesPerRow(bytes: Buffer): number {
  if (bytes.length < HEADER_BYTES) return 0
  const from = headerEnd(bytes)
  const { end, rows } = wholeRows(bytes, from)
  return rows === 0 ? 0 : (end - from) / rows
}

function headerEnd(bytes: Buffer): number {
  return HEADER_BYTES + bytes.readInt32BE(HEADER_BYTES - 4)
}

interface WholeRows {
  rows: number
  /** Where the last of them ends. */
  end: number
  /** How many bytes from there on the next one has at least, as far as its lengths are there. */
  needed: number
}

function wholeRows(bytes: Buffer, from: number): WholeRows {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const { length } = bytes
  let rows = 0
  let end = from
  let at = from
  while (end + 2 <= length) {
    const fields = view.getInt16(end)
    if (fields < 0) break
    at = end + 2
    let field = 0
    for (; field < fields && at + 4 <= length; field++) {
      const size = view.getInt32(at)
      at += size < 0 ? 4 : 4 + size
    }
    if (field < fields || at > length) break
    end = at
    rows++
  }
  return { rows, end, needed: at - end }
}
