import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { paritygate } from './command.ts'
import { temporaryFolder } from './databases.ts'
import { engines } from './engine.ts'
import { inWords, namespace, type Probe, probe, uuid5 } from './mapping-databases.ts'

const schema = `
  CREATE TABLE users (id :int NOT NULL PRIMARY KEY, email :key, role :key, password_hash :text, pin :text, boss :int);
  INSERT INTO users VALUES (1, 'Ann@x', 'S', 'secret-1', 'pin-1', 2), (2, 'ann@x', 'T', 'secret-2', 'pin-2', NULL), (3, 'c', 'X', NULL, NULL, 1),
    (4, 'd', 'S', 'secret-4', 'pin-4', 3), (5, 'e', 'S', 'secret-5', 'pin-5', NULL), (6, 'f', 'S', 'secret-6', 'pin-6', 5), (7, 'g', 'T', 'secret-7', 'pin-7', NULL), (8, NULL, NULL, NULL, NULL, NULL);
  CREATE TABLE posts (id :int NOT NULL PRIMARY KEY, author :key, title :text);
  INSERT INTO posts VALUES (1, 'c', 'é'), (2, 'nobody', NULL)`

const targetSchema = `
  CREATE TABLE users (id uuid PRIMARY KEY, email text, role text, password_hash text, code text, boss_id uuid);
  INSERT INTO users (id) VALUES ('${uuid5('other')}')`

const role = {
  values: { S: 'STUDENT', T: 'TUTOR' },
  otherwise: { quarantine: true, reason: 'to be looked at' },
}

const plan = {
  namespace,
  phases: { 2: { script: { sql: 'move.sql', on: 'target' } } },
  tables: {
    posts: { phase: 3, columns: { author_id: { lookup: 'users', by: { email: 'author' } } } },
    users: {
      redact: ['code'],
      columns: {
        id: { id: 'users' },
        role,
        code: { sql: "concat('code of ', pin)" },
        boss_id: { id: 'users', of: 'boss' },
      },
      merge_duplicates: { by: 'lower(email)' },
    },
    kinds: {
      rows: [
        { code: 'A', label: null, token: 'secret-8' },
        { code: 'B', label: 'x', token: 'secret-9' },
      ],
      columns: { secret: { constant: 'secret-10' } },
    },
  },
  ignore: { 'users.pin': 'a secret' },
}

function digest(file: string): string | null {
  return existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : null
}

/** Everything a database holds, by its own catalog. */
async function everything(database: Probe): Promise<string> {
  const tables = await database.rows(
    `SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2`,
  )
  const schemas = await database.rows('SELECT nspname FROM pg_namespace ORDER BY 1')
  const types = await database.rows(`SELECT typname FROM pg_type WHERE typtype = 'e' ORDER BY 1`)
  const contents: unknown[] = [schemas, types, tables]
  for (const [space, name] of tables)
    contents.push(await database.rows(`SELECT t::text, t.xmin::text FROM "${space}"."${name}" t ORDER BY 1`))
  return JSON.stringify(contents)
}

async function prepared(from: (typeof engines)[number]['name'], changed: object = {}) {
  const before = await probe(from, inWords(from, schema))
  const after = await probe('postgres', targetSchema)
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'move.sql'), 'CREATE TABLE from_the_script (id integer)')
  const document = {
    name: 'test',
    source: { url: before.url },
    target: { url: after.url },
    ...plan,
    ...changed,
  }
  writeFileSync(join(folder, 'cutover.yaml'), stringify(document))
  const run = (...words: string[]) => paritygate(['migrate', '--dry-run', ...words], { cwd: folder })
  return { before, after, folder, run }
}

for (const { name, noServer } of engines) {
  test.skipIf(noServer)(
    `from ${name}, a dry run says what would be read, made and written, and writes nothing`,
    async () => {
      const { after, folder, run } = await prepared(name)
      const state = join(folder, '.paritygate/state.db')
      const [held, evidence] = [await everything(after), digest(state)]
      const { code, stdout } = await run('--json')
      expect(code).toBe(0)
      const { tables, work, problems } = JSON.parse(stdout)
      expect(problems).toEqual([])
      expect(tables.map(({ phase, table }: { phase: number; table: string }) => `${phase} ${table}`)).toEqual(
        ['1 users', '1 kinds', '3 posts'],
      )
      expect(work).toEqual([{ phase: 2, subject: 'script move.sql', status: 'to be run' }])
      const [users, kinds, posts] = tables
      expect(users).toMatchObject({
        status: 'to be copied',
        reads: 'users',
        target: { exists: true, rows: 1 },
      })
      expect(users.rows).toBeGreaterThan(0)
      expect(users.samples).toHaveLength(5)
      for (const { before, after: written } of users.samples) {
        expect(written.id).toBe(uuid5(`users:${before.id}`))
        expect(written.email).toBe(before.email)
        expect(written.boss_id).toBe(
          before.boss === null ? null : uuid5(`users:${before.boss === '2' ? 1 : before.boss}`),
        )
        expect(Object.keys(before).filter(column => column.startsWith('paritygate'))).toEqual([])
      }
      expect(users.samples.map(({ after: written }: { after: { role: string } }) => written.role)).toContain(
        'STUDENT',
      )
      expect(kinds).toMatchObject({ target: { exists: false, rows: 0 } })
      expect(kinds.samples.map(({ after: written }: { after: object }) => written)).toEqual([
        { code: 'A', label: null, token: '[redacted]', secret: '[redacted]' },
        { code: 'B', label: 'x', token: '[redacted]', secret: '[redacted]' },
      ])
      expect(posts.samples[0].after).toMatchObject({ id: '1', author_id: uuid5('users:3'), title: 'é' })
      expect(posts.samples[1].after.author_id).toBe(
        'refused: "nobody" is not found in "users", for column "author_id"',
      )
      const text = (await run()).stdout
      for (const shown of [uuid5('users:1'), 'STUDENT', 'move.sql', 'kinds', 'posts'])
        expect(text).toContain(shown)
      for (const output of [stdout, text]) expect(output).not.toMatch(/secret-|pin-\d|code of pin/)
      expect(await everything(after)).toBe(held)
      expect(digest(state)).toBe(evidence)
    },
  )
}

test('only the phases and tables that are asked for are shown, and what has been done is said', async () => {
  const { folder, run, after } = await prepared('sqlite')
  await after.run('TRUNCATE users')
  const migrated = await paritygate(['migrate', '--create-schema', '--phase', '1', '--max-rejects', '5'], {
    cwd: folder,
  })
  expect(migrated.code).toBe(0)
  const state = join(folder, '.paritygate/state.db')
  const [held, evidence] = [await everything(after), digest(state)]
  const first = JSON.parse((await run('--json', '--phase', '1')).stdout)
  expect(first.tables.map(({ table, status }: Record<string, string>) => `${table} ${status}`)).toEqual([
    'users already finished',
    'kinds already finished',
  ])
  expect(first.work).toEqual([])
  const second = JSON.parse((await run('--json', '--only', 'posts')).stdout)
  expect(second.tables.map(({ table }: Record<string, string>) => table)).toEqual(['posts'])
  expect(await everything(after)).toBe(held)
  expect(digest(state)).toBe(evidence)
  expect((await run('--phase', '9')).code).toBe(2)
})

test('problems are said with their place, beside what can be shown, and end it with 2', async () => {
  const { after, run } = await prepared('sqlite', {
    tables: {
      ...plan.tables,
      users: {
        ...plan.tables.users,
        columns: { ...plan.tables.users.columns, role: { values: { S: 'STUDENT' } } },
      },
    },
  })
  const held = await everything(after)
  const { code, stdout } = await run()
  expect(code).toBe(2)
  expect(stdout).toMatch(
    /cutover.yaml:\d+:\d+: 2 rows of the source have a value that is not mapped \("T": 1 rows; "X": 1 rows\)/,
  )
  expect(stdout).toContain('kinds')
  expect(stdout).not.toMatch(/secret-|pin-/)
  expect(await everything(after)).toBe(held)
})
