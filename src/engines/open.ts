import type { Connection } from './connection-url.ts'
import { withDerivedFields } from './derived-fields.ts'
import type { Session, TargetSession } from './port.ts'

/** A driver takes long to load, and most runs need two of the three. */
const drivers = {
  sqlite: () => import('./sqlite/connect.ts'),
  postgres: () => import('./postgres/connect.ts'),
  mysql: () => import('./mysql/connect.ts'),
}

type Mode = 'read' | 'write' | 'create' | 'preview'

async function open(connection: Connection, schema: string | null, mode: Mode): Promise<TargetSession> {
  if (connection.engine === 'sqlite') return (await drivers.sqlite()).openSqlite(connection.path, mode)
  const onServer = mode === 'read' ? 'read' : 'write'
  if (connection.engine === 'mysql') return (await drivers.mysql()).openMysql(connection.url, onServer)
  return (await drivers.postgres()).openPostgres(connection.url, schema ?? connection.schema, onServer)
}

/**
 * Opens a connection that cannot write, holding one snapshot until it is closed.
 *
 * @param schema of PostgreSQL; default: the URL's, then the connection's current one
 * @throws {ParitygateError} source.missing, source.not-a-database, source.encoding, connection.refused or
 * connection.rejected
 */
export async function openReader(connection: Connection, schema?: string | null): Promise<Session> {
  return withDerivedFields(await open(connection, schema ?? null, 'read'))
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
  { create = false }: { create?: boolean } = {},
): Promise<TargetSession> {
  return withDerivedFields(await open(connection, schema ?? null, create ? 'create' : 'write'))
}

/**
 * Opens a target only to look at it; a SQLite file that is not there yet is taken for an empty database, and not made.
 *
 * @throws {ParitygateError} as `openTarget`
 */
export async function previewTarget(connection: Connection, schema?: string | null): Promise<TargetSession> {
  return withDerivedFields(await open(connection, schema ?? null, 'preview'))
}
