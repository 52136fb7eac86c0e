import { expect, test } from 'vitest'
import { doctor } from '../src/plan/doctor.ts'
import { cutover } from './cutover.ts'
import { postgresDatabase, sqliteDatabase } from './databases.ts'

const warnings = async (source: string, target: string, tables: object) => {
  const { url } = await postgresDatabase(target)
  const { findings } = await doctor(cutover(sqliteDatabase(source), url, { tables }).plan)
  return findings
    .filter(({ level }) => level === 'warning')
    .map(({ subject, message }) => `${subject} ${message}`)
}

test('a type the plan names for a column that is there with another is said to count for nothing', async () => {
  const found = await warnings(
    'CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR(9), b TEXT, c INTEGER, d TEXT)',
    'CREATE TABLE t (id bigint PRIMARY KEY, a varchar(9), b text, c integer, d json)',
    {
      t: {
        columns: {
          a: { type: 'character varying(9)' },
          b: { type: 'varchar(20)' },
          c: { type: 'int4' },
          d: { type: 'jsonb' },
        },
      },
    },
  )
  expect(found).toEqual([
    't.b is text and stays so: `type: varchar(20)` counts only where migrate creates the table; drop the table, or take the type out of the plan',
    't.d is json and stays so: `type: jsonb` counts only where migrate creates the table; drop the table, or take the type out of the plan',
  ])
})

test('a foreign key the target has lost is named, though another of as many columns leads to the same table', async () => {
  const found = await warnings(
    `CREATE TABLE p (id INTEGER PRIMARY KEY);
     CREATE TABLE t (id INTEGER PRIMARY KEY, made_by INTEGER REFERENCES p (id), read_by INTEGER REFERENCES p (id))`,
    `CREATE TABLE p (id bigint PRIMARY KEY);
     CREATE TABLE t (id bigint PRIMARY KEY, author bigint REFERENCES p (id), read_by bigint)`,
    { p: {}, t: { columns: { author: { from: 'made_by' } } } },
  )
  expect(found).toEqual(['t.read_by the source declares a foreign key to "p", the target does not'])
})

test('a foreign key that joins other columns of its parent is not the one the source declares', async () => {
  const found = await warnings(
    `CREATE TABLE p (id INTEGER PRIMARY KEY, other INTEGER UNIQUE, x INTEGER, y INTEGER, UNIQUE (x, y));
     CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER REFERENCES p (id), x INTEGER, y INTEGER, FOREIGN KEY (x, y) REFERENCES p (x, y))`,
    `CREATE TABLE p (id bigint PRIMARY KEY, other bigint UNIQUE, x bigint, y bigint, UNIQUE (x, y), UNIQUE (y, x));
     CREATE TABLE t (id bigint PRIMARY KEY, a bigint REFERENCES p (other), x bigint, y bigint, FOREIGN KEY (x, y) REFERENCES p (y, x))`,
    { p: {}, t: {} },
  )
  expect(found).toEqual([
    't.x, y the source declares a foreign key to "p", the target does not',
    't.a the source declares a foreign key to "p", the target does not',
  ])
})

test('a target table the role may not read is an error beside the others, and no defect', async () => {
  const target = await postgresDatabase('CREATE TABLE t (id bigint PRIMARY KEY); CREATE TABLE u (id bigint)')
  const role = `reader_${process.pid}_${Date.now()}`
  await target.client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT SELECT, INSERT ON u TO ${role}`)
  const url = new URL(target.url)
  url.username = role
  url.password = 'x'
  const source = sqliteDatabase('CREATE TABLE t (id INTEGER PRIMARY KEY); CREATE TABLE u (id INTEGER)')
  try {
    const { findings } = await doctor(cutover(source, url.href, { tables: { t: {}, u: {} } }).plan)
    expect(findings).toContainEqual({
      level: 'error',
      subject: 't',
      message: 'cannot be read: permission denied for table t',
    })
  } finally {
    await target.client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
  }
})

test('what the pilot would refuse is an error beside the others, with its place', async () => {
  const pilot = {
    listen: '127.0.0.1:8080',
    primary: 'http://127.0.0.1:5000',
    shadow: 'http://127.0.0.1:3000',
    rules: [{ route: 'GET /a', ignore: '$..[', reason: 'not known yet' }],
  }
  const { url } = await postgresDatabase('CREATE TABLE t (id bigint PRIMARY KEY)')
  const { plan } = cutover(sqliteDatabase('CREATE TABLE t (id INTEGER PRIMARY KEY)'), url, {
    tables: { t: {} },
    pilot,
  })
  const { ready, findings } = await doctor(plan)
  expect(ready).toBe(false)
  expect(findings.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
    expect.stringMatching(/there is no route "GET \/a".*\n.*at character \d+ of \$\.\.\[/),
  ])
})
