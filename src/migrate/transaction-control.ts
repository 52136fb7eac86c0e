import type { Statement } from '../engines/port/statement.ts'
import { ParitygateError } from '../model/error.ts'
import { shownStatement } from './shown-statement.ts'

/** What of a script is run, in one transaction around all of it. */
export interface Runnable {
  statements: Statement[]
  notices: string[]
}

/**
 * Leaves out the BEGIN and COMMIT around a whole script, with nothing but settings outside of them, and what the engine
 * says is left out.
 *
 * @param file as it is to be named
 * @throws {ParitygateError} script.refused, where a statement cannot be run, or the script commits by parts
 */
export function withoutControl(all: Statement[], file: string): Runnable {
  const refuse = (statement: Statement, reason: string): never => {
    throw new ParitygateError('script.refused', `${reason}\n  statement: ${shownStatement(statement.sql)}`, {
      where: placeOf(file, statement),
    })
  }
  for (const statement of all) if (statement.refused !== undefined) refuse(statement, statement.refused)
  const statements = all.filter(({ skipped }) => skipped === undefined)
  const isBefore = ({ control, setting }: Statement) => setting || control === 'begin'
  const isAfter = ({ control, setting }: Statement) => setting || control === 'commit'
  const body = statements.findIndex(one => !isBefore(one))
  const first = body < 0 ? statements.length : body
  const last = statements.findLastIndex(one => !isAfter(one))
  for (const [index, statement] of statements.entries()) {
    const { control } = statement
    if (control === undefined || (control === 'begin' && index < first)) continue
    if (control === 'commit' && index > last) continue
    refuse(
      statement,
      control === 'end'
        ? 'a script is one transaction, which it cannot roll back or end itself'
        : 'a script is one transaction, and this would divide it: only BEGIN before, and COMMIT after everything else are understood',
    )
  }
  const begun = statements.find(({ control }) => control === 'begin')
  if (begun && !statements.some(({ control }) => control === 'commit'))
    refuse(begun, 'the script never commits what it begins here: as it is written, nothing of it would stay')
  return { statements: statements.filter(({ control }) => control === undefined), notices: noticesOf(all) }
}

export function placeOf(file: string, { line, column }: { line: number; column: number }): string {
  return `${file}:${line}:${column}`
}

/** Each once, with the line where it is first due and how many more there are. */
function noticesOf(all: Statement[]): string[] {
  const lines = new Map<string, number[]>()
  for (const { control, skipped, notice, sql, line } of all) {
    const text =
      control !== undefined
        ? `${shownStatement(sql)} is left out: the script is one transaction anyway`
        : skipped !== undefined
          ? `${sql.split(/\s+/, 2).join(' ').toUpperCase()} is left out: ${skipped}`
          : notice
    if (text !== undefined) lines.set(text, [...(lines.get(text) ?? []), line])
  }
  return [...lines].map(([text, [first, ...more]]) => {
    const others = more.length === 0 ? '' : `, and ${more.length} more`
    return `line ${first}${others}: ${text}`
  })
}
