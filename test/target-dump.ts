import { spawnSync } from 'node:child_process'
import Database from 'better-sqlite3'
import pg from 'pg'

/** All there is in a database, as its own dump program writes it, or as its catalog has it where there is none that fits. */
export async function dumpOf(url: string): Promise<string> {
  if (/^postgres/.test(url)) return programOutput('pg_dump', [url]) ?? catalogOf(url)
  if (/^(mysql|mariadb)/.test(url)) return mysqlDump(new URL(url))
  return programOutput('sqlite3', [url, '.dump']) ?? sqliteDump(url)
}

function programOutput(program: string, args: string[]): string | null {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 29 })
  return status === 0 ? stdout.replace(/^\\(un)?restrict .*$/gm, '') : null
}

function mysqlDump(url: URL): string {
  const args = [
    `--host=${url.hostname}`,
    `--port=${url.port || '3306'}`,
    `--user=${decodeURIComponent(url.username)}`,
    ...(url.password ? [`--password=${decodeURIComponent(url.password)}`] : []),
    '--skip-comments',
    '--single-transaction',
    url.pathname.slice(1),
  ]
  const dump = programOutput('mariadb-dump', args) ?? programOutput('mysqldump', args)
  if (dump === null) throw new Error('neither mariadb-dump nor mysqldump can read the server')
  return dump
}

function sqliteDump(file: string): string {
  const database = new Database(file, { readonly: true })
  const objects = database.prepare('SELECT * FROM sqlite_schema ORDER BY name').all() as {
    name: string
    type: string
  }[]
  const rows = objects
    .filter(({ type }) => type === 'table')
    .map(({ name }) => [name, database.prepare(`SELECT * FROM "${name}" ORDER BY 1`).all()])
  database.close()
  return JSON.stringify([objects.map(object => ({ ...object, rootpage: 0 })), rows], null, 1)
}

async function catalogOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const notOurs = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`
  const all = async (sql: string) => (await client.query(sql)).rows
  const relations = await all(
    `SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE ${notOurs} ORDER BY 1, 2`,
  )
  const rows: unknown[] = []
  for (const { schema, name, kind } of relations)
    if (kind === 'r')
      rows.push([schema, name, await all(`SELECT t::text FROM "${schema}"."${name}" t ORDER BY 1`)])
  const picture = [
    relations,
    await all(`SELECT nspname FROM pg_namespace n WHERE ${notOurs} ORDER BY 1`),
    await all(
      `SELECT n.nspname, t.typname, t.typtype FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE ${notOurs} ORDER BY 1, 2`,
    ),
    await all(`SELECT attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, attidentity FROM pg_attribute a
      JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${notOurs} AND attnum > 0 ORDER BY attrelid::regclass::text, attnum`),
    await all(`SELECT conrelid::regclass, conname, pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
      WHERE ${notOurs} ORDER BY conrelid::regclass::text, 2`),
    await all(
      `SELECT schemaname, indexname, indexdef FROM pg_indexes n WHERE ${notOurs.replace('n.nspname', 'schemaname').replace('n.nspname', 'schemaname')} ORDER BY 1, 2`,
    ),
    await all(`SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2`),
    rows,
  ]
  await client.end()
  return JSON.stringify(picture, null, 1)
}
