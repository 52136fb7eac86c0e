import Database from 'better-sqlite3'
import mysql from 'mysql2'
import pg from 'pg'
import { expect, onTestFinished, test, vi } from 'vitest'
import { kindsOf, ordersFiles, planted, targetTables } from '../bench/planted.mjs'
import { cutover } from './cutover.ts'
import { temporaryFolder } from './databases.ts'
import { describeEngines } from './engine.ts'

const ROWS = 20_000
const BAD = 110

/** Rows, and what they come to. */
const sums = `SELECT COUNT(*) AS c, SUM(line) AS l, SUM(parent_id) AS p, SUM(quantity) AS q, SUM(points) AS s, SUM(price) AS r,
  SUM(LENGTH(title)) AS t, SUM(LENGTH(note)) AS n, MIN(code) AS a, MAX(code) AS z, COUNT(paid_at) AS d FROM orders`

function texts(row: Record<string, unknown> | undefined): string[] {
  return Object.values(row ?? {}).map(String)
}

describeEngines('bad rows of eleven kinds among many, into $name', ({ name, create }) => {
  test('exactly these are in quarantine, each for its own reason, and few statements find them', async () => {
    const files = ordersFiles(ROWS, BAD, name, { folder: temporaryFolder() })
    const places = planted(ROWS, BAD, name)
    expect(new Set(places.map(({ kind }) => kind.kind)).size).toBe(11)
    expect(kindsOf(name)).toHaveLength(11)
    const side = await create(targetTables[name])
    const { migrate, store } = cutover(files.bad, side.url, { tables: { orders: {} } })
    const sent = [pg.Client.prototype, mysql.Connection.prototype].map(one => vi.spyOn(one, 'query'))
    onTestFinished(() => sent.forEach(spy => void spy.mockRestore()))
    const { tables } = await migrate()
    const statements = sent.reduce((sum, spy) => sum + spy.mock.calls.length, 0)
    expect(tables).toMatchObject([{ read: ROWS, written: ROWS - BAD, quarantined: BAD }])

    const found = [...store.currentQuarantine()].map(({ row, column, reason }) => [
      Number(row.line),
      column,
      reason,
    ])
    expect(found.sort(([one], [other]) => Number(one) - Number(other))).toEqual(
      places.map(({ line, kind }) => [line, kind[name]![0], expect.stringMatching(kind[name]![1])]),
    )
    const source = new Database(files.bad, { readonly: true })
    onTestFinished(() => void source.close())
    const good = source
      .prepare(`${sums} WHERE line NOT IN (${places.map(({ line }) => line).join(', ')})`)
      .get()
    const reader = await side.reader()
    expect(texts((await reader.query(sums))[0])).toEqual(texts(good as Record<string, unknown>))
    if (name !== 'sqlite') expect(statements).toBeGreaterThan(BAD / 2)
    expect(statements).toBeLessThanOrEqual(100 + 3 * BAD * Math.log2(ROWS))
  })
})
