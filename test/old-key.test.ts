import { expect, test } from 'vitest'
import { cutover } from './cutover.ts'
import { postgresDatabase, sqliteDatabase } from './databases.ts'

const namespace = '5f0c2f6e-0000-4000-8000-000000000001'

const legacy = `
  CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
  CREATE TABLE tokens (api_key TEXT PRIMARY KEY, owner TEXT);
  CREATE TABLE members (user_id INTEGER, place TEXT, note TEXT, PRIMARY KEY (user_id, place));
  INSERT INTO users VALUES (16, 'ann'), (17, 'bob'), (18, 'eve');
  INSERT INTO tokens VALUES ('very secret', 'ann');
  INSERT INTO members VALUES (16, 'it''s', 'a'), (17, 'here', 'b');`

const created = `
  CREATE TABLE users (id uuid PRIMARY KEY, name text);
  CREATE TABLE tokens (id uuid PRIMARY KEY, api_key text, owner text);
  CREATE TABLE members (id uuid PRIMARY KEY, user_id uuid, place text, note text);`

const tables = {
  users: { columns: { id: { id: 'users' } } },
  tokens: { columns: { id: { id: 'tokens' } } },
  members: {
    columns: { id: { id: 'members', of: ['user_id', 'place'] }, user_id: { id: 'users', of: 'user_id' } },
  },
}

test('a difference names the old key, and its SQL finds the row in the source', async () => {
  const source = sqliteDatabase(legacy)
  const { url, client } = await postgresDatabase(created)
  const { migrate, verify } = cutover(source, url, { namespace, tables })
  await migrate()
  expect((await verify()).verdict).toBe('match')
  await client.query(`
    DELETE FROM users WHERE name = 'eve';
    UPDATE users SET name = 'rob' WHERE name = 'bob';
    INSERT INTO users VALUES (gen_random_uuid(), 'new');
    UPDATE tokens SET owner = 'bob';
    UPDATE members SET note = 'x' WHERE note = 'a'`)
  const { differences } = await verify()
  const shown = differences.map(({ table, kind, note, sql }) => [table, kind, note, sql.source])
  expect(shown).toContainEqual(['users', 'missing', 'old key 18', 'SELECT * FROM "users" WHERE "id" = 18;'])
  expect(shown).toContainEqual(['users', 'changed', 'old key 17', 'SELECT * FROM "users" WHERE "id" = 17;'])
  expect(shown).toContainEqual([
    'users',
    'extra',
    undefined,
    'SELECT * FROM "users" WHERE 1 = 0 /* no row of the source gives this id */;',
  ])
  expect(shown).toContainEqual([
    'members',
    'changed',
    "old key 16:it's",
    `SELECT * FROM "members" WHERE "user_id" = 16 AND "place" = 'it''s';`,
  ])
  expect(shown).toContainEqual([
    'tokens',
    'changed',
    undefined,
    'SELECT * FROM "tokens" WHERE "api_key" = /* never shown */ NULL;',
  ])
  expect(JSON.stringify(differences)).not.toContain('very secret')
})

test('of rows that references identify, each old key has the name of its column', async () => {
  const { url: source } = await postgresDatabase(`
    CREATE TABLE users (id integer PRIMARY KEY);
    CREATE TABLE follows (a integer, b integer, since date, PRIMARY KEY (a, b));
    INSERT INTO users VALUES (1), (2);
    INSERT INTO follows VALUES (1, 2, '2024-01-01'), (2, 1, '2024-01-02')`)
  const { url, client } = await postgresDatabase(`
    CREATE TABLE users (id uuid PRIMARY KEY);
    CREATE TABLE follows (a uuid, b uuid, since date, PRIMARY KEY (a, b))`)
  const { migrate, verify } = cutover(source, url, {
    namespace,
    tables: {
      users: { columns: { id: { id: 'users' } } },
      follows: { columns: { a: { id: 'users', of: 'a' }, b: { id: 'users', of: 'b' } } },
    },
  })
  await migrate()
  await client.query(`UPDATE follows SET since = '2025-01-01' WHERE since = '2024-01-02'`)
  const { differences } = await verify()
  expect(differences).toHaveLength(1)
  expect(differences[0]!.note).toBe('a: old key 2; b: old key 1')
  expect(differences[0]!.sql.source).toMatch(/ WHERE "a" = 2 AND "b" = 1;$/)
})
