import { describe, expect, test } from 'vitest'
import { buildReport, doctor, renderings } from '../src/index.ts'
import { cutover } from './cutover.ts'
import { engines } from './engine.ts'
import { inWords, namespace, probe } from './mapping-databases.ts'

const schema = `
  CREATE TABLE users (id :int NOT NULL PRIMARY KEY, email :key, born :date, token :text, boss :int);
  INSERT INTO users VALUES (1, 'a', NULL, 't', NULL);
  CREATE TABLE pay_new (id :int NOT NULL PRIMARY KEY, person :int, amount :int, note :text);
  INSERT INTO pay_new VALUES (1, 1, 5, 'n');
  CREATE TABLE pay_old (no :int NOT NULL PRIMARY KEY, who :int, cents :int, kind :key, memo :text);
  INSERT INTO pay_old VALUES (2, 1, 500, 'ok', 'm');
  CREATE TABLE sales (id :int NOT NULL PRIMARY KEY, region :key, amount :int, month :int, remark :text);
  INSERT INTO sales VALUES (1, 'n', 5, 1, 'c');
  CREATE TABLE regions (code :key NOT NULL PRIMARY KEY, label :key, hidden :key);
  INSERT INTO regions VALUES ('n', 'North', 'h');
  CREATE TABLE events (id :int NOT NULL PRIMARY KEY, title :text);
  INSERT INTO events VALUES (1, 'e');
  CREATE TABLE logs (id :int NOT NULL PRIMARY KEY);
  INSERT INTO logs VALUES (1);
  CREATE TABLE staged (id :int NOT NULL PRIMARY KEY);
  INSERT INTO staged VALUES (1);
  CREATE TABLE forgotten (id :int NOT NULL PRIMARY KEY);
  INSERT INTO forgotten VALUES (1)`

const plan = {
  namespace,
  phases: { 0: { stage: { schema: 'old', tables: ['staged'] } } },
  tables: {
    users: {
      columns: { id: { id: 'users' }, email: { json: { address: 'email' } }, token: { sql: "'x' -- token" } },
      merge_duplicates: { by: 'lower(email)', survivor: 'born' },
    },
    payments: {
      union: [
        { from: 'pay_new', columns: { id: 'id', amount: 'amount', person: 'person' } },
        {
          sql: "SELECT no AS id, cents / 100 AS amount, who AS person FROM pay_old WHERE kind = 'ok'",
          name: 'old',
        },
      ],
      columns: { person_id: { id: 'users', of: 'person' } },
      key: ['id'],
    },
    totals: {
      sql: `SELECT r.label AS region, sum(s.amount) AS amount, min(s.month) AS first_month, 'hidden' AS kind
        FROM sales s JOIN regions r ON r.code = s.region GROUP BY r.label /* remark hidden */`,
      key: ['region'],
    },
  },
  archive: ['events'],
  ignore: { logs: 'kept for a month', 'users.boss': 'nobody asked for it' },
}

const missing = [
  'forgotten',
  'pay_new.note',
  'pay_old.memo',
  'regions.hidden',
  'sales.id',
  'sales.remark',
  'staged',
  'totals: first_month',
  'totals: kind',
  'users.born',
  'users.token',
]

for (const { name, noServer } of engines) {
  describe.skipIf(noServer)(name, () => {
    test('every table and column of the source is mapped, archived, ignored, or named', async () => {
      const before = await probe(name, inWords(name, schema))
      const after = await probe(
        'postgres',
        `CREATE TABLE users (id uuid PRIMARY KEY, email jsonb, token text);
         CREATE TABLE payments (id integer PRIMARY KEY, amount integer, person_id uuid);
         CREATE TABLE totals (region text PRIMARY KEY, amount numeric)`,
      )
      const run = cutover(before.url, after.url, plan)
      const { findings } = await doctor(run.plan)
      expect(
        findings.filter(({ level, message }) => level === 'error' && !message.startsWith('not covered')),
      ).toEqual([])
      const warned = findings.filter(({ message }) => message.startsWith('not covered'))
      expect(warned.map(({ subject }) => subject).sort()).toEqual(missing)
      const migrated = await run.migrate()
      expect(migrated.not_covered.map(({ subject }) => subject).sort()).toEqual(missing)
      const verified = await run.verify()
      expect(verified.not_covered.map(({ subject }) => subject).sort()).toEqual(missing)
      expect(verified.verdict).toBe('inconclusive')
      expect(run.gate().verdict).toBe('INCONCLUSIVE')
      const report = buildReport(run.plan, run.store)
      for (const form of ['html', 'md', 'json'] as const) {
        const text = renderings[form](report)
        for (const subject of missing) expect(text, `${form} without ${subject}`).toContain(subject)
      }
      const again = await run.migrate()
      expect(again.status).toBe('nothing to do')
      expect(again.not_covered.map(({ subject }) => subject).sort()).toEqual(missing)
    })
  })
}

test('what a query leaves out is named where it needs the key of its table, too', async () => {
  const before = await probe(
    'postgres',
    `CREATE TABLE users (id integer PRIMARY KEY, name text, hidden text, town text); INSERT INTO users VALUES (1, 'a', 'h', 't')`,
  )
  const after = await probe('postgres', 'CREATE TABLE names (name text PRIMARY KEY, n bigint)')
  const run = cutover(before.url, after.url, {
    tables: {
      names: {
        sql: "SELECT u.name, count(*) AS n FROM users u WHERE town <> 'hidden' GROUP BY u.id",
        key: ['name'],
      },
    },
  })
  expect((await run.migrate()).not_covered.map(({ subject }) => subject)).toEqual(['users.hidden'])
})

test.skipIf(engines[2].noServer)('what MySQL takes for a text names no column', async () => {
  const before = await probe(
    'mysql',
    `CREATE TABLE users (id int PRIMARY KEY, name text, token text, pin text, note text); INSERT INTO users VALUES (1, 'a', 't', 'p', 'n')`,
  )
  const after = await probe('postgres', 'CREATE TABLE users (id integer PRIMARY KEY, name text)')
  const run = cutover(before.url, after.url, {
    tables: { users: { columns: { name: { sql: "concat(\"token\", 'it\\'s pin', name) # note" } } } },
  })
  expect((await run.migrate()).not_covered.map(({ subject }) => subject)).toEqual([
    'users.token',
    'users.pin',
    'users.note',
  ])
  expect(await after.rows('SELECT name FROM users')).toEqual([["tokenit's pina"]])
})
