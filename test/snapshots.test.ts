import Database from 'better-sqlite3'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseConnectionUrl } from '../src/engines/connection-url.ts'
import { openReader, openReaders } from '../src/engines/open.ts'
import type { Field, Relation } from '../src/engines/port/rows.ts'
import type { Session } from '../src/engines/port/session.ts'
import { withPair } from '../src/plan/pair.ts'
import { cutover } from './cutover.ts'
import { mysqlDatabase, postgresDatabase, sqliteDatabase } from './databases.ts'
import { describeEngines, digested, engines, readAll, type Side } from './engine.ts'
import { isMariadb } from './mariadb.ts'

const [, postgres, mysql] = engines

const id: Field = { expression: 'id', type: { kind: 'integer', bits: 64 } }
const table = (from: string, rowid: string | null = null): Relation => ({ from, rowid, where: null })
const one = 'CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)'

async function readersOf(url: string, count: number): Promise<Session[]> {
  const readers = await openReaders(parseConnectionUrl(url, '/'), null, count)
  onTestFinished(async () => void (await Promise.all(readers.map(reader => reader.close()))))
  return readers
}

const rowsOf = (readers: Session[]) => Promise.all(readers.map(reader => readAll(reader, table('t'), [id])))

describeEngines('readers of $name', ({ name, create }) => {
  test('see no row written since they were opened', async () => {
    const side = await create(name === 'sqlite' ? `PRAGMA journal_mode = wal; ${one}` : one)
    const readers = await readersOf(side.url, 3)
    expect(readers).toHaveLength(name === 'sqlite' || (name === 'mysql' && !isMariadb) ? 1 : 3)
    await side.run('INSERT INTO t VALUES (2)')
    expect(await rowsOf(readers)).toEqual(readers.map(() => ['1']))
    expect(await readAll(await side.reader(), table('t'), [id])).toEqual(['1', '2'])
  })

  test('one is what openReader gives', async () => {
    const side = await create(one)
    const [reader, ...others] = await readersOf(side.url, 1)
    expect([others, reader!.notices]).toEqual([[], []])
    expect(reader!.identity).toBe((await side.reader()).identity)
  })
})

interface Written {
  url: string
  /** Opens a connection that runs SQL until the test ends. */
  writer(): Promise<(sql: string) => Promise<unknown>>
}

async function writtenPostgres(sql: string): Promise<Written> {
  const { url } = await postgresDatabase(sql)
  return {
    url,
    async writer() {
      const client = new pg.Client({ connectionString: url })
      client.on('error', () => {})
      await client.connect()
      onTestFinished(() => client.end())
      return statement => client.query(statement)
    },
  }
}

async function writtenMariadb(sql: string): Promise<Written> {
  const { url } = await mysqlDatabase(sql)
  return {
    url,
    async writer() {
      const client = await createConnection({ uri: url })
      onTestFinished(() => client.end())
      return statement => client.query(statement)
    },
  }
}

/** Whether readers opened while several others write without a pause always count the same rows. */
async function expectOneMoment(create: (sql: string) => Promise<Written>): Promise<void> {
  const writers = [1, 2, 3, 4]
  const side = await create(writers.map(writer => `CREATE TABLE t${writer} (id int PRIMARY KEY)`).join('; '))
  const clients = await Promise.all(writers.map(() => side.writer()))
  let isOver = false
  const writing = writers.map(async (writer, index) => {
    for (let row = 1; !isOver; row++) await clients[index]!(`INSERT INTO t${writer} VALUES (${row})`)
  })
  const all = table(
    `(${writers.map(writer => `SELECT id FROM t${writer}`).join(' UNION ALL ')}) AS everything`,
  )
  try {
    for (let round = 0; round < 20; round++) {
      const readers = await openReaders(parseConnectionUrl(side.url, '/'), null, 6)
      const counts = await Promise.all(readers.map(reader => reader.count(all)))
      await Promise.all(readers.map(reader => reader.close()))
      expect(counts).toEqual(Array(6).fill(counts[0]))
    }
  } finally {
    isOver = true
    await Promise.all(writing)
  }
}

test('PostgreSQL: while others write, all readers see the same rows', () => expectOneMoment(writtenPostgres))

test('PostgreSQL: a reader goes on after a refused statement, with the moment it shares', async () => {
  const side = await postgres.create(one)
  const readers = await readersOf(side.url, 2)
  await side.run('INSERT INTO t VALUES (2)')
  for (const reader of readers) await expect(reader.query('SELECT nothing FROM t')).rejects.toThrow('nothing')
  expect(await rowsOf(readers)).toEqual([['1'], ['1']])
})

/** The URL of a role that may read `t`. */
async function asRole(side: Side, options = ''): Promise<string> {
  const role = `reader_${Math.random().toString(36).slice(2)}`
  await side.run(`CREATE ROLE ${role} LOGIN PASSWORD 'r' ${options}; GRANT SELECT ON t TO ${role}`)
  onTestFinished(() => side.run(`DROP OWNED BY ${role}; DROP ROLE ${role}`))
  const url = new URL(side.url)
  url.username = role
  url.password = 'r'
  return url.href
}

test('PostgreSQL: one reader, and a notice, where the role may not share its moment', async () => {
  const side = await postgres.create(one)
  await side.run('REVOKE EXECUTE ON FUNCTION pg_export_snapshot() FROM PUBLIC')
  const readers = await readersOf(await asRole(side), 3)
  expect(await rowsOf(readers)).toEqual([['1']])
  expect(readers[0]!.notices).toEqual([
    expect.stringMatching(/is read over one connection instead of 3.*pg_export_snapshot/),
  ])
})

test('PostgreSQL: one reader, and a notice, where the server takes no more connections', async () => {
  const side = await postgres.create(one)
  const readers = await readersOf(await asRole(side, 'CONNECTION LIMIT 2'), 3)
  expect(await rowsOf(readers)).toEqual([['1']])
  expect(readers[0]!.notices).toEqual([expect.stringContaining('too many connections')])
})

describe.skipIf(mysql.noServer)('MySQL', () => {
  test.skipIf(!isMariadb)('while others write, all readers see the same rows', () =>
    expectOneMoment(writtenMariadb),
  )

  test.skipIf(!isMariadb)('a long query and a long write are neither waited for nor stopped', async () => {
    const side = await mysql.create(`${one}; CREATE TABLE u (id int PRIMARY KEY)`)
    const long = [await createConnection({ uri: side.url }), await createConnection({ uri: side.url })]
    onTestFinished(() => long.forEach(client => void client.destroy()))
    let isOver = false
    const [read, write] = [
      long[0]!.query('SELECT sleep(2) FROM t'),
      long[1]!.query('INSERT INTO u SELECT id + 0 * sleep(2) FROM t'),
    ].map(query => query.then(() => (isOver = true)))
    await new Promise(resolve => setTimeout(resolve, 200))
    const readers = await readersOf(side.url, 2)
    await side.run('INSERT INTO t VALUES (2)')
    expect([readers.length, isOver]).toEqual([2, false])
    expect(await rowsOf(readers)).toEqual([['1'], ['1']])
    await Promise.all([read, write])
  })

  test.skipIf(!isMariadb)('one reader, and a notice, where commits cannot be held', async () => {
    const side = await mysql.create(one)
    const role = `reader_${Math.random().toString(36).slice(2)}`
    await side.run(`CREATE USER ${role} IDENTIFIED BY 'r'; GRANT SELECT ON t TO ${role}`)
    onTestFinished(() => side.run(`DROP USER ${role}`))
    const url = new URL(side.url)
    url.username = role
    url.password = 'r'
    const readers = await readersOf(url.href, 3)
    await side.run('INSERT INTO t VALUES (2)')
    expect(await rowsOf(readers)).toEqual([['1']])
    expect(readers[0]!.notices).toEqual([
      expect.stringMatching(/is read over one connection instead of 3.*RELOAD/),
    ])
    expect(readers[0]!.notices[0]).not.toContain(':r@')
  })

  test.skipIf(isMariadb)('MySQL itself is read over one connection, and says why', async () => {
    const side = await mysql.create(one)
    const readers = await readersOf(side.url, 2)
    expect(readers[0]!.notices).toEqual([expect.stringContaining('can stop the application')])
  })
})

describe('SQLite', () => {
  const many = `WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < 60000)`
  const rows = (from: number, step: number) =>
    Array.from({ length: 60_000 }, (_, index) => `${from + index * step}\t${'x'.repeat(40)}`)
  const fields: Field[] = [id, { expression: 'v', type: { kind: 'text' } }]
  const sql = `CREATE TABLE a (id integer PRIMARY KEY, v text); CREATE TABLE b (id integer PRIMARY KEY, v text) WITHOUT ROWID;
    INSERT INTO a ${many} SELECT n, '${'x'.repeat(40)}' FROM g;
    INSERT INTO b ${many} SELECT -n, '${'x'.repeat(40)}' FROM g`

  test.each([
    ['by rowid', table('a', 'rowid'), table('a', 'rowid')],
    ['row by row', table('b'), table('b')],
    ['in both ways', table('a', 'rowid'), table('b')],
  ])('one reader reads two relations at a time, %s', async (_, first, second) => {
    const [reader] = await readersOf(sqliteDatabase(sql), 4)
    const expected = ({ from }: Relation) => (from === 'a' ? rows(1, 1) : rows(-1, -1)).sort()
    const [one, two, three, count] = await Promise.all([
      readAll(reader!, first, fields),
      readAll(reader!, second, fields),
      digested(reader!, second, fields),
      reader!.count(first),
    ])
    expect(one.sort()).toEqual(expected(first))
    expect(two.sort()).toEqual(expected(second))
    expect(three.sort()).toEqual(expected(second))
    expect(count).toBe(60_000)
  })

  test('a reader that is left early, or refused, does not disturb the other', async () => {
    const [reader] = await readersOf(sqliteDatabase(sql), 2)
    const left = async () => {
      for await (const _ of reader!.read(table('b'), fields)) return
    }
    const refused = readAll(reader!, table('b'), [{ ...id, expression: 'nothing' }])
    const [whole] = await Promise.all([
      readAll(reader!, table('a', 'rowid'), fields),
      left(),
      expect(refused).rejects.toThrow('nothing'),
    ])
    expect(whole.sort()).toEqual(rows(1, 1).sort())
  })

  test('a rollback journal lets nobody write while a reader is open', async () => {
    const path = sqliteDatabase(one)
    const readers = await readersOf(path, 2)
    const writer = new Database(path, { timeout: 0 })
    onTestFinished(() => void writer.close())
    expect(() => writer.exec('INSERT INTO t VALUES (2)')).toThrow('locked')
    expect(await rowsOf(readers)).toEqual([['1']])
  })
})

test('two schemas of a PostgreSQL target are read at one moment', async () => {
  const { url, client } = await postgresDatabase(
    `CREATE TABLE t (id int PRIMARY KEY); CREATE SCHEMA legacy; CREATE TABLE legacy.u (id int PRIMARY KEY)`,
  )
  const source = sqliteDatabase(
    'CREATE TABLE t (id integer PRIMARY KEY); CREATE TABLE u (id integer PRIMARY KEY)',
  )
  const { plan } = cutover(source, url, { tables: { t: {} }, archive: ['u'] })
  let written = 0
  await withPair(
    plan,
    async (connection, schema, options) => {
      if (options.as) {
        await client.query('INSERT INTO t VALUES (1); INSERT INTO legacy.u VALUES (1)')
        written++
      }
      return openReader(connection, schema, options)
    },
    async ({ targetOf, resolved }) => {
      const counted = resolved.mappings.map(async mapping => [
        mapping.table,
        await targetOf(mapping).count(mapping.targetRelation),
      ])
      expect(Object.fromEntries(await Promise.all(counted))).toEqual({ t: 0, 'legacy.u': 0 })
    },
  )
  expect(written).toBe(1)
})

test.each([1, 3])('a pair has %i readers of its source, which end with it', async count => {
  const { url } = await postgresDatabase(one)
  const { plan } = cutover(url, sqliteDatabase('CREATE TABLE t (id integer PRIMARY KEY)'), {
    tables: { t: {} },
  })
  const readers = await withPair(
    plan,
    openReader,
    async pair => {
      expect(pair.readers).toHaveLength(count)
      expect(pair.readers[0]).toBe(pair.source)
      expect(await rowsOf(pair.readers)).toEqual(pair.readers.map(() => ['1']))
      return pair.readers
    },
    undefined,
    count,
  )
  for (const reader of readers) await expect(reader.count(table('t'))).rejects.toThrow()
})

test('all readers are interrupted with their pair', async () => {
  const { url } = await postgresDatabase(one)
  const { plan } = cutover(url, sqliteDatabase('CREATE TABLE t (id integer PRIMARY KEY)'), {
    tables: { t: {} },
  })
  const stop = new AbortController()
  const work = withPair(
    plan,
    openReader,
    async ({ readers }) => {
      const waiting = readers.map(reader => reader.query('SELECT pg_sleep(60)'))
      setTimeout(() => stop.abort(), 100)
      const ends = await Promise.allSettled(waiting)
      expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
      throw new Error('interrupted')
    },
    stop.signal,
    2,
  )
  await expect(work).rejects.toMatchObject({ code: 'interrupted' })
})
