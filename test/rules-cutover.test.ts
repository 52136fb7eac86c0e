import type Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { renderJson } from '../src/report/json.ts'
import { renderMarkdown } from '../src/report/markdown.ts'
import { buildReport } from '../src/report/report.ts'
import { cutover } from './cutover.ts'
import { postgresDatabase, sqliteDatabase } from './databases.ts'

const legacy = `
  CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, email TEXT, phone TEXT, tags TEXT, balance REAL, seen TEXT, notes TEXT);
  INSERT INTO person VALUES
    (1, 'Ann ', 'Ann@Example.org', NULL, 'b,a', 10.005, '2024-01-01 10:00:00.123', 'same'),
    (2, 'Bob', 'bob@example.org', '', 'x', 20.5, '2024-01-02 10:00:00', 'same'),
    (3, ' CLAIRE', 'c@example.org', '3', 'x', 1, '2024-01-03 10:00:00', 'same'),
    (4, 'Dan', 'd@example.org', '4', 'x', 1, '2024-01-04 10:00:00', 'same');`

const modern = `
  CREATE TABLE person (id bigint PRIMARY KEY, name text, email text, phone text, tags text, balance numeric,
    seen timestamp, notes text);
  INSERT INTO person VALUES
    (1, 'Ann', 'ann@example.org', '', 'a,b', 10.01, '2024-01-01 10:00:00', 'same'),
    (2, 'Bob', 'bob@example.org', NULL, 'x', 20.5, '2024-01-02 10:00:00', 'same'),
    (3, 'claire', 'c@example.org', '3', 'x', 1, '2024-01-03 10:00:00', 'same'),
    (4, 'Dan', 'd@example.org', '4', 'x', 1, '2024-01-04 10:00:00', 'same');`

const rule = (rule: Record<string, unknown>) => ({ ...rule, reason: 'agreed with the data owner' })

const rules = {
  name: { rules: [rule({ trim: true }), rule({ ignore_case: true })] },
  email: { rules: [rule({ ignore_case: true })] },
  phone: { rules: [rule({ null_as_empty: true })] },
  tags: { rules: [rule({ unordered: true })] },
  balance: { rules: [rule({ round: 2 })] },
  seen: { rules: [rule({ precision: 's' })] },
  notes: { rules: [rule({ trim: true })] },
}

const both = async (columns: Record<string, unknown>, change = '') => {
  const source = sqliteDatabase(legacy)
  const { url } = await postgresDatabase(`${modern};${change}`)
  return cutover(source, url, { tables: { person: { columns } } })
}

it('counts rows that differ only in what the plan excuses, by rule, and agrees', async () => {
  const run = await both(rules)
  const result = await run.verify()
  const [table] = result.tables
  expect(result).toMatchObject({ verdict: 'match', differences: [] })
  expect(table).toMatchObject({ matched: 1, excused_rows: 3, changed: 0, hashed: 'here' })
  expect(table!.source_checksum).not.toBe(table!.target_checksum)
  expect(table!.excused.map(({ column, rule, rows }) => `${column} ${rule}: ${rows}`)).toEqual([
    'name trim: 2',
    'name ignore_case: 1',
    'email ignore_case: 1',
    'phone null_as_empty: 2',
    'tags unordered: 1',
    'balance round: 2: 1',
    'seen precision: s: 1',
    'notes trim: 0',
  ])
  const gate = run.gate()
  expect(gate.verdict).toBe('GO')
  expect(gate.criteria.find(({ criterion }) => criterion.startsWith('every row'))!.reason).toBe(
    '1 rows match in 1 tables, 0 differ, 3 are excused by rules of the plan',
  )
  const model = buildReport(run.plan, run.store)
  expect(renderMarkdown(model)).toContain('| `person.notes` | `trim` | 0 | agreed with the data owner |')
  expect(renderMarkdown(model)).toContain(
    '3 rows that would differ count as equal under 8 rules of the plan.',
  )
  expect(JSON.parse(renderJson(model)).verify.tables[0].excused_rows).toBe(3)
})

it('reports a row whole that differs in anything a rule does not excuse', async () => {
  const run = await both(
    rules,
    `UPDATE person SET notes = 'other' WHERE id = 1; UPDATE person SET name = 'Bop' WHERE id = 2`,
  )
  const result = await run.verify()
  expect(result.verdict).toBe('mismatch')
  expect(result.tables[0]).toMatchObject({ matched: 1, excused_rows: 1, changed: 2 })
  expect(result.differences.map(({ key }) => key.id)).toEqual(['1', '2'])
  expect(Object.keys(result.differences[0]!.columns)).toEqual([
    'name',
    'email',
    'phone',
    'tags',
    'balance',
    'seen',
    'notes',
  ])
  expect(run.gate().verdict).toBe('NO-GO')
})

it('excuses no row that is missing or extra', async () => {
  const run = await both(rules, `UPDATE person SET id = 7 WHERE id = 1`)
  expect((await run.verify()).tables[0]).toMatchObject({ missing: 1, extra: 1, changed: 0, excused_rows: 2 })
})

it('excuses no value that is none of its type', async () => {
  const source = sqliteDatabase(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, n NUMERIC); INSERT INTO t VALUES (1, '1.2x');`,
  )
  const { url } = await postgresDatabase(
    'CREATE TABLE t (id bigint PRIMARY KEY, n numeric); INSERT INTO t VALUES (1, 1.2)',
  )
  const run = cutover(source, url, { tables: { t: { columns: { n: { rules: [rule({ round: 0 })] } } } } })
  expect((await run.verify()).tables[0]).toMatchObject({ changed: 1, excused_rows: 0 })
})

it('names a rule that cannot apply, and one where rows are paired, with its place', async () => {
  const run = await both({
    id: { rules: [rule({ trim: true })] },
    name: { rules: [rule({ ignore_case: true }), rule({ round: 2 })] },
    balance: { rules: [rule({ trim: true })] },
  })
  const failure = await run.verify().catch((error: Error) => error.message)
  expect(failure).toMatch(/cutover\.yaml:\d+:\d+: "id" can have no rules: it is part of the key/)
  expect(failure).toMatch(
    /cutover\.yaml:\d+:\d+: "round" applies to decimals and floats; "name" is compared as text/,
  )
  expect(failure).toMatch(/cutover\.yaml:\d+:\d+: "trim" applies to text; "balance" is compared as decimal/)
})

it('says where only Unicode normalisation or a key that stands twice sets two rows apart', async () => {
  const fill = (database: Database.Database) => {
    const insert = database.prepare('INSERT INTO t VALUES (?, ?, ?, ?)')
    insert.run(1, 'Rene\u0301', '{}', 's')
    insert.run(2, 'x', '{"a":1,"a":2}', '{"key":1,"key":2}')
    insert.run(3, 'Zoe\u0308', '{"b":1}', '{}')
  }
  const source = sqliteDatabase(
    'CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, data TEXT, secret TEXT)',
    fill,
  )
  const { url, client } = await postgresDatabase(
    'CREATE TABLE t (id bigint PRIMARY KEY, name text, data jsonb, secret jsonb)',
  )
  await client.query(
    `INSERT INTO t VALUES (1, $1, '{}', '"s"'), (2, 'x', '{"a": 2}', '{"key": 2}'), (3, $2, '{"b": 2}', '{}')`,
    ['Ren\u00e9', 'Zo\u00eb'],
  )
  const run = cutover(source, url, {
    tables: { t: { columns: { secret: { sql: "replace(secret, 's', '\"s\"')" } } } },
  })
  const { tables, differences } = await run.verify()
  expect(tables[0]).toMatchObject({ changed: 3, only_normalisation: 1 })
  expect(differences.map(({ note }) => note)).toEqual([
    'name: the same text in another Unicode normalisation',
    'data: an object of the source has the key "a" more than once; secret: an object of the source has a key more than once',
    'name: the same text in another Unicode normalisation',
  ])
  expect(JSON.stringify(differences)).not.toContain('key\\":')
})

it('lists accepted losses, which hide nothing but what is rounded', async () => {
  const source = sqliteDatabase(
    'CREATE TABLE t (id INTEGER PRIMARY KEY, amount DECIMAL(10, 4)); INSERT INTO t VALUES (1, 1.2345), (2, 2.5)',
  )
  const { url, client } = await postgresDatabase(
    'CREATE TABLE t (id bigint PRIMARY KEY, amount numeric(10, 2))',
  )
  const columns = { amount: { accept_loss: 'cents are enough' } }
  const run = cutover(source, url, { tables: { t: { columns } } })
  await run.migrate()
  const result = await run.verify()
  expect(result.verdict).toBe('match')
  expect(result.tables[0]!.accepted_losses).toEqual([{ column: 'amount', reason: 'cents are enough' }])
  run.gate()
  expect(renderMarkdown(buildReport(run.plan, run.store))).toContain('| `t.amount` | cents are enough |')
  await client.query('UPDATE t SET amount = 1.24 WHERE id = 1')
  expect((await run.verify()).tables[0]).toMatchObject({ changed: 1 })
})

it('excuses rows the same where the databases hash them themselves', async () => {
  const { url: source } = await postgresDatabase(
    `CREATE TABLE t (id bigint PRIMARY KEY, name text, data jsonb); INSERT INTO t VALUES (1, 'Ann ', '[1, 2]'), (2, 'Bob', '[]')`,
  )
  const { url, client } = await postgresDatabase(
    `CREATE TABLE t (id bigint PRIMARY KEY, name text, data jsonb); INSERT INTO t VALUES (1, 'Ann', '[2, 1]'), (2, 'Bob', '[]')`,
  )
  const columns = { name: { rules: [rule({ trim: true })] }, data: { rules: [rule({ unordered: true })] } }
  const run = cutover(source, url, { tables: { t: { columns } } })
  const result = await run.verify()
  expect(result.verdict).toBe('match')
  expect(result.tables[0]).toMatchObject({ matched: 1, excused_rows: 1, hashed: 'in the database' })
  expect(result.tables[0]!.excused.map(({ rows }) => rows)).toEqual([1, 1])
  await client.query(`UPDATE t SET data = '[2, 1, 1]' WHERE id = 1`)
  expect((await run.verify()).tables[0]).toMatchObject({ changed: 1, excused_rows: 0 })
})

it('agrees where the databases hash what is equal in two ways', async () => {
  const create = (data: string) =>
    `CREATE TABLE t (id bigint PRIMARY KEY, data jsonb); INSERT INTO t VALUES (1, '${data}')`
  const { url: source } = await postgresDatabase(create('{"a": 1.0}'))
  const { url } = await postgresDatabase(create('{"a": 1}'))
  const run = cutover(source, url, { tables: { t: {} } })
  const { verdict, tables } = await run.verify()
  expect(verdict).toBe('match')
  expect(tables[0]).toMatchObject({ matched: 1, hashed: 'here' })
  expect(tables[0]!.source_checksum).toBe(tables[0]!.target_checksum)
  expect(run.gate().verdict).toBe('GO')
})
