import { NEWLINE, TAB } from '../model/row-line.ts'
import { type Buckets, bucketOf, keyEnd } from './buckets.ts'

/** A row read again, as latin1 text: its line, the leading part of it that is the key, and the bucket it lies in. */
export interface BucketLine {
  bucket: number
  key: string
  line: string
}

/**
 * The rows of some buckets, out of pieces of lines: a list for each piece, because to wait for every row takes longer than
 * to look at it.
 *
 * @param buckets null where every line ends in a field that says its bucket, which is then no part of the row
 */
export async function* linesIn(
  pieces: AsyncIterable<Buffer>,
  keyFields: number,
  wanted: Set<number>,
  buckets: Buckets | null,
): AsyncGenerator<BucketLine[]> {
  for await (const piece of pieces) {
    const lines: BucketLine[] = []
    for (let start = 0; start < piece.length; ) {
      const newline = piece.indexOf(NEWLINE, start)
      const end = buckets === null ? piece.lastIndexOf(TAB, newline) : newline
      const key = keyEnd(piece, start, end, keyFields)
      const bucket =
        buckets === null
          ? Number(piece.toString('latin1', end + 1, newline))
          : bucketOf(buckets, piece, start, end, keyFields)
      if (wanted.has(bucket)) {
        const line = piece.toString('latin1', start, end)
        lines.push({ bucket, key: line.slice(0, key - start), line })
      }
      start = newline + 1
    }
    yield lines
  }
}
