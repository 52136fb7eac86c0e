import { decodeField, type LinePlace, NEWLINE, TAB, withoutLines } from '../../model/row-line.ts'
import type { LoadColumn, LoadOptions } from '../port/rows.ts'
import { rejectedRow } from '../rejected-row.ts'

const SPACE = 0x20

/**
 * Finds texts longer than their `varchar(n)` by spaces alone, which PostgreSQL would cut off without a word
 * (https://www.postgresql.org/docs/current/datatype-character.html); what is longer by anything else it refuses. Where the
 * plan accepts the loss, the source has cut them already.
 *
 * @returns for a piece of row lines, the lines that may be sent; `reject` gets the others
 */
export function withoutOverlong(
  columns: LoadColumn[],
  reject: LoadOptions['reject'],
): (bytes: Buffer) => Buffer {
  const lengths = columns.map(({ type, native }) =>
    type.kind === 'text' && !type.padded && !native ? type.length : undefined,
  )
  if (lengths.every(length => length === undefined)) return bytes => bytes
  return bytes => {
    const overlong: LinePlace[] = []
    for (const place of linesWithSpaceAtEnd(bytes)) {
      const line = bytes.subarray(place.start, place.end)
      const index = overlongField(line, lengths)
      if (index === null) continue
      overlong.push(place)
      reject({
        row: rejectedRow(columns, line),
        column: columns[index]!.name,
        reason: `value too long for type character varying(${lengths[index]}), which would cut off the spaces at its end (accept_loss allows that)`,
      })
    }
    return withoutLines(bytes, overlong)
  }
}

/** Few lines have a field that ends with a space, and a search for bytes finds them faster than a walk over all fields. */
function* linesWithSpaceAtEnd(bytes: Buffer): Generator<LinePlace> {
  let beforeTab = bytes.indexOf(' \t')
  let beforeNewline = bytes.indexOf(' \n')
  while (beforeTab >= 0 || beforeNewline >= 0) {
    const at = beforeTab < 0 || (beforeNewline >= 0 && beforeNewline < beforeTab) ? beforeNewline : beforeTab
    const end = bytes.indexOf(NEWLINE, at)
    yield { start: bytes.lastIndexOf(NEWLINE, at) + 1, end }
    if (beforeTab >= 0 && beforeTab < end) beforeTab = bytes.indexOf(' \t', end)
    if (beforeNewline >= 0 && beforeNewline < end) beforeNewline = bytes.indexOf(' \n', end)
  }
}

function overlongField(line: Buffer, lengths: (number | undefined)[]): number | null {
  let start = 0
  for (const [index, length] of lengths.entries()) {
    const tab = line.indexOf(TAB, start)
    const end = tab < 0 ? line.length : tab
    // A character has at least one byte.
    if (length !== undefined && end - start > length && line[end - 1] === SPACE) {
      const characters = [...decodeField(line.toString('utf8', start, end))!]
      if (characters.length > length && characters.slice(length).every(character => character === ' '))
        return index
    }
    start = end + 1
  }
  return null
}
