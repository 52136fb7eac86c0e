import { expect, test } from 'vitest'
import { dryRun } from '../src/migrate/dry-run.ts'
import { cutover } from './cutover.ts'
import { sqliteDatabase } from './databases.ts'

const source = () =>
  sqliteDatabase(`
    CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, password TEXT);
    INSERT INTO users VALUES (1, 'Ann', 'hunter2');
    CREATE TABLE pets (id INTEGER PRIMARY KEY);
    INSERT INTO pets VALUES (7)`)

const target = () =>
  sqliteDatabase(`
    CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, login TEXT);
    CREATE TABLE pets (id INTEGER PRIMARY KEY)`)

test('samples show values as people write them, between tables of one engine too, and no secret', async () => {
  const { plan, store } = cutover(source(), target(), {
    tables: { users: { columns: { login: { sql: 'upper(name)' } } } },
  })
  const { tables } = await dryRun(plan, store, {})
  expect(tables[0]!.samples).toEqual([
    {
      before: { id: '1', name: 'Ann', password: '[redacted]' },
      after: { id: '1', name: 'Ann', login: 'ANN' },
    },
  ])
})

test('a condition the source refuses is a problem of the preview; the other tables are shown', async () => {
  const { plan, store } = cutover(source(), target(), {
    tables: { users: { where: 'nosuch > 1' }, pets: {} },
  })
  const { problems, tables } = await dryRun(plan, store, {})
  expect(problems.map(({ message }) => message)).toEqual([
    'the source refuses the condition of table "users": no such column: nosuch',
  ])
  expect(tables.map(({ table, samples }) => [table, samples.length])).toEqual([
    ['users', 0],
    ['pets', 1],
  ])
})

test('a table is finished to the preview where it is to migrate', async () => {
  const [from, to] = [source(), target()]
  const tables = { pets: {} }
  const first = cutover(from, to, { tables })
  await first.migrate()
  const status = async (plan: typeof first.plan) => (await dryRun(plan, first.store, {})).tables[0]!.status
  expect(await status(first.plan)).toBe('already finished')
  const changed = cutover(from, to, { tables: { pets: { where: 'id > 0' } } })
  expect(await status(changed.plan)).toBe('to be copied')
})

test('asking for a table of another phase is told apart from a plan that maps nothing', async () => {
  const { migrate } = cutover(source(), target(), { tables: { users: {}, pets: { phase: 2 } } })
  await expect(migrate({ phases: [1], only: ['pets'] })).rejects.toMatchObject({
    code: 'usage.invalid',
    message: expect.stringContaining('--phase and --only'),
  })
})
