import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
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
