import type { Socket } from 'node:net'
import type { Connection } from 'mysql2'
import { ParitygateError } from '../../model/error.ts'
import { redactUrl } from '../../model/redact.ts'
import { ownConnections } from '../own-connections.ts'
import type { TargetSession } from '../port/target-session.ts'
import { selectedFrom } from '../selected-from.ts'
import type { TimeLimits } from '../time-limits.ts'
import { connect } from './connection.ts'
import { digestLines } from './digest.ts'
import { isPassingRefusal, sourceFailure, targetFailure } from './failure.ts'
import {
  addForeignKey,
  deferForeignKeys,
  dropTables,
  referencesTo,
  removeOrphans,
  restoreForeignKeys,
  truncate,
} from './foreign-keys.ts'
import { introspect } from './introspect.ts'
import { loadLines } from './load.ts'
import { ownTables } from './own-tables.ts'
import { literal, qualified } from './quoting.ts'
import { readLines } from './read.ts'
import { columnsOf } from './result-types.ts'
import { runStatement } from './run-statement.ts'
import { type Server, serverName } from './server.ts'
import { mysqlDialect } from './sql.ts'
import { run, select } from './statement.ts'
import { guardTriggers } from './trigger-guard.ts'
import { plannedTriggers, restoreTriggers, triggersOn } from './triggers.ts'
import { writeObstacle } from './write-obstacle.ts'

/**
 * Opens one connection to MySQL or MariaDB. For reading it holds one consistent snapshot, read-only, until it is closed,
 * so that everything read is of one moment and nothing can be written.
 */
export async function openMysql(
  url: string,
  mode: 'read' | 'write',
  limits: TimeLimits = {},
): Promise<TargetSession> {
  const connection = await openConnection(url)
  try {
    const server = await prepare(connection, mode, limits)
    return await session(connection, server, url, mode)
  } catch (error) {
    connection.destroy()
    throw connectFailure(error, url)
  }
}

/** @throws {ParitygateError} connection.refused, connection.rejected */
export async function openConnection(url: string): Promise<Connection> {
  try {
    return await connect(url)
  } catch (error) {
    throw connectFailure(error, url)
  }
}

/** Ends the snapshot a connection holds, and takes one of the present moment. */
export const SNAPSHOT = 'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY'

/** Warnings a load wants to look at; either server keeps at least as many unless it is told otherwise. */
const WARNINGS = 64

/** Settings of the server or the role that would change what is read or written are put aside. */
async function prepare(connection: Connection, mode: 'read' | 'write', limits: TimeLimits): Promise<Server> {
  const rows = (sql: string) => select(connection, sql)
  const [server] = await rows(
    'SELECT VERSION() AS version, DATABASE() AS `schema`, @@GLOBAL.sql_mode AS sql_mode, @@max_error_count AS kept',
  )
  const version = server!.version!
  const mariadb = /mariadb/i.test(version)
  requireVersion(version, mariadb)
  // Each server has a mode for what the other does without one.
  const unusual = mariadb ? 'TIME_ROUND_FRACTIONAL' : 'TIME_TRUNCATE_FRACTIONAL'
  const isUnusual = server!.sql_mode!.includes(unusual)
  // Zero dates may be written: they are values of this engine.
  const modes = ['STRICT_ALL_TABLES', 'NO_ENGINE_SUBSTITUTION', 'NO_AUTO_VALUE_ON_ZERO']
  if (isUnusual) modes.push(unusual)
  const settings = [
    `time_zone = '+00:00'`,
    `sql_mode = '${modes.join(',')}'`,
    'sql_select_limit = 18446744073709551615',
    'sql_safe_updates = 0',
    // What is longer is cut with a warning that nobody sees: MySQL begins with 1024 bytes.
    'group_concat_max_len = 4294967295',
    'autocommit = 1',
    // What aggregates of text give is cut at this, with no more than a warning.
    'group_concat_max_len = 4294967295',
    'foreign_key_checks = 1',
    'unique_checks = 1',
    // A load goes by the warnings and notes of the server. MySQL 9 lets only some users change how many it keeps.
    'sql_notes = 1',
    ...(mode === 'write' && Number(server!.kept) < WARNINGS ? [`max_error_count = ${WARNINGS}`] : []),
    // One side waits while the other is slow.
    'net_read_timeout = 3600',
    'net_write_timeout = 3600',
    'wait_timeout = 28800',
    ...timeouts(limits, mariadb),
    mariadb ? 'check_constraint_checks = 1' : 'information_schema_stats_expiry = 0',
  ]
  await run(connection, `SET SESSION ${settings.join(', ')}`)
  if (mode === 'read') {
    await run(connection, 'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY')
    await run(connection, SNAPSHOT)
  }
  return {
    schema: server!.schema!,
    version,
    mariadb,
    rounding: mariadb === isUnusual ? 'half_up' : 'truncate',
  }
}

const LOCK_MS = 60_000

/** Locks are waited for by whole seconds, and by one at least. MySQL has a limit for SELECT alone. */
function timeouts({ lockMs = LOCK_MS, statementMs = 0 }: TimeLimits, mariadb: boolean): string[] {
  const seconds = Math.max(1, Math.ceil(lockMs / 1000))
  return [
    `lock_wait_timeout = ${seconds}`,
    `innodb_lock_wait_timeout = ${seconds}`,
    mariadb ? `max_statement_time = ${statementMs / 1000}` : `max_execution_time = ${statementMs}`,
  ]
}

/** MySQL 8.0.17 is the first with a binary collation that does not pad; MariaDB has had one for longer. */
function requireVersion(version: string, mariadb: boolean): void {
  const oldest = mariadb ? [10, 6, 0] : [8, 0, 17]
  const own = version
    .replace(/^5\.5\.5-/, '')
    .split(/[.-]/)
    .map(Number)
  const differing = oldest.findIndex((number, index) => own[index] !== number)
  if (differing < 0 || own[differing]! > oldest[differing]!) return
  const wanted = `${mariadb ? 'MariaDB' : 'MySQL'} ${oldest.join('.')}`
  throw new ParitygateError('connection.rejected', `${version} is older than ${wanted}`, {
    hint: `Use ${wanted} or newer.`,
  })
}

async function session(
  connection: Connection,
  server: Server,
  url: string,
  mode: 'read' | 'write',
): Promise<TargetSession> {
  const rows = (sql: string, values?: unknown[]) => select(connection, sql, values)
  const execute = async (sql: string) => void (await run(connection, sql))
  const [place] = await rows(`SELECT ${serverName} AS server, CONNECTION_ID() AS connection`)
  streamOf(connection).once('close', ownConnections.add(`${place!.server}#${place!.connection}`))
  const notices: string[] = []
  let holds = false
  return {
    engine: 'mysql',
    describe: redactUrl(url),
    identity: `mysql:${place!.server}:${server.schema}`,
    version: `${server.mariadb ? 'MariaDB' : 'MySQL'} ${server.version}`,
    dialect: mysqlDialect(server),
    sharedReading: false,
    introspect: () => introspect(rows, server),
    async count(relation) {
      const [row] = await rows(`SELECT COUNT(*) AS n FROM ${selectedFrom(relation)}`)
      return Number(row!.n)
    },
    async estimate(relation) {
      // One line for each table of a join, which multiply; those of subqueries have another id.
      const plan = await rows(`EXPLAIN FORMAT=TRADITIONAL SELECT 1 FROM ${selectedFrom(relation)}`)
      const own = plan.filter(({ id, rows: some }) => id === plan[0]?.id && some !== null)
      return own.length === 0 ? null : own.reduce((product, line) => product * Number(line.rows), 1)
    },
    columnsOf: select => columnsOf(connection, select),
    read: (relation, fields, signal) => readLines(connection, relation, fields, signal),
    digestLines: (relation, fields, options) => digestLines(connection, relation, fields, options),
    query: sql => rows(sql),
    failure: mode === 'read' ? sourceFailure : targetFailure,
    interrupt: () => streamOf(connection).destroy(new Error('interrupted')),
    async close() {
      const stream = streamOf(connection)
      // A query still running would keep `end` waiting for its result.
      const deadline = setTimeout(() => stream.destroy(), 500)
      // The server takes a moment to see that a session has ended, in which nobody else could take hold.
      if (holds && !stream.destroyed) connection.query('DO RELEASE_ALL_LOCKS()', () => {})
      await new Promise<void>(resolve => {
        stream.once('close', () => resolve())
        if (stream.destroyed) return resolve()
        connection.end(() => resolve())
      })
      clearTimeout(deadline)
    },
    transactionalDdl: false,
    notices,
    concurrentWriters: true,
    own: ownTables(server.schema),
    async hold(name) {
      const [row] = await rows(`SELECT GET_LOCK(${literal(`paritygate:${name}`)}, 0) AS held`)
      holds = row!.held === '1'
      return holds
    },
    async holderOf(name) {
      const [row] = await rows(`SELECT IS_USED_LOCK(${literal(`paritygate:${name}`)}) AS id`)
      return row?.id ? `connection ${row.id}` : null
    },
    sharedLock: 'LOCK IN SHARE MODE',
    id: `connection ${connection.threadId}`,
    async counterStatements(table) {
      const [row] = await rows(
        'SELECT AUTO_INCREMENT AS next FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
        [server.schema, table],
      )
      const next = row?.next ?? null
      return next === null ? [] : [`ALTER TABLE ${qualified(server.schema, table)} AUTO_INCREMENT = ${next}`]
    },
    begin: () => execute('START TRANSACTION'),
    commit: () => execute('COMMIT'),
    async rollback() {
      await execute('ROLLBACK')
      await restoreForeignKeys(connection)
    },
    execute,
    runStatement: statement => runStatement(connection, statement),
    load: (table, columns, lines, options) =>
      loadLines(connection, server, table, columns, lines, { ...options, notices }),
    deferForeignKeys: keys => deferForeignKeys(connection, keys),
    restoreForeignKeys: () => restoreForeignKeys(connection),
    removeOrphans: (key, columns, reject) => removeOrphans(connection, server, key, columns, reject),
    addForeignKey: key => addForeignKey(connection, server, key),
    // InnoDB counts on from the highest value by itself.
    advanceSequences: async () => {},
    triggersOn: table => triggersOn(connection, server, table),
    plannedTriggers: (table, names) => plannedTriggers(connection, server, table, names),
    restoreTriggers: on => restoreTriggers(connection, on),
    guardTriggers: on => guardTriggers({ url, session: connection.threadId!, on }),
    writeObstacle: (tables, create) => writeObstacle(connection, server, tables, create),
    truncate: tables => truncate(connection, server, tables),
    dropTables: tables => dropTables(connection, server, tables),
    // The server drops what others refer to where it is told to check no keys, and views stay as they are.
    dropObstacle: async () => null,
    // LOCK TABLES would end the transaction, and dropping a table ends it anyway.
    lockTables: async () => {},
    referencesTo: tables => referencesTo(connection, server, tables),
  }
}

/** The socket; ending the connection itself would wait for the statement under way. */
export function streamOf(connection: Connection) {
  return (connection as unknown as { stream: Socket }).stream
}

function connectFailure(error: unknown, url: string): unknown {
  if (error instanceof ParitygateError) return error
  const { code, errno, message } = error as { code?: string; errno?: number; message: string }
  const detail = `${redactUrl(url)}: ${message || code}`
  // Errors of the server have numbers from 1000 on; those of sockets are negative.
  const rejected = errno !== undefined && errno >= 1000
  return new ParitygateError(rejected ? 'connection.rejected' : 'connection.refused', detail, {
    transient: isPassingRefusal(error as { code?: string; errno?: number }),
  })
}
