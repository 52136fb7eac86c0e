import pg from 'pg'
import { ParitygateError } from '../../model/error.ts'
import { redactUrl } from '../../model/redact.ts'
import { ownConnections } from '../own-connections.ts'
import { OWN } from '../own-tables.ts'
import type { TargetSession } from '../port/target-session.ts'
import { selectedFrom } from '../selected-from.ts'
import type { TimeLimits } from '../time-limits.ts'
import { backendName } from './backend.ts'
import { counterStatements } from './counters.ts'
import { cutBlocks } from './cut-blocks.ts'
import { dropObstacle, lockTables, referencesTo } from './dependents.ts'
import { digestLines } from './digest.ts'
import { isTransient, targetFailure } from './failure.ts'
import { addForeignKey, deferForeignKeys, removeOrphans, restoreForeignKeys } from './foreign-keys.ts'
import { hashingOf } from './hash.ts'
import { columnsOf, introspect } from './introspect.ts'
import { advanceSequences, loadLines, truncate } from './load.ts'
import { ownTables } from './own-tables.ts'
import { qualified, quote } from './quoting.ts'
import { readLines, single } from './read.ts'
import { recoverable } from './recoverable.ts'
import { policyObstacle } from './row-level-security.ts'
import { runStatement } from './run-statement.ts'
import { postgresDialect } from './sql.ts'
import { restoreKeys, suspendKeys } from './suspend-keys.ts'
import { openTransfer } from './transfer.ts'
import { plannedTriggers, triggersOn } from './triggers.ts'

/** Text as the server sends it: no value passes through a JavaScript number or Date. */
const asSent = { getTypeParser: () => (value: string | Buffer) => value }

const settings = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  // Policies that would hide rows make the server refuse instead.
  row_security: 'off',
  // A client whose machine has died holds locks no longer than a minute.
  tcp_keepalives_idle: '30',
  tcp_keepalives_interval: '10',
  tcp_keepalives_count: '3',
  idle_in_transaction_session_timeout: '0',
  // What the plan joins and groups are whole tables: a hash in several parts takes longer, and gives rows out of their order.
  work_mem: '64MB',
}

const ofMode = {
  // Compiling a query takes longer than it saves: every one here runs once, most of them over few columns.
  read: { default_transaction_read_only: 'on', jit: 'off' },
  // Keys and indexes are built by one sort in memory where they fit.
  write: { maintenance_work_mem: '256MB' },
}

/**
 * Opens one PostgreSQL connection. For reading it holds one REPEATABLE READ, READ ONLY transaction until it is closed,
 * so that everything read is of one moment and nothing can be written.
 *
 * @param snapshot the moment to be read, of `exportSnapshot`; null for the present one
 */
export async function openPostgres(
  url: string,
  schema: string | null,
  mode: 'read' | 'write',
  { snapshot = null, ...limits }: { snapshot?: string | null | undefined } & TimeLimits = {},
): Promise<TargetSession> {
  const client = await connectedClient(url, { ...settings, ...ofMode[mode], ...timeouts(limits) })
  try {
    if (mode === 'read') await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    if (snapshot !== null) await client.query(`SET TRANSACTION SNAPSHOT ${postgresDialect.literal(snapshot)}`)
    const opened = await session(client, url, schema, mode)
    return mode === 'read' ? await recoverable(client, opened) : opened
  } catch (error) {
    await client.end().catch(() => {})
    throw connectFailure(error, url)
  }
}

/** A clean copy takes no lock that others hold for long; waiting forever would look like a hang. */
const LOCK_MS = 60_000

function timeouts({ lockMs = LOCK_MS, statementMs = 0 }: TimeLimits): Record<string, string> {
  return { lock_timeout: `${lockMs}ms`, statement_timeout: `${statementMs}ms` }
}

/**
 * @param settings of the session, whatever the server or the role has
 * @throws {ParitygateError} connection.refused, connection.rejected
 */
export async function connectedClient(url: string, settings: Record<string, string>): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: withLibpqMeaning(url),
    application_name: new URL(url).searchParams.get('application_name') ?? 'paritygate',
    connectionTimeoutMillis: 15_000,
    types: asSent as never,
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`)
      .join(' '),
  })
  // A connection lost between two queries is reported by the query that needs it.
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (error) {
    await client.end().catch(() => {})
    throw connectFailure(error, url)
  }
}

async function session(
  client: pg.Client,
  url: string,
  wanted: string | null,
  mode: 'read' | 'write',
): Promise<TargetSession> {
  const rows = async (sql: string) =>
    (await client.query<Record<string, string | null>>(mode === 'read' ? single(sql) : sql)).rows
  const [server] = await rows(
    `SELECT pg_backend_pid() AS pid, current_setting('server_version') AS version, current_setting('server_version_num')::int < 130000 AS old,
       current_setting('client_connection_check_interval', true) IS NOT NULL AS checks,
       coalesce(${wanted === null ? 'current_schema()' : postgresDialect.literal(wanted)}, 'public') AS schema,
       (SELECT oid FROM pg_database WHERE datname = current_database()) || '@' || coalesce(host(inet_server_addr()), 'local')
         || ':' || current_setting('port') || '/' || pg_postmaster_start_time() AS identity, ${backendName('pg_backend_pid()')} AS backend`,
  )
  const forget = ownConnections.add(server!.backend!)
  client.once('end', forget)
  if (server!.old === 't') {
    throw new ParitygateError('connection.rejected', `PostgreSQL ${server!.version} is older than 13`, {
      hint: 'Use 13 or newer.',
    })
  }
  const schema = server!.schema!
  // Set on a session of its own, it survives every transaction.
  await client.query(
    `SELECT set_config('search_path', ${postgresDialect.literal(`${quote(schema)}, public`)}, false)`,
  )
  const notices: string[] = []
  let within = false
  const control = async (word: 'BEGIN' | 'COMMIT' | 'ROLLBACK') => {
    await client.query(word)
    within = word === 'BEGIN'
  }
  return {
    engine: 'postgres',
    transactionalDdl: true,
    notices,
    concurrentWriters: true,
    own: ownTables,
    async hold(name) {
      const [row] = await rows(
        `SELECT pg_try_advisory_lock(hashtextextended(${postgresDialect.literal(`paritygate:${name}`)}, 0)) AS held`,
      )
      return row!.held === 't'
    },
    async holderOf(name) {
      const [row] = await rows(
        `SELECT a.pid, a.usename AS role, coalesce(host(a.client_addr), 'a socket') AS address, a.backend_start AS since
         FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
         WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended(${postgresDialect.literal(`paritygate:${name}`)}, 0)`,
      )
      return row ? `process ${row.pid} of role ${row.role} from ${row.address}, since ${row.since}` : null
    },
    sharedLock: 'FOR SHARE',
    id: `process ${server!.pid}`,
    counterStatements: table => counterStatements(client, schema, table),
    describe: redactUrl(url),
    identity: `postgres:${server!.identity}:${schema}`,
    version: `PostgreSQL ${server!.version}`,
    dialect: postgresDialect,
    sharedReading: false,
    introspect: () => introspect(client, schema),
    async count(relation) {
      const [row] = await rows(`SELECT count(*) AS n FROM ${selectedFrom(relation)}`)
      return Number(row!.n)
    },
    async estimate(relation) {
      const [row] = await rows(`EXPLAIN (FORMAT JSON) SELECT 1 FROM ${selectedFrom(relation)}`)
      return Number(JSON.parse(row!['QUERY PLAN']!)[0].Plan['Plan Rows'])
    },
    columnsOf: select => columnsOf(client, select),
    cutBlocks: (from, chunks) => cutBlocks(rows, from, chunks),
    read: (relation, fields, signal) => readLines(client, relation, fields, signal),
    digestLines: (relation, fields, options) => digestLines(client, relation, fields, options),
    query: rows,
    hashing: hashingOf(client),
    failure: targetFailure,
    // The server ends the statement when it finds the client gone.
    interrupt: () => socketOf(client).destroy(),
    async close() {
      const socket = socketOf(client)
      // A query still running would keep `end` waiting for its result.
      const deadline = setTimeout(() => socket.destroy(), 500)
      await client.end().catch(() => {})
      clearTimeout(deadline)
    },
    begin: () => control('BEGIN'),
    commit: () => control('COMMIT'),
    rollback: () => control('ROLLBACK'),
    execute: async sql => void (await client.query(sql)),
    runStatement: statement => runStatement(client, statement),
    load: (table, columns, lines, options) => loadLines(client, schema, table, columns, lines, options),
    openTransfer: (source, relation, fields, table, columns) =>
      openTransfer(source, relation, fields, { client, schema, table, columns }),
    suspendKeys: (tables, expected) => suspendKeys(client, schema, tables, expected, notices),
    restoreKeys: (keys, handlers) => restoreKeys(client, schema, keys, handlers),
    deferForeignKeys: keys => deferForeignKeys(client, schema, keys),
    restoreForeignKeys: keys => restoreForeignKeys(client, schema, keys),
    removeOrphans: (key, columns, reject) => removeOrphans(client, schema, key, columns, reject),
    addForeignKey: key => addForeignKey(client, schema, key),
    advanceSequences: table => advanceSequences(client, schema, table),
    triggersOn: table => triggersOn(client, schema, table),
    plannedTriggers: (table, names) => plannedTriggers(client, schema, table, names),
    async restoreTriggers(on) {
      for (const sql of on) await client.query(sql)
    },
    writeObstacle: (tables, create) => writeObstacle(rows, schema, tables, create, notices),
    truncate: tables => truncate(client, schema, tables, { within }),
    dropObstacle: tables => dropObstacle(client, schema, tables),
    lockTables: tables => lockTables(client, schema, tables),
    referencesTo: tables => referencesTo(client, schema, tables),
    async dropTables(tables) {
      if (tables.length > 0)
        await client.query(`DROP TABLE IF EXISTS ${tables.map(table => qualified(schema, table)).join(', ')}`)
    },
  }
}

export function socketOf(client: pg.Client): { destroy(): void } {
  return (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream
}

/** pg reads `sslmode=require` as verify-full unless told to read it as every other client does. */
function withLibpqMeaning(text: string): string {
  const url = new URL(text)
  if (url.searchParams.has('sslmode')) url.searchParams.set('uselibpqcompat', 'true')
  return url.href
}

async function writeObstacle(
  rows: (sql: string) => Promise<Record<string, string | null>[]>,
  schema: string,
  tables: string[],
  create: boolean,
  notices: string[],
): Promise<string | null> {
  const [server] = await rows(
    `SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') AS read_only,
       has_schema_privilege(${postgresDialect.literal(schema)}, 'USAGE') AS usage,
       has_schema_privilege(${postgresDialect.literal(schema)}, 'CREATE') AS create, current_user AS role,
       coalesce(has_schema_privilege(to_regnamespace('${OWN}')::oid, 'CREATE'), has_database_privilege(current_database(), 'CREATE')) AS own`,
  ).catch((error: Error) => {
    if (/schema .* does not exist/.test(error.message))
      return [{ missing: error.message } as Record<string, string | null>]
    throw error
  })
  if (server!.missing) return server!.missing
  if (server!.standby === 't') return 'the server is a standby'
  if (server!.read_only === 'on')
    return 'the database or role is set to read-only (default_transaction_read_only)'
  if (server!.usage !== 't') return `role "${server!.role}" may not use schema "${schema}"`
  if (create && server!.create !== 't') {
    return `role "${server!.role}" may not create tables in schema "${schema}" (GRANT ALL ON DATABASE does not give it since PostgreSQL 15): GRANT CREATE ON SCHEMA ${quote(schema)} TO ${quote(server!.role!)}`
  }
  for (const table of tables) {
    const name = postgresDialect.literal(postgresDialect.table(schema, table))
    const [may] = await rows(
      `SELECT has_any_column_privilege(${name}, 'SELECT') AS select, has_table_privilege(${name}, 'INSERT') AS insert,
         c.relrowsecurity AS policies, row_security_active(c.oid) AS applied, pg_has_role(c.relowner, 'USAGE') AS owned
       FROM pg_class c WHERE c.oid = ${name}::regclass`,
    )
    // To see whether rows are there already.
    if (may!.select !== 't') return `role "${server!.role}" may not select from "${table}"`
    if (may!.insert !== 't') return `role "${server!.role}" may not insert into "${table}"`
    if (may!.applied === 't') return policyObstacle(server!.role!, table, may!.owned === 't')
    if (may!.policies !== 't') continue
    const notice = `rows go into "${table}" past its row-level security, which does not apply to role "${server!.role}"`
    if (!notices.includes(notice)) notices.push(notice)
  }
  if (server!.own !== 't')
    return `role "${server!.role}" may not make the schema ${OWN}, in which checkpoints stand beside the rows: let it (GRANT CREATE ON DATABASE … TO ${quote(server!.role!)}), or make it for the role: CREATE SCHEMA ${OWN} AUTHORIZATION ${quote(server!.role!)}`
  return null
}

function connectFailure(error: unknown, url: string): unknown {
  if (error instanceof ParitygateError) return error
  const { code, message } = error as { code?: string; message: string }
  const detail = `${redactUrl(url)}: ${message || code}`
  const rejected = code !== undefined && /^(28|3D|42501|53300|57P)/.test(code)
  return new ParitygateError(rejected ? 'connection.rejected' : 'connection.refused', detail, {
    transient: isTransient({ ...(code === undefined ? {} : { code }) }),
  })
}
