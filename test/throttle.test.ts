import { describe, expect, test } from 'vitest'
import { byteRate, seconds, timeLimit } from '../src/cli/quantities.ts'
import { throttle } from '../src/migrate/throttle.ts'
import { cutover } from './cutover.ts'
import { postgresDatabase, sqliteDatabase } from './databases.ts'
import { fakeClock } from './fake-clock.ts'

describe('a rate', () => {
  test('holds from the first piece on, whatever the size of the pieces', async () => {
    const clock = fakeClock()
    const pace = throttle(1000, undefined, clock)
    let sent = 0
    for (const bytes of [500, 2000, 1, 999, 100, 3400]) {
      await pace(bytes)
      // The piece that is handed over now comes on top.
      expect(sent).toBeLessThanOrEqual(clock.now())
      sent += bytes
    }
    await pace(0)
    expect(clock.now()).toBe(7000)
  })

  test('is shared by all who have it', async () => {
    const clock = fakeClock()
    const pace = throttle(1000, undefined, { ...clock, sleep: async ms => void clock.slept.push(ms) })
    await Promise.all([pace(1000), pace(1000), pace(1000)])
    expect(clock.slept).toEqual([1000, 2000])
  })

  test('does not make up for time in which nothing was sent', async () => {
    const clock = fakeClock()
    const pace = throttle(1000, undefined, clock)
    await pace(1000)
    clock.pass(60_000)
    await pace(1000)
    await pace(1000)
    expect(clock.slept).toEqual([1000])
  })

  test('ends with the run', async () => {
    const controller = new AbortController()
    const pace = throttle(1, controller.signal)
    await pace(1_000_000)
    setTimeout(() => controller.abort(), 20)
    await expect(pace(1)).rejects.toMatchObject({ code: 'interrupted' })
  })
})

const rows = `CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(1, 3000) n`

test('a table is copied in pieces that are paid for, by lines and straight from server to server', async () => {
  const { url: source } = await postgresDatabase(rows)
  const lines = sqliteDatabase(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
     WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 3000)
     INSERT INTO t SELECT n, printf('%.1000c', 'x') FROM s`,
  )
  for (const from of [source, lines]) {
    const { url } = await postgresDatabase()
    const started = performance.now()
    const { migrate } = cutover(from, url, { tables: { t: {} } })
    expect(await migrate({ createSchema: true, maxRate: 4 * 2 ** 20 })).toMatchObject({
      tables: [{ written: 3000 }],
    })
    // 3 MB, of which the last piece is handed over before it is paid for.
    expect(performance.now() - started).toBeGreaterThan(300)
  }
})

describe('what is said on the command line', () => {
  test.each([
    ['1024', 1024],
    ['500k', 512_000],
    ['20M', 20 * 2 ** 20],
    ['1.5g', 1.5 * 2 ** 30],
  ])('rate %s', (text, rate) => expect(byteRate(text)).toBe(rate))

  test.each(['0', '0k', '32', '-1M', '1e9', 'M', '5 M', '5MB', 'fast', ''])('no rate: %j', text =>
    expect(() => byteRate(text)).toThrow('bytes per second'),
  )

  test.each([
    ['500ms', 500],
    ['5s', 5000],
    ['1.5s', 1500],
    ['10m', 600_000],
    ['2h', 7_200_000],
  ])('time %s', (text, ms) => expect(timeLimit(text)).toBe(ms))

  test.each(['0s', '5', '0.1ms', '-5s', '700h', '5 s', 'never', ''])('no time: %j', text =>
    expect(() => timeLimit(text)).toThrow('with its unit'),
  )

  test('seconds', () => {
    expect([seconds('10'), seconds('2.5'), seconds('10s')]).toEqual([10, 2.5, 10])
    for (const text of ['0', '-1', '10m', '']) expect(() => seconds(text)).toThrow('number of seconds')
  })
})
