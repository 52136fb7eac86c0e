import { REFUSED } from '../model/row-line.ts'
import { shownNative } from './native-text.ts'
import type { LoadColumn, RejectedLine } from './port/rows.ts'
import type { Session } from './port/session.ts'
import { rejectedRow } from './rejected-row.ts'

/** A line as the target's load would hand it to `reject`, without marks of refusal. */
export function refusedLine(
  { engine }: Pick<Session, 'engine'>,
  columns: LoadColumn[],
  line: Buffer,
): RejectedLine['row'] {
  const row = rejectedRow(columns, line)
  for (const { name, native } of columns) {
    const value = row[name] ?? null
    if (value === null) continue
    row[name] = withoutMark(native && engine === 'sqlite' ? plain(value) : value)
  }
  return row
}

/** The value, where it stood for one that was refused. */
export function withoutMark(value: string): string {
  return value.startsWith(REFUSED) ? value.slice(REFUSED.length) : value
}

/** Of a value as SQLite stores it; the letter of its kind stands before it, also where its bytes are no text. */
function plain(value: string): string {
  return value.startsWith('\\x') ? `\\x${value.slice(4)}` : shownNative(value)
}
