import { randomBytes } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { ParitygateError } from '../../model/error.ts'
import type { NotCovered } from '../../model/finding.ts'
import type { BackupTools, BackupToolsOptions, Scratch } from '../backup-tools.ts'
import type { Connection } from '../connection-url.ts'
import { runIntoProgram, runProgram } from '../programs/client-program.ts'
import { findPrograms, requireVersion, surroundingsOf } from './client-programs.ts'
import { openPostgres } from './connect.ts'
import { emptyDatabase, ownSchemas } from './empty-database.ts'
import { quote } from './quoting.ts'
import { postgresDialect } from './sql.ts'

type PostgresConnection = Extract<Connection, { engine: 'postgres' }>

/** A table an extension brings is made by it. */
const ofNoExtension = `NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
  AND d.deptype = 'e')`

/** Subscriptions are connections to other servers: none is to begin to receive by a restore. */
const dumpOptions = ['--no-password', '--no-subscriptions']

/**
 * Backups by pg_dump and pg_restore, of one moment: a session holds the snapshot that pg_dump and readers of `original`
 * see.
 *
 * @throws {ParitygateError} backup.no-client, backup.client-too-old; connection.refused, connection.rejected
 */
export async function openPostgresBackup(
  connection: PostgresConnection,
  { clientDir, signal }: BackupToolsOptions,
): Promise<BackupTools> {
  const programs = findPrograms(clientDir)
  const surroundings = surroundingsOf(connection.url, signal)
  const holder = await openPostgres(connection.url, null, 'write')
  try {
    const [server] = await holder.query(
      `SELECT current_setting('server_version') AS version, pg_is_in_recovery() AS standby`,
    )
    const tool = await requireVersion(programs.dump, server!.version!, surroundings)
    const { rows, snapshot } = await hold(holder, server!.standby === 't')
    const original = { ...connection, ...(snapshot === null ? {} : { snapshot }) }
    const atThatMoment = snapshot === null ? [] : [`--snapshot=${snapshot}`]
    /** A database on another server may lack the roles. */
    const foreign = new Set<string>()
    const anybodys = (url: string) => (foreign.has(url) ? ['--no-owner', '--no-privileges'] : [])
    const restoreInto = async (file: string, url: string) => {
      const pipe = new PassThrough()
      // The script ends with COMMIT, which one that was cut short does not reach.
      const script = async function* () {
        yield `BEGIN;\n${emptyDatabase}`
        yield* pipe
        yield requireCommitted
      }
      await runIntoProgram(
        {
          command: [programs.restore, '--single-transaction', ...anybodys(url), '--file=-', file],
          output: pipe,
        },
        {
          command: [programs.psql, '-X', '-q', '-w', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null'],
          input: Readable.from(script()),
        },
        surroundingsOf(url, signal),
      )
    }
    return {
      engine: 'postgres',
      ending: 'dump',
      tool,
      server: holder.version,
      atomic: true,
      notCovered: await notCovered(rows),
      original,
      oneMoment: snapshot !== null,
      async schemas() {
        const found = await rows(
          `SELECT DISTINCT n.nspname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND ${ownSchemas} ORDER BY 1`,
        )
        return found.map(({ name }) => name!)
      },
      async dump(file) {
        const command = [programs.dump, '--format=custom', `--file=${file}`, ...dumpOptions, ...atThatMoment]
        await runProgram(command, surroundings)
      },
      async list(file) {
        const text = await runProgram([programs.restore, '--list', file], surroundings)
        return { tables: requireTables(text, await rows(tableQuery)) }
      },
      restore: (file, { scratch } = {}) => restoreInto(file, urlOf(scratch ?? connection)),
      createScratch: async () => createScratch(connection, holder.describe),
      async useScratch(given) {
        foreign.add(urlOf(given))
        return await useScratch(given)
      },
      async definitions(of) {
        // Both texts are without owners where one of the two has to be.
        const options = [...dumpOptions, ...(foreign.size > 0 ? ['--no-owner', '--no-privileges'] : [])]
        const command = [programs.dump, '--schema-only', ...options, ...(of === original ? atThatMoment : [])]
        const text = await runProgram(command, surroundingsOf(urlOf(of), signal))
        return text.replace(/^(?:\\(?:un)?restrict .*|-- Dumped .*)\n/gm, '')
      },
      close: () => holder.close(),
    }
  } catch (error) {
    await holder.close()
    throw error
  }
}

const requireCommitted = `
DO $paritygate$
BEGIN
  IF pg_current_xact_id_if_assigned() IS NOT NULL THEN
    RAISE EXCEPTION 'the script ended before its COMMIT';
  END IF;
END
$paritygate$;
`

function urlOf(connection: Connection): string {
  return (connection as PostgresConnection).url
}

/** Holds a snapshot that others can read from, which a standby cannot give. */
async function hold(session: Awaited<ReturnType<typeof openPostgres>>, standby: boolean) {
  await session.execute('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  const rows = session.query
  const [exported] = standby ? [] : await rows('SELECT pg_export_snapshot() AS snapshot')
  return { rows, snapshot: exported?.snapshot ?? null }
}

type Rows = (sql: string) => Promise<Record<string, string | null>[]>

const tableQuery = `SELECT n.nspname AS schema, c.relname AS name, pg_get_userbyid(c.relowner) AS owner, c.relkind AS kind
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND ${ownSchemas} AND ${ofNoExtension}`

/** Every table must be listed, and its rows where it holds them itself. */
function requireTables(list: string, tables: Record<string, string | null>[]): number {
  const entries = new Set(list.split('\n').map(line => line.replace(/^\d+; \d+ \d+ /, '')))
  const missing = tables.filter(({ schema, name, owner, kind }) => {
    const entry = [schema, name, owner].map(word => word!.replace(/[\r\n]/g, ' ')).join(' ')
    return !entries.has(`TABLE ${entry}`) || (kind === 'r' && !entries.has(`TABLE DATA ${entry}`))
  })
  if (missing.length > 0) {
    const names = missing.map(({ schema, name }) => `${schema}.${name}`)
    throw new ParitygateError('backup.failed', `the file does not list ${names.join(', ')}`)
  }
  return tables.length
}

async function notCovered(rows: Rows): Promise<NotCovered[]> {
  const reasons: Record<string, string> = {
    v: 'a view: its definition is compared, its rows are not',
    m: 'a materialized view: its definition is compared, its rows are computed again',
    f: 'a foreign table: its rows are on another server, and in no backup of this one',
    subscription: 'a subscription: not in the backup, and left alone by a restore',
    lo: 'in the backup, and not compared',
  }
  const found = await rows(
    `SELECT n.nspname || '.' || c.relname AS subject, c.relkind::text AS kind FROM pg_class c
       JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('v', 'm', 'f') AND ${ownSchemas} AND ${ofNoExtension}
     UNION ALL SELECT s.subname, 'subscription' FROM (SELECT subname, subdbid FROM pg_subscription) s
       JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = current_database()
     UNION ALL SELECT count(*) || ' large objects', 'lo' FROM pg_largeobject_metadata HAVING count(*) > 0
     ORDER BY 1`,
  )
  return found.map(({ subject, kind }) => ({ subject: subject!, reason: reasons[kind!]! }))
}

/** Encoding and collation as the database has them: both decide what can stand in it, and in which order. */
async function createScratch(connection: PostgresConnection, describe: string): Promise<Scratch> {
  const name = `paritygate_scratch_${randomBytes(6).toString('hex')}`
  const literal = (text: string) => postgresDialect.literal(text)
  const inAnother = async (sql: (rows: Rows) => Promise<string>) => {
    const session = await openPostgres(connection.url, null, 'write')
    try {
      await session.execute(await sql(session.query))
    } finally {
      await session.close()
    }
  }
  try {
    await inAnother(async rows => {
      const [found] = await rows(
        `SELECT pg_encoding_to_char(encoding) AS encoding, to_json(d) AS as_json FROM pg_database d WHERE datname = current_database()`,
      )
      const own = JSON.parse(found!.as_json!) as Record<string, string | null>
      // The columns were renamed from version to version (https://www.postgresql.org/docs/current/catalog-pg-database.html).
      const locale = own.datlocale ?? own.daticulocale
      const provider = { i: 'icu', b: 'builtin' }[own.datlocprovider ?? 'c']
      return [
        `CREATE DATABASE ${quote(name)} TEMPLATE template0 ENCODING ${literal(found!.encoding!)}`,
        `LC_COLLATE ${literal(own.datcollate!)} LC_CTYPE ${literal(own.datctype!)}`,
        ...(provider && locale
          ? [
              `LOCALE_PROVIDER ${provider} ${provider === 'icu' ? 'ICU' : 'BUILTIN'}_LOCALE ${literal(locale)}`,
            ]
          : []),
      ].join(' ')
    })
  } catch (error) {
    if (error instanceof ParitygateError) throw error
    throw new ParitygateError('backup.no-scratch', (error as Error).message, {
      where: describe,
      cause: error,
    })
  }
  const url = new URL(connection.url)
  url.pathname = `/${name}`
  return {
    connection: { engine: 'postgres', url: url.href, schema: null },
    name,
    drop: () => inAnother(async () => `DROP DATABASE IF EXISTS ${quote(name)} WITH (FORCE)`),
  }
}

async function useScratch(connection: Connection): Promise<Scratch> {
  const session = await openPostgres(urlOf(connection), null, 'write')
  try {
    const found = await session.query(
      `SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE ${ownSchemas} AND ${ofNoExtension} LIMIT 1`,
    )
    if (found.length > 0)
      throw new ParitygateError(
        'backup.no-scratch',
        `it is not empty: it holds ${found[0]!.name}, and was left as it is`,
        {
          where: session.describe,
        },
      )
    return {
      connection,
      name: session.describe,
      async drop() {
        const again = await openPostgres(urlOf(connection), null, 'write')
        try {
          await again.begin()
          await again.execute(emptyDatabase)
          await again.commit()
        } finally {
          await again.close()
        }
      },
    }
  } finally {
    await session.close()
  }
}
