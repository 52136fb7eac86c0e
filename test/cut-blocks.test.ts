import { randomBytes } from 'node:crypto'
import { channel } from 'node:diagnostics_channel'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseConnectionUrl } from '../src/engines/connection-url.ts'
import { openReader } from '../src/engines/open.ts'
import { chunkOf } from '../src/migrate/chunks.ts'
import { STEP_CHANNEL, type StepMessage } from '../src/model/steps.ts'
import { cutover } from './cutover.ts'
import { postgresDatabase, sqliteDatabase } from './databases.ts'
import { describeEngines } from './engine.ts'

/** 5000 rows of about 200 bytes under a key that is no number, the deleted and the moved among them. */
const rows = `
  CREATE TABLE t (id text PRIMARY KEY, v int, filling text);
  INSERT INTO t SELECT md5(n::text), n, repeat('x', 150) FROM generate_series(1, 6000) n;
  DELETE FROM t WHERE v % 6 = 0;
  UPDATE t SET filling = filling || 'y' WHERE v % 5 = 0`

async function readerOf(sql: string) {
  const { url } = await postgresDatabase(sql)
  const session = await openReader(parseConnectionUrl(url, '/'))
  onTestFinished(() => session.close())
  return { session }
}

function countSteps(step: StepMessage['step'], act: (times: number) => void = () => {}): () => number {
  let times = 0
  const listen = (message: unknown) => void ((message as StepMessage).step === step && act(++times))
  channel(STEP_CHANNEL).subscribe(listen)
  onTestFinished(() => void channel(STEP_CHANNEL).unsubscribe(listen))
  return () => times
}

describe('blocks of a table', () => {
  test.each([2, 7, 1000])('cut into %i chunks, each row is in one of them', async count => {
    const { session } = await readerOf(rows)
    const relation = { from: '"public"."t"', rowid: null, where: 'v % 2 = 1' }
    const cuts = (await session.cutBlocks!(relation.from, count))!
    expect(cuts.cuts.length).toBeLessThan(count)
    expect(new Set(cuts.cuts).size).toBe(cuts.cuts.length)
    let found = 0
    for (let n = 1; n <= cuts.cuts.length + 1; n++)
      found += await session.count({ ...relation, chunk: chunkOf(cuts, n) })
    expect(found).toBe(await session.count(relation))
  })

  test('are read in turn, not looked up', async () => {
    const { session } = await readerOf(rows)
    const { cutBy, cuts } = (await session.cutBlocks!('"public"."t"', 4))!
    const plan = await session.query(
      `EXPLAIN SELECT * FROM t WHERE ${cutBy} >= ${cuts[0]} AND ${cutBy} < ${cuts[1]}`,
    )
    expect(Object.values(plan[0]!)[0]).toMatch(/^Tid Range Scan/)
  })

  test.each([
    [
      'has parts',
      'CREATE TABLE t (id int) PARTITION BY RANGE (id); CREATE TABLE p PARTITION OF t DEFAULT; INSERT INTO t SELECT generate_series(1, 5000)',
    ],
    [
      'has children',
      'CREATE TABLE t (id int); CREATE TABLE c () INHERITS (t); INSERT INTO t SELECT generate_series(1, 5000)',
    ],
    [
      'is a view',
      'CREATE TABLE a AS SELECT generate_series(1, 5000) AS id; CREATE VIEW t AS SELECT * FROM a',
    ],
    ['has one block', 'CREATE TABLE t AS SELECT 1 AS id'],
    ['has none', 'CREATE TABLE t (id int)'],
  ])('are none where it %s', async (_, sql) => {
    const { session } = await readerOf(sql)
    expect(await session.cutBlocks!('"public"."t"', 4)).toBeNull()
  })
})

test('a role that may read some columns only is given a cut by the key', async () => {
  const role = `reader_${randomBytes(6).toString('hex')}`
  const { url, client } = await postgresDatabase(
    `CREATE TABLE t (id int PRIMARY KEY, v int, secret text); INSERT INTO t SELECT n, n, repeat('x', 90) FROM generate_series(1, 5000) n;
     ANALYZE t; CREATE ROLE ${role} LOGIN PASSWORD 'p'; GRANT SELECT (id, v) ON t TO ${role}`,
  )
  onTestFinished(async () => void (await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)))
  const reading = new URL(url)
  reading.username = role
  reading.password = 'p'
  const target = sqliteDatabase('CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER)')
  const committed = countSteps('chunk-committed')
  const { migrate } = cutover(reading.href, target, {
    tables: { t: {} },
    ignore: { 't.secret': 'not ours to read' },
  })
  expect((await migrate({ chunkRows: 500 })).tables).toMatchObject([{ read: 5000, written: 5000 }])
  expect(committed()).toBe(10)
})

test('a large table that was never analysed is cut by its size, whatever the server guesses', async () => {
  const { session } = await readerOf(`
    CREATE TABLE t (v text) WITH (autovacuum_enabled = false); ALTER TABLE t ALTER v SET STORAGE PLAIN;
    INSERT INTO t SELECT repeat('x', 7000) FROM generate_series(1, 18000)`)
  expect((await session.cutBlocks!('"public"."t"', 1))?.cuts.length).toBe(1)
})

describeEngines('a PostgreSQL table without a number for its key, into $name', engine => {
  const options = { createSchema: true, chunkRows: 500 }

  test('is copied in chunks', async () => {
    const source = await postgresDatabase(rows)
    const committed = countSteps('chunk-committed')
    const { migrate, verify } = cutover(source.url, (await engine.create('')).url, { tables: { t: {} } })
    expect((await migrate({ ...options, jobs: 2 })).tables).toMatchObject([{ read: 5000, written: 5000 }])
    expect(committed()).toBeGreaterThan(5)
    expect((await verify()).verdict).toBe('match')
  })

  test.each([
    ['the same rows elsewhere', 'VACUUM FULL t', /copied again from the start|is the same/],
    ['rows that have moved', "UPDATE t SET filling = 'z' WHERE v < 100", /copied again from the start/],
  ])('that is interrupted, and then holds %s, is there once', async (_, sql, notice) => {
    const source = await postgresDatabase(rows)
    const stop = new AbortController()
    countSteps('chunk-committed', times => times === 4 && stop.abort())
    const { migrate, verify } = cutover(source.url, (await engine.create('')).url, { tables: { t: {} } })
    await expect(migrate({ ...options, signal: stop.signal })).rejects.toMatchObject({ code: 'interrupted' })
    await source.client.query(sql)
    const result = await migrate(options)
    expect(result.notices.join()).toMatch(notice)
    expect(result.tables).toMatchObject([{ read: 5000, written: 5000, quarantined: 0 }])
    expect((await verify()).verdict).toBe('match')
  })
})

test('a table without any key goes on after an interruption, its equal rows included', async () => {
  const source = await postgresDatabase(
    "CREATE TABLE t (v int, filling text); INSERT INTO t SELECT n % 40, repeat('x', 150) FROM generate_series(1, 5000) n; ANALYZE t",
  )
  const stop = new AbortController()
  countSteps('chunk-committed', times => times === 4 && stop.abort())
  const target = await postgresDatabase('CREATE TABLE t (v int, filling text)')
  const { migrate, verify } = cutover(source.url, target.url, { tables: { t: {} } })
  await expect(migrate({ chunkRows: 500, signal: stop.signal })).rejects.toMatchObject({
    code: 'interrupted',
  })
  const result = await migrate({ chunkRows: 500 })
  expect(result.notices.join()).toMatch(/is the same/)
  expect(result.tables).toMatchObject([{ read: 5000, written: 5000 }])
  expect((await verify()).verdict).toBe('match')
})

test('a table in parts is cut by its key', async () => {
  const source = await postgresDatabase(`CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id);
    CREATE TABLE p PARTITION OF t FOR VALUES FROM (0) TO (2000); CREATE TABLE q PARTITION OF t DEFAULT;
    INSERT INTO t SELECT generate_series(1, 5000)`)
  const committed = countSteps('chunk-committed')
  const { migrate, verify } = cutover(source.url, sqliteDatabase(''), { tables: { t: {} } })
  await migrate({ createSchema: true, chunkRows: 500 })
  expect(committed()).toBeGreaterThan(5)
  expect((await verify()).verdict).toBe('match')
})
