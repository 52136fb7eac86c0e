import type { BackupTools, BackupToolsOptions } from './backup-tools.ts'
import type { Connection } from './connection-url.ts'
import { withDerivedFields } from './derived-fields.ts'
import type { Monitor, Session } from './port/session.ts'
import type { TargetSession } from './port/target-session.ts'
import type { TimeLimits } from './time-limits.ts'

/** A driver takes long to load, and most runs need two of the three. */
const drivers = {
  sqlite: () => import('./sqlite/connect.ts'),
  postgres: () => import('./postgres/connect.ts'),
  mysql: () => import('./mysql/connect.ts'),
}

const readers = {
  postgres: () => import('./postgres/readers.ts'),
  mysql: () => import('./mysql/readers.ts'),
}

type Mode = 'read' | 'write' | 'create' | 'preview'

async function open(
  connection: Connection,
  schema: string | null,
  mode: Mode,
  limits?: TimeLimits,
): Promise<TargetSession> {
  if (connection.engine === 'sqlite')
    return (await drivers.sqlite()).openSqlite(connection.path, mode, limits)
  const onServer = mode === 'read' ? 'read' : 'write'
  if (connection.engine === 'mysql')
    return (await drivers.mysql()).openMysql(connection.url, onServer, limits)
  const { openPostgres } = await drivers.postgres()
  const { url, snapshot } = connection
  return openPostgres(url, schema ?? connection.schema, onServer, { ...limits, snapshot })
}

/**
 * Opens a connection that cannot write, holding one snapshot until it is closed.
 *
 * @param schema of PostgreSQL; default: the URL's, then the connection's current one
 * @param options.as a reader of another schema of the same database, idle meanwhile, whose snapshot this one is to share;
 * only PostgreSQL has several schemas
 * @throws {ParitygateError} source.missing, source.not-a-database, source.encoding, connection.refused or
 * connection.rejected
 */
export async function openReader(
  connection: Connection,
  schema?: string | null,
  { as, lockMs, statementMs }: { as?: Session } & TimeLimits = {},
): Promise<Session> {
  const limits = { lockMs, statementMs }
  if (as === undefined || connection.engine !== 'postgres')
    return withDerivedFields(await open(connection, schema ?? null, 'read', limits))
  const { openPostgresBeside } = await readers.postgres()
  return withDerivedFields(await openPostgresBeside(as, connection.url, schema ?? connection.schema, limits))
}

/**
 * Opens readers that all see the same moment. There may be fewer than asked for, where the engine or the rights of the user
 * do not allow more, and the first one's notices then say why. SQLite is one: its reader can be asked for several tables at a
 * time.
 *
 * @param schema as for `openReader`
 * @returns at least one, the first being as `openReader` gives it
 * @throws {ParitygateError} as `openReader`
 */
export async function openReaders(
  connection: Connection,
  schema: string | null | undefined,
  count: number,
  limits?: TimeLimits,
): Promise<Session[]> {
  return (await openTogether(connection, schema ?? null, count, limits)).map(withDerivedFields)
}

async function openTogether(
  connection: Connection,
  schema: string | null,
  count: number,
  limits?: TimeLimits,
): Promise<TargetSession[]> {
  if (connection.engine === 'sqlite') return [await open(connection, schema, 'read', limits)]
  if (connection.engine === 'mysql')
    return (await readers.mysql()).openMysqlReaders(connection.url, count, limits)
  const { openPostgresReaders } = await readers.postgres()
  const { url, snapshot } = connection
  return openPostgresReaders(url, schema ?? connection.schema, count, { ...limits, snapshot })
}

/**
 * Opens a connection that writes.
 *
 * @param options.create make a SQLite file that is not there
 * @throws {ParitygateError} source.missing, source.not-a-database, source.encoding, connection.refused or connection.rejected
 */
export async function openTarget(
  connection: Connection,
  schema?: string | null,
  { create = false, ...limits }: { create?: boolean } & TimeLimits = {},
): Promise<TargetSession> {
  return withDerivedFields(await open(connection, schema ?? null, create ? 'create' : 'write', limits))
}

/**
 * Opens a target only to look at it; a SQLite file that is not there yet is taken for an empty database, and not made.
 *
 * @throws {ParitygateError} as `openTarget`
 */
export async function previewTarget(connection: Connection, schema?: string | null): Promise<TargetSession> {
  return withDerivedFields(await open(connection, schema ?? null, 'preview'))
}

/**
 * Opens a connection that only asks how busy its server is; null where the engine has no server.
 *
 * @throws {ParitygateError} connection.refused or connection.rejected
 */
export async function openMonitor(connection: Connection): Promise<Monitor | null> {
  if (connection.engine === 'sqlite') return null
  if (connection.engine === 'mysql')
    return (await import('./mysql/monitor.ts')).openMysqlMonitor(connection.url)
  return (await import('./postgres/monitor.ts')).openPostgresMonitor(connection.url)
}

/**
 * What makes and restores backups of a database.
 *
 * @throws {ParitygateError} backup.no-client, backup.client-too-old; as `openReader`
 */
export async function openBackupTools(
  connection: Connection,
  options: BackupToolsOptions = {},
): Promise<BackupTools> {
  if (connection.engine === 'sqlite')
    return (await import('./sqlite/backup.ts')).openSqliteBackup(connection, options)
  if (connection.engine === 'mysql')
    return (await import('./mysql/backup.ts')).openMysqlBackup(connection, options)
  return (await import('./postgres/backup.ts')).openPostgresBackup(connection, options)
}
