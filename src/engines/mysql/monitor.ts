import { ParitygateError } from '../../model/error.ts'
import { ownConnections } from '../own-connections.ts'
import type { Monitor } from '../port/session.ts'
import { serverOf } from '../server-of.ts'
import { openConnection, streamOf } from './connect.ts'
import { serverName } from './server.ts'
import { type Row, select } from './statement.ts'

/** See `Monitor`. A server knows of its replicas that they are there, and not how far behind they are. */
export async function openMysqlMonitor(url: string): Promise<Monitor> {
  const connection = await openConnection(url)
  const stream = streamOf(connection)
  const server = serverOf(url)
  const rows = (sql: string) => select(connection, sql)
  const [place] = await rows(
    `SELECT ${serverName} AS name, CONNECTION_ID() AS connection, VERSION() AS version`,
  )
  stream.once('close', ownConnections.add(`${place!.name}#${place!.connection}`))
  return {
    server,
    active: () => active(rows, place!.name!),
    lag: () => lag(rows, server, /mariadb/i.test(place!.version!)),
    close: () => void stream.destroy(),
  }
}

/** Everybody sees how many there are, and at least the own ones. What sends the binary log to replicas waits for ever. */
async function active(rows: (sql: string) => Promise<Row[]>, server: string): Promise<number> {
  const [running] = await rows("SHOW GLOBAL STATUS LIKE 'Threads_running'")
  const own = new Set(ownConnections.all())
  const others = (await rows('SHOW PROCESSLIST')).filter(
    ({ Id, Command }) =>
      Command!.startsWith('Binlog Dump') || (Command !== 'Sleep' && own.has(`${server}#${Id}`)),
  )
  return Math.max(0, Number(running!.Value) - others.length)
}

async function lag(rows: (sql: string) => Promise<Row[]>, server: string, mariadb: boolean): Promise<number> {
  const sources = await rows(mariadb ? 'SHOW ALL SLAVES STATUS' : 'SHOW REPLICA STATUS').catch(error => {
    // ER_PARSE_ERROR: before MySQL 8.0.22 it is called otherwise.
    if (!mariadb && (error as { errno?: number }).errno === 1064) return rows('SHOW SLAVE STATUS')
    throw error
  })
  if (sources.length === 0)
    throw new ParitygateError('limit.unmeasurable', 'it is no replica', { where: server })
  const seconds = sources.map(row => row.Seconds_Behind_Source ?? row.Seconds_Behind_Master ?? null)
  if (seconds.includes(null))
    throw new ParitygateError('limit.unmeasurable', 'replication does not run', { where: server })
  return Math.max(...seconds.map(Number))
}
