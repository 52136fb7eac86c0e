import { describe, expect, test } from 'vitest'
import type { VerifyResult } from '../src/index.ts'
import { cutover } from './cutover.ts'
import { postgresDatabase, sqliteDatabase } from './databases.ts'

/** What verify counts for a table. */
function counts({ tables }: VerifyResult, name: string) {
  const { source_rows, target_rows, missing, extra, changed } = tables.find(({ table }) => table === name)!
  return { source_rows, target_rows, missing, extra, changed }
}

describe('a comparison that did not take place', () => {
  const tables = { a: {}, b: {} }
  const source = `CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO a VALUES (1, 'x');
    CREATE TABLE b (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO b VALUES (1, 'x')`
  const target = 'CREATE TABLE a (id int PRIMARY KEY, v text); CREATE TABLE b (id int PRIMARY KEY, v text)'

  async function withChecks(checks: unknown[]) {
    const { url, client } = await postgresDatabase(target)
    const pair = cutover(sqliteDatabase(source), url, { tables, checks })
    expect((await pair.migrate()).status).toBe('finished')
    return { ...pair, client }
  }

  test.each(['source', 'target'])(
    'a query of the %s with an error is no pass, and later checks still run',
    async side => {
      const { verify, gate } = await withChecks([
        { query: { name: 'broken', [side]: 'SELEC 1', expect: 1 } },
        { query: { name: 'rows', source: 'SELECT count(*) FROM a', target: 'SELECT count(*) FROM a' } },
        { not_null: { table: 'b', columns: ['v'] } },
      ])
      const result = await verify()
      expect(result.checks.map(({ table, status }) => [table, status])).toEqual([
        ['broken', 'not_run'],
        ['rows', 'pass'],
        ['b', 'pass'],
      ])
      expect(result.verdict).toBe('inconclusive')
      expect(result.not_covered).toEqual([
        { subject: 'check query broken', reason: expect.stringMatching(/syntax error/) },
      ])
      expect(gate().verdict).not.toBe('GO')
    },
  )

  test('a failing check is still found after one that could not run', async () => {
    const { verify } = await withChecks([
      { query: { name: 'broken', target: 'SELECT 1 / 0', expect: 1 } },
      { query: { name: 'wrong', target: 'SELECT count(*) FROM a', expect: 2 } },
    ])
    const result = await verify()
    expect(result.checks.map(({ table, status }) => [table, status])).toEqual([
      ['broken', 'not_run'],
      ['wrong', 'fail'],
    ])
    expect(result.verdict).toBe('mismatch')
  })

  test('a table that cannot be read is not covered, and later tables still are compared', async () => {
    const { url, client } = await postgresDatabase(
      `CREATE TABLE a_rows (id int, v text); CREATE TABLE b (id int PRIMARY KEY, v text);
       CREATE VIEW a AS SELECT id, v FROM a_rows`,
    )
    await client.query(`INSERT INTO b VALUES (1, 'y'); INSERT INTO a_rows VALUES (1, 'x');
      CREATE OR REPLACE VIEW a AS SELECT 1 / (id - 1) AS id, v FROM a_rows`)
    const { verify } = cutover(sqliteDatabase(source), url, { tables: { a: { key: ['id'] }, b: {} } })
    const result = await verify()
    expect(result.not_covered).toEqual([
      { subject: 'a', reason: expect.stringMatching(/could not be compared: division by zero/) },
    ])
    expect(counts(result, 'b')).toMatchObject({ changed: 1 })
    expect(result.verdict).toBe('mismatch')
  })

  test('a table that vanished from the target is not covered, and the others still are compared', async () => {
    const { verify, client, gate } = await withChecks([])
    await client.query('DROP TABLE a')
    const result = await verify()
    expect(result.verdict).toBe('inconclusive')
    expect(result.tables.map(({ table, matched }) => [table, matched])).toEqual([['b', 1]])
    expect(result.not_covered).toEqual([{ subject: 'a', reason: 'the target has no such table' }])
    expect(gate().verdict).not.toBe('GO')
  })

  test('two empty tables agree on nothing', async () => {
    const { url } = await postgresDatabase('CREATE TABLE t (id int PRIMARY KEY)')
    const { verify, gate } = cutover(sqliteDatabase('CREATE TABLE t (id INTEGER PRIMARY KEY)'), url, {
      tables: { t: {} },
    })
    const result = await verify()
    expect(result.verdict).toBe('inconclusive')
    expect(result.not_covered).toEqual([
      { subject: 't', reason: 'no rows on either side: nothing was compared' },
    ])
    expect(gate().verdict).not.toBe('GO')
  })

  test('a target that is empty where the source is not has every row missing', async () => {
    const { verify, client } = await withChecks([])
    await client.query('TRUNCATE a')
    expect(counts(await verify(), 'a')).toEqual({
      source_rows: 1,
      target_rows: 0,
      missing: 1,
      extra: 0,
      changed: 0,
    })
  })
})
