import { type Lines, NEWLINE } from '../model/row-line.ts'

/** The same rows in pieces of at most so many. */
export async function* inBatches(pieces: AsyncIterable<Lines>, most: number): AsyncGenerator<Lines> {
  for await (const piece of pieces) {
    if (piece.rows <= most) {
      yield piece
      continue
    }
    const { bytes, rows, ...rest } = piece
    let start = 0
    for (let left = rows; left > 0; left -= most) {
      const taken = Math.min(most, left)
      let end = start
      for (let row = 0; row < taken; row++) end = bytes.indexOf(NEWLINE, end) + 1
      // What was refused goes with the first of them.
      yield { bytes: bytes.subarray(start, end), rows: taken, ...(start === 0 ? rest : {}) }
      start = end
    }
  }
}
