import { type ErrorCode, ParitygateError } from '../../model/error.ts'
import { defectOf } from '../defect.ts'
import { isOfNetwork } from '../network-failure.ts'

/** The server's error as pg hands it over (https://www.postgresql.org/docs/current/protocol-error-fields.html). */
export interface ServerError {
  code?: string
  message: string
  column?: string
  detail?: string
  where?: string
}

/** What an error of a reading session means; see `Session.failure`. */
export function sourceFailure(error: unknown, where: string): ParitygateError {
  return failure(error, where, () => 'source.refused')
}

/** What an error of a writing session means; see `Session.failure`. */
export function targetFailure(error: unknown, where: string): ParitygateError {
  // insufficient_privilege and read_only_sql_transaction
  return failure(error, where, code =>
    code === '42501' || code === '25006' ? 'target.read-only' : 'target.refused',
  )
}

/**
 * By SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html); errors of Node's sockets, and those
 * without a code, mean that the connection is gone.
 */
function failure(error: unknown, where: string, refused: (code: string) => ErrorCode): ParitygateError {
  if (error instanceof ParitygateError) return error
  const defect = defectOf(error, where)
  if (defect) return defect
  const { code, message } = error as ServerError
  const options = { where, cause: error, transient: isTransient(error as ServerError) }
  const lost = code === undefined || /^(08|57P|ECONN|EPIPE)/.test(code)
  if (lost) return new ParitygateError('connection.lost', message, options)
  return new ParitygateError(timeout(code, message) ?? refused(code), message, options)
}

/** Which of the session's time limits has ended a statement: lock_not_available; query_canceled, which others ask for as well. */
function timeout(code: string, message: string): ErrorCode | null {
  if (code === '55P03') return 'lock.timeout'
  return code === '57014' && /timeout/i.test(message) ? 'statement.timeout' : null
}

/**
 * Whether the same may succeed a moment later: serialization failures, deadlocks, locks, too many connections, servers that
 * start or stop, and connections that are lost or not had. A database that was dropped does not come back.
 */
export function isTransient({ code }: Pick<ServerError, 'code'>): boolean {
  if (code === undefined || isOfNetwork(code)) return true
  return /^(40001|40P01|55P03|53300|08|57P0[^4])/.test(code)
}
