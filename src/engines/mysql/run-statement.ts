import type { Connection, ResultSetHeader } from 'mysql2'
import type { Statement, StatementFailure, StatementOutcome } from '../port/statement.ts'
import type { ServerError } from './failure.ts'
import { run } from './statement.ts'

/** SERVER_STATUS_IN_TRANS, which the server sends with each OK. */
const IN_TRANSACTION = 1

/** The server has rolled the whole transaction back: a deadlock, a lock not had in time, a certification that failed. */
const rolledBack = new Set([1213, 1205, 1180])
const PARSE_ERROR = 1064

/** See `TargetSession.runStatement`. Whether the transaction is still there, the server itself is asked. */
export async function runStatement(connection: Connection, { sql }: Statement): Promise<StatementOutcome> {
  try {
    const committed = !(await isInTransaction(connection, await run(connection, sql)))
    if (committed) await run(connection, 'START TRANSACTION')
    return { committed, failure: null }
  } catch (error) {
    return failed(connection, sql, error as ServerError)
  }
}

async function failed(connection: Connection, sql: string, error: ServerError): Promise<StatementOutcome> {
  const failure: StatementFailure = { error }
  if (error.errno === PARSE_ERROR && /^CREATE\b[^;]*\b(PROCEDURE|FUNCTION|TRIGGER|EVENT)\b/i.test(sql))
    failure.hint =
      'A body of several statements needs a DELIMITER of its own around it, as for the mysql client.'
  try {
    const lost = !(await isInTransaction(connection))
    const { warningStatus } = await run(connection, 'ROLLBACK')
    // "Some non-transactional changed tables couldn't be rolled back"
    if (warningStatus > 0) failure.lasting = 'changes to tables whose storage engine has no transactions'
    return { committed: lost && !rolledBack.has(error.errno ?? 0), failure }
  } catch {
    // The connection is gone, and the error says so.
    return { committed: false, failure }
  }
}

async function isInTransaction(connection: Connection, result?: ResultSetHeader): Promise<boolean> {
  // Rows come without the status.
  const { serverStatus } = result?.serverStatus === undefined ? await run(connection, 'DO 0') : result
  return (serverStatus & IN_TRANSACTION) !== 0
}
