import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { paritygate } from './command.ts'
import { postgresDatabase, sqliteDatabase, temporaryFolder } from './databases.ts'

const namespace = '5f0c2f6e-0000-4000-8000-000000000001'

/** RFC 9562, section 5.5, by another way than the program's own. */
function uuid5(name: string): string {
  const space = Buffer.from(namespace.replaceAll('-', ''), 'hex')
  const bytes = createHash('sha1').update(space).update(name).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x50
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

const tables = {
  users: { from: 'User', columns: { id: { id: 'users', of: 'id' } } },
  seats: { from: 'Seat', columns: { id: { id: 'seats', of: ['row', 'place'] } } },
  people: { from: 'Person', match_on: ['name'], columns: { id: { id: 'people', of: 'id' } } },
  staff: { from: 'Worker', columns: { id: { id: 'staff', of: 'id' } } },
  crew: { from: 'Worker', columns: { id: { id: 'crew', of: 'id' } } },
  notes: {},
}

const legacy = `
  CREATE TABLE User (id INTEGER PRIMARY KEY, name TEXT);
  CREATE TABLE Seat ("row" TEXT, place INTEGER, PRIMARY KEY ("row", place));
  CREATE TABLE Person (id INTEGER PRIMARY KEY, name TEXT);
  CREATE TABLE Worker (id INTEGER PRIMARY KEY);
  CREATE TABLE notes (id INTEGER PRIMARY KEY);
  INSERT INTO User VALUES (17, 'ann'), (18, 'bob');
  INSERT INTO Seat VALUES ('A:1', 2), ('B', 3);
  INSERT INTO Person VALUES (5, 'eve'), (6, 'fay');`

const created = `
  CREATE TABLE users (id uuid PRIMARY KEY, name text);
  CREATE TABLE seats (id uuid PRIMARY KEY, "row" text, place integer);
  CREATE TABLE people (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text);
  CREATE TABLE staff (id uuid PRIMARY KEY);
  CREATE TABLE crew (id uuid PRIMARY KEY);
  CREATE TABLE notes (id integer PRIMARY KEY);
  INSERT INTO people (name) VALUES ('eve'), ('fay');`

/** A folder with a plan, and its command line. */
function planned(source: string, target: string) {
  const folder = temporaryFolder()
  const plan = { name: 'test', namespace, source: { url: source }, target: { url: target }, tables }
  writeFileSync(join(folder, 'cutover.yaml'), stringify(plan))
  return (...words: string[]) => paritygate(words, { cwd: folder })
}

const nowhere = () => planned('/nowhere/old.db', 'postgres://127.0.0.1:1/nothing')

test('the id of an old key is computed from the plan alone', async () => {
  const run = nowhere()
  expect(await run('id', 'users', '17')).toEqual({ code: 0, stdout: `${uuid5('users:17')}\n`, stderr: '' })
  // By the source table, and of a key of two columns.
  expect((await run('id', 'User', '17')).stdout).toBe(`${uuid5('users:17')}\n`)
  expect((await run('id', 'Seat', 'A:1', '2')).stdout).toBe(`${uuid5('seats:A\\:1:2')}\n`)
  expect(JSON.parse((await run('id', 'users', '17', '--json')).stdout)).toEqual({
    table: 'users',
    old_key: ['17'],
    new_id: uuid5('users:17'),
    how: 'computed',
  })
})

test('what is not meant is said', async () => {
  const run = nowhere()
  const failure = async (...words: string[]) => {
    const { code, stderr } = await run('id', ...words)
    return [code, stderr.split('\n')[1]?.trim()]
  }
  expect(await failure('usrs', '1')).toEqual([
    2,
    'the plan makes no ids for a table "usrs"; nearest: "users"',
  ])
  expect(await failure('notes', '1')).toEqual([2, 'the plan makes no ids for "notes": its rows keep theirs'])
  expect(await failure('Worker', '1')).toEqual([2, '"Worker" becomes staff and crew: say which'])
  expect(await failure('seats', 'A')).toEqual([2, 'the old key of "seats" has 2 parts, not 1'])
  expect(await failure('users', '1', '2', '--old')).toEqual([2, 'a new id has 1 part, not 2'])
  expect(await failure('users', 'x', '--old')).toEqual([2, '"x" is no UUID'])
  expect(await failure('people', '5')).toEqual([3, 'the new ids of "people" are not known yet'])
})

test('the old key of a new id is found among those of the source', async () => {
  const { url } = await postgresDatabase(created)
  const run = planned(sqliteDatabase(legacy), url)
  expect((await run('id', 'users', '--old', uuid5('users:18').toUpperCase())).stdout).toBe('18\n')
  expect(
    JSON.parse((await run('id', 'seats', '--old', uuid5('seats:A\\:1:2'), '--json')).stdout),
  ).toMatchObject({
    table: 'seats',
    old_key: ['A:1', '2'],
  })
  const { code, stderr } = await run('id', 'users', '--old', uuid5('users:99'))
  expect([code, stderr]).toEqual([1, expect.stringContaining('[id.unknown]')])
})

test('ids that somebody else gave are those verify has found', async () => {
  const { url, client } = await postgresDatabase(created)
  const run = planned(sqliteDatabase(legacy), url)
  expect((await run('verify')).code).toBe(1)
  const { rows } = await client.query(`SELECT id FROM people WHERE name = 'fay'`)
  expect(await run('id', 'people', '6')).toEqual({ code: 0, stdout: `${rows[0].id}\n`, stderr: '' })
  expect((await run('id', 'Person', '--old', rows[0].id)).stdout).toBe('6\n')
  expect(JSON.parse((await run('id', 'people', '6', '--json')).stdout)).toEqual({
    table: 'people',
    old_key: ['6'],
    new_id: rows[0].id,
    how: 'found',
  })
  expect((await run('id', 'people', '7')).code).toBe(1)
  expect((await run('id', 'people', '--old', uuid5('people:6'))).code).toBe(1)
})
