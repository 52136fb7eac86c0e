import { randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { PassThrough, type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { ParitygateError } from '../../model/error.ts'
import type { NotCovered } from '../../model/finding.ts'
import type { BackupTools, BackupToolsOptions, Scratch } from '../backup-tools.ts'
import type { Connection } from '../connection-url.ts'
import type { TargetSession } from '../port/target-session.ts'
import { runProgram } from '../programs/client-program.ts'
import { findPrograms, type MysqlPrograms, type OptionsFile, writeOptions } from './client-programs.ts'
import { openMysql } from './connect.ts'
import { DumpLines, runnable } from './dump-lines.ts'
import { quote } from './quoting.ts'

type MysqlConnection = Extract<Connection, { engine: 'mysql' }>
type Rows = (sql: string) => Promise<Record<string, string | null>[]>

const common = [
  '--single-transaction',
  '--quick',
  '--hex-blob',
  '--tz-utc',
  '--no-tablespaces',
  '--default-character-set=utf8mb4',
  '--max-allowed-packet=1G',
]

/** What only MySQL's own mysqldump knows; without it, it asks for what not every server has, and writes to others' logs. */
const ofMysql = ['--set-gtid-purged=OFF', '--column-statistics=0']

/**
 * Backups by mysqldump or mariadb-dump, from one transaction of the server's, which no other session can look into.
 *
 * @throws {ParitygateError} backup.no-client, backup.client-too-old; connection.refused, connection.rejected
 */
export async function openMysqlBackup(
  connection: MysqlConnection,
  { clientDir, signal }: BackupToolsOptions,
): Promise<BackupTools> {
  const session = await openMysql(connection.url, 'write')
  const files = new Map<string, OptionsFile>()
  const close = async () => {
    for (const { remove } of files.values()) remove()
    await session.close()
  }
  try {
    const rows = session.query
    const [server] = await rows('SELECT version() AS version')
    const programs = await findPrograms(clientDir, server!.version!, {
      env: process.env,
      secrets: [],
      signal,
    })
    const tables = await rows(tableQuery)
    const reach = async (of: Connection) => {
      const { url } = of as MysqlConnection
      const known = files.get(url)
      if (known) return known
      const file = writeOptions(url, await clientOf(url, programs), signal)
      files.set(url, file)
      return file
    }
    const dumpCommand = ({ argument, database }: OptionsFile, options: string[]) => [
      programs.dump,
      argument,
      ...common,
      ...(programs.mariadb ? [] : ofMysql),
      ...options,
      // A name may begin with a dash.
      '--',
      database,
    ]
    return {
      engine: 'mysql',
      ending: 'sql.gz',
      tool: programs.version,
      server: session.version,
      atomic: false,
      notCovered: await notCovered(rows),
      original: connection,
      oneMoment: false,
      schemas: async () => [null],
      async dump(file) {
        const reached = await reach(connection)
        const gzip = createGzip()
        const written = pipeline(gzip, createWriteStream(file, { flags: 'r+' }))
        // Whoever waits for it is told below.
        written.catch(() => {})
        await runProgram(
          dumpCommand(reached, ['--routines', '--triggers', '--events']),
          reached.surroundings,
          {
            output: gzip,
          },
        ).finally(() => gzip.end())
        await written
      },
      async list(file) {
        await requireTables(file, tables)
        return { tables: tables.length }
      },
      async restore(file, { scratch } = {}) {
        const into = scratch ?? connection
        await withSession(into, emptyDatabase)
        const { argument, database, surroundings } = await reach(into)
        const command = [
          programs.client,
          argument,
          '--batch',
          '--binary-mode',
          '--default-character-set=utf8mb4',
          '--max-allowed-packet=1G',
          `--database=${database}`,
        ]
        const input = textOf(file, runnable({ events: scratch === undefined }))
        await runProgram(command, surroundings, { input })
      },
      createScratch: () => createScratch(connection, session),
      useScratch,
      async definitions(of) {
        const reached = await reach(of)
        const pieces: Buffer[] = []
        const output = new Transform({
          transform(chunk: Buffer, _, done) {
            pieces.push(chunk)
            done()
          },
        }).resume()
        // Events are left out of a database that is only for trying; see `runnable`.
        const options = ['--no-data', '--routines', '--triggers', '--skip-events', '--skip-comments']
        await runProgram(dumpCommand(reached, options), reached.surroundings, { output })
        return Buffer.concat(pieces)
          .toString()
          .replace(/^(\) ENGINE=.*) AUTO_INCREMENT=\d+/gm, '$1')
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** What the file says, as text; an error of the file is one of the stream's. */
function textOf(file: string, through: Transform): Readable {
  const output = new PassThrough()
  pipeline(createReadStream(file), createGunzip(), through, output).catch(error => output.destroy(error))
  return output
}

async function clientOf(url: string, { mariadb }: MysqlPrograms) {
  return withSession({ engine: 'mysql', url, schema: null }, async session => {
    const [status] = await session.query("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
    return { mariadb, encrypted: (status?.Value ?? '') !== '' }
  })
}

async function withSession<T>(of: Connection, work: (session: TargetSession) => Promise<T>): Promise<T> {
  const session = await openMysql((of as MysqlConnection).url, 'write')
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}

/** Sequences and tables with a history are MariaDB's. */
const tableQuery = `SELECT table_name AS name, table_type AS kind FROM information_schema.tables
  WHERE table_schema = DATABASE() AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED', 'SEQUENCE')`

async function requireTables(file: string, tables: Record<string, string | null>[]): Promise<void> {
  const lines = new DumpLines()
  for await (const chunk of textOf(file, new PassThrough())) lines.take(chunk as Buffer)
  lines.end()
  const failed = (reason: string) => new ParitygateError('backup.failed', reason)
  if (!lines.last.startsWith('-- Dump completed'))
    throw failed('the file does not end where a dump ends: "-- Dump completed" is not its last line')
  const missing = tables.map(({ name }) => name!).filter(name => !lines.tables.has(name))
  if (missing.length > 0) throw failed(`the file does not create ${missing.join(', ')}`)
}

async function notCovered(rows: Rows): Promise<NotCovered[]> {
  const reasons: Record<string, string> = {
    VIEW: 'a view: its definition is compared, its rows are not',
    'SYSTEM VERSIONED': 'only its present rows are in the backup, and not their history',
    SEQUENCE: 'a sequence: in the backup, and not compared',
    EVENT: 'an event: in the backup, and not tried, because it would run',
    ENGINE: 'its engine has no transactions: what is written to it during the backup is in it or not',
  }
  const found = await rows(
    `SELECT table_name AS subject, table_type AS kind FROM information_schema.tables
       WHERE table_schema = DATABASE() AND table_type IN ('VIEW', 'SYSTEM VERSIONED', 'SEQUENCE')
     UNION ALL SELECT event_name, 'EVENT' FROM information_schema.events WHERE event_schema = DATABASE()
     UNION ALL SELECT t.table_name, 'ENGINE' FROM information_schema.tables t
       LEFT JOIN information_schema.engines e ON e.engine = t.engine
       WHERE t.table_schema = DATABASE() AND t.table_type = 'BASE TABLE' AND coalesce(e.transactions, 'NO') <> 'YES'
     ORDER BY 1, 2`,
  )
  return found.map(({ subject, kind }) => ({ subject: subject!, reason: reasons[kind!]! }))
}

/** Drops all there is in the database; each statement commits itself. */
async function emptyDatabase({ query, execute }: TargetSession): Promise<void> {
  const found = await query(
    `SELECT event_name AS name, 'EVENT' AS kind, 0 AS place FROM information_schema.events WHERE event_schema = DATABASE()
     UNION ALL SELECT table_name, CASE table_type WHEN 'VIEW' THEN 'VIEW' WHEN 'SEQUENCE' THEN 'SEQUENCE' ELSE 'TABLE' END,
       CASE table_type WHEN 'VIEW' THEN 1 WHEN 'SEQUENCE' THEN 3 ELSE 2 END
       FROM information_schema.tables WHERE table_schema = DATABASE()
     UNION ALL SELECT routine_name, routine_type, 4 FROM information_schema.routines WHERE routine_schema = DATABASE()
     ORDER BY place, kind DESC, name`,
  )
  await execute('SET SESSION foreign_key_checks = 0')
  for (const { name, kind } of found) await execute(`DROP ${kind} IF EXISTS ${quote(name!)}`)
}

async function createScratch({ url }: MysqlConnection, session: TargetSession): Promise<Scratch> {
  const name = `paritygate_scratch_${randomBytes(6).toString('hex')}`
  try {
    const [own] = await session.query(
      'SELECT @@character_set_database AS charset, @@collation_database AS collation',
    )
    await session.execute(
      `CREATE DATABASE ${quote(name)} CHARACTER SET ${own!.charset} COLLATE ${own!.collation}`,
    )
  } catch (error) {
    throw new ParitygateError('backup.no-scratch', (error as Error).message, {
      where: session.describe,
      cause: error,
    })
  }
  const place = new URL(url)
  place.pathname = `/${name}`
  const connection: MysqlConnection = { engine: 'mysql', url: place.href, schema: null }
  const drop = () =>
    withSession({ engine: 'mysql', url, schema: null }, other =>
      other.execute(`DROP DATABASE IF EXISTS ${quote(name)}`),
    )
  return { connection, name, drop }
}

async function useScratch(connection: Connection): Promise<Scratch> {
  return withSession(connection, async session => {
    const [found] = await session.query(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() LIMIT 1`,
    )
    if (found)
      throw new ParitygateError(
        'backup.no-scratch',
        `it is not empty: it holds ${found.name}, and was left as it is`,
        { where: session.describe },
      )
    return { connection, name: session.describe, drop: () => withSession(connection, emptyDatabase) }
  })
}
