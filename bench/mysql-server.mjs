import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createConnection } from 'mysql2/promise'

const DEFAULT_URL = 'mysql://root@127.0.0.1:3306'

/** As PostgreSQL's COPY writes them, but for booleans. */
const loadStatement = `LOAD DATA LOCAL INFILE 'grades' INTO TABLE grades CHARACTER SET utf8mb4
  (id, enrollment_id, assessment, score, @passed, graded_at, graded_by, comment) SET passed = @passed = 't'`

/** The MySQL or MariaDB server to measure on, and databases on it that go with the bench. */
export async function openMysqlServer() {
  const base = process.env.BENCH_MYSQL_URL || DEFAULT_URL
  const admin = await createConnection({ uri: base }).catch(error => {
    throw new Error(
      `the MySQL server cannot be used: ${error.message}; BENCH_MYSQL_URL names another than ${DEFAULT_URL}`,
    )
  })
  const created = new Set()
  const create = async () => {
    const name = `paritygate_bench_${randomBytes(6).toString('hex')}`
    await admin.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`)
    created.add(name)
    const url = new URL(base)
    url.pathname = `/${name}`
    return { name, url: url.href }
  }
  const using = async ({ url }, work) => {
    const connection = await createConnection({ uri: url, multipleStatements: true })
    try {
      return await work(connection)
    } finally {
      await connection.end()
    }
  }
  const [[server]] = await admin.query(
    'SELECT VERSION() AS version, @@innodb_flush_log_at_trx_commit AS flush, @@local_infile AS local_infile',
  )
  return {
    description: {
      version: /mariadb/i.test(server.version) ? `MariaDB ${server.version}` : `MySQL ${server.version}`,
      flush: server.flush,
    },
    /** A new database; `sql` is run in it, where there is any. */
    async create(sql) {
      const database = await create()
      if (sql !== '') await using(database, connection => connection.query(sql))
      return database
    },
    async drop({ name }) {
      await admin.query(`DROP DATABASE IF EXISTS ${name}`)
      created.delete(name)
    },
    /** Runs SQL on a connection of its own. */
    execute: (database, sql) => using(database, async connection => (await connection.query(sql))[0]),
    /** A new database in which `table` is filled with the rows of a text file. */
    async createGrades(table, textFile, rows) {
      if (!server.local_infile) throw new Error('the MySQL server must run with local_infile=1 to be loaded')
      const database = await create()
      await using(database, async connection => {
        await connection.query(table)
        const infileStreamFactory = () => createReadStream(textFile, { highWaterMark: 1 << 18 })
        const [{ affectedRows }] = await connection.query({ sql: loadStatement, infileStreamFactory })
        if (affectedRows !== rows) throw new Error(`MySQL took ${affectedRows} rows of ${rows}`)
        await connection.query('ANALYZE TABLE grades')
      })
      return database
    },
    async close() {
      for (const name of created) await admin.query(`DROP DATABASE IF EXISTS ${name}`)
      await admin.end()
    },
  }
}
