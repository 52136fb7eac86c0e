import { randomBytes } from 'node:crypto'
import { type Connection, createConnection } from 'mysql2/promise'
import { type DatabaseMaker, type FaultDatabase, insertBatches, valuesSql } from './databases.ts'
import type { Dump } from './dump.ts'

export function mysqlDatabases(serverUrl: string): DatabaseMaker {
  return {
    serverUrl,
    async create() {
      const name = `paritygate_fault_${randomBytes(6).toString('hex')}`
      await withConnection(serverUrl, connection =>
        connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`),
      )
      const url = new URL(serverUrl)
      url.pathname = `/${name}`
      return database(url.href, () =>
        withConnection(serverUrl, connection => connection.query(`DROP DATABASE IF EXISTS ${name}`)),
      )
    },
  }
}

const othersSql = 'FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()'

function database(url: string, drop: () => Promise<unknown>): FaultDatabase {
  const rows = (sql: string) =>
    withConnection(
      url,
      async connection =>
        (await connection.query({ sql, rowsAsArray: true }))[0] as unknown as (string | null)[][],
    )
  return {
    engine: 'mysql',
    url,
    execute: async sql => void (await withConnection(url, connection => connection.query(sql))),
    async insert(table, cells) {
      await withConnection(url, async connection => {
        await connection.query('START TRANSACTION')
        for (const batch of insertBatches(cells))
          await connection.query(`INSERT INTO ${table} VALUES ${valuesSql(batch)}`)
        await connection.query('COMMIT')
      })
    },
    dump: () => dump(rows),
    async leftBehind() {
      const sessions = await rows(`SELECT CONCAT('session ', command, ': ', COALESCE(info, '')) ${othersSql}`)
      return sessions.map(([line]) => line!)
    },
    async cutSessions() {
      const sessions = await rows(`SELECT id ${othersSql}`)
      // One that has ended meanwhile cannot be killed any more.
      for (const [id] of sessions) await rows(`KILL ${id}`).catch(() => {})
      return sessions.length
    },
    drop: async () => void (await drop()),
  }
}

async function dump(rows: (sql: string) => Promise<(string | null)[][]>): Promise<Dump> {
  const tables = new Map<string, string[]>()
  const schema: string[] = []
  const sequences: string[] = []
  // MySQL 8 remembers AUTO_INCREMENT for a day unless it is told not to; MariaDB does not know the word.
  await rows('SET SESSION `information_schema_stats_expiry` = 0').catch(() => {})
  for (const [name] of await rows('SHOW TABLES')) {
    tables.set(name!, (await rows(`SELECT * FROM \`${name}\``)).map(row => JSON.stringify(row)).sort())
    const [created] = await rows(`SHOW CREATE TABLE \`${name}\``)
    const [, next] = / AUTO_INCREMENT=(\d+)/.exec(created![1]!) ?? []
    if (next) sequences.push(`${name} ${next}`)
    schema.push(
      ...created![1]!
        .replace(/ AUTO_INCREMENT=\d+/, '')
        .split('\n')
        .map(line => `${name}: ${line}`),
    )
  }
  for (const [name, event, table, statement, timing] of await rows('SHOW TRIGGERS'))
    schema.push(`trigger ${name} ${timing} ${event} ON ${table}: ${statement}`)
  return { tables, schema: schema.sort(), sequences: sequences.sort() }
}

async function withConnection<T>(url: string, action: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await createConnection({
    uri: url,
    multipleStatements: true,
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
  })
  connection.on('error', () => {})
  try {
    return await action(connection)
  } finally {
    await connection.end().catch(() => connection.destroy())
  }
}
