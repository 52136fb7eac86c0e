import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { doctor, loadPlan, migrate, openStore, pairFingerprint } from '../src/index.ts'
import { paritygate } from './command.ts'
import { cutover } from './cutover.ts'
import { sqliteDatabase, temporaryFolder } from './databases.ts'
import { namespace, probe } from './mapping-databases.ts'

/** An error other than that the plan leaves something out, which these plans do. */
function isRefused({ level, message }: { level: string; message: string }): boolean {
  return level === 'error' && !message.startsWith('not covered')
}

const schema = `
  CREATE TABLE users (id integer NOT NULL PRIMARY KEY, email varchar(40), role varchar(10), town varchar(20), token text);
  INSERT INTO users VALUES (1, 'a', 'S', 'Baku', 't1'), (2, 'A', 'T', 'Baku', 't2'), (3, 'c', 'X', 'Gəncə', 't3'), (4, NULL, 'X', NULL, 't4'), (5, 'a', 'y', 'Baku', 't5');
  CREATE TABLE groups_ (year integer NOT NULL, code varchar(10) NOT NULL, label varchar(10), PRIMARY KEY (year, code));
  INSERT INTO groups_ VALUES (2024, 'a', 'one'), (2025, 'a', 'one'), (2025, 'b', 'two');
  CREATE TABLE posts (id integer NOT NULL PRIMARY KEY, user_id integer, year integer, code varchar(10), topic varchar(10));
  INSERT INTO posts VALUES (1, 1, 2024, 'a', 'one')`

const targetSchema = `
  CREATE TABLE users (id uuid PRIMARY KEY, email text, role text);
  CREATE TABLE people (id integer PRIMARY KEY, email varchar(40) UNIQUE, role text);
  CREATE TABLE groups_ (id uuid PRIMARY KEY, label text);
  CREATE TABLE posts (id integer PRIMARY KEY, user_id uuid, group_id uuid);
  CREATE TABLE strict (id integer PRIMARY KEY, needed text NOT NULL, given integer NOT NULL DEFAULT 3)`

const users = `users: { columns: { id: { id: users } } }`

/** The text of the plan below `tables:`, a mark before what is wrong, and what is said about it. */
const cases: { name: string; plan: string; said: RegExp[] }[] = [
  {
    name: 'a reference to a table that is not mapped',
    plan: `
tables:
  posts: { columns: { user_id: { id: «user, of: user_id }, group_id: { constant: null } } }
  users: { columns: { id: { id: users } } }`,
    said: [/the plan maps no table "user"; nearest: "users"/],
  },
  {
    name: 'a condition on the rows of a query that the source refuses',
    plan: `
tables:
  people: { sql: "SELECT id, email, role FROM users", where: «nonsense = 1 }`,
    said: [/the source refuses the condition of table "people": .*nonsense/],
  },
  {
    name: 'ids of a key that is not unique',
    plan: `
tables:
  users: { columns: { id: «{ id: users, of: town } } }`,
    said: [
      /the ids of "users" are made of town, which is not unique: 1 values stand for 3 rows \(Baku: 3 rows\)/,
    ],
  },
  {
    name: 'a reference to a later phase, and a cycle',
    plan: `
tables:
  posts: { phase: 1, columns: { user_id: «{ id: users, of: user_id }, group_id: { constant: null } } }
  users: { phase: 2, columns: { id: { id: users } } }`,
    said: [/"posts" \(phase 1\) refers to "users" \(phase 2\), which is copied after it/],
  },
  {
    name: 'a value map that misses values',
    plan: `
tables:
  people: { from: users, columns: { email: { constant: null }, role: { values: «{ S: STUDENT, T: TUTOR } } } }`,
    said: [
      /3 rows of the source have a value that is not mapped \("X": 2 rows; "y": 1 rows\): map it, or say otherwise/,
    ],
  },
  {
    name: 'rows that a unique constraint of the target would refuse',
    plan: `
tables:
  people: { from: users, columns: { email: «{ sql: lower(email) } } }`,
    said: [
      /3 rows of the source would share 1 values of "email" in "people", where each must be another \(a: 3 rows\)/,
    ],
  },
  {
    name: 'a look-up by a column that is not unique',
    plan: `
tables:
  posts: { columns: { user_id: { constant: null }, group_id: { lookup: groups_, by: «{ label: topic } } } }
  groups_: { columns: { id: { id: groups_ } } }`,
    said: [/rows of "groups_" cannot be looked up by label: 1 values stand for 2 rows \(one: 2 rows\)/],
  },
  {
    name: 'fewer columns than the ids are made of',
    plan: `
tables:
  posts: { columns: { user_id: { constant: null }, group_id: { id: groups_, of: «code } } }
  groups_: { columns: { id: { id: groups_ } } }`,
    said: [/the ids of "groups_" are made of 2 columns \(year, code\), not of 1/],
  },
  {
    name: 'a second kind in one column',
    plan: `
tables:
  people: { from: users, columns: { email: «{ from: email, sql: lower(email) } } }`,
    said: [/say either from or sql, not both/],
  },
  {
    name: 'a word that belongs to another kind',
    plan: `
tables:
  people: { from: users, columns: { email: { from: email, at: «',' } } }`,
    said: [/at says nothing here: it belongs to split/],
  },
  {
    name: 'parts of a union with other columns',
    plan: `
tables:
  people:
    union:
      - { from: users, columns: { id: id, email: email, role: role } }
      - «{ from: posts, columns: { id: id, mail: topic, role: { sql: "NULL" } } }`,
    said: [/every part has the same columns; this one lacks "email", has "mail", which the first has not/],
  },
  {
    name: 'a query the source refuses',
    plan: `
tables:
  people: { sql: «"SELECT id, emial AS email, role FROM users" }`,
    said: [/the source refuses the query: .*emial/],
  },
  {
    name: 'an expression the source refuses',
    plan: `
tables:
  people: { from: users, columns: { email: { sql: «lowr(email) } } }`,
    said: [/the source refuses the expression for column "email" of table "people": .*lowr/],
  },
  {
    name: 'a column in of: that is not there',
    plan: `
tables:
  posts: { columns: { user_id: { id: users, of: «usr_id }, group_id: { constant: null } } }
  ${users}`,
    said: [/table "posts" of the source has no column "usr_id"; nearest: "user_id"/],
  },
  {
    name: 'a NOT NULL column without a source',
    plan: `
tables:
  strict: «{ from: users }`,
    said: [/column "needed" of target table "strict" is NOT NULL without a default, and nothing maps to it/],
  },
  {
    name: 'an archived table that is not there',
    plan: `
tables:
  ${users}
archive: [post, «grups_]`,
    said: [
      /the source has no table "post"; nearest: "posts"/,
      /the source has no table "grups_"; nearest: "groups_"/,
    ],
  },
  {
    name: 'a staged table that is not there',
    plan: `
phases: { 0: { stage: { schema: legacy, tables: [«usrs] } } }
tables:
  ${users}`,
    said: [/the source has no table "usrs"; nearest: "users"/],
  },
  {
    name: 'a union of which one row is kept in two ways',
    plan: `
tables:
  people:
    union: [{ from: users, columns: { id: id, email: email, role: role } }]
    distinct_on: [email]
    columns: { id: { id: people, of: id } }
    merge_duplicates: «{ by: lower(email) }`,
    said: [/distinct_on keeps one row of each already: say one of them, not both/],
  },
  {
    name: 'an order that the source refuses',
    plan: `
tables:
  people: { from: users, merge_duplicates: { by: «lower(emial) } }`,
    said: [/the source refuses it: .*emial/],
  },
]

for (const { name, plan: marked, said } of cases) {
  test(`${name}: doctor and migrate refuse it, with its place, before anything is written`, async () => {
    const after = await probe('postgres', targetSchema)
    const folder = temporaryFolder()
    const file = join(folder, 'cutover.yaml')
    const head = `name: test\nnamespace: ${namespace}\nsource: { url: '${sqliteDatabase(schema)}' }\ntarget: { url: '${after.url}' }`
    const text = head + marked.replace('«', '')
    writeFileSync(file, text)
    const lines = (head + marked).split('\n')
    const line = lines.findIndex(one => one.includes('«'))
    const place = `${file}:${line + 1}:${lines[line]!.indexOf('«') + 1}`
    const plan = loadPlan(file)
    const { ready, findings } = await doctor(plan)
    expect(ready).toBe(false)
    const errors = findings.filter(isRefused)
    for (const message of said) expect(errors.map(error => error.message).join('\n')).toMatch(message)
    expect(errors).toHaveLength(said.length)
    expect(errors.map(({ subject }) => subject)).toContain(place)
    const store = openStore(join(folder, 'state.db'), pairFingerprint(plan))
    const failure = await migrate(plan, store, { createSchema: true }).then(
      () => null,
      error => error,
    )
    store.close()
    expect(failure?.code).toBe('plan.mapping')
    expect(failure.message).toContain(place)
    for (const message of said) expect(failure.message).toMatch(message)
    const tables = parse(marked.replace('«', '')).tables
    for (const table of Object.keys(tables))
      expect(await after.rows(`SELECT count(*) FROM ${table}`)).toEqual([['0']])
    expect(
      await after.rows(`SELECT count(*) FROM information_schema.schemata WHERE schema_name = 'legacy'`),
    ).toEqual([['0']])
  })
}

test('ids without a namespace, and a function in YAML, are refused', async () => {
  const after = await probe('postgres', targetSchema)
  const source = sqliteDatabase(schema)
  const run = cutover(source, after.url, { tables: parse(users) })
  const { findings } = await doctor(run.plan)
  expect(findings.filter(isRefused).map(({ message }) => message)).toEqual([
    'ids are made in a namespace: say namespace: <a UUID of your own> at the top of the plan',
  ])
  await expect(run.migrate()).rejects.toThrow(/cutover.yaml:\d+:\d+: ids are made in a namespace/)
  expect(() =>
    cutover(source, after.url, {
      tables: { people: { from: 'users', columns: { email: { compute: 'row => row' } } } },
    }),
  ).toThrow(/cutover.yaml:\d+:\d+: compute takes a function/)
})

test('a number that would become another one by being read is refused', () => {
  const rows = (value: string) => {
    const folder = temporaryFolder()
    writeFileSync(
      join(folder, 'cutover.yaml'),
      `name: t\nsource: { url: a.db }\ntarget: { url: b.db }\ntables:\n  kinds: { rows: [{ id: ${value} }] }\n`,
    )
    return () => loadPlan(join(folder, 'cutover.yaml'))
  }
  for (const value of ['12345678901234567890', '9007199254740993', '-0.12345678901234567891'])
    expect(rows(value)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/cutover.yaml:5:25: .* would be read as .*: write "/),
      }),
    )
  for (const value of [
    '9007199254740991',
    '0.10',
    '-1.5e3',
    '1e21',
    '0x1f',
    '"12345678901234567890"',
    '100',
    '0',
  ])
    expect(rows(value)).not.toThrow()
})

test('one table of the target under two names is refused, and a long name is cut nowhere in another schema', async () => {
  const long = `a${'b'.repeat(60)}`
  const source = sqliteDatabase(
    `${schema}; CREATE TABLE ${long} (id integer PRIMARY KEY); INSERT INTO ${long} VALUES (1)`,
  )
  const after = await probe('postgres', targetSchema)
  const tables = { users: { columns: { id: { id: 'users' } } } }
  const twice = cutover(source, after.url, {
    namespace,
    tables: { ...tables, 'public.users': { from: 'users', columns: { id: { id: 'public.users' } } } },
  })
  await expect(twice.migrate()).rejects.toThrow(
    /to the target, tables "users" and "public.users" have one name/,
  )
  const kept = cutover(source, after.url, { namespace, tables, archive: [long] })
  expect((await kept.migrate()).status).toBe('finished')
  expect(await after.rows(`SELECT id FROM legacy.${long}`)).toEqual([['1']])
  const other = await probe('sqlite', 'CREATE TABLE legacy_posts (id integer PRIMARY KEY)')
  const clashing = cutover(source, other.url, {
    tables: { legacy_posts: { from: 'posts' } },
    archive: ['posts'],
  })
  await expect(clashing.migrate()).rejects.toThrow(
    /to the target, tables "legacy_posts" and "legacy.posts" have one name/,
  )
})

test('a cycle between phases is called one', async () => {
  const after = await probe(
    'postgres',
    'CREATE TABLE users (id uuid PRIMARY KEY, post uuid); CREATE TABLE posts (id uuid PRIMARY KEY, user_id uuid)',
  )
  const run = cutover(sqliteDatabase(schema), after.url, {
    namespace,
    tables: {
      users: { phase: 2, columns: { id: { id: 'users' }, post: { id: 'posts', of: 'role' } } },
      posts: { phase: 1, columns: { id: { id: 'posts' }, user_id: { id: 'users', of: 'user_id' } } },
    },
  })
  await expect(run.migrate()).rejects.toThrow(
    /"posts" \(phase 1\) refers to "users" \(phase 2\), which is copied after it, and phase 2 depends on phase 1: a cycle/,
  )
})

const phased = {
  namespace,
  phases: { 2: { script: { sql: 'move.sql', on: 'target' } } },
  tables: {
    users: { columns: { id: { id: 'users' } }, phase: 1 },
    posts: { phase: 3, columns: { user_id: { id: 'users', of: 'user_id' }, group_id: { constant: null } } },
  },
}

test('phases and tables that are not there, and phases that begin too early, are refused', async () => {
  const after = await probe('postgres', targetSchema)
  const run = cutover(sqliteDatabase(schema), after.url, phased)
  writeFileSync(join(run.folder, 'move.sql'), `INSERT INTO people SELECT 1, 'from the script', NULL`)
  const refused = (options: object) =>
    run.migrate(options).then(
      () => 'done',
      error => `${error.code}: ${error.message}`,
    )
  expect(await refused({ phases: [7] })).toMatch(
    /usage.invalid: --phase 7: the plan has no such phase; it has 1, 2, 3/,
  )
  expect(await refused({ only: ['user'] })).toMatch(/usage.invalid: --only user: .*nearest: "users"/)
  expect(await refused({ phases: [3] })).toMatch(
    /phase.not-ready: .*"posts" \(phase 3\) refers to "users" \(phase 1\)/s,
  )
  expect(await refused({ phases: [2] })).toMatch(
    /phase.not-ready: .*move.sql \(phase 2\) comes after "users" \(phase 1\)/s,
  )
  expect(await refused({ phases: [1, 3] })).toMatch(
    /phase.not-ready: .*phase 3 comes after script move.sql \(phase 2\)/s,
  )
  expect(await after.rows('SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM people)')).toEqual([
    ['0'],
  ])
  expect(await refused({ phases: [1] })).toBe('done')
  expect(await refused({ phases: [2] })).toBe('done')
  expect(await refused({ phases: [3] })).toBe('done')
  expect(await after.rows('SELECT email FROM people')).toEqual([['from the script']])
  expect((await run.migrate()).status).toBe('nothing to do')
})

test('a script that has run is refused once it is another, and nothing to do is not said', async () => {
  const after = await probe('postgres', targetSchema)
  const run = cutover(sqliteDatabase(schema), after.url, phased)
  const script = join(run.folder, 'move.sql')
  writeFileSync(script, `INSERT INTO people SELECT 1, 'a', NULL`)
  expect((await run.migrate()).status).toBe('finished')
  writeFileSync(script, `INSERT INTO people SELECT 2, 'b', NULL`)
  await expect(run.migrate()).rejects.toMatchObject({ code: 'phase.done' })
  await expect(run.migrate({ phases: [2] })).rejects.toMatchObject({ code: 'phase.done' })
  expect(await after.rows('SELECT email FROM people')).toEqual([['a']])
  expect((await run.migrate({ rerun: true })).status).toBe('finished')
  expect(await after.rows('SELECT email FROM people')).toEqual([['a'], ['b']])
})

test('a table is copied again where the namespace or the table of its ids is another', async () => {
  const after = await probe('postgres', targetSchema)
  const source = sqliteDatabase(schema)
  const run = cutover(source, after.url, { namespace, tables: parse(users) })
  await run.migrate()
  const folder = temporaryFolder()
  writeFileSync(
    join(folder, 'cutover.yaml'),
    stringify({
      name: 'test',
      namespace: namespace.replace('5f', '6f'),
      source: { url: source },
      target: { url: after.url },
      tables: parse(users),
    }),
  )
  const other = loadPlan(join(folder, 'cutover.yaml'))
  await expect(migrate(other, run.store)).rejects.toThrow(/copied before the plan changed/)
})

test('the command line says where, and exits with 2', async () => {
  const folder = temporaryFolder()
  const after = await probe('postgres', targetSchema)
  writeFileSync(
    join(folder, 'cutover.yaml'),
    `name: t\nsource: { url: '${sqliteDatabase(schema)}' }\ntarget: { url: '${after.url}' }\ntables:\n  people: { from: user }\n`,
  )
  const doctored = await paritygate(['doctor'], { cwd: folder })
  expect(doctored.stdout + doctored.stderr).toMatch(/cutover.yaml:5:19: .*nearest: "users"/)
  const { code, stderr } = await paritygate(['migrate'], { cwd: folder })
  expect(stderr).toMatch(/cutover.yaml:5:19: .*nearest: "users"/)
  expect([doctored.code, code]).toEqual([2, 2])
})
