import { type ErrorCode, ParitygateError } from '../../model/error.ts'
import { defectOf } from '../defect.ts'
import { isOfNetwork } from '../network-failure.ts'

/** The server's error as mysql2 hands it over; errors of sockets and of mysql2 itself have no number of a server. */
export interface ServerError {
  message: string
  errno?: number
  sqlState?: string
}

/** What an error of a reading session means; see `Session.failure`. */
export function sourceFailure(error: unknown, where: string): ParitygateError {
  return failure(error, where, () => 'source.refused')
}

/** What an error of a writing session means; see `Session.failure`. */
export function targetFailure(error: unknown, where: string): ParitygateError {
  return failure(error, where, errno => (readOnly.has(errno) ? 'target.read-only' : 'target.refused'))
}

/**
 * By number (https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html): a table or column, a database,
 * a privilege, a routine that is denied; a server, an engine, a transaction that is read-only.
 */
const readOnly = new Set([1142, 1143, 1044, 1227, 1370, 1036, 1290, 1792, 1836, 1874, 3100])

/** The server shuts down, has ended the connection, or was killed by somebody (MariaDB, MySQL). */
const ended = new Set([1053, 1927, 4031])
const PACKET_TOO_LARGE = 1153

function failure(error: unknown, where: string, refused: (errno: number) => ErrorCode): ParitygateError {
  if (error instanceof ParitygateError) return error
  const defect = defectOf(error, where)
  if (defect) return defect
  const { message, errno = 0, sqlState } = error as ServerError
  const lost = errno < 1000 || ended.has(errno) || (sqlState?.startsWith('08') && errno !== PACKET_TOO_LARGE)
  const options = { where, cause: error, transient: lost || passing.has(errno) }
  return new ParitygateError(
    lost ? 'connection.lost' : (timeouts.get(errno) ?? refused(errno)),
    message,
    options,
  )
}

/** Which of the session's time limits has ended a statement; that of a statement is MySQL's, and MariaDB's. */
const timeouts = new Map<number, ErrorCode>([
  [1205, 'lock.timeout'],
  [3024, 'statement.timeout'],
  [1969, 'statement.timeout'],
])

/** What may succeed a moment later: a lock wait, a deadlock, too many connections of all and of one user, a server that stops. */
const passing = new Set([1205, 1213, 1040, 1203, 1226, 1053])

/** Whether a connection that was not had may be had a moment later. */
export function isPassingRefusal({ code, errno = 0 }: { code?: string; errno?: number }): boolean {
  return errno >= 1000
    ? passing.has(errno)
    : code === undefined || isOfNetwork(code) || /^PROTOCOL_/.test(code)
}

/** Errors about rows whose SQLSTATE does not say so, or says no more than that something went wrong. */
const aboutRows = new Set([
  1265, // data truncated
  1300, // text in another character set than its own
  1301, // the result of a function is longer than max_allowed_packet
  1364, // a column without a default
  1366, // no value of the type
  1369, // CHECK OPTION of a view
  1416, // no geometry
  1467, // the automatic number is used up
  1526, // no partition for the value
  1748, // a partition that does not hold the value
  3643, // a geometry in another reference system than the column's
  3751, // a value that an index over an expression would cut
  3819, // a check constraint of MySQL
  3905, // too many values in a JSON array for its index
  3906, // too long ones
  3908, // an array or object where its index takes one value
  3988, // text with characters the column's character set lacks
  4025, // a check constraint of MariaDB
  4078, // no value of the type, in MariaDB
  1118, // a row too long for the engine
  139,
])

/** Data exceptions, broken constraints, and refusals by triggers, which may signal any SQLSTATE from 45 on. */
export function isAboutRows({ errno = 0, sqlState = '' }: ServerError): boolean {
  return aboutRows.has(errno) || /^(22|23|44|45)/.test(sqlState)
}

/** LOAD DATA LOCAL is disabled on one of both ends, or unknown to what answers in a server's place. */
export function isFileRefused({ errno = 0, message }: ServerError): boolean {
  return [1148, 1235, 2068, 3948, 4166].includes(errno) || /load data|local.?infile/i.test(message)
}
