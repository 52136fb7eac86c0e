import { createConnection } from 'mysql2/promise'
import type { TestProject } from 'vitest/node'
import { installedMysqld, startOwnMysql } from './own-mysql.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** As root, without a database; null where there is no server. */
    mysqlUrl: string | null
  }
}

interface Server {
  url: string
  stop(): Promise<void>
}

const LOCAL = 'mysql://root@127.0.0.1:3306'

/**
 * One MySQL or MariaDB server for all tests: TEST_MYSQL_URL where that is set, else the one that answers on this machine as
 * root without a password, else one of our own from an installed program, else a container where Docker answers. Tests
 * make databases of their own on it.
 *
 * @throws where there is none and CI is set; elsewhere the tests that need one are skipped, loudly
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const reasons: string[] = []
  const server = await firstServer(reasons)
  project.provide('mysqlUrl', server?.url ?? null)
  if (server) return server.stop
  const message = `NOT TESTED: everything with MySQL or MariaDB on a side, because there is no server (${reasons.join('; ')}). Install mariadb-server or mysql-server, start Docker, or set TEST_MYSQL_URL=mysql://root@host:3306`
  if (process.env.CI) throw new Error(message)
  const say = async () => console.error(`\n${'!'.repeat(80)}\n${message}\n${'!'.repeat(80)}\n`)
  await say()
  return say
}

async function firstServer(reasons: string[]): Promise<Server | null> {
  const given = process.env.TEST_MYSQL_URL
  if (given) return { url: given, stop: async () => {} }
  for (const start of [useLocal, startInstalled, startContainer]) {
    try {
      return await start()
    } catch (error) {
      reasons.push((error as Error).message)
    }
  }
  return null
}

async function useLocal(): Promise<Server> {
  const connection = await createConnection({ uri: LOCAL, connectTimeout: 2000 }).catch(error => {
    throw new Error(`127.0.0.1:3306 says "${error.message}"`)
  })
  await connection.end()
  return { url: LOCAL, stop: async () => {} }
}

async function startInstalled(): Promise<Server> {
  const program = installedMysqld()
  if (program === null) throw new Error('neither mariadbd nor mysqld is installed')
  return startOwnMysql(program)
}

async function startContainer(): Promise<Server> {
  const { GenericContainer, Wait } = await import('testcontainers')
  const image = process.env.TEST_MYSQL_IMAGE ?? 'mariadb:11'
  const container = await new GenericContainer(image)
    .withEnvironment({ MARIADB_ALLOW_EMPTY_ROOT_PASSWORD: '1', MYSQL_ALLOW_EMPTY_PASSWORD: '1' })
    .withCommand(['--local-infile=1'])
    .withExposedPorts(3306)
    // The server that prepares the database has no port, and the X plugin of MySQL another.
    .withWaitStrategy(Wait.forLogMessage(/port: 3306\s/))
    .start()
    .catch((error: Error) => {
      throw new Error(`Docker says "${error.message}"`)
    })
  return {
    url: `mysql://root@${container.getHost()}:${container.getMappedPort(3306)}`,
    stop: async () => void (await container.stop()),
  }
}
