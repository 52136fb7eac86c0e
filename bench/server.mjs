import { randomBytes } from 'node:crypto'
import pg from 'pg'

/** The PostgreSQL server to measure on, and databases on it that go with the bench. */
export async function openServer() {
  const given = process.env.BENCH_POSTGRES_URL
  const own = given ? null : await startOwn()
  const base = given || own.url
  const created = new Set()
  const databaseUrl = name => {
    const url = new URL(base)
    url.pathname = `/${name}`
    return url.href
  }
  const drop = async name => {
    await execute(base, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    created.delete(name)
  }
  const close = async () => {
    // A server of our own goes with all its databases.
    if (own) return own.stop()
    for (const name of created) await drop(name)
  }
  const create = async (sql, template) => {
    const name = `paritygate_bench_${randomBytes(6).toString('hex')}`
    await execute(base, `CREATE DATABASE ${name}${template ? ` TEMPLATE ${template.name}` : ''}`)
    created.add(name)
    if (sql) await execute(databaseUrl(name), sql)
    return { name, url: databaseUrl(name) }
  }
  try {
    return {
      description: await describe(base, own !== null).catch(error => {
        throw new Error(`the PostgreSQL server cannot be used: ${error.message}`, { cause: error })
      }),
      /** A new database; `sql` is run in it. */
      create: (sql = '') => create(sql),
      /** A new database like another, which nobody may be connected to. */
      copyOf: (database, sql = '') => create(sql, database),
      drop: database => drop(database.name),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function startOwn() {
  const { startEmbeddedPostgres } = await import('../dist/demo/embedded-postgres.js')
  return startEmbeddedPostgres()
}

async function describe(url, own) {
  const [{ version, fsync }] = await execute(
    url,
    "SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync",
  )
  return { version, fsync, own }
}

/** Runs SQL on a connection of its own. */
export async function execute(url, sql) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
