import { createConnection } from 'mysql2/promise'
import { inject } from 'vitest'

/** Whether the server at hand is MariaDB, and not MySQL. */
export const isMariadb: boolean = await asked()

/** Types only MariaDB has, where the server is one. */
export const mariadbTypes: string[] = isMariadb ? ['uuid', 'inet6'] : []

async function asked(): Promise<boolean> {
  const url = inject('mysqlUrl') ?? null
  if (url === null) return false
  const client = await createConnection({ uri: url })
  const [rows] = await client.query('SELECT version() AS version')
  await client.end()
  return /mariadb/i.test((rows as { version: string }[])[0]!.version)
}
