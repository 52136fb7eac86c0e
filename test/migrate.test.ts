import { describe, expect, onTestFinished, test } from 'vitest'
import { migrate } from '../src/index.ts'
import { cutover } from './cutover.ts'
import { mysqlDatabase, postgresDatabase, sqliteDatabase } from './databases.ts'
import { noMysql } from './no-mysql.ts'

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

test('a table copied before the plan changed is not taken for finished', async () => {
  const { url, client } = await postgresDatabase()
  const file = sqliteDatabase(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO t VALUES (1, 1), (2, 0)`,
  )
  const { migrate: first, store } = cutover(file, url, {
    tables: { t: { columns: { n: { type: 'integer' } } } },
  })
  expect((await first({ createSchema: true })).status).toBe('finished')
  expect((await first({ createSchema: true })).status).toBe('nothing to do')

  const { plan } = cutover(file, url, { tables: { t: { columns: { n: { type: 'boolean' } } } } })
  await expect(migrate(plan, store, { createSchema: true })).rejects.toMatchObject({
    code: 'target.not-empty',
    message: 'rows are already in "t" (2 rows, copied before the plan changed)',
    hint: expect.stringMatching(/drop it first where a `type:` changed/),
  })
  await client.query('DROP TABLE t')
  expect((await migrate(plan, store, { createSchema: true })).status).toBe('finished')
  expect((await client.query('SELECT n FROM t ORDER BY id')).rows).toEqual([{ n: true }, { n: false }])
  expect((await migrate(plan, store)).status).toBe('nothing to do')
})

describe.skipIf(noMysql)('into MySQL, where creating a table ends a transaction', () => {
  const family = `CREATE TABLE parent (id INTEGER PRIMARY KEY);
    CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent (id), next_id INTEGER REFERENCES child (id));
    INSERT INTO parent VALUES (1);
    INSERT INTO child VALUES (1, 1, 2), (2, 99, NULL)`
  const many = (rows: number) =>
    `WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < ${rows})`

  test('orphans of the source are copied into created tables, under a key that holds for later rows only', async () => {
    const { url, client } = await mysqlDatabase()
    const { migrate, verify } = cutover(sqliteDatabase(family), url, { tables: { child: {}, parent: {} } })
    const { status, created, fidelity, notices } = await migrate({ createSchema: true })
    expect([status, created, notices]).toEqual(['finished', ['parent', 'child'], []])
    expect(fidelity).toContainEqual({
      table: 'child',
      column: 'parent_id',
      note: expect.stringMatching(/to "parent" holds for later rows only/),
    })
    expect(fidelity.filter(({ note }) => note.includes('later rows'))).toHaveLength(1)
    await expect(client.query('INSERT INTO child VALUES (3, 98, NULL)')).rejects.toThrow(/foreign key/)
    const [rows] = await client.query('SELECT COUNT(*) AS n FROM child')
    expect(rows).toEqual([{ n: 2 }])
    const orphans = (await verify()).checks.find(
      ({ check, column }) => check === 'orphans' && column === 'parent_id',
    )
    expect(orphans).toMatchObject({ status: 'pass', found: 1 })
    expect((await migrate({ createSchema: true })).status).toBe('nothing to do')
  })

  test('tables that refer to each other in a circle are created, loaded and checked together', async () => {
    const { url, client } = await mysqlDatabase()
    const file = sqliteDatabase(
      `CREATE TABLE a (id INTEGER PRIMARY KEY, b_id INTEGER REFERENCES b (id)); CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER NOT NULL REFERENCES a (id));
       INSERT INTO a VALUES (1, 1), (2, NULL); INSERT INTO b VALUES (1, 2)`,
    )
    const { migrate } = cutover(file, url, { tables: { a: {}, b: {} } })
    const { status, fidelity } = await migrate({ createSchema: true })
    expect([status, fidelity]).toEqual(['finished', []])
    await expect(client.query('INSERT INTO b VALUES (2, 98)')).rejects.toThrow(/foreign key/)
  })

  test('in existing tables an orphan under any key is quarantined, also where a circle puts all checks off', async () => {
    const { url, client } = await mysqlDatabase(
      `CREATE TABLE c (id INT PRIMARY KEY); INSERT INTO c VALUES (1);
       CREATE TABLE a (id INT PRIMARY KEY, b_id INT, c_id INT REFERENCES c (id), FOREIGN KEY (c_id) REFERENCES c (id));
       CREATE TABLE b (id INT PRIMARY KEY, a_id INT NOT NULL, FOREIGN KEY (a_id) REFERENCES a (id) ON DELETE CASCADE);
       ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b (id)`,
    )
    const file = sqliteDatabase(
      `CREATE TABLE a (id INTEGER PRIMARY KEY, b_id INTEGER, c_id INTEGER); CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER NOT NULL);
       INSERT INTO a VALUES (1, 1, 1), (2, NULL, NULL), (3, 2, 1), (4, NULL, 77); INSERT INTO b VALUES (1, 2), (2, 99), (3, 4)`,
    )
    const { migrate, store } = cutover(file, url, { tables: { a: {}, b: {} } })
    const { status, tables } = await migrate({ maxRejects: 4 })
    expect(status).toBe('finished')
    expect(
      tables.map(({ table, read, written, quarantined }) => [table, read, written, quarantined]),
    ).toEqual(
      expect.arrayContaining([
        ['a', 4, 2, 2],
        ['b', 3, 1, 2],
      ]),
    )
    const quarantined = [...store.currentQuarantine()].map(({ table, key }) => `${table} ${key.id}`)
    expect(quarantined.sort()).toEqual(['a 3', 'a 4', 'b 2', 'b 3'])
    await expect(client.query('INSERT INTO b VALUES (9, 98)')).rejects.toThrow(/foreign key/)
  })

  test('a group that fails leaves neither rows nor the tables it created, and those before it stay', async () => {
    const { url, client } = await mysqlDatabase()
    const { migrate } = cutover(sqliteDatabase(family), url, {
      tables: { parent: {}, child: { where: 'abs(-9223372036854775807 - id) > 0' } },
    })
    await expect(migrate({ createSchema: true })).rejects.toMatchObject({ code: 'source.refused' })
    const [tables] = await client.query('SHOW TABLES')
    const names = (tables as object[]).map(table => Object.values(table)[0] as string)
    expect(names.filter(name => !name.startsWith('_paritygate'))).toEqual(['parent'])
  })

  test('a run that is ended leaves nothing but empty tables, and the same command finishes', async () => {
    const { url, client } = await mysqlDatabase()
    const file = sqliteDatabase(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, t_id INTEGER REFERENCES t (id));
       ${many(20_000)} INSERT INTO t SELECT id, hex(zeroblob(300)), NULL FROM n`,
    )
    const { migrate, verify } = cutover(file, url, { tables: { t: {} } })
    const stop = new AbortController()
    const stopped = migrate({
      createSchema: true,
      signal: stop.signal,
      onProgress: event => event.kind === 'rows' && stop.abort(),
    })
    await expect(stopped).rejects.toMatchObject({ code: 'interrupted' })
    const [rows] = await client.query('SELECT COUNT(*) AS n FROM t')
    expect(rows).toEqual([{ n: 0 }])
    expect((await migrate({ createSchema: true })).status).toBe('finished')
    expect((await verify()).verdict).toBe('match')
  })

  test('tables are emptied together, unless another that holds rows refers to them', async () => {
    const { url, client } = await mysqlDatabase(
      `CREATE TABLE parent (id INT PRIMARY KEY AUTO_INCREMENT); INSERT INTO parent VALUES (1), (5);
       CREATE TABLE child (id INT PRIMARY KEY, parent_id INT, next_id INT, FOREIGN KEY (parent_id) REFERENCES parent (id));
       INSERT INTO child VALUES (1, 5, NULL);
       CREATE TABLE other (parent_id INT, FOREIGN KEY (parent_id) REFERENCES parent (id)); INSERT INTO other VALUES (1)`,
    )
    const { migrate } = cutover(sqliteDatabase(family), url, { tables: { parent: {}, child: {} } })
    await expect(migrate()).rejects.toMatchObject({ code: 'target.not-empty' })
    await expect(migrate({ existingRows: 'truncate' })).rejects.toMatchObject({
      code: 'target.refused',
      message: expect.stringMatching(/`other` refer.*hold rows/),
    })
    expect((await client.query('SELECT id FROM parent ORDER BY id'))[0]).toEqual([{ id: 1 }, { id: 5 }])
    await client.query('DELETE FROM other')
    const { tables } = await migrate({ existingRows: 'truncate', maxRejects: 1 })
    expect(tables.map(({ table, written }) => [table, written])).toEqual([
      ['parent', 1],
      ['child', 1],
    ])
    await client.query('INSERT INTO parent () VALUES ()')
    expect((await client.query('SELECT id FROM parent ORDER BY id'))[0]).toEqual([{ id: 1 }, { id: 2 }])
  })

  test('a user who may not write, and a table that cannot take rows back, are named before anything is written', async () => {
    const { url, client } = await mysqlDatabase(
      'CREATE TABLE parent (id INT PRIMARY KEY); CREATE TABLE child (id INT PRIMARY KEY, parent_id INT, next_id INT) ENGINE=MyISAM',
    )
    const file = sqliteDatabase(family)
    const attempt = (to: string, tables: object, createSchema = false) =>
      cutover(file, to, { tables }).migrate({ createSchema })
    await expect(attempt(url, { child: {} })).rejects.toMatchObject({
      code: 'target.read-only',
      message: expect.stringMatching(/"child" is stored by MyISAM/),
    })
    const reader = new URL(url)
    reader.username = reader.pathname.slice(1)
    reader.password = 'secret'
    await client.query(
      `CREATE USER '${reader.username}'@'%' IDENTIFIED BY 'secret'; GRANT SELECT ON ${reader.username}.* TO '${reader.username}'@'%'`,
    )
    onTestFinished(async () => void (await client.query(`DROP USER '${reader.username}'@'%'`)))
    await expect(attempt(reader.href, { parent: {} })).rejects.toMatchObject({
      code: 'target.read-only',
      message: expect.stringMatching(/INSERT command denied/),
    })
    await client.query(`GRANT INSERT ON ${reader.username}.* TO '${reader.username}'@'%'`)
    const elsewhere = { parent: {}, made: { from: 'child', columns: {} } }
    await expect(attempt(reader.href, elsewhere, true)).rejects.toMatchObject({
      code: 'target.read-only',
      message: expect.stringMatching(/CREATE command denied/),
    })
    await expect(attempt(reader.href, { parent: {} })).rejects.toMatchObject({
      code: 'target.read-only',
      message: expect.stringMatching(/checkpoints.*_paritygate_plan.*CREATE command denied/s),
    })
    await client.query(`GRANT CREATE, DELETE ON ${reader.username}.* TO '${reader.username}'@'%'`)
    expect((await attempt(reader.href, { parent: {} })).status).toBe('finished')
  })
})
