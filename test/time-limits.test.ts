import Database from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseConnectionUrl } from '../src/engines/connection-url.ts'
import { openTarget } from '../src/engines/open.ts'
import type { TimeLimits } from '../src/engines/time-limits.ts'
import type { ParitygateError } from '../src/model/error.ts'
import type { ProgressEvent } from '../src/model/progress.ts'
import { cutover } from './cutover.ts'
import { mysqlDatabase, postgresDatabase, sqliteDatabase } from './databases.ts'
import { isMariadb } from './mariadb.ts'
import { noMysql } from './no-mysql.ts'

async function session(url: string, limits: TimeLimits) {
  const opened = await openTarget(parseConnectionUrl(url, '/'), null, limits)
  onTestFinished(() => opened.close())
  return opened
}

const source = () => sqliteDatabase('CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2)')

/** How many milliseconds pass until a migrate that waits 500 ms for a lock is refused that of `t`. */
async function waitedForLock(target: string): Promise<number> {
  const started = performance.now()
  const { migrate } = cutover(source(), target, { tables: { t: {} } })
  await expect(migrate({ lockTimeoutMs: 500 })).rejects.toMatchObject({
    code: 'lock.timeout',
    transient: true,
    hint: expect.stringContaining('--lock-timeout'),
  })
  return performance.now() - started
}

describe('PostgreSQL', () => {
  test('a lock that another holds is waited for as long as was said', async () => {
    const { url, client } = await postgresDatabase('CREATE TABLE t (id int PRIMARY KEY)')
    await client.query('BEGIN; LOCK TABLE t')
    expect(await waitedForLock(url)).toBeLessThan(10_000)
    await client.query('COMMIT')
  })

  test('a retry gets the lock that has become free', async () => {
    const { url, client } = await postgresDatabase('CREATE TABLE t (id int PRIMARY KEY)')
    const { migrate } = cutover(source(), url, { tables: { t: {} } })
    await client.query('BEGIN; LOCK TABLE t IN SHARE MODE')
    let freed: Promise<unknown> | undefined
    const onProgress = ({ kind }: ProgressEvent) => {
      if (kind === 'retrying') freed ??= client.query('COMMIT')
    }
    const { status } = await migrate({ lockTimeoutMs: 300, retries: 3, onProgress })
    await freed
    expect(status).toBe('finished')
  })

  test('a statement is ended after its time, and the option named', async () => {
    const { url } = await postgresDatabase()
    const target = await session(url, { statementMs: 200 })
    const error = await target.query('SELECT pg_sleep(20)').catch(error => target.failure(error, 'here'))
    expect(error).toMatchObject({ code: 'statement.timeout', transient: false })
    expect((error as ParitygateError).describe()).toContain('--statement-timeout')
  })

  test('what somebody else cancels is no time limit', async () => {
    const { url, client } = await postgresDatabase()
    const target = await session(url, { statementMs: 60_000 })
    const sleeping = target.query('SELECT pg_sleep(20)').catch(error => target.failure(error, 'here'))
    await expect
      .poll(async () => {
        const { rowCount } = await client.query(
          `SELECT FROM (SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(20)' AND datname = current_database() AND state = 'active') c`,
        )
        return rowCount
      })
      .toBe(1)
    expect(await sleeping).toMatchObject({ code: 'target.refused', transient: false })
  })

  test('a deadlock, and a failure to serialize, may pass', async () => {
    const { url } = await postgresDatabase()
    const target = await session(url, {})
    for (const code of ['40001', '40P01', '53300', '57P01', '57P03', '08006'])
      expect(target.failure(Object.assign(new Error(), { code }), ''), code).toMatchObject({
        transient: true,
      })
    for (const code of ['23505', '42P01', '57P04', '53100'])
      expect(target.failure(Object.assign(new Error(), { code }), ''), code).toMatchObject({
        transient: false,
      })
  })
})

describe.skipIf(noMysql)('MySQL', () => {
  test('a lock that another holds is waited for by whole seconds', async () => {
    const { url, client } = await mysqlDatabase('CREATE TABLE t (id int PRIMARY KEY)')
    await client.query('START TRANSACTION; INSERT INTO t VALUES (2)')
    const ms = await waitedForLock(url)
    expect(ms).toBeGreaterThan(900)
    expect(ms).toBeLessThan(10_000)
    await client.query('ROLLBACK')
  })

  test('the limits of a session', async () => {
    const { url } = await mysqlDatabase()
    const target = await session(url, { lockMs: 2100, statementMs: 300 })
    expect(await target.query('SELECT @@lock_wait_timeout AS a, @@innodb_lock_wait_timeout AS b')).toEqual([
      { a: '3', b: '3' },
    ])
    const slow = isMariadb
      ? 'SELECT SLEEP(20)'
      : 'SELECT COUNT(*) FROM information_schema.COLLATIONS a, information_schema.COLLATIONS b, information_schema.COLLATIONS c, information_schema.COLLATIONS d'
    const error = await target.query(slow).catch(error => target.failure(error, 'here'))
    expect(error).toMatchObject({ code: 'statement.timeout', transient: false })
  })

  test('a deadlock may pass', async () => {
    const { url } = await mysqlDatabase()
    const target = await session(url, {})
    for (const errno of [1205, 1213, 1040, 1053, -111])
      expect(target.failure({ message: '', errno }, ''), String(errno)).toMatchObject({ transient: true })
    for (const errno of [1062, 1146])
      expect(target.failure({ message: '', errno }, ''), String(errno)).toMatchObject({ transient: false })
  })
})

test('a SQLite file that another writes to is waited for as long as was said', async () => {
  const file = sqliteDatabase('CREATE TABLE t (id INTEGER PRIMARY KEY)')
  const other = new Database(file)
  onTestFinished(() => void other.close())
  other.exec('BEGIN IMMEDIATE')
  const ms = await waitedForLock(file)
  expect(ms).toBeGreaterThan(450)
  expect(ms).toBeLessThan(4000)
  other.exec('ROLLBACK')
})
