import { expect, test } from 'vitest'
import { type Retrying, withRetries } from '../src/migrate/retry.ts'
import { ParitygateError } from '../src/model/error.ts'
import type { ProgressEvent } from '../src/model/progress.ts'
import { cutover } from './cutover.ts'
import { postgresDatabase } from './databases.ts'
import { fakeClock } from './fake-clock.ts'

const lost = () => new ParitygateError('connection.lost', 'gone', { where: 'table "t"', transient: true })
const refused = () => new ParitygateError('target.refused', 'no')

/** Work that fails as the script says, and then succeeds. */
async function scripted(
  failures: (Error | 'progress')[],
  given: Partial<Retrying> = {},
  random = () => 0,
): Promise<{ result: unknown; calls: number; slept: number[]; events: ProgressEvent[] }> {
  const clock = fakeClock()
  const events: ProgressEvent[] = []
  const left = [...failures]
  let progress = false
  let calls = 0
  const work = async () => {
    calls++
    if (left[0] === 'progress') {
      progress = true
      left.shift()
    }
    const failure = left.shift()
    if (failure) throw failure
    return 'done'
  }
  const madeProgress = () => {
    const made = progress
    progress = false
    return made
  }
  const retrying = { retries: 5, madeProgress, onProgress: (event: ProgressEvent) => events.push(event) }
  const result = await withRetries(work, { ...retrying, ...given }, clock, random).catch(error => error)
  return { result, calls, slept: clock.slept, events }
}

test('waits longer each time, at most 30 s, and says why', async () => {
  const { result, slept, events } = await scripted(Array(7).fill(lost()), { retries: 7 })
  expect(result).toBe('done')
  expect(slept).toEqual([1, 2, 4, 8, 16, 30, 30].map(seconds => seconds * 1000))
  expect(events[2]).toEqual({
    kind: 'retrying',
    reason: 'table "t": gone',
    attempt: 3,
    of: 7,
    seconds: 4,
  })
})

test('is shortened by up to a half, by chance', async () => {
  expect((await scripted([lost(), lost()], {}, () => 0.5)).slept).toEqual([750, 1500])
})

test('gives up with the last failure', async () => {
  const last = lost()
  const { result, calls } = await scripted([lost(), lost(), last], { retries: 2 })
  expect(result).toBe(last)
  expect(calls).toBe(3)
  expect((await scripted([last], { retries: 0 })).calls).toBe(1)
})

test('counts from the start again where progress was made', async () => {
  const { result, slept } = await scripted([lost(), lost(), 'progress', lost(), lost(), lost()], {
    retries: 2,
  })
  expect(result).toMatchObject({ code: 'connection.lost' })
  expect(slept).toEqual([1000, 2000, 1000, 2000])
})

test('what does not pass ends it at once, and so does an abort', async () => {
  for (const failure of [refused(), new Error('a defect')]) {
    const { result, calls } = await scripted([lost(), failure])
    expect(result).toBe(failure)
    expect(calls).toBe(2)
  }
  const controller = new AbortController()
  const onProgress = () => controller.abort()
  const { result, calls } = await scripted([lost()], { signal: controller.signal, onProgress })
  expect(result).toMatchObject({ code: 'interrupted' })
  expect(calls).toBe(1)
})

const family = `CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a SELECT generate_series(1, 10);
  CREATE TABLE b (id int PRIMARY KEY, v text); INSERT INTO b SELECT n, repeat('x', 1000) FROM generate_series(1, 5000) n`

test('a backend that is killed in mid-copy costs one attempt, and what was finished is kept', async () => {
  const { url: source } = await postgresDatabase(family)
  const { url, client } = await postgresDatabase(
    'CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, v text); INSERT INTO a VALUES (99)',
  )
  const { migrate } = cutover(source, url, { tables: { a: {}, b: {} } })
  const events: ProgressEvent[] = []
  const starts: string[] = []
  let killed: Promise<unknown> | undefined
  const kill = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`
  const result = await migrate({
    existingRows: 'truncate',
    retries: 2,
    onProgress(event) {
      events.push(event)
      if (event.kind === 'table-started') starts.push(event.table)
      if (event.kind === 'table-started' && event.table === 'b') killed ??= client.query(kill)
    },
  })
  await killed
  expect(starts).toEqual(['a', 'b', 'b'])
  expect(events.filter(({ kind }) => kind === 'retrying')).toMatchObject([{ attempt: 1, of: 2 }])
  expect(result.tables).toMatchObject([
    { table: 'a', written: 10 },
    { table: 'b', written: 5000 },
  ])
  const { rows } = await client.query('SELECT (SELECT count(*) FROM a)::int AS a, count(*)::int AS b FROM b')
  expect(rows).toEqual([{ a: 10, b: 5000 }])
})

test('a server that was never there is not asked twice', async () => {
  const { url: source } = await postgresDatabase(family)
  const { migrate } = cutover(source, 'postgres://nobody@127.0.0.1:1/none', { tables: { a: {} } })
  const events: ProgressEvent[] = []
  await expect(migrate({ retries: 5, onProgress: event => events.push(event) })).rejects.toMatchObject({
    code: 'connection.refused',
    exitCode: 4,
  })
  expect(events).toEqual([])
})
