import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { type Connection, createConnection } from 'mysql2/promise'
import pg from 'pg'
import { inject, onTestFinished } from 'vitest'

/** An empty folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'paritygate-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A new PostgreSQL database that goes with the test, and a client of the test's own. */
export async function postgresDatabase(sql = ''): Promise<{ url: string; client: pg.Client }> {
  const server = new URL(inject('postgresUrl'))
  const name = `paritygate_${randomBytes(6).toString('hex')}`
  const admin = new pg.Client({ connectionString: server.href })
  await admin.connect()
  await admin.query(`CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  onTestFinished(async () => {
    await client.end()
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`)
    await admin.end()
  })
  if (sql) await client.query(sql)
  return { url: url.href, client }
}

/**
 * A new MySQL or MariaDB database that goes with the test, and a client of the test's own, which takes standard SQL: names in
 * double quotes, `||`, and backslashes that mean themselves.
 */
export async function mysqlDatabase(sql = ''): Promise<{ url: string; client: Connection }> {
  const server = new URL(inject('mysqlUrl')!)
  const name = `paritygate_${randomBytes(6).toString('hex')}`
  const client = await createConnection({ uri: server.href, multipleStatements: true })
  await client.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4; USE ${name}`)
  onTestFinished(async () => {
    await client.query(`DROP DATABASE ${name}`)
    await client.end()
  })
  const standard = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES'
  await client.query(`SET SESSION time_zone = '+00:00', sql_mode = CONCAT(@@sql_mode, ',${standard}')`)
  if (sql) await client.query(sql)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, client }
}

/** A new SQLite file that goes with the test. */
export function sqliteDatabase(sql = '', fill?: (database: Database.Database) => void): string {
  const file = join(temporaryFolder(), 'legacy.db')
  const database = new Database(file)
  database.pragma('foreign_keys = OFF')
  database.exec(sql)
  fill?.(database)
  database.close()
  return file
}
