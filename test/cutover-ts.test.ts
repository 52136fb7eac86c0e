import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { previewTarget } from '../src/engines/open.ts'
import { defineCutover, loadPlan, ParitygateError, readPlan } from '../src/index.ts'
import { mappingFingerprint, planFingerprint } from '../src/plan/fingerprint.ts'
import { withPair } from '../src/plan/pair.ts'
import { paritygate } from './command.ts'
import { postgresDatabase, sqliteDatabase, temporaryFolder } from './databases.ts'

const NAMESPACE = '5f0c2f6e-3b1d-4a56-9c0e-0d6f5e8f7a11'

/** Files in a folder of their own, in which nothing is installed. */
function project(files: Record<string, string>): string {
  const folder = temporaryFolder()
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

function failureOf(text: string, name = 'cutover.ts'): Promise<ParitygateError> {
  return readPlan(join(project({ [name]: text }), name)).then(
    () => expect.fail('the plan was read'),
    error => error,
  )
}

const people = `
  CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL, phone TEXT, born TEXT, tags TEXT);
  INSERT INTO person VALUES
    (1, 'Ann Lee', '050 123 45 67', '01.02.1990', 'a;b'),
    (2, 'Bo', NULL, NULL, NULL),
    (3, 'Cy Dow', '+994501234568', '31.12.2001', '')`

const plan = `
import { defineCutover } from 'paritygate'
import { e164 } from './lib/phone.ts'

export default defineCutover(async env => ({
  name: 'people',
  namespace: '${NAMESPACE}',
  source: { url: env.SOURCE_URL! },
  target: { url: env.TARGET_URL! },
  tables: {
    people: {
      from: 'person',
      columns: {
        id: { id: 'people' },
        family_name: { compute: row => row.name!.split(' ')[1], of: ['name'] },
        phone: { compute: ({ phone }) => phone === null ? null : e164(phone) },
        born: { compute: row => {
          if (row.born === null) return undefined
          const [day, month, year] = row.born!.split('.').map(Number)
          return new Date(Date.UTC(year!, month! - 1, day!))
        } },
        tags: { compute: row => row.tags?.split(';').filter(Boolean) ?? [], type: 'text[]' },
        details: { compute: row => ({ name: row.name, tagged: row.tags !== null }), of: ['name', 'tags'], type: 'jsonb' },
        adult: { compute: row => row.born !== null && Number(row.born!.slice(6)) < 2000, of: 'born', type: 'boolean' },
        digits: { compute: row => BigInt((row.phone ?? '0').replace(/\\D/g, '')), of: ['phone'], type: 'bigint' },
        length: { compute: row => row.name!.length / 2, of: ['name'], type: 'numeric(6, 2)' },
        key: { compute: row => '00000000-0000-4000-8000-00000000000' + row.id, of: ['id'], type: 'uuid' },
      },
    },
  },
}))
`
const phone = `
import { COUNTRY } from './country'
export const e164 = (text: string): string => text.startsWith('+') ? text : COUNTRY + text.replace(/\\D/g, '').replace(/^0/, '')
`
const files = {
  'cutover.ts': plan,
  'lib/phone.ts': phone,
  'lib/country.ts': "export const COUNTRY = '+994'\n",
}

test('a plan in TypeScript copies and proves what its functions make, from a folder where nothing is installed', async () => {
  const source = sqliteDatabase(people)
  const target = await postgresDatabase(
    `CREATE TABLE people (id uuid PRIMARY KEY, name text NOT NULL, family_name text, phone text, born date, tags text[] NOT NULL,
       details jsonb, adult boolean, digits bigint, length numeric(6, 2), key uuid)`,
  )
  const folder = project(files)
  const env = { SOURCE_URL: source, TARGET_URL: target.url }
  const run = (...words: string[]) => paritygate([...words, '--json'], { cwd: folder, env })
  const doctor = await run('doctor')
  expect(
    JSON.parse(doctor.stdout).findings.filter((one: { level: string }) => one.level === 'error'),
  ).toEqual([])
  const migrated = await run('migrate')
  expect(migrated.code, migrated.stderr).toBe(0)
  const { plan_file } = JSON.parse(migrated.stdout)
  expect(plan_file.path).toBe('cutover.ts')
  expect(plan_file.imports.map(({ path }: { path: string }) => path)).toEqual([
    'lib/country.ts',
    'lib/phone.ts',
  ])
  const { rows } = await target.client.query(
    'SELECT name, family_name, phone, born::text, tags, details, adult, digits, length, key FROM people ORDER BY key',
  )
  expect(rows).toEqual([
    {
      name: 'Ann Lee',
      family_name: 'Lee',
      phone: '+994501234567',
      born: '1990-02-01',
      tags: ['a', 'b'],
      details: { name: 'Ann Lee', tagged: true },
      adult: true,
      digits: '501234567',
      length: '3.50',
      key: '00000000-0000-4000-8000-000000000001',
    },
    {
      name: 'Bo',
      family_name: null,
      phone: null,
      born: null,
      tags: [],
      details: { name: 'Bo', tagged: false },
      adult: false,
      digits: '0',
      length: '1.00',
      key: '00000000-0000-4000-8000-000000000002',
    },
    {
      name: 'Cy Dow',
      family_name: 'Dow',
      phone: '+994501234568',
      born: '2001-12-31',
      tags: [],
      details: { name: 'Cy Dow', tagged: true },
      adult: false,
      digits: '994501234568',
      length: '3.00',
      key: '00000000-0000-4000-8000-000000000003',
    },
  ])
  const verified = JSON.parse((await run('verify')).stdout)
  expect([verified.verdict, verified.differences]).toEqual(['match', []])

  // What is verified is computed again: a target that somebody has changed is found, and so is another function.
  await target.client.query(
    `UPDATE people SET phone = '+994501234560', tags = '{b,a}' WHERE name = 'Ann Lee'`,
  )
  const changed = JSON.parse((await run('verify')).stdout)
  expect(changed.differences).toHaveLength(1)
  expect(changed.differences[0].columns).toEqual({
    phone: { source: '+994501234567', target: '+994501234560' },
    tags: { source: '["a","b"]', target: '["b","a"]' },
  })
  writeFileSync(join(folder, 'lib/country.ts'), "export const COUNTRY = '+995'\n")
  const again = await run('migrate')
  expect(again.code).toBe(2)
  expect(again.stderr).toContain('copied before the plan changed')
})

test('what a table is created as, and an id beside a function', async () => {
  const target = await postgresDatabase()
  const folder = project(files)
  const env = { SOURCE_URL: sqliteDatabase(people), TARGET_URL: target.url }
  const run = (...words: string[]) => paritygate([...words, '--json'], { cwd: folder, env })
  expect((await run('migrate', '--create-schema')).code).toBe(0)
  expect(JSON.parse((await run('verify')).stdout).differences).toEqual([])
  const { rows } = await target.client.query(
    `SELECT tags, pg_typeof(details)::text AS details, pg_typeof(length)::text AS length FROM people WHERE family_name = 'Lee'`,
  )
  expect(rows).toEqual([{ tags: ['a', 'b'], details: 'jsonb', length: 'numeric' }])
})

test('a row a function throws for is quarantined with its message, unless that could repeat what is never shown', async () => {
  const source = sqliteDatabase(`
    CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, note TEXT, api_token TEXT);
    INSERT INTO t VALUES (1, 'x', 'fine', 'k'), (2, 'bad', 'n-bad', 'sekret-2'), (3, 'y', 'n-3', 'sekret-3'), (4, 'z', 'fine', 'sekret-4')`)
  const target = await postgresDatabase(
    'CREATE TABLE t (id int PRIMARY KEY, a int, note text, summary text, token_hash text, when_made timestamp)',
  )
  const folder = project({
    'cutover.mts': `
import { createHash } from 'node:crypto'
import { defineCutover } from 'paritygate'
const fail = (what: string | null): never => { throw new Error('cannot take ' + what) }
export default defineCutover({
  name: 't', source: { url: ${JSON.stringify(source)} }, target: { url: process.env.TARGET_URL! },
  ignore: { 't.api_token': 'hashed' },
  tables: { t: { redact: ['note'], columns: {
    a: { compute: row => row.a === 'bad' ? fail(row.a) : row.a!.charCodeAt(0) },
    note: 'note',
    summary: { compute: row => row.note === 'n-3' ? fail(row.note!.slice(0, 2)) : 'ok ' + row.note, of: ['note'] },
    token_hash: { compute: row => row.a === 'z' ? fail(row.api_token) : createHash('md5').update(row.api_token!).digest('hex'), of: ['a', 'api_token'] },
    when_made: { compute: () => Promise.resolve('late') as never, of: ['id'] },
  } } },
})
`,
  })
  const run = (...words: string[]) =>
    paritygate([...words, '--json'], { cwd: folder, env: { TARGET_URL: target.url } })
  const migrated = await run('migrate')
  expect(migrated.code, migrated.stderr).toBe(1)
  const { quarantine_file, tables } = JSON.parse(migrated.stdout)
  expect(tables[0]).toMatchObject({ read: 4, written: 0, quarantined: 4 })
  const text = readFileSync(quarantine_file, 'utf8')
  const rows = text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(rows.map(({ column, reason }) => [column, reason])).toEqual([
    ['when_made', '"id": gave a Promise, which is no value'],
    ['a', '"a": cannot take bad'],
    ['summary', 'refused by the target; its message is withheld, because "summary" is never shown'],
    ['token_hash', 'refused by the target; its message is withheld, because "token_hash" is never shown'],
  ])
  const verified = await run('verify')
  expect(verified.code).toBe(1)
  const preview = await run('migrate', '--dry-run')
  for (const shown of [
    text,
    verified.stdout,
    verified.stderr,
    migrated.stdout,
    migrated.stderr,
    preview.stdout,
  ])
    expect(shown).not.toMatch(/n-3|n-bad|sekret/)
})

describe('what is wrong with a plan in TypeScript', () => {
  const wrapped = (tables: string) =>
    `import { defineCutover } from 'paritygate'
export default defineCutover({ name: 'x', source: { url: 'a.db' }, target: { url: 'b.db' }, tables: ${tables} } as never)`

  test.each([
    ['a syntax error', wrapped('{ a: { , } }'), 'plan.syntax', /^\/.*cutover\.ts:2:\d+$/, 'Unexpected token'],
    [
      'no default export',
      'export const plan = {}',
      'plan.invalid',
      /cutover\.ts$/,
      'the file has no default export',
    ],
    ['a default export that is no plan', 'export default [1]', 'plan.invalid', /cutover\.ts$/, 'but a list'],
    [
      'nothing to run',
      "import x from './nowhere.ts'\nexport default x",
      'plan.invalid',
      /cutover\.ts(:1)?$/,
      "Cannot find module './nowhere.ts'",
    ],
    [
      'what the file throws',
      "\nconst need = (name: string) => {\n  throw new Error(name + ' is not set')\n}\nexport default need('URL')",
      'plan.invalid',
      /cutover\.ts:3$/,
      'URL is not set',
    ],
    [
      'what the factory throws',
      'export default async () => {\n  throw new Error("no vault")\n}',
      'plan.invalid',
      /cutover\.ts:2$/,
      'no vault',
    ],
    [
      'a function elsewhere',
      wrapped('{ a: { where: () => "x" } }'),
      'plan.invalid',
      /cutover\.ts: tables\.a\.where$/,
      'must not be a function',
    ],
  ])('%s', async (_, text, code, where, message) => {
    const error = await failureOf(text)
    expect(error).toBeInstanceOf(ParitygateError)
    expect(error.code).toBe(code)
    expect(error.where).toMatch(where)
    expect(error.message).toContain(message)
  })

  test('what the schema does not allow, all at once', async () => {
    const { code, message } = await failureOf(
      wrapped("{ a: { colums: {}, columns: { x: { id: 1 }, y: { compute: 'x' } } } }"),
    )
    expect(code).toBe('plan.invalid')
    expect(message).toMatch(/cutover\.ts: tables\.a\.colums: unknown key "colums"; did you mean "columns"\?/)
    expect(message).toMatch(
      /cutover\.ts: tables\.a\.columns\.x\.id: tables\.a\.columns\.x\.id must be string/,
    )
    expect(message).toMatch(/columns\.y\.compute: compute takes a function/)
  })

  test('a mistake in a file it imports is named there', async () => {
    const folder = project({
      'cutover.ts': "import { x } from './lib.ts'\nexport default x",
      'lib.ts': 'export const x = {\n  a: ,\n}',
    })
    await expect(readPlan(join(folder, 'cutover.ts'))).rejects.toMatchObject({
      code: 'plan.syntax',
      where: expect.stringMatching(/lib\.ts:2:\d+$/),
    })
  })

  test('a function in YAML', () => {
    const folder = project({
      'cutover.yaml':
        'name: x\nsource: { url: a }\ntarget: { url: b }\ntables: { t: { columns: { x: { compute: a } } } }',
    })
    expect(() => loadPlan(join(folder, 'cutover.yaml'))).toThrow('only a plan in TypeScript')
  })
})

test('the command line takes cutover.ts where there is no cutover.yaml, and none of several', async () => {
  const text = `export default { name: 'x', source: { url: 'a.db' }, target: { url: 'b.db' }, tables: {} }`
  const folder = project({ 'cutover.js': text })
  const first = await paritygate(['doctor'], { cwd: folder })
  expect(first.stderr).toContain('source.missing')
  writeFileSync(join(folder, 'cutover.ts'), text)
  const second = await paritygate(['doctor'], { cwd: folder })
  expect(second.code).toBe(2)
  expect(second.stderr).toContain('there are cutover.ts and cutover.js here: name one with --config')
  expect((await paritygate(['doctor', '--config', 'cutover.ts'], { cwd: folder })).stderr).toContain(
    'source.missing',
  )
})

test('fingerprints change with functions, what they depend on, the namespace and the phases', async () => {
  const base = {
    constant: '1',
    compute: 'row => row.a + RATE',
    namespace: NAMESPACE,
    phase: 'Load',
    rate: '1',
  }
  const of = async (change: Partial<typeof base>) => {
    const { constant, compute, namespace, phase, rate } = { ...base, ...change }
    const folder = project({
      'rate.ts': `export const RATE = ${rate}`,
      'cutover.ts': `import { RATE } from './rate.ts'
        export default { name: 'x', source: { url: 'a.db' }, target: { url: 'b.db' }, namespace: '${namespace}',
          phases: { 1: { name: '${phase}' } }, tables: { t: { columns: { a: { compute: ${compute} }, b: { constant: ${constant} } } } } }`,
    })
    const plan = await readPlan(join(folder, 'cutover.ts'))
    expect(await readPlan(plan.file)).toEqual(
      expect.objectContaining({ sha256: plan.sha256, imports: plan.imports }),
    )
    return planFingerprint(plan)
  }
  const changes = [
    {},
    { compute: 'row => row.a + 2 * RATE' },
    { rate: '2' },
    { namespace: NAMESPACE.replace('5', '6') },
    { phase: 'Copy' },
    { constant: '2' },
  ]
  const fingerprints = await Promise.all(changes.map(of))
  expect(new Set(fingerprints).size).toBe(changes.length)
  expect(await of({})).toBe(fingerprints[0])
})

test('the fingerprint of a mapping changes with what its ids and functions make', async () => {
  const source = sqliteDatabase(
    'CREATE TABLE a (id INTEGER PRIMARY KEY, other INTEGER, x TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY)',
  )
  const target = sqliteDatabase(
    'CREATE TABLE a (id TEXT PRIMARY KEY, b_id TEXT, x TEXT); CREATE TABLE b (id TEXT PRIMARY KEY)',
  )
  const of = async (change: Record<string, string>) => {
    const { namespace, refers, by, x } = {
      namespace: NAMESPACE,
      refers: 'b',
      by: 'other',
      x: `{ compute: row => row.x }`,
      ...change,
    }
    const folder = project({
      'cutover.ts': `export default { name: 'x', source: { url: '${source}' }, target: { url: '${target}' }, namespace: '${namespace}',
        tables: { a: { columns: { id: { id: 'a' }, b_id: { id: '${refers}', of: '${by}' }, x: ${x} } }, b: { columns: { id: { id: 'b' } } } } }`,
    })
    const plan = await readPlan(join(folder, 'cutover.ts'))
    return withPair(plan, previewTarget, async ({ resolved, problems }) => {
      expect(problems).toEqual([])
      return mappingFingerprint(resolved.mappings[0]!)
    })
  }
  const fingerprints = [
    await of({}),
    await of({ namespace: NAMESPACE.replace('5', '6') }),
    await of({ refers: 'a' }),
    await of({ by: 'id' }),
    await of({ x: '{ compute: row => row.x + 1 }' }),
    await of({ x: "{ values: { p: 'q' } }" }),
    await of({ x: "{ values: { p: 'q' }, otherwise: { to: 'r', reason: 'why not' } }" }),
    await of({ x: "{ values: { p: 'q' }, otherwise: { quarantine: true, reason: 'why not' } }" }),
  ]
  // A map that stops at other values and one that puts them aside write the same.
  expect(new Set(fingerprints).size).toBe(fingerprints.length - 1)
  expect(await of({})).toBe(fingerprints[0])
})

test('what defineCutover takes is known to the compiler', () => {
  const connections = { name: 'x', source: { url: 'a' }, target: { url: 'b' } }
  defineCutover({
    ...connections,
    tables: {
      t: {
        from: 'T',
        phase: 2,
        columns: { a: 'b', c: { compute: row => row.x?.trim(), of: ['x'] }, d: { id: 't', of: 'x' } },
      },
    },
  })
  // @ts-expect-error: no such key
  defineCutover({ ...connections, tables: { t: { form: 'T' } } })
  // @ts-expect-error: no such key of a column
  defineCutover({ ...connections, tables: { t: { columns: { a: { constnt: 1 } } } } })
  // @ts-expect-error: a number
  defineCutover({ ...connections, tables: { t: { phase: '2' } } })
  // @ts-expect-error: values are text or null
  defineCutover({ ...connections, tables: { t: { columns: { a: { compute: row => row.x!.toFixed() } } } } })
  // @ts-expect-error: no tables
  defineCutover(async () => connections)
})
