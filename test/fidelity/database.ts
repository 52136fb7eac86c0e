import Database from 'better-sqlite3'
import type { EngineName } from '../../src/model/catalog.ts'
import { mysqlDatabase, postgresDatabase, sqliteDatabase } from '../databases.ts'
import { isMariadb } from '../mariadb.ts'
import { noMysql } from '../no-mysql.ts'
import { labels } from './corpus/documents.ts'
import { type Form, quoted } from './form.ts'
import { mysqlForm } from './forms-mysql.ts'
import { postgresForm } from './forms-postgres.ts'
import { sqliteForm } from './forms-sqlite.ts'

/** A database the test reads and writes with the engine's own driver. */
export interface TestDatabase {
  engine: EngineName
  url: string
  execute(sql: string): Promise<void>
  /** Every value as text. */
  rows(sql: string): Promise<Record<string, string | null>[]>
  /** The columns of a table as its engine's catalog has them. */
  forms(table: string): Promise<Map<string, Form>>
}

/** Only engines there is a server of can be asked. */
export function isThere(engine: EngineName): boolean {
  return engine !== 'mysql' || !noMysql
}

export function createDatabase(engine: EngineName): Promise<TestDatabase> {
  return engine === 'sqlite' ? createSqlite() : engine === 'postgres' ? createPostgres() : createMysql()
}

async function createSqlite(): Promise<TestDatabase> {
  const url = sqliteDatabase()
  const using = <T>(work: (database: Database.Database) => T): T => {
    const database = new Database(url)
    try {
      return work(database)
    } finally {
      database.close()
    }
  }
  return {
    engine: 'sqlite',
    url,
    execute: async sql => using(database => void database.exec(`BEGIN;${sql};COMMIT`)),
    rows: async sql => using(database => database.prepare(sql).all() as Record<string, string | null>[]),
    forms: async table =>
      using(database => {
        const columns = database.pragma(`table_info(${quoted(table)})`) as { name: string; type: string }[]
        return new Map(columns.map(({ name, type }) => [name, sqliteForm(type)]))
      }),
  }
}

/** Settings of the database under which nothing a session does not set itself is as expected. */
const unusual = {
  timezone: 'Asia/Kathmandu',
  datestyle: 'German, DMY',
  intervalstyle: 'iso_8601',
  bytea_output: 'escape',
  extra_float_digits: '0',
}

async function createPostgres(): Promise<TestDatabase> {
  const { url, client } = await postgresDatabase(
    `CREATE EXTENSION citext; CREATE DOMAIN whole AS bigint; CREATE TYPE mood AS ENUM (${labels.map(quoted).join(', ')});
     SET timezone = 'UTC'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'`,
  )
  const name = new URL(url).pathname.slice(1)
  for (const [setting, value] of Object.entries(unusual))
    await client.query(`ALTER DATABASE ${name} SET ${setting} = ${quoted(value)}`)
  const rows = async (sql: string) => (await client.query<Record<string, string | null>>(sql)).rows
  return {
    engine: 'postgres',
    url,
    execute: async sql => void (await client.query(`BEGIN;${sql};COMMIT`)),
    rows,
    async forms(table) {
      const columns = await rows(
        `SELECT attname AS name, format_type(atttypid, atttypmod) AS declared,
           (SELECT json_agg(enumlabel ORDER BY enumsortorder)::text FROM pg_enum WHERE enumtypid = atttypid) AS labels
         FROM pg_attribute WHERE attrelid = ${quoted(`"${table}"`)}::regclass AND attnum > 0`,
      )
      return new Map(
        columns.map(({ name, declared, labels: found }) => [
          name!,
          postgresForm(declared!, found === null ? null : JSON.parse(found!)),
        ]),
      )
    },
  }
}

/** MariaDB's JSON is a longtext with a check. */
const jsonByCheck = `(SELECT 1 FROM information_schema.check_constraints k WHERE k.constraint_schema = c.table_schema
  AND k.table_name = c.table_name AND k.check_clause = 'json_valid("' || c.column_name || '")'
  OR k.check_clause = 'json_valid(\`' || c.column_name || '\`)' LIMIT 1)`

async function createMysql(): Promise<TestDatabase> {
  const { url, client } = await mysqlDatabase()
  // Not strict, so that zero dates can be written; the test reads back what it wrote.
  await client.query(
    "SET SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES', group_concat_max_len = 1000000",
  )
  const rows = async (sql: string) =>
    (await client.query({ sql, typeCast: field => field.string() }))[0] as never
  return {
    engine: 'mysql',
    url,
    async execute(sql) {
      await client.query(`BEGIN;${sql};COMMIT`)
    },
    rows,
    async forms(table) {
      const found: Record<string, string | null>[] = await rows(
        `SELECT c.column_name AS name, c.column_type AS declared, c.character_set_name AS charset, ${isMariadb ? jsonByCheck : 'NULL'} AS json
         FROM information_schema.columns c WHERE c.table_schema = database() AND c.table_name = ${quoted(table)}`,
      )
      return new Map(
        found.map(({ name, declared, charset, json }) => {
          const set = charset === null || charset === 'utf8mb4' ? '' : ` CHARACTER SET ${charset}`
          // It escapes backslashes, and shows characters beyond the first plane as a question mark.
          const written = declared!.replaceAll('\\\\', '\\').replace("'?'", "'😀'")
          return [name!, mysqlForm(json === null ? `${written}${set}` : 'json')]
        }),
      )
    },
  }
}
