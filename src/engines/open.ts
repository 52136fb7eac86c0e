import type { Connection } from './connection-url.ts'
import type { Session, TargetSession } from './port.ts'
import { openPostgres } from './postgres/connect.ts'
import { openSqlite } from './sqlite/connect.ts'

/** Opens a connection that cannot write, holding one snapshot until it is closed. */
export async function openReader(connection: Connection, schema?: string | null): Promise<Session> {
  if (connection.engine === 'sqlite') return openSqlite(connection.path, 'read')
  return openPostgres(connection.url, schema ?? connection.schema, 'read')
}

export async function openTarget(connection: Connection, schema?: string | null): Promise<TargetSession> {
  if (connection.engine === 'sqlite') return openSqlite(connection.path, 'write')
  return openPostgres(connection.url, schema ?? connection.schema, 'write')
}
