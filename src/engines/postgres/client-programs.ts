import { ParitygateError } from '../../model/error.ts'
import { findProgram, runProgram, type Surroundings } from '../programs/client-program.ts'

export interface PostgresPrograms {
  dump: string
  restore: string
  psql: string
  /** `pg_dump 15.20` */
  version: string
}

/**
 * The programs of PostgreSQL's client.
 *
 * @throws {ParitygateError} backup.no-client
 */
export function findPrograms(folder: string | undefined): Omit<PostgresPrograms, 'version'> {
  const found = { dump: 'pg_dump', restore: 'pg_restore', psql: 'psql' }
  for (const [key, name] of Object.entries(found)) {
    const path = findProgram([name], folder)
    if (path === null)
      throw new ParitygateError('backup.no-client', `there is no ${name} ${placeOf(folder)}`, {
        hint: 'Install it, as with apt install postgresql-client, or name its folder with --client-dir. Nothing was run.',
      })
    found[key as keyof typeof found] = path
  }
  return found
}

/**
 * A pg_dump older than its server refuses, or knows less than the server holds.
 *
 * @param server `server_version`
 * @throws {ParitygateError} backup.client-too-old
 */
export async function requireVersion(
  program: string,
  server: string,
  surroundings: Surroundings,
): Promise<string> {
  const text = await runProgram([program, '--version'], surroundings)
  const version = /\(PostgreSQL\)\s+(\d[\w.]*)/.exec(text)?.[1]
  if (version === undefined)
    throw new ParitygateError('backup.no-client', `${program} does not say which pg_dump it is`)
  const needed = Number.parseInt(server, 10)
  if (Number.parseInt(version, 10) < needed)
    throw new ParitygateError(
      'backup.client-too-old',
      `${program} is pg_dump ${version}, the server is PostgreSQL ${server}: pg_dump ${needed} or newer is needed`,
      {
        hint: `Install postgresql-client-${needed}, put its folder first on PATH, or name it: --client-dir /usr/lib/postgresql/${needed}/bin. Nothing was run.`,
      },
    )
  return `pg_dump ${version}`
}

function placeOf(folder: string | undefined): string {
  return folder === undefined ? 'on PATH' : `in ${folder}`
}

/** What a parameter of a URL is called in the environment of libpq's programs. */
const variables: Record<string, string> = {
  host: 'PGHOST',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  sslmode: 'PGSSLMODE',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslrootcert: 'PGSSLROOTCERT',
  options: 'PGOPTIONS',
}

/**
 * The environment in which the programs reach the database of a URL. Arguments can be read by everybody on the machine; the
 * environment of a process only by its owner.
 */
export function surroundingsOf(text: string, signal: AbortSignal | undefined): Surroundings {
  const { hostname, port, username, password, pathname, searchParams } = new URL(text)
  const env: NodeJS.ProcessEnv = { ...process.env, LC_MESSAGES: 'C', PGAPPNAME: 'paritygate' }
  // A service would outweigh what the URL says; the dump is in the database's own encoding.
  for (const name of ['PGSERVICE', 'PGHOSTADDR', 'PGCLIENTENCODING']) delete env[name]
  const given: Record<string, string> = {
    host: decodeURIComponent(hostname).replace(/^\[|\]$/g, ''),
    port,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    ...Object.fromEntries(searchParams),
  }
  // A word of the driver alone: encrypted, and nobody's certificate looked at.
  if (given.sslmode === 'no-verify') given.sslmode = 'require'
  for (const [name, variable] of Object.entries(variables)) if (given[name]) env[variable] = given[name]
  const database = decodeURIComponent(pathname.slice(1))
  if (database !== '') env.PGDATABASE = database
  return { env, secrets: [given.password ?? ''], signal }
}
