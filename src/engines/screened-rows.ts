import { type LinePlace, REFUSED, splitLines, TAB, withoutLines } from '../model/row-line.ts'
import type { LoadColumn, LoadOptions } from './port/rows.ts'
import type { Session } from './port/session.ts'
import { refusedLine } from './refused-line.ts'

const MARK = Buffer.from(REFUSED)

/**
 * Takes rows out whose value has been marked as refused in a column that would take any text.
 *
 * @returns for a piece of row lines, the lines that may be loaded; `reject` gets the others. Null where no column is screened
 */
export function screenedRows(
  target: Pick<Session, 'engine'>,
  columns: LoadColumn[],
  reject: LoadOptions['reject'],
): ((bytes: Buffer) => Buffer) | null {
  const screened = columns.map(({ screened: reason }) => reason)
  if (screened.every(reason => reason === undefined)) return null
  return bytes => {
    // Nearly no piece has a mark at all.
    if (!bytes.includes(MARK)) return bytes
    const left: LinePlace[] = []
    let start = 0
    for (const line of splitLines(bytes)) {
      const index = markedField(line, screened)
      if (index !== null) {
        left.push({ start, end: start + line.length })
        const row = refusedLine(target, columns, line)
        const { name } = columns[index]!
        reject({ row, column: name, reason: `${JSON.stringify(row[name])} ${screened[index]}` })
      }
      start += line.length + 1
    }
    return withoutLines(bytes, left)
  }
}

function markedField(line: Buffer, screened: (string | undefined)[]): number | null {
  let start = 0
  for (const [index, reason] of screened.entries()) {
    if (reason !== undefined && line.subarray(start, start + MARK.length).equals(MARK)) return index
    const tab = line.indexOf(TAB, start)
    start = (tab < 0 ? line.length : tab) + 1
  }
  return null
}
