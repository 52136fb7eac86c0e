import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { createConnection } from 'mysql2/promise'
import { freePort } from '../src/demo/free-port.ts'

const START_MS = 60_000

/** Where distributions put servers, which is not always on the path of a user. */
const usualFolders = [
  '/usr/sbin',
  '/usr/libexec',
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/local/mysql/bin',
  '/opt/homebrew/bin',
]

/** The path of a server program, MariaDB's or MySQL's; null where none is installed. */
export function installedMysqld(): string | null {
  return installed('mariadbd') ?? installed('mysqld')
}

function installed(program: string, beside: string[] = []): string | null {
  const folders = [...beside, ...(process.env.PATH ?? '').split(delimiter), ...usualFolders]
  return folders.map(folder => join(folder, program)).find(path => existsSync(path)) ?? null
}

export interface OwnMysql {
  url: string
  stop(): Promise<void>
  /** Ends it at once, as a power cut would; its data stays. */
  crash(): Promise<void>
  /** Starts it again on its data, with these options besides. */
  restart(options: string[]): Promise<void>
}

/**
 * Starts a server on a free port of 127.0.0.1, with its data in the system's temporary folder. `root` has no password.
 *
 * @param more options besides those every test wants
 * @throws with the end of the server's log, where it does not come up
 */
export async function startOwnMysql(program: string, more: string[] = []): Promise<OwnMysql> {
  // A path to a socket may have some hundred characters, and those of macOS's temporary folders are long.
  const folder = mkdtempSync(join(tmpdir(), 'pg-mysql-'))
  const log = join(folder, 'log')
  const remove = () => rmSync(folder, { recursive: true, force: true })
  let child: ChildProcess | null = null
  const kill = () => {
    child?.kill('SIGKILL')
    remove()
  }
  process.once('exit', kill)
  try {
    await prepareData(program, join(folder, 'data'))
    const port = await freePort()
    const options = [
      `--datadir=${join(folder, 'data')}`,
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
      `--log-error=${log}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      '--skip-networking=0',
      '--skip-log-bin',
      '--innodb-flush-log-at-trx-commit=0',
      '--max-allowed-packet=64M',
      // MySQL lets no client send files unless it is told to.
      '--local-infile=1',
      // MySQL's second port; MariaDB passes over an option it does not know and that is said to be loose.
      '--loose-mysqlx=0',
    ]
    const url = `mysql://root@127.0.0.1:${port}`
    const restart = async (besides: string[]) => {
      child = spawn(program, ['--no-defaults', ...asUser(), ...options, ...besides], { stdio: 'ignore' })
      await untilReady(url, child)
    }
    await restart(more)
    return {
      url,
      restart,
      async crash() {
        const ended = once(child!, 'exit')
        if (child!.kill('SIGKILL')) await ended
      },
      async stop() {
        process.off('exit', kill)
        const ended = once(child!, 'exit')
        child!.kill('SIGTERM')
        await ended
        remove()
      },
    }
  } catch (error) {
    const said = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').slice(-5).join('\n  ') : ''
    process.off('exit', kill)
    kill()
    throw new Error(`${program} does not start: ${(error as Error).message}\n  ${said}`)
  }
}

/** Neither server runs as root unless it is told to. */
function asUser(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : []
}

async function prepareData(program: string, folder: string): Promise<void> {
  const run = promisify(execFile)
  const { stdout } = await run(program, ['--no-defaults', '--version'])
  if (!/MariaDB/i.test(stdout)) {
    await run(program, ['--no-defaults', ...asUser(), '--initialize-insecure', `--datadir=${folder}`])
    return
  }
  const beside = [dirname(program), join(dirname(program), '../bin'), join(dirname(program), '../scripts')]
  const install = installed('mariadb-install-db', beside) ?? installed('mysql_install_db', beside)
  if (install === null) throw new Error('mariadb-install-db is not installed')
  await run(install, [
    '--no-defaults',
    ...asUser(),
    `--datadir=${folder}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ])
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const until = Date.now() + START_MS
  let failure: Error | null = null
  child.once('error', error => {
    failure = error
  })
  child.once('exit', code => {
    failure ??= new Error(`it ended with ${code}`)
  })
  while (Date.now() < until) {
    if (failure) throw failure
    try {
      await (await createConnection({ uri: url, connectTimeout: 2000 })).end()
      return
    } catch {
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }
  throw new Error(`it did not answer within ${START_MS / 1000} s`)
}
