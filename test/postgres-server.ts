import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../src/demo/embedded-postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string
  }
}

/**
 * One PostgreSQL server for all tests: TEST_POSTGRES_URL where that is set, else one of our own from
 * embedded-postgres, else a container where Docker answers. Tests make databases of their own on it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_POSTGRES_URL
  if (given) {
    project.provide('postgresUrl', given)
    return async () => {}
  }
  const server = await startEmbeddedPostgres().catch(startContainer)
  project.provide('postgresUrl', server.url)
  return server.stop
}

async function startContainer(embeddedFailure: Error): Promise<{ url: string; stop(): Promise<void> }> {
  const { GenericContainer, Wait } = await import('testcontainers')
  const container = await new GenericContainer('postgres:17-alpine')
    .withEnvironment({ POSTGRES_HOST_AUTH_METHOD: 'trust' })
    .withExposedPorts(5432)
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
    .start()
    .catch((error: Error) => {
      throw new Error(
        `no PostgreSQL for the tests: embedded-postgres says "${embeddedFailure.message}", Docker says "${error.message}"; or set TEST_POSTGRES_URL`,
      )
    })
  return {
    url: `postgres://postgres@${container.getHost()}:${container.getMappedPort(5432)}/postgres`,
    stop: async () => void (await container.stop()),
  }
}
