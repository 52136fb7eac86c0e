import { channel } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import {
  type MigrateOptions,
  migrate as migrateWith,
  openStore,
  pairFingerprint,
  rollback,
} from '../src/index.ts'
import { Journal } from '../src/migrate/journal.ts'
import { STEP_CHANNEL, type Step, type StepMessage } from '../src/model/steps.ts'
import { cutover } from './cutover.ts'
import { postgresDatabase, sqliteDatabase, temporaryFolder } from './databases.ts'
import { describeEngines, type Engine, type Side } from './engine.ts'
import { asVersion4 } from './older-state.ts'

/** 10,000 rows in ten chunks, of which each hundredth is refused by a target with a key. */
const big = `
  CREATE TABLE big (id INTEGER PRIMARY KEY, name TEXT, v INTEGER);
  WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 10000)
  INSERT INTO big SELECT id, 'name ' || id, id % 7 FROM n;`

const chunked = { chunkRows: 1000 }

const existing: Record<Engine['name'], string> = {
  sqlite: 'CREATE TABLE big (id INTEGER PRIMARY KEY, name TEXT, v INTEGER)',
  postgres: 'CREATE TABLE big (id bigint PRIMARY KEY, name text UNIQUE, v int); CREATE INDEX ON big (v)',
  mysql: 'CREATE TABLE big (id BIGINT PRIMARY KEY, name VARCHAR(99), v INT, KEY (v))',
}

const sum = 'SELECT count(*) AS n, sum(id) AS ids, sum(v) AS vs FROM big'

async function ask(side: Side, sql: string): Promise<Record<string, string | null>[]> {
  const session = await side.reader()
  const rows = await session.query(sql)
  await session.close()
  return rows
}

/** Ends the run when it has come to a step for the n-th time, by whatever `act` does. */
function at(step: Step, times: number, act: () => void): void {
  let seen = 0
  const listen = (message: unknown) => {
    if ((message as StepMessage).step === step && ++seen === times) act()
  }
  const steps = channel(STEP_CHANNEL)
  steps.subscribe(listen)
  onTestFinished(() => void steps.unsubscribe(listen))
}

function interruptedAt(step: Step, times: number): AbortSignal {
  const stop = new AbortController()
  at(step, times, () => stop.abort())
  return stop.signal
}

describeEngines('chunks of a large table in $name', engine => {
  const whole = [{ n: '10000', ids: '50005000', vs: expect.any(String) }]

  test.each([
    ['created', { createSchema: true }],
    ['that exists', {}],
  ] as [string, MigrateOptions][])('a table %s goes on after an interruption', async (_, options) => {
    const target = await engine.create(options.createSchema ? '' : existing[engine.name])
    const { migrate, verify, store } = cutover(sqliteDatabase(big), target.url, { tables: { big: {} } })
    const signal = interruptedAt('chunk-committed', 3)
    await expect(migrate({ ...options, ...chunked, signal })).rejects.toMatchObject({ code: 'interrupted' })
    expect(store.finishedTable('big')).toBeNull()
    const [left] = await ask(target, sum)
    expect(Number(left!.n)).toBeGreaterThanOrEqual(3000)
    expect(Number(left!.n)).toBeLessThan(10_000)
    let begun = 0
    const listen = (message: unknown) => void ((message as StepMessage).step === 'chunk-begun' && begun++)
    channel(STEP_CHANNEL).subscribe(listen)
    const result = await migrate({ ...options, ...chunked })
    channel(STEP_CHANNEL).unsubscribe(listen)
    expect(begun).toBe(10 - Number(left!.n) / 1000)
    expect(result).toMatchObject({
      status: 'finished',
      tables: [
        { table: 'big', read: 10_000, written: 10_000, quarantined: 0, excluded: 0, status: 'copied' },
      ],
    })
    expect(result.notices.join()).toMatch(/"big" went on after an interruption.*is the same/)
    expect(await ask(target, sum)).toEqual(whole)
    expect((await verify()).verdict).toBe('match')
    expect((await migrate({ ...options, ...chunked })).status).toBe('nothing to do')
  })

  test('what changed in the source since the interruption is there afterwards', async () => {
    const target = await engine.create()
    const file = sqliteDatabase(big)
    const { migrate, verify } = cutover(file, target.url, { tables: { big: {} } })
    const options = { createSchema: true, ...chunked }
    const signal = interruptedAt('chunk-committed', 5)
    await expect(migrate({ ...options, signal })).rejects.toMatchObject({ code: 'interrupted' })
    const source = new Database(file)
    source.exec(`UPDATE big SET name = 'another' WHERE id = 7; DELETE FROM big WHERE id = 8;
      INSERT INTO big VALUES (-5, 'before all', 1), (20000, 'after all', 2)`)
    source.close()
    const result = await migrate(options)
    expect(result.tables).toMatchObject([{ read: 10_001, written: 10_001 }])
    expect(result.notices.join()).toMatch(
      /does not agree with the source as it is now.*copied again from the start/,
    )
    expect((await verify()).verdict).toBe('match')
  })

  test('several copiers at once give the same rows', async () => {
    const target = await engine.create(existing[engine.name])
    const { migrate, verify } = cutover(sqliteDatabase(big), target.url, { tables: { big: {} } })
    const result = await migrate({ chunkRows: 300, jobs: 4 })
    expect(result.tables).toMatchObject([{ read: 10_000, written: 10_000 }])
    expect(await ask(target, sum)).toEqual(whole)
    expect((await verify()).verdict).toBe('match')
  })

  test('rows that are refused are in quarantine once, whatever happened in between', async () => {
    const target = await engine.create(
      existing[engine.name].replace(/v (INTEGER|int|INT)/, 'v $1 CHECK (v < 6)'),
    )
    const { migrate, store, verify } = cutover(sqliteDatabase(big), target.url, { tables: { big: {} } })
    for (const [step, times] of [
      ['chunk-written', 2],
      ['chunk-committed', 3],
      ['finishing', 1],
    ] as [Step, number][]) {
      const signal = interruptedAt(step, times)
      await migrate({ ...chunked, signal }).catch(error => expect(error.code).toBe('interrupted'))
    }
    const { tables } = await migrate(chunked)
    const refused = Math.floor(10_000 / 7)
    expect(tables).toMatchObject([{ read: 10_000, written: 10_000 - refused, quarantined: refused }])
    const keys = [...store.quarantined('big')].map(({ key }) => Number(key.id))
    expect(keys.sort((a, b) => a - b)).toEqual(Array.from({ length: refused }, (_, i) => 6 + 7 * i))
    expect((await verify()).tables).toMatchObject([{ missing: refused, extra: 0, changed: 0 }])
  })

  test('a table that fails leaves nothing behind, and keeps what it had', async () => {
    const target = await engine.create(existing[engine.name])
    const file = sqliteDatabase(`${big} CREATE TABLE other (id INTEGER PRIMARY KEY)`)
    // The source refuses a row of the seventh chunk.
    const tables = { big: { where: 'abs(CASE id WHEN 6500 THEN -9223372036854775808 ELSE 1 END) > 0' } }
    const { migrate } = cutover(file, target.url, { tables })
    await expect(migrate(chunked)).rejects.toMatchObject({ code: 'source.refused' })
    expect(await ask(target, 'SELECT count(*) AS n FROM big')).toEqual([{ n: '0' }])
    const mended = cutover(file, target.url, { tables: { big: {} } })
    expect((await mended.migrate(chunked)).status).toBe('finished')
  })

  test('a state that knows nothing learns from the target', async () => {
    const target = await engine.create()
    const { plan, migrate, folder } = cutover(sqliteDatabase(big), target.url, { tables: { big: {} } })
    await migrate({ createSchema: true, ...chunked })
    const other = openStore(join(folder, 'other.db'), pairFingerprint(plan))
    onTestFinished(() => other.close())
    const again = await migrateWith(plan, other)
    expect(again).toMatchObject({
      status: 'finished',
      tables: [{ written: 10_000, status: 'already finished' }],
    })
    expect(again.notices.join()).toMatch(/this state knows nothing/)
    expect((await migrateWith(plan, other)).status).toBe('nothing to do')
  })

  test('rows somebody else has written into a half copied table are not taken away', async () => {
    const target = await engine.create(existing[engine.name])
    const { migrate } = cutover(sqliteDatabase(big), target.url, { tables: { big: {} } })
    const signal = interruptedAt('chunk-committed', 2)
    await expect(migrate({ ...chunked, signal })).rejects.toMatchObject({ code: 'interrupted' })
    await target.run(`INSERT INTO big (id, name, v) VALUES (99999, 'of the new application', 1)`)
    await expect(migrate({ ...chunked, existingRows: 'truncate' })).rejects.toMatchObject({
      code: 'target.not-empty',
    })
    expect(await ask(target, 'SELECT name FROM big WHERE id = 99999')).toHaveLength(1)
    await target.run('DELETE FROM big')
    expect((await migrate(chunked)).tables).toMatchObject([{ written: 10_000 }])
  })

  test.each([
    ['changed', {}, `UPDATE big SET name = 'theirs' WHERE id = 7`, '7'],
    [
      'changed in one that was created',
      { createSchema: true },
      `UPDATE big SET name = 'theirs' WHERE id = 7`,
      '7',
    ],
    [
      'put in the place of as many',
      {},
      `DELETE FROM big WHERE id = 7; INSERT INTO big (id, name, v) VALUES (99999, 'theirs', 1)`,
      '99999',
    ],
  ] as [string, MigrateOptions, string, string][])(
    'rows somebody else has %s in a half copied table are saved before it is copied again',
    async (_, options, sql, id) => {
      const target = await engine.create(options.createSchema ? '' : existing[engine.name])
      const { migrate, verify, folder } = cutover(sqliteDatabase(big), target.url, { tables: { big: {} } })
      const signal = interruptedAt('chunk-committed', 2)
      await expect(migrate({ ...options, ...chunked, signal })).rejects.toMatchObject({ code: 'interrupted' })
      await target.run(sql)
      const { notices, tables } = await migrate({ ...options, ...chunked })
      expect(tables).toMatchObject([{ written: 10_000 }])
      const file = /saved 1 row of "big" before \(somebody else .*\): (.*)$/.exec(notices.at(-1)!)![1]!
      expect(file).toMatch(new RegExp(`^${folder}/.paritygate/replaced-\\d{8}T\\d{6}Z/big.jsonl$`))
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ id, name: 'theirs', v: expect.any(String) })
      expect((await verify()).verdict).toBe('match')
    },
  )

  test('rows that cannot be saved are not taken away', async () => {
    const target = await engine.create(existing[engine.name])
    const { plan, store, migrate } = cutover(sqliteDatabase(big), target.url, { tables: { big: {} } })
    const signal = interruptedAt('chunk-committed', 2)
    await expect(migrate({ ...chunked, signal })).rejects.toMatchObject({ code: 'interrupted' })
    await target.run(`UPDATE big SET name = 'theirs' WHERE id = 7`)
    // No folder can be made within a file.
    const placeless = { ...store, file: join(plan.file, 'state.db') }
    await expect(migrateWith(plan, placeless, chunked)).rejects.toMatchObject({
      code: 'rollback.export-failed',
    })
    expect(await ask(target, `SELECT id FROM big WHERE name = 'theirs'`)).toEqual([{ id: '7' }])
  })

  test('a journal that was only half made, because its maker was killed, is completed', async () => {
    const target = await engine.create()
    const { plan, migrate } = cutover(sqliteDatabase(big), target.url, { tables: { big: {} } })
    const session = await target.target()
    await (await Journal.open(session, pairFingerprint(plan), 'migrate')).prepare()
    for (const table of ['chunk', 'trigger_off'])
      await session.execute(`DROP TABLE ${session.own.named(table)}`)
    await session.close()
    expect((await migrate({ createSchema: true, ...chunked })).tables).toMatchObject([{ written: 10_000 }])
    expect((await migrate()).status).toBe('nothing to do')
  })

  test('a table that --truncate has emptied is not taken for finished, whatever ends the run', async () => {
    const target = await engine.create(existing[engine.name])
    const { migrate, plan, store } = cutover(sqliteDatabase(big), target.url, { tables: { big: {} } })
    await target.run(`INSERT INTO big (id, name, v) VALUES (-1, 'was there', 1)`)
    const signal = interruptedAt('rows', 1)
    const stopped = migrate({ existingRows: 'truncate', signal })
    await expect(stopped).rejects.toMatchObject({ code: 'interrupted' })
    expect((await migrate()).tables).toMatchObject([{ written: 10_000, status: 'copied' }])
    const again = migrate({ existingRows: 'truncate', signal: interruptedAt('prepared', 1) })
    await expect(again).rejects.toMatchObject({ code: 'interrupted' })
    await target.run(`INSERT INTO big (id, name, v) VALUES (-2, 'of the new application', 1)`)
    await expect(migrate()).rejects.toMatchObject({ code: 'target.not-empty' })
    // What was there before is gone for good, and rollback knows of it.
    const { status, left } = await rollback(plan, store, { confirm: async () => true })
    expect([status, left.length]).toEqual(['incomplete', 1])
    expect(await ask(target, 'SELECT name FROM big')).toEqual([{ name: 'of the new application' }])
  })

  test('a half copied table that is taken out of the plan is taken back, with its keys', async () => {
    const target = await engine.create(existing[engine.name])
    const file = sqliteDatabase(
      `${big} CREATE TABLE other (id INTEGER PRIMARY KEY); INSERT INTO other VALUES (1)`,
    )
    const before = cutover(file, target.url, { tables: { big: {} } })
    const signal = interruptedAt('chunk-committed', 2)
    await expect(before.migrate({ ...chunked, signal })).rejects.toMatchObject({ code: 'interrupted' })
    const { migrate } = cutover(file, target.url, { tables: { other: {} }, ignore: { big: 'not needed' } })
    const { status, notices } = await migrate({ createSchema: true })
    expect(status).toBe('finished')
    expect(notices.join()).toMatch(/"big" was half copied .* taken back/)
    expect(await ask(target, 'SELECT count(*) AS n FROM big')).toEqual([{ n: '0' }])
    const session = await target.target()
    const { tables } = await session.introspect()
    expect(tables.find(({ name }) => name === 'big')!.primaryKey).toEqual(['id'])
  })

  test('chunks may be cut at 0, and below', async () => {
    const target = await engine.create()
    const ids = `CREATE TABLE big (id INTEGER PRIMARY KEY, name TEXT, v INTEGER);
      WITH RECURSIVE n(id) AS (SELECT -1000 UNION ALL SELECT id + 1 FROM n WHERE id < 1000) INSERT INTO big SELECT id, 'x', 1 FROM n;
      INSERT INTO big VALUES (4000000000000000000, 'far', 1)`
    const { migrate, verify } = cutover(sqliteDatabase(ids), target.url, {
      tables: { big: { where: 'id < 2000' } },
    })
    const result = await migrate({ createSchema: true, chunkRows: 1001 })
    expect(result.tables).toMatchObject([{ read: 2002, written: 2001, excluded: 1 }])
    expect((await verify()).verdict).toBe('match')
  })

  test('a row that came while another went into quarantine is not passed over', async () => {
    const target = await engine.create(
      existing[engine.name].replace(/v (INTEGER|int|INT)/, 'v $1 CHECK (v < 90)'),
    )
    const file = sqliteDatabase(`${big} UPDATE big SET v = 99 WHERE id = 500`)
    const { migrate, store, verify } = cutover(file, target.url, { tables: { big: {} } })
    const signal = interruptedAt('chunk-committed', 3)
    await expect(migrate({ ...chunked, signal })).rejects.toMatchObject({ code: 'interrupted' })
    const source = new Database(file)
    source.exec(`DELETE FROM big WHERE id = 500; INSERT INTO big VALUES (0, 'came', 1)`)
    source.close()
    expect((await migrate(chunked)).tables).toMatchObject([{ read: 10_000, written: 10_000, quarantined: 0 }])
    expect([...store.currentQuarantine()]).toEqual([])
    expect((await verify()).verdict).toBe('match')
  })

  test('a second migrate says who is at work, and goes on once that one is gone', async () => {
    const target = await engine.create()
    const { plan, migrate } = cutover(sqliteDatabase(big), target.url, { tables: { big: {} } })
    const session = await target.target()
    const journal = await Journal.open(session, pairFingerprint(plan), 'migrate')
    await expect(migrate({ createSchema: true })).rejects.toMatchObject({
      code: 'plan.held',
      message: expect.stringMatching(/^another process holds it/),
    })
    await journal.prepare()
    await expect(migrate({ createSchema: true })).rejects.toMatchObject({
      code: 'plan.held',
      message: expect.stringMatching(
        /@.* \(pid \d+\) holds it since .*Z: migrate, (process|connection) \d+ of/,
      ),
    })
    await session.close()
    expect((await migrate({ createSchema: true })).tables).toMatchObject([{ written: 10_000 }])
  })
})

test('who has lost the hold of a plan can commit nothing more', async () => {
  const { url, client } = await postgresDatabase()
  const { migrate } = cutover(sqliteDatabase(big), url, { tables: { big: {} } })
  let taken: Promise<unknown> | null = null
  // Another has taken over, for the server had lost the first.
  at('chunk-committed', 2, () => {
    taken = client.query(`UPDATE _paritygate.plan SET token = 'another', holder = 'null'`)
  })
  await expect(migrate({ createSchema: true, ...chunked })).rejects.toMatchObject({ code: 'plan.held' })
  await taken
  const { rows } = await client.query(
    'SELECT (SELECT count(*) FROM big) AS rows, (SELECT sum(written) FROM _paritygate.chunk) AS known',
  )
  expect(rows[0].rows).toBe(rows[0].known)
  expect(Number(rows[0].rows)).toBeLessThan(10_000)
  expect((await migrate({ createSchema: true, ...chunked })).tables).toMatchObject([{ written: 10_000 }])
})

test('a state that was written before keeps its quarantine, without the secrets in it', () => {
  const file = join(temporaryFolder(), 'state.db')
  openStore(file, 'pair').close()
  const before = new Database(file)
  before.exec(`${asVersion4}
    INSERT INTO runs (id, pair, kind, plan, started_at) VALUES (1, 'pair', 'migrate', '', ''), (2, 'pair', 'migrate', '', '');
    INSERT INTO finished_tables VALUES ('pair', 'users', 2, '', '{}');
    INSERT INTO quarantine VALUES (1, 1, 'users', '{"id":"7"}', NULL, 'of an earlier run', '{}', '[]'),
      (2, 2, 'users', '{"id":"7"}', 'v', 'too long', '{"id":"7","token":"s3cr3t","v":"long"}', '["token"]')`)
  before.close()
  const store = openStore(file, 'pair')
  expect([...store.currentQuarantine()]).toEqual([
    {
      table: 'users',
      key: { id: '7' },
      column: 'v',
      reason: 'too long',
      row: { id: '7', token: '[redacted]', v: 'long' },
    },
  ])
  store.close()
  const after = new Database(file)
  after.pragma('wal_checkpoint(TRUNCATE)')
  after.close()
  expect(readFileSync(file).includes('s3cr3t')).toBe(false)
})

test('an interruption waits for no statement of any connection', async () => {
  const { url, client } = await postgresDatabase(existing.postgres)
  const { migrate } = cutover(sqliteDatabase(big), url, { tables: { big: {} } })
  const stop = new AbortController()
  at('chunk-begun', 1, () => {
    // Whoever writes waits for this one.
    void client.query('BEGIN; LOCK TABLE big IN SHARE MODE')
    setTimeout(() => stop.abort(), 500)
  })
  const started = performance.now()
  await expect(migrate({ ...chunked, jobs: 3, signal: stop.signal })).rejects.toMatchObject({
    code: 'interrupted',
  })
  expect(performance.now() - started).toBeLessThan(10_000)
  await client.query('ROLLBACK')
  expect((await migrate(chunked)).tables).toMatchObject([{ written: 10_000 }])
})
