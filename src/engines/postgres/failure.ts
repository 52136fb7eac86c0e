import { type ErrorCode, ParitygateError } from '../../model/error.ts'
import { defectOf } from '../defect.ts'

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
  const lost = code === undefined || /^(08|57P|ECONN|EPIPE)/.test(code)
  return new ParitygateError(lost ? 'connection.lost' : refused(code), message, { where, cause: error })
}
