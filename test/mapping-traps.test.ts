import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { doctor, loadPlan } from '../src/index.ts'
import { cutover } from './cutover.ts'
import { mysqlDatabase, postgresDatabase, sqliteDatabase, temporaryFolder } from './databases.ts'
import { noMysql } from './no-mysql.ts'

const NAMESPACE = '5f0c2f6e-3b1d-4a56-9c0e-0d6f5e8f7a11'

test('a foreign key to another column than the key is not followed by the values of the key', async () => {
  const source = await postgresDatabase(`
    CREATE TABLE users (id int PRIMARY KEY, code int UNIQUE, email text);
    INSERT INTO users VALUES (1, 10, 'a@x'), (2, 20, 'A@x'), (3, 2, 'c@x'), (5, 1, 'd@x');
    CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users, user_code int REFERENCES users (code));
    INSERT INTO orders VALUES (1, 2, 10), (2, 3, 2)`)
  const target = await postgresDatabase()
  const { migrate, verify } = cutover(source.url, target.url, {
    tables: { users: { merge_duplicates: { by: 'lower(email)' } }, orders: {} },
  })
  await migrate({ createSchema: true })
  expect((await verify()).verdict).toBe('match')
  const { rows } = await target.client.query('SELECT user_id, user_code FROM orders ORDER BY id')
  expect(rows).toEqual([
    { user_id: 1, user_code: 10 },
    { user_id: 3, user_code: 2 },
  ])
})

test('a column is not covered because the SQL of another column has its name for something else', async () => {
  const source = sqliteDatabase(`
    CREATE TABLE s (id INTEGER PRIMARY KEY, tags TEXT, value TEXT, key TEXT);
    INSERT INTO s VALUES (1, 'a,b', 'kept', 'kept')`)
  const target = await postgresDatabase('CREATE TABLE s (id int PRIMARY KEY, tags json)')
  const { verify, migrate } = cutover(source, target.url, {
    tables: { s: { columns: { tags: { split: 'tags', at: ',' } } } },
  })
  await migrate()
  const result = await verify()
  expect(result.not_covered.map(({ subject }) => subject)).toEqual(['s.value', 's.key'])
})

test('what YAML would read as another text than is written is refused', () => {
  const file = join(temporaryFolder(), 'cutover.yaml')
  writeFileSync(
    file,
    `
name: test
source: { url: sqlite:a.db }
target: { url: sqlite:b.db }
tables:
  a:
    columns:
      k: { values: { 01: ONE, null: NONE, 2: TWO, "03": THREE }, otherwise: { to: OTHER, reason: all others } }
      n: { constant: 9007199254740993 }
      m: { constant: -1.50 }
  b: { rows: [{ id: 12345678901234567890, n: 0, z: null, on: true }] }
`,
  )
  expect(() => loadPlan(file)).toThrow(
    /cutover\.yaml:8:22: 01 would be read as 1: write "01"\n.*8:31: null would be read as an empty text: write "null"\n.*9:22: 9007199254740993 would be read as 9007199254740992: write "9007199254740993"\n.*11:21: 12345678901234567890 .*$/,
  )
})

test('values are mapped letter by letter, whatever the collation of their column', async () => {
  const source = sqliteDatabase(`
    CREATE TABLE s (id INTEGER PRIMARY KEY, kind TEXT COLLATE NOCASE);
    INSERT INTO s VALUES (1, 'S'), (2, 's')`)
  const target = await postgresDatabase()
  const { plan } = cutover(source, target.url, {
    tables: { s: { columns: { kind: { values: { S: 'STUDENT' } } } } },
  })
  const { findings } = await doctor(plan)
  expect(findings.find(({ level }) => level === 'error')?.message).toContain('"s": 1 rows')
})

test('values that are looked up are not shown where their column never is', async () => {
  const source = sqliteDatabase(`
    CREATE TABLE device (id INTEGER PRIMARY KEY, api_key TEXT);
    INSERT INTO device VALUES (1, 'very-secret'), (2, 'very-secret');
    CREATE TABLE ping (id INTEGER PRIMARY KEY, api_key TEXT)`)
  const target = await postgresDatabase()
  const { plan } = cutover(source, target.url, {
    tables: {
      device: {},
      ping: { columns: { device_id: { lookup: 'device', by: { api_key: 'api_key' } } } },
    },
  })
  const text = JSON.stringify(await doctor(plan))
  expect(text).toContain('cannot be looked up')
  expect(text).not.toContain('very-secret')
})

test('the list of merged rows does not show what is never shown', async () => {
  const source = await postgresDatabase(`
    CREATE TABLE users (id int PRIMARY KEY, token text);
    INSERT INTO users VALUES (1, 'very-secret'), (2, 'Very-secret')`)
  const target = await postgresDatabase()
  const { migrate, verify } = cutover(source.url, target.url, {
    tables: { users: { merge_duplicates: { by: 'lower(token)', list: 'twice' } } },
  })
  await migrate({ createSchema: true })
  await target.client.query(`UPDATE twice SET value = 'other-secret'`)
  const result = await verify()
  expect(result.differences).toHaveLength(1)
  expect(JSON.stringify(result)).not.toMatch(/[a-z]+-secret/)
})

test('what parts of a union refer to is held against the rows that are there', async () => {
  const source = await postgresDatabase(`
    CREATE TABLE users (id int PRIMARY KEY, email text, active boolean);
    INSERT INTO users VALUES (1, 'a', true), (2, 'A', true), (3, 'c', false);
    CREATE TABLE pay (u int, c int);
    INSERT INTO pay VALUES (2, 1), (3, 1), (9, 1)`)
  const target = await postgresDatabase()
  const { migrate, verify } = cutover(source.url, target.url, {
    tables: {
      users: { where: 'active', merge_duplicates: { by: 'lower(email)' } },
      enrolled: {
        union: [{ from: 'pay', columns: { u: { references: 'users' }, c: 'c' } }],
        key: ['u', 'c'],
      },
    },
  })
  await migrate({ createSchema: true })
  const { checks } = await verify()
  expect(checks).toMatchObject([{ check: 'orphans', table: 'enrolled', column: 'u', status: 'fail' }])
  expect(checks[0]!.detail).toContain('1 introduced (u 3, c 1), 1 inherited')
})

test('ids that are a text refer to ids that are a uuid', async () => {
  const source = await postgresDatabase(`
    CREATE TABLE users (id int PRIMARY KEY);
    INSERT INTO users VALUES (1), (2);
    CREATE TABLE posts (id int PRIMARY KEY, user_id int);
    INSERT INTO posts VALUES (1, 1), (2, 2), (3, 9)`)
  const target = await postgresDatabase(`
    CREATE TABLE users (id uuid PRIMARY KEY);
    CREATE TABLE posts (id text PRIMARY KEY, user_id char(36))`)
  const { migrate, verify } = cutover(source.url, target.url, {
    namespace: NAMESPACE,
    tables: {
      users: { columns: { id: { id: 'users' } } },
      posts: { columns: { id: { id: 'posts' }, user_id: { id: 'users', of: 'user_id' } } },
    },
  })
  await migrate()
  const inherited = await verify()
  expect(inherited.verdict).toBe('match')
  expect(inherited.checks).toMatchObject([{ check: 'orphans', table: 'posts', status: 'pass' }])
  expect(inherited.checks[0]!.detail).toContain('0 introduced, 1 inherited')
  await target.client.query(
    "UPDATE posts SET user_id = 'x' WHERE user_id = (SELECT id::text FROM users LIMIT 1)",
  )
  const { checks } = await verify()
  expect(checks).toMatchObject([{ status: 'fail' }])
})

test('one table of the target is not written under two names', async () => {
  const source = sqliteDatabase('CREATE TABLE users (id INTEGER PRIMARY KEY)')
  const target = await postgresDatabase('CREATE TABLE users (id int PRIMARY KEY)')
  const { plan } = cutover(source, target.url, { tables: { users: {}, 'public.users': { from: 'users' } } })
  const { findings } = await doctor(plan)
  expect(findings.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
    'to the target, tables "users" and "public.users" have one name',
  ])
})

test('a table with an enum is created in two schemas', async () => {
  const source = await postgresDatabase(`
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE TABLE users (id int PRIMARY KEY, m mood);
    INSERT INTO users VALUES (1, 'sad')`)
  const target = await postgresDatabase()
  const { migrate, verify } = cutover(source.url, target.url, {
    phases: { 0: { stage: { schema: 'legacy', tables: ['users'] } } },
    tables: { users: {} },
  })
  expect((await migrate({ createSchema: true })).status).toBe('finished')
  expect((await verify()).verdict).toBe('match')
})

test('the command line is shown without its secrets while it runs and afterwards', async () => {
  const target = await postgresDatabase()
  const source = sqliteDatabase('CREATE TABLE a (id INTEGER PRIMARY KEY)')
  const { migrate, store } = cutover(source, target.url, {
    phases: { 1: { name: 'theirs', command: ['sh', '-c', 'true', 'postgres://app:hunter2@db/app'] } },
    tables: { a: {} },
  })
  const said: unknown[] = []
  const result = await migrate({ createSchema: true, onProgress: event => said.push(event) })
  expect(JSON.stringify([said, result])).not.toContain('hunter2')
  expect(JSON.stringify(said)).toContain('command sh -c true postgres://app:[redacted]@db/app')
  expect(readFileSync(store.file).includes('hunter2')).toBe(false)
})

describe.skipIf(noMysql)('where a collation takes letters for the same', () => {
  test('rows are duplicates by their letters', async () => {
    const source = await mysqlDatabase(`
      ALTER DATABASE COLLATE utf8mb4_general_ci;
      CREATE TABLE users (id int PRIMARY KEY, email varchar(40));
      INSERT INTO users VALUES (1, 'josé@x'), (2, 'jose@x'), (3, 'JOSE@x');
      CREATE TABLE guest (id int PRIMARY KEY, email varchar(40));
      INSERT INTO guest VALUES (1, 'Jose@x'), (2, 'jose@x')`)
    const target = await postgresDatabase()
    const { migrate, verify } = cutover(source.url, target.url, {
      tables: {
        users: { merge_duplicates: { by: 'lower(email)' } },
        mails: {
          union: [
            { from: 'users', columns: { email: 'email' } },
            { from: 'guest', columns: { email: 'email' } },
          ],
          distinct_on: ['email'],
        },
      },
      ignore: { 'guest.id': 'not needed' },
    })
    await migrate({ createSchema: true })
    expect((await verify()).verdict).toBe('match')
    const users = await target.client.query('SELECT id FROM users ORDER BY id')
    expect(users.rows).toEqual([{ id: 1 }, { id: 2 }])
    const mails = await target.client.query('SELECT count(*)::int AS n FROM mails')
    expect(mails.rows).toEqual([{ n: 4 }])
  })

  test('a text that begins like the key of a merged row is no reference to it', async () => {
    const source = await mysqlDatabase(`
      CREATE TABLE users (id int PRIMARY KEY, email varchar(40));
      INSERT INTO users VALUES (16, 'a@x'), (17, 'a@x');
      CREATE TABLE log (id int PRIMARY KEY, who varchar(10));
      INSERT INTO log VALUES (1, '17'), (2, '17x')`)
    const target = await postgresDatabase()
    const { migrate } = cutover(source.url, target.url, {
      namespace: NAMESPACE,
      tables: {
        users: { merge_duplicates: { by: 'email' } },
        log: { columns: { who: { references: 'users' } } },
      },
    })
    await migrate({ createSchema: true })
    const { rows } = await target.client.query('SELECT who FROM log ORDER BY id')
    expect(rows).toEqual([{ who: '16' }, { who: '17x' }])
  })
})

test('a key that is looked up has the type of that key, and is held against it', async () => {
  const source = await postgresDatabase(`
    CREATE TABLE cats (id int PRIMARY KEY, name text);
    INSERT INTO cats VALUES (1, 'x'), (2, 'y');
    CREATE TABLE items (id int PRIMARY KEY, cat text);
    INSERT INTO items VALUES (1, 'y'), (2, NULL)`)
  const target = await postgresDatabase()
  const { migrate, verify } = cutover(source.url, target.url, {
    tables: {
      cats: {},
      items: { columns: { cat_id: { lookup: 'cats', by: { name: 'cat' } } } },
    },
  })
  await migrate({ createSchema: true })
  const result = await verify()
  expect(result).toMatchObject({ verdict: 'match', not_covered: [] })
  const { rows } = await target.client.query('SELECT cat_id FROM items ORDER BY id')
  expect(rows).toEqual([{ cat_id: 2 }, { cat_id: null }])
})

test('old ids beside new ones are held against the old ids', async () => {
  const source = await postgresDatabase(`
    CREATE TABLE users (login text PRIMARY KEY, email text);
    INSERT INTO users VALUES ('ann', 'a@x'), ('bob', 'a@x');
    CREATE TABLE orders (id int PRIMARY KEY, login text REFERENCES users);
    INSERT INTO orders VALUES (1, 'bob')`)
  const target = await postgresDatabase()
  const { migrate, verify } = cutover(source.url, target.url, {
    namespace: NAMESPACE,
    tables: {
      users: {
        merge_duplicates: { by: 'email' },
        columns: { id: { id: 'users' }, login: 'login' },
      },
      orders: { columns: { user_id: { id: 'users', of: 'login' }, login: 'login' } },
    },
  })
  await migrate({ createSchema: true })
  const result = await verify()
  expect(result).toMatchObject({ verdict: 'match', not_covered: [] })
})

test('a column by which duplicates are found or ranked does not arrive by that', async () => {
  const source = sqliteDatabase(`
    CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, nick TEXT, checked INTEGER);
    INSERT INTO users VALUES (1, 'a@x', 'ann', 1), (2, 'b@x', 'ann', 0)`)
  const target = await postgresDatabase('CREATE TABLE users (id int PRIMARY KEY, email text)')
  const { verify } = cutover(source, target.url, {
    tables: { users: { merge_duplicates: { by: 'nick', survivor: 'checked DESC' } } },
  })
  const { not_covered } = await verify()
  expect(not_covered.map(({ subject }) => subject)).toEqual(
    expect.arrayContaining(['users.nick', 'users.checked']),
  )
})

describe.skipIf(noMysql)('of MySQL or MariaDB', () => {
  test('long lists arrive whole', async () => {
    const source = await mysqlDatabase(`
      CREATE TABLE a (id int PRIMARY KEY, names longtext, tags longtext);
      INSERT INTO a VALUES (1, CONCAT('["', REPEAT('abcdefghi","', 120000), 'end"]'), CONCAT(REPEAT('abcdefghi,', 120000), 'end'))`)
    const target = await postgresDatabase()
    const { migrate, verify } = cutover(source.url, target.url, {
      tables: { a: { columns: { names: { join: 'names' }, tags: { split: 'tags', at: ',' } } } },
    })
    await migrate({ createSchema: true })
    expect((await verify()).verdict).toBe('match')
    const { rows } = await target.client.query(
      'SELECT length(names) AS names, json_array_length(tags::json) AS tags FROM a',
    )
    expect(rows).toEqual([{ names: 120_000 * 11 + 3, tags: 120_001 }])
  })

  test('tables made of queries are created where both sides are one engine', async () => {
    const source = await mysqlDatabase(`
      CREATE TABLE a (id int PRIMARY KEY, v varchar(20), d decimal(10,3));
      INSERT INTO a VALUES (1, 'x', 1.5), (2, NULL, NULL)`)
    const target = await mysqlDatabase()
    const { migrate, verify } = cutover(source.url, target.url, {
      tables: {
        u: { union: [{ from: 'a' }], key: ['id'] },
        q: { sql: 'SELECT id, v FROM a', key: ['id'] },
        lit: { rows: [{ k: 'one', n: 1.5 }], key: ['k'] },
      },
    })
    expect((await migrate({ createSchema: true })).status).toBe('finished')
    expect((await verify()).verdict).toBe('match')
  })
})
