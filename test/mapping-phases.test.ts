import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { doctor } from '../src/index.ts'
import type { EngineName } from '../src/model/catalog.ts'
import { cutover } from './cutover.ts'
import { carriedOver, inWords, ledgerOf, namespace, probe, saidBy, uuid5 } from './mapping-databases.ts'
import { noMysql } from './no-mysql.ts'

const pairs: [EngineName, EngineName][] = [
  ['postgres', 'postgres'],
  ['mysql', 'postgres'],
  ['sqlite', 'postgres'],
  ['postgres', 'mysql'],
  ['mysql', 'mysql'],
  ['postgres', 'sqlite'],
]

const mood: Record<EngineName, string> = {
  postgres: 'mood',
  mysql: `enum('sad', 'ok')`,
  sqlite: 'VARCHAR(9)',
}

for (const [from, to] of pairs) {
  describe.skipIf(noMysql && [from, to].includes('mysql'))(`${from} to ${to}`, () => {
    const source = (sql: string) => probe(from, inWords(from, sql))
    const target = (sql = '') => probe(to, inWords(to, sql))
    const kept = (table: string) => (to === 'postgres' ? `legacy.${table}` : `legacy_${table}`)

    test('archived tables are copied as they are, beside tables of the same name', async () => {
      const before = await source(`
        ${from === 'postgres' ? `CREATE TYPE mood AS ENUM ('sad', 'ok');` : ''}
        CREATE TABLE events (id :int NOT NULL PRIMARY KEY, feels ${mood[from]}, title :text, above :int, FOREIGN KEY (above) REFERENCES events (id));
        INSERT INTO events VALUES (1, 'sad', 'Zoë', 2), (2, 'ok', NULL, NULL), (3, NULL, '', 1);
        CREATE TABLE event_payments (id :int NOT NULL PRIMARY KEY, event_id :int, amount :money, FOREIGN KEY (event_id) REFERENCES events (id));
        INSERT INTO event_payments VALUES (5, 3, 1.25), (6, NULL, NULL);
        CREATE TABLE users (id :int NOT NULL PRIMARY KEY, feels ${mood[from]});
        INSERT INTO users VALUES (1, 'ok')`)
      const after = await target(`
        ${to === 'postgres' ? `CREATE TYPE mood AS ENUM ('SAD', 'OK');` : ''}
        CREATE TABLE events (no :int NOT NULL PRIMARY KEY);
        CREATE TABLE users (id :uuid NOT NULL PRIMARY KEY, feels ${to === 'postgres' ? 'mood' : ':key'})`)
      await carriedOver(
        before,
        after,
        {
          tables: {
            users: { columns: { id: { id: 'users' }, feels: { values: { sad: 'SAD', ok: 'OK' } } } },
          },
          archive: ['event_payments', 'events'],
        },
        { users: [1, 1, 0, 0], 'legacy.events': [3, 3, 0, 0], 'legacy.event_payments': [2, 2, 0, 0] },
      )
      expect(await after.rows(`SELECT id, feels, title, above FROM ${kept('events')} ORDER BY id`)).toEqual([
        ['1', 'sad', 'Zoë', '2'],
        ['2', 'ok', null, null],
        ['3', null, '', '1'],
      ])
      const payments = await after.rows(
        `SELECT id, event_id, amount FROM ${kept('event_payments')} ORDER BY id`,
      )
      expect(payments.map(([id, event, amount]) => [id, event, amount && Number(amount)])).toEqual([
        ['5', '3', 1.25],
        ['6', null, null],
      ])
      expect(await after.rows('SELECT id, feels FROM users')).toEqual([[uuid5('users:1'), 'OK']])
      expect(await after.rows('SELECT count(*) FROM events')).toEqual([['0']])
    })

    test('staged tables are there for a script, which runs in its phase', async () => {
      const before = await source(`
        CREATE TABLE users (id :int NOT NULL PRIMARY KEY, name :key);
        INSERT INTO users VALUES (1, 'a'), (2, 'é')`)
      const after = await target(`
        CREATE TABLE accounts (id :int NOT NULL PRIMARY KEY, label :key);
        CREATE TABLE later (id :int NOT NULL PRIMARY KEY)`)
      const run = cutover(before.url, after.url, {
        namespace,
        phases: {
          0: { name: 'Stage', stage: { schema: 'legacy', tables: ['users'] } },
          2: { script: { sql: 'scripts/move.sql', on: 'target' } },
          3: { command: ['node', '-e', `require('fs').writeFileSync('ran', 'yes')`] },
        },
        tables: {
          accounts: { from: 'users', copy: false, phase: 2, columns: { label: 'name' } },
          later: { rows: [{ id: 7 }], phase: 4 },
        },
      })
      mkdirSync(join(run.folder, 'scripts'))
      writeFileSync(
        join(run.folder, 'scripts/move.sql'),
        `INSERT INTO accounts SELECT id, name FROM ${kept('users')};\n`,
      )
      const result = await run.migrate()
      expect(ledgerOf(result.tables)).toEqual({ 'legacy.users': [2, 2, 0, 0], later: [1, 1, 0, 0] })
      expect(result.work.map(({ phase, status }) => [phase, status])).toEqual([
        [2, 'ran'],
        [3, 'ran'],
      ])
      expect(await after.rows('SELECT id, label FROM accounts ORDER BY id')).toEqual([
        ['1', 'a'],
        ['2', 'é'],
      ])
      const verified = await run.verify()
      expect(saidBy(verified)).toEqual([])
      expect(verified.verdict).toBe('match')
      expect((await run.migrate()).status).toBe('nothing to do')
    })
  })
}

test('tables of several schemas refer to each other, whichever comes first in the plan', async () => {
  const before = await probe(
    'postgres',
    `CREATE TABLE users (id integer PRIMARY KEY, name text); INSERT INTO users VALUES (1, 'a'), (2, 'b');
     CREATE TABLE posts (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users, up integer REFERENCES posts); INSERT INTO posts VALUES (1, 2, 2), (2, 1, NULL);
     CREATE TABLE likes (id integer PRIMARY KEY, post_id integer REFERENCES posts); INSERT INTO likes VALUES (1, 1)`,
  )
  const after = await probe(
    'postgres',
    `CREATE SCHEMA app; CREATE TABLE app.users (id uuid PRIMARY KEY, name text);
     CREATE TABLE posts (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES app.users, up uuid REFERENCES posts);
     CREATE TABLE app.likes (id integer PRIMARY KEY, post_id uuid REFERENCES posts)`,
  )
  const run = await carriedOver(
    before,
    after,
    {
      tables: {
        'app.likes': { from: 'likes', columns: { post_id: { id: 'posts', of: 'post_id' } } },
        posts: {
          columns: {
            id: { id: 'posts' },
            user_id: { id: 'app.users', of: 'user_id' },
            up: { id: 'posts', of: 'up' },
          },
        },
        'app.users': { from: 'users', columns: { id: { id: 'app.users' } } },
      },
    },
    { 'app.users': [2, 2, 0, 0], posts: [2, 2, 0, 0], 'app.likes': [1, 1, 0, 0] },
  )
  expect(await after.rows('SELECT id, name FROM app.users ORDER BY name')).toEqual([
    [uuid5('app.users:1'), 'a'],
    [uuid5('app.users:2'), 'b'],
  ])
  expect(
    (await doctor(run.plan)).findings.filter(
      ({ level, message }) => level === 'error' && !message.startsWith('not covered'),
    ),
  ).toEqual([])
})

test('tables of another schema are created there', async () => {
  const before = await probe(
    'postgres',
    `CREATE TABLE users (id integer PRIMARY KEY, name text); INSERT INTO users VALUES (1, 'a');
     CREATE TABLE posts (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users); INSERT INTO posts VALUES (1, 1)`,
  )
  const after = await probe('postgres', '')
  await carriedOver(
    before,
    after,
    {
      tables: {
        'app.posts': { from: 'posts', columns: { user_id: { id: 'app.users', of: 'user_id' } } },
        'app.users': {
          from: 'users',
          columns: { id: { id: 'app.users' } },
          merge_duplicates: { by: 'lower(name)', list: 'app.duplicates' },
        },
      },
    },
    { 'app.users': [1, 1, 0, 0], 'app.posts': [1, 1, 0, 0], 'app.duplicates': [0, 0, 0, 0] },
    {
      createSchema: true,
      said: ['not covered app.duplicates: no rows on either side: nothing was compared'],
    },
  )
  expect(
    await after.rows(
      `SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'app'::regnamespace AND contype IN ('p', 'f') ORDER BY 1, 2`,
    ),
  ).toEqual([
    ['app.duplicates', 'PRIMARY KEY (id)'],
    ['app.posts', 'FOREIGN KEY (user_id) REFERENCES app.users(id)'],
    ['app.posts', 'PRIMARY KEY (id)'],
    ['app.users', 'PRIMARY KEY (id)'],
  ])
})

describe.skipIf(noMysql)('binary ids', () => {
  test('in MySQL a new id is kept in 16 bytes', async () => {
    const before = await probe(
      'postgres',
      `CREATE TABLE users (id integer PRIMARY KEY, up integer); INSERT INTO users VALUES (1, 2), (2, NULL)`,
    )
    const after = await probe(
      'mysql',
      `CREATE TABLE users (id binary(16) PRIMARY KEY, up_id binary(16), FOREIGN KEY (up_id) REFERENCES users (id))`,
    )
    await carriedOver(
      before,
      after,
      { tables: { users: { columns: { id: { id: 'users' }, up_id: { id: 'users', of: 'up' } } } } },
      { users: [2, 2, 0, 0] },
    )
    const hex = (key: number) => uuid5(`users:${key}`).replaceAll('-', '').toUpperCase()
    const rows = await after.rows('SELECT hex(id), hex(up_id) FROM users')
    expect(Object.fromEntries(rows as [string, string | null][])).toEqual({
      [hex(1)]: hex(2),
      [hex(2)]: null,
    })
  })

  test('and old keys that are UUIDs or bytes have the ids of their text', async () => {
    const key = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'
    const before = await probe(
      'mysql',
      `CREATE TABLE users (id binary(4) PRIMARY KEY, word char(36)); INSERT INTO users VALUES (x'00ff5c0a', '${key.toUpperCase()}')`,
    )
    const after = await probe(
      'postgres',
      `CREATE TABLE users (id uuid PRIMARY KEY, word uuid, self uuid REFERENCES users)`,
    )
    await carriedOver(
      before,
      after,
      { tables: { users: { columns: { id: { id: 'users' }, self: { id: 'users', of: 'id' } } } } },
      { users: [1, 1, 0, 0] },
    )
    const id = uuid5('users:\\\\x00ff5c0a')
    expect(await after.rows('SELECT id, word, self FROM users')).toEqual([[id, key, id]])
  })
})
