import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ParitygateError } from '../../model/error.ts'
import { findProgram, runProgram, type Surroundings } from '../programs/client-program.ts'
import { connectionOptions } from './options.ts'

export interface MysqlPrograms {
  dump: string
  client: string
  /** MariaDB's, and not MySQL's: each knows options the other refuses. */
  mariadb: boolean
  /** `mariadb-dump 10.11.19` */
  version: string
}

/**
 * The programs of MySQL's or MariaDB's client, those of the server's own kind first.
 *
 * @param server `version()`
 * @throws {ParitygateError} backup.no-client, backup.client-too-old
 */
export async function findPrograms(
  folder: string | undefined,
  server: string,
  surroundings: Surroundings,
): Promise<MysqlPrograms> {
  const isMariadb = /mariadb/i.test(server)
  const ordered = (names: string[]) => (isMariadb ? names : names.reverse())
  const dump = required(ordered(['mariadb-dump', 'mysqldump']), folder)
  const client = required(ordered(['mariadb', 'mysql']), folder)
  const text = await runProgram([dump, '--version'], surroundings)
  const mariadb = /mariadb/i.test(text)
  // `Ver 10.19 Distrib 10.11.19-MariaDB`, `from 11.4.2-MariaDB, client 10.19`, `Ver 9.7.0 for Linux`
  const version = (/(?:Distrib|from) (\d+\.\d+[\d.]*)/.exec(text) ?? /Ver (\d+\.\d+[\d.]*)/.exec(text))?.[1]
  if (version === undefined)
    throw new ParitygateError('backup.no-client', `${dump} does not say which version it is`)
  const name = mariadb ? 'mariadb-dump' : 'mysqldump'
  const own = server.replace(/^5\.5\.5-/, '')
  // Programs of the other kind have versions that say nothing of this server.
  if (mariadb === isMariadb && isOlder(version, own)) {
    const kind = isMariadb ? 'MariaDB' : 'MySQL'
    throw new ParitygateError(
      'backup.client-too-old',
      `${dump} is ${name} ${version}, the server is ${kind} ${own}: ${seriesOf(own).join('.')} or newer is needed`,
      {
        hint: `Install ${isMariadb ? 'mariadb-client' : 'mysql-client'} ${seriesOf(own).join('.')}, put its folder first on PATH, or name it with --client-dir. Nothing was run.`,
      },
    )
  }
  return { dump, client, mariadb, version: `${name} ${version}` }
}

function required(names: string[], folder: string | undefined): string {
  const path = findProgram(names, folder)
  if (path !== null) return path
  const place = folder === undefined ? 'on PATH' : `in ${folder}`
  throw new ParitygateError('backup.no-client', `there is neither ${names.join(' nor ')} ${place}`, {
    hint: 'Install it, as with apt install mariadb-client or mysql-client, or name its folder with --client-dir. Nothing was run.',
  })
}

/** What both products call a release series. */
function seriesOf(version: string): number[] {
  return version.split(/[.-]/).slice(0, 2).map(Number)
}

function isOlder(client: string, server: string): boolean {
  const [own, needed] = [seriesOf(client), seriesOf(server)] as [number[], number[]]
  return own[0] === needed[0] ? own[1]! < needed[1]! : own[0]! < needed[0]!
}

/** The options file of one connection: arguments can be read by everybody on the machine. */
export interface OptionsFile {
  surroundings: Surroundings
  /** Comes before all other arguments. */
  argument: string
  database: string
  remove(): void
}

/**
 * Writes what reaches the database of a URL to a file only its owner may read; it goes with this process at the latest. No
 * other options file is read, which could lead elsewhere.
 *
 * @param encrypted whether the session with this server is: the programs' own defaults differ from version to version
 */
export function writeOptions(
  url: string,
  { mariadb, encrypted }: { mariadb: boolean; encrypted: boolean },
  signal: AbortSignal | undefined,
): OptionsFile {
  const { host, port, socketPath, user, password, database } = connectionOptions(url)
  const folder = mkdtempSync(join(tmpdir(), 'paritygate-'))
  const remove = () => {
    process.removeListener('exit', remove)
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', remove)
  const path = join(folder, 'client.cnf')
  const lines = [
    '[client]',
    option('user', user!),
    ...(password ? [option('password', password)] : []),
    ...(socketPath === undefined
      ? [option('host', host!), `port=${port}`, 'protocol=tcp']
      : [option('socket', socketPath)]),
    ...(socketPath === undefined ? tlsOptions(url, mariadb, encrypted) : []),
  ]
  try {
    writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    remove()
    throw error
  }
  const env: NodeJS.ProcessEnv = { ...process.env, MYSQL_TEST_LOGIN_FILE: join(folder, 'none') }
  for (const name of ['MYSQL_PWD', 'MYSQL_HOST', 'MYSQL_TCP_PORT', 'MYSQL_UNIX_PORT']) delete env[name]
  return {
    surroundings: { env, secrets: [password ?? ''], signal },
    argument: `--defaults-file=${path}`,
    database: database!,
    remove,
  }
}

function tlsOptions(url: string, mariadb: boolean, encrypted: boolean): string[] {
  const parameters = new URL(url).searchParams
  const mode = (parameters.get('ssl-mode') ?? parameters.get('sslmode') ?? '').toUpperCase()
  const verified = mode.startsWith('VERIFY')
  const ca = parameters.get('ssl-ca')
  const authority = ca === null ? [] : [option('ssl-ca', ca)]
  if (mariadb)
    return encrypted
      ? ['ssl', `${verified ? '' : 'skip-'}ssl-verify-server-cert`, ...authority]
      : ['skip-ssl']
  return encrypted
    ? [`ssl-mode=${verified ? mode : 'REQUIRED'}`, ...authority]
    : ['ssl-mode=DISABLED', 'get-server-public-key']
}

/** A quoted value of an options file (https://dev.mysql.com/doc/refman/8.4/en/option-files.html). */
function option(name: string, value: string): string {
  const escapes: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\' }
  return `${name}="${value.replace(/[\n\r\t"\\]/g, character => escapes[character]!)}"`
}
