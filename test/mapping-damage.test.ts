import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import type { VerifyResult } from '../src/index.ts'
import { type Cutover, cutover } from './cutover.ts'
import { namespace, type Probe, probe, saidBy, uuid5 } from './mapping-databases.ts'

const source = `
  CREATE TABLE users (id integer PRIMARY KEY, email varchar(40), role varchar(5), verified integer, name_az text, name_ru text);
  INSERT INTO users SELECT n, 'user' || n || '@x', CASE n % 3 WHEN 0 THEN 'S' WHEN 1 THEN 'T' ELSE 'A' END, 1, 'az ' || n, 'ru ' || n FROM generate_series(1, 20) n;
  INSERT INTO users VALUES (31, 'USER1@x', 'S', 0, 'az 31', 'ru 31'), (32, 'User2@x', 'S', 0, 'az 32', 'ru 32');
  CREATE TABLE posts (id integer PRIMARY KEY, user_id integer REFERENCES users, title text);
  INSERT INTO posts SELECT n, CASE WHEN n <= 2 THEN n + 30 ELSE n % 20 + 1 END, 'post ' || n FROM generate_series(1, 50) n;
  CREATE TABLE pay_new (person varchar(10) PRIMARY KEY, amount numeric(10,2));
  INSERT INTO pay_new VALUES ('a', 1), ('b', 2);
  CREATE TABLE pay_old (person varchar(10) PRIMARY KEY, amount numeric(10,2));
  INSERT INTO pay_old VALUES ('b', 20), ('c', 30);
  CREATE TABLE events (id integer PRIMARY KEY, title text, guest integer REFERENCES users);
  INSERT INTO events VALUES (1, 'first', 31), (2, NULL, 1)`

const target = `
  CREATE TABLE users (id uuid PRIMARY KEY, email text, role text, name jsonb);
  CREATE TABLE posts (id uuid PRIMARY KEY, author_id uuid REFERENCES users, title text);
  CREATE TABLE payments (person text PRIMARY KEY, amount numeric(10,2), origin text);
  CREATE TABLE kinds (code text PRIMARY KEY, label text, place integer);
  CREATE TABLE duplicates (id integer PRIMARY KEY, survivor integer, value text)`

const plan = {
  namespace,
  tables: {
    users: {
      columns: {
        id: { id: 'users' },
        role: { values: { S: 'STUDENT', T: 'TUTOR', A: 'ADMIN' } },
        name: { json: { az: 'name_az', ru: 'name_ru' } },
      },
      merge_duplicates: { by: 'lower(email)', survivor: 'verified DESC', list: 'duplicates' },
    },
    posts: { columns: { id: { id: 'posts' }, author_id: { id: 'users', of: 'user_id' } } },
    payments: {
      union: [{ from: 'pay_new' }, { from: 'pay_old' }],
      distinct_on: ['person'],
      columns: { origin: 'union_source' },
    },
    kinds: {
      rows: [
        { code: 'A', label: 'first', place: 1 },
        { code: 'B', label: null, place: 2 },
      ],
    },
  },
  archive: ['events'],
  ignore: { 'users.verified': 'it says which row stays' },
  checks: [
    { distribution: { table: 'users', by: 'role' } },
    { orphans: { table: 'posts', column: 'author_id', references: 'users.id' } },
  ],
}

const user = (key: number) => uuid5(`users:${key}`)
const post = (key: number) => uuid5(`posts:${key}`)

interface Damage {
  name: string
  sql: string
  /** `kind table columns`, each with how often. */
  differences: Record<string, number>
  /** Checks that fail. */
  checks?: string[]
}

const damages: Damage[] = [
  {
    name: 'four fifths of a table are gone, and there is not one orphan',
    sql: `DELETE FROM posts WHERE id IN (SELECT id FROM posts ORDER BY title LIMIT 40)`,
    differences: { 'missing posts': 40 },
  },
  {
    name: 'a value is that of the row beside it',
    sql: `UPDATE posts SET title = 'post 8' WHERE id = '${post(7)}'`,
    differences: { 'changed posts title': 1 },
  },
  {
    name: 'two values have changed places',
    sql: `UPDATE posts SET title = CASE id WHEN '${post(7)}' THEN 'post 8' ELSE 'post 7' END WHERE id IN ('${post(7)}', '${post(8)}')`,
    differences: { 'changed posts title': 2 },
  },
  {
    name: 'a row refers to another row that is there',
    sql: `UPDATE posts SET author_id = '${user(9)}' WHERE id = '${post(7)}'`,
    differences: { 'changed posts author_id': 1 },
  },
  {
    name: 'a reference is gone',
    sql: `UPDATE posts SET author_id = NULL WHERE id = '${post(7)}'`,
    differences: { 'changed posts author_id': 1 },
  },
  {
    name: 'the ids were made of another name',
    sql: `ALTER TABLE posts DROP CONSTRAINT posts_author_id_fkey; UPDATE users SET id = '${uuid5('user:5')}' WHERE id = '${user(5)}'; UPDATE posts SET author_id = '${uuid5('user:5')}' WHERE author_id = '${user(5)}'`,
    differences: { 'missing users': 1, 'extra users': 1, 'changed posts author_id': 3 },
    checks: ['foreign_keys posts.author_id'],
  },
  {
    name: 'the older of two payments was kept',
    sql: `UPDATE payments SET amount = 20, origin = 'pay_old' WHERE person = 'b'`,
    differences: { 'changed payments amount,origin': 1 },
  },
  {
    name: 'the older was kept beside the newer one',
    sql: `INSERT INTO payments VALUES ('b ', 20, 'pay_old')`,
    differences: { 'extra payments': 1 },
  },
  {
    name: 'two languages of a name were swapped',
    sql: `UPDATE users SET name = jsonb_build_object('az', name->'ru', 'ru', name->'az') WHERE id = '${user(4)}'`,
    differences: { 'changed users name': 1 },
  },
  {
    name: 'a language is missing',
    sql: `UPDATE users SET name = name - 'ru' WHERE id = '${user(4)}'`,
    differences: { 'changed users name': 1 },
  },
  {
    name: 'a merge kept the wrong row, and everything that refers to it follows',
    sql: `INSERT INTO users SELECT '${user(31)}', 'USER1@x', 'STUDENT', '{"az": "az 31", "ru": "ru 31"}';
      UPDATE posts SET author_id = '${user(31)}' WHERE author_id = '${user(1)}'; DELETE FROM users WHERE id = '${user(1)}'`,
    differences: { 'missing users': 1, 'extra users': 1, 'changed posts author_id': 3 },
    checks: ['distribution users.role'],
  },
  {
    name: 'a row that was merged is there all the same, with what refers to it',
    sql: `INSERT INTO users SELECT '${user(32)}', 'User2@x', 'STUDENT', '{"az": "az 32", "ru": "ru 32"}'; UPDATE posts SET author_id = '${user(32)}' WHERE id = '${post(2)}'`,
    differences: { 'extra users': 1, 'changed posts author_id': 1 },
    checks: ['distribution users.role'],
  },
  {
    name: 'the list of duplicates names another survivor',
    sql: `UPDATE duplicates SET survivor = 2 WHERE id = 31`,
    differences: { 'changed duplicates survivor': 1 },
  },
  {
    name: 'a value became another label',
    sql: `UPDATE users SET role = 'TUTOR' WHERE id = '${user(3)}'`,
    differences: { 'changed users role': 1 },
    checks: ['distribution users.role'],
  },
  {
    name: 'two rows exchanged their labels, so that as many have each',
    sql: `UPDATE users SET role = CASE id WHEN '${user(3)}' THEN 'TUTOR' ELSE 'STUDENT' END WHERE id IN ('${user(3)}', '${user(4)}')`,
    differences: { 'changed users role': 2 },
  },
  {
    name: 'a value was left as it was',
    sql: `UPDATE users SET role = 'S' WHERE role = 'STUDENT'`,
    differences: { 'changed users role': 6 },
    checks: ['distribution users.role'],
  },
  {
    name: 'a generated row is another',
    sql: `UPDATE kinds SET place = 3 WHERE code = 'B'`,
    differences: { 'changed kinds place': 1 },
  },
  {
    name: 'a generated row has an empty text for NULL',
    sql: `UPDATE kinds SET label = '' WHERE code = 'B'`,
    differences: { 'changed kinds label': 1 },
  },
  {
    name: 'an archived row is another',
    sql: `UPDATE legacy.events SET title = 'First' WHERE id = 1`,
    differences: { 'changed legacy.events title': 1 },
  },
  {
    name: 'an archived row is gone',
    sql: `DELETE FROM legacy.events WHERE id = 2`,
    differences: { 'missing legacy.events': 1 },
  },
]

function counted({ differences }: VerifyResult): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { kind, table, columns } of differences) {
    const what = `${kind} ${table}${kind === 'changed' ? ` ${Object.keys(columns).sort().join()}` : ''}`
    counts[what] = (counts[what] ?? 0) + 1
  }
  return counts
}

describe('after a good migrate', () => {
  let run: Cutover
  let after: Probe

  beforeEach(async () => {
    const before = await probe('postgres', source)
    after = await probe('postgres', target)
    run = cutover(before.url, after.url, plan)
    expect((await run.migrate()).status).toBe('finished')
  })

  test('there is nothing to find', async () => {
    const verified = await run.verify()
    expect(saidBy(verified)).toEqual([])
    expect(verified.verdict).toBe('match')
  })

  test('what is kept for reference still refers to the rows that were merged', async () => {
    expect(await after.rows('SELECT id, guest FROM legacy.events ORDER BY id')).toEqual([
      ['1', '31'],
      ['2', '1'],
    ])
  })

  for (const { name, sql, differences, checks = [] } of damages) {
    test(`verify finds that ${name}`, async () => {
      await after.run(sql)
      const verified = await run.verify()
      expect(verified.verdict).toBe('mismatch')
      expect(counted(verified)).toEqual(differences)
      const failed = verified.checks.filter(({ status }) => status !== 'pass')
      expect(failed.map(({ check, table, column }) => `${check} ${table}.${column}`).sort()).toEqual(checks)
      expect(run.gate().verdict).toBe('NO-GO')
    })
  }
})

/** Somebody else's script writes the tables, and verify compares them. */
async function scripted(script: string) {
  const before = await probe('postgres', source)
  const after = await probe('postgres', `${target}; CREATE UNIQUE INDEX ON posts (title)`)
  const run = cutover(before.url, after.url, {
    ...plan,
    phases: {
      0: { stage: { schema: 'old', tables: ['users', 'posts'] } },
      1: { script: { sql: 'move.sql', on: 'target' } },
    },
    tables: {
      ...plan.tables,
      users: { ...plan.tables.users, copy: false },
      posts: { ...plan.tables.posts, copy: false },
    },
  })
  writeFileSync(join(run.folder, 'move.sql'), script)
  return { run, after }
}

const id = (table: string, column: string) => `md5('${table}' || ${column})::uuid`

test('rows that a script drops by ON CONFLICT DO NOTHING are found, and ids it made itself', async () => {
  const names = Object.fromEntries([...Array(20).keys()].map(index => [index + 1, user(index + 1)]))
  const { run, after } = await scripted(`
    CREATE TEMP TABLE ids (old integer, new uuid);
    INSERT INTO ids VALUES ${Object.entries(names)
      .map(([old, made]) => `(${old}, '${made}')`)
      .join(', ')};
    INSERT INTO users SELECT new, email, CASE role WHEN 'S' THEN 'STUDENT' WHEN 'T' THEN 'TUTOR' ELSE 'ADMIN' END, jsonb_build_object('az', name_az, 'ru', name_ru)
      FROM old.users JOIN ids ON ids.old = users.id;
    INSERT INTO posts SELECT made.id::uuid, CASE WHEN p.user_id > 30 THEN (SELECT new FROM ids WHERE old = p.user_id - 30) ELSE ids.new END, 'post ' || least(p.id, 45)
      FROM old.posts p LEFT JOIN ids ON ids.old = p.user_id
      JOIN (VALUES ${[...Array(50).keys()].map(index => `(${index + 1}, '${post(index + 1)}')`).join(', ')}) AS made(old, id) ON made.old = p.id
      ORDER BY p.id ON CONFLICT DO NOTHING;`)
  const result = await run.migrate()
  expect(result.status).toBe('finished')
  expect(await after.rows('SELECT count(*) FROM posts')).toEqual([['45']])
  const verified = await run.verify()
  expect(counted(verified)).toEqual({ 'missing posts': 5 })
  expect(verified.checks.filter(({ status }) => status !== 'pass')).toEqual([])
  expect(run.gate().verdict).toBe('NO-GO')
  await after.run(`UPDATE posts SET id = ${id('posts', 'title')}`)
  expect(counted(await run.verify())).toEqual({ 'missing posts': 50, 'extra posts': 45 })
})

test('of a script of which eleven statements fail nothing is left, and the phase has not run', async () => {
  const failing = [...Array(11).keys()].map(index => `INSERT INTO users (id, no_such_${index}) SELECT 1, 2;`)
  const { run, after } = await scripted(
    `INSERT INTO users (id) VALUES ('${user(1)}');\n${failing.join('\n')}\n`,
  )
  await expect(run.migrate()).rejects.toMatchObject({ code: 'script.failed' })
  expect(await after.rows('SELECT count(*) FROM users')).toEqual([['0']])
  await expect(run.migrate()).rejects.toThrow(/move.sql:2:|no_such_0/)
  const verified = await run.verify()
  expect(verified.verdict).toBe('mismatch')
  expect(counted(verified)).toMatchObject({ 'missing users': 20, 'missing posts': 50 })
})
