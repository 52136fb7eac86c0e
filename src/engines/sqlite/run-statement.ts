import type { Statement, StatementFailure, StatementOutcome } from '../port/statement.ts'
import type { SqliteThread } from './thread.ts'

/** See `TargetSession.runStatement`. */
export async function runStatement(thread: SqliteThread, { sql }: Statement): Promise<StatementOutcome> {
  try {
    await thread.request({ kind: 'run', sql })
    return { committed: false, failure: null }
  } catch (error) {
    const failure: StatementFailure = { error }
    if (/(within|inside|from within) a transaction/.test((error as Error).message))
      failure.hint =
        'A script is one transaction, and this statement cannot be part of one: take it out, and run it by itself, for example by the sqlite3 shell.'
    return { committed: false, failure }
  }
}
