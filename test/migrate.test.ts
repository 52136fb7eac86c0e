import { expect, test } from 'vitest'
import { cutover } from './cutover.ts'
import { postgresDatabase, sqliteDatabase } from './databases.ts'

test('orphans of the source are copied into created tables, under a key that holds for later rows only', async () => {
  const { url, client } = await postgresDatabase()
  const file = sqliteDatabase(
    `CREATE TABLE parent (id INTEGER PRIMARY KEY);
     CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent (id), next_id INTEGER REFERENCES child (id));
     INSERT INTO parent VALUES (1);
     INSERT INTO child VALUES (1, 1, 2), (2, 99, NULL)`,
  )
  const { migrate, verify } = cutover(file, url, { tables: { parent: {}, child: {} } })
  const { status, fidelity } = await migrate({ createSchema: true })
  expect(status).toBe('finished')
  expect(fidelity.map(({ table, column }) => [table, column])).toEqual([['child', 'parent_id']])
  const keys = await client.query(
    `SELECT conname AS name, convalidated AS validated FROM pg_constraint WHERE contype = 'f' ORDER BY conname`,
  )
  expect(keys.rows).toEqual([
    { name: 'child_next_id_fkey', validated: true },
    { name: 'child_parent_id_fkey', validated: false },
  ])
  await expect(client.query('INSERT INTO child VALUES (3, 98, NULL)')).rejects.toThrow(/foreign key/)
  const orphans = (await verify()).checks.find(
    ({ check, column }) => check === 'orphans' && column === 'parent_id',
  )
  expect(orphans).toMatchObject({ status: 'pass', found: 1 })
})

test('tables that refer to each other in a circle are loaded together; an orphan among them is quarantined', async () => {
  const { url, client } = await postgresDatabase(
    `CREATE TABLE a (id bigint PRIMARY KEY, b_id bigint);
     CREATE TABLE b (id bigint PRIMARY KEY, a_id bigint NOT NULL REFERENCES a (id));
     ALTER TABLE a ADD CONSTRAINT a_to_b FOREIGN KEY (b_id) REFERENCES b (id)`,
  )
  const file = sqliteDatabase(
    `CREATE TABLE a (id INTEGER PRIMARY KEY, b_id INTEGER); CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER NOT NULL);
     INSERT INTO a VALUES (1, 1), (2, NULL), (3, 2); INSERT INTO b VALUES (1, 2), (2, 99)`,
  )
  const { migrate, store } = cutover(file, url, { tables: { a: {}, b: {} } })
  const { status, tables } = await migrate({ maxRejects: 2 })
  expect(status).toBe('finished')
  expect(tables.map(({ table, read, written, quarantined }) => [table, read, written, quarantined])).toEqual(
    expect.arrayContaining([
      ['a', 3, 2, 1],
      ['b', 2, 1, 1],
    ]),
  )
  expect([...store.currentQuarantine()].map(({ table, key }) => `${table} ${key.id}`).sort()).toEqual([
    'a 3',
    'b 2',
  ])
  expect((await client.query('SELECT id::int FROM a ORDER BY id')).rows).toEqual([{ id: 1 }, { id: 2 }])
  const keys = await client.query(`SELECT condeferrable AS deferrable FROM pg_constraint WHERE contype = 'f'`)
  expect(keys.rows).toEqual([{ deferrable: false }, { deferrable: false }])
})

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
