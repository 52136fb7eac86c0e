import { expect, test } from 'vitest'
import { cutover } from './cutover.ts'
import { postgresDatabase, sqliteDatabase } from './databases.ts'

test('moves a table and finds it equal', async () => {
  const { url, client } = await postgresDatabase()
  const file = sqliteDatabase(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO t VALUES (1, 'a'), (2, NULL), (3, '')`,
  )
  const { migrate, verify, gate } = cutover(file, url, { tables: { t: {} } })
  expect((await migrate({ createSchema: true })).status).toBe('finished')
  expect((await client.query('SELECT count(*)::int AS n FROM t')).rows[0].n).toBe(3)
  expect((await verify()).verdict).toBe('match')
  expect(gate().verdict).toBe('GO')
})
