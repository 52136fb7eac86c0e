import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseConnectionUrl } from '../src/engines/connection-url.ts'
import { openMonitor } from '../src/engines/open.ts'
import type { Monitor } from '../src/engines/port/session.ts'
import { watch } from '../src/migrate/measure.ts'
import { untilWithin } from '../src/migrate/waiting.ts'
import type { ProgressEvent } from '../src/model/progress.ts'
import { cutover } from './cutover.ts'
import { mysqlDatabase, postgresDatabase, sqliteDatabase } from './databases.ts'
import { fakeClock } from './fake-clock.ts'
import { fakeStandby } from './fake-standby.ts'
import { noMysql } from './no-mysql.ts'

async function monitorOf(url: string): Promise<Monitor> {
  const monitor = await openMonitor(parseConnectionUrl(url, '/'))
  onTestFinished(() => monitor!.close())
  return monitor!
}

const reasons = (events: ProgressEvent[]) =>
  events.map(event => (event.kind === 'waiting' ? event.reason : event.kind))

describe('waiting', () => {
  test('goes on once nothing is over its limit, and says meanwhile what is', async () => {
    const clock = fakeClock()
    const answers = ['replica lag 14 s is over 10 s', 'replica lag 12 s is over 10 s', null]
    const events: ProgressEvent[] = []
    const until = untilWithin(
      [{ look: async () => null }, { look: async () => answers.shift()! }],
      event => events.push(event),
      undefined,
      clock,
    )
    await until()
    expect(reasons(events)).toEqual(['replica lag 14 s is over 10 s', 'replica lag 12 s is over 10 s'])
    expect(clock.slept).toEqual([1000, 1000])
  })

  test('looks once a second, whoever asks and however often', async () => {
    const clock = fakeClock()
    let looks = 0
    const look = async () => {
      looks++
      return null
    }
    const until = untilWithin([{ look }], undefined, undefined, clock)
    await Promise.all([until(), until(), until()])
    clock.pass(999)
    await until()
    expect(looks).toBe(1)
    clock.pass(1)
    await Promise.all([until(), until()])
    expect(looks).toBe(2)
  })

  test('ends with the run', async () => {
    const controller = new AbortController()
    const until = untilWithin([{ look: async () => 'full' }], () => controller.abort(), controller.signal)
    await expect(until()).rejects.toMatchObject({ code: 'interrupted' })
  })
})

describe('PostgreSQL', () => {
  test('counts the connections of others that are at work, and none of its own', async () => {
    const { url, client } = await postgresDatabase()
    const monitor = await monitorOf(url)
    const before = await monitor.active()
    const sleeping = client.query('SELECT pg_sleep(3)')
    // Other tests work on the server as well.
    await expect.poll(() => sleepers(url)).toBe(1)
    const limit = {
      subject: 'sleepers',
      most: 0,
      measure: () => monitor.active(),
      over: (found: number) => `${found}`,
    }
    const watching = await watch(parseConnectionUrl(url, '/'), [limit])
    onTestFinished(() => watching.close())
    expect(await watching.look()).toMatch(/^[1-9]/)
    await sleeping
    expect(before).toBeGreaterThanOrEqual(0)
  })

  test('a role that may not see what others do is told what it lacks', async () => {
    const { url, client } = await postgresDatabase()
    const role = `paritygate_blind_${process.pid}`
    await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`)
    onTestFinished(async () => void (await client.query(`DROP ROLE ${role}`)))
    const as = new URL(url)
    as.username = role
    as.password = 'x'
    const source = sqliteDatabase('CREATE TABLE t (id INTEGER PRIMARY KEY)')
    for (const limit of [{ maxActive: 5 }, { maxLag: 5 }]) {
      const { migrate } = cutover(source, as.href, { tables: { t: {} } })
      await expect(migrate({ createSchema: true, ...limit })).rejects.toMatchObject({
        code: 'limit.unmeasurable',
        message: expect.stringContaining(`GRANT pg_monitor TO ${role}`),
      })
    }
    expect((await client.query(`SELECT FROM pg_class WHERE relname = 't'`)).rowCount).toBe(0)
  })

  test('a server that is no replica has no lag, and one without replicas none to ask', async () => {
    const { url } = await postgresDatabase()
    const monitor = await monitorOf(url)
    await expect(monitor.lag()).rejects.toMatchObject({
      code: 'limit.unmeasurable',
      message: 'it is no replica: it is not in recovery',
    })
    await expect(monitor.replicasLag!()).rejects.toMatchObject({
      code: 'limit.unmeasurable',
      message: expect.stringContaining('--replica'),
    })
  })

  test('a replica is behind from when it was last with its primary, and missed when it is gone', async ({
    skip,
  }) => {
    const { url, client } = await postgresDatabase('CREATE TABLE t (id int)')
    const standby = await fakeStandby(url)
    if (standby === null) return skip('the server lets nobody replicate')
    const monitor = await monitorOf(url)
    await expect.poll(() => monitor.replicasLag!()).toBeLessThan(1)
    standby.replays(false)
    await client.query('INSERT INTO t VALUES (1)')
    await expect.poll(() => monitor.replicasLag!(), { timeout: 10_000, interval: 500 }).toBeGreaterThan(2)
    standby.replays(true)
    await expect.poll(() => monitor.replicasLag!(), { timeout: 10_000 }).toBeLessThan(1.5)
    standby.leave()
    await expect
      .poll(() => monitor.replicasLag!().catch(error => error.message))
      .toContain('no replica is to be seen')
  })

  test.for(['server', 'lines'])(
    'a copy from %s waits for a replica, and then goes on',
    async (from, { skip }) => {
      const { url } = await postgresDatabase()
      const standby = await fakeStandby(url)
      if (standby === null) return skip('the server lets nobody replicate')
      const source =
        from === 'server'
          ? (
              await postgresDatabase(
                `CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) n`,
              )
            ).url
          : sqliteDatabase(
              `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
             WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 20000) INSERT INTO t SELECT n, printf('%.1000c', 'x') FROM s`,
            )
      const events: ProgressEvent[] = []
      const { migrate } = cutover(source, url, { tables: { t: {} } })
      const result = await migrate({
        createSchema: true,
        maxLag: 1.5,
        // Some seconds, in which there are some looks.
        maxRate: 5 * 2 ** 20,
        onProgress(event) {
          events.push(event)
          if (event.kind === 'rows') standby.replays(false)
          if (event.kind === 'waiting') standby.replays(true)
        },
      })
      expect(result.tables).toMatchObject([{ written: 20_000 }])
      expect(reasons(events)).toContainEqual(expect.stringMatching(/^replica lag [\d.]+ s is over 1.5 s \(/))
    },
  )
})

async function sleepers(url: string): Promise<number> {
  const client = new pg.Client(url)
  await client.connect()
  const { rowCount } = await client.query(
    `SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(3)' AND state = 'active' AND datname = current_database()`,
  )
  await client.end()
  return rowCount!
}

describe.skipIf(noMysql)('MySQL', () => {
  test('counts the connections of others that are at work', async () => {
    const { url, client } = await mysqlDatabase()
    const monitor = await monitorOf(url)
    const sleeping = client.query('SELECT SLEEP(2)')
    await expect.poll(() => monitor.active()).toBeGreaterThan(0)
    await sleeping
  })

  test('a server that is no replica has no lag', async () => {
    const { url } = await mysqlDatabase()
    await expect((await monitorOf(url)).lag()).rejects.toMatchObject({ code: 'limit.unmeasurable' })
  })
})

describe('a limit that cannot be measured any more', () => {
  test('is waited for, and measured on a new connection', async () => {
    const { url, client } = await postgresDatabase()
    const name = `watched_${process.pid}`
    const as = new URL(url)
    as.searchParams.set('application_name', name)
    const limit = { subject: 'activity', most: 1000, measure: (one: Monitor) => one.active(), over: String }
    const watching = await watch(parseConnectionUrl(as.href, '/'), [limit])
    onTestFinished(() => watching.close())
    expect(await watching.look()).toBeNull()
    await client.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = '${name}'`,
    )
    expect(await watching.look()).toMatch(/^activity cannot be measured: \w/)
    expect(await watching.look()).toBeNull()
  })
})

describe('what cannot be asked for', () => {
  const empty = () => sqliteDatabase('CREATE TABLE t (id INTEGER PRIMARY KEY)')

  test.each([
    [{ maxActive: 3 }, 'has no connections to count'],
    [{ maxLag: 3 }, 'name each of yours with --replica'],
    [{ maxLag: 3, replicas: ['replica.db'] }, 'SQLite has no replicas'],
    [{ replicas: ['postgres://127.0.0.1/x'] }, 'say that as well'],
    [{ maxRate: 0 }, '--max-rate'],
    [{ maxRate: Number.NaN }, '--max-rate'],
    [{ maxLag: -1 }, '--max-lag'],
  ])('%j', async (options, message) => {
    const { migrate } = cutover(empty(), empty(), { tables: { t: {} } })
    await expect(migrate(options)).rejects.toMatchObject({
      code: 'usage.invalid',
      message: expect.stringContaining(message),
    })
  })

  test('a replica that cannot be reached fails the run before it begins', async () => {
    const { migrate } = cutover(empty(), empty(), { tables: { t: {} } })
    await expect(
      migrate({ maxLag: 3, replicas: ['postgres://u:secret@127.0.0.1:1/x'], retries: 5 }),
    ).rejects.toMatchObject({
      code: 'connection.refused',
      message: expect.not.stringContaining('secret'),
    })
  })
})
