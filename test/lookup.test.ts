import { expect, test } from 'vitest'
import { openReader } from '../src/engines/open.ts'
import { doctor } from '../src/index.ts'
import { withPair } from '../src/plan/pair.ts'
import { cutover } from './cutover.ts'
import { sqliteDatabase } from './databases.ts'

const source = (categories: string) =>
  sqliteDatabase(`
    CREATE TABLE shops (id INTEGER PRIMARY KEY);
    INSERT INTO shops VALUES (3);
    CREATE TABLE categories (id INTEGER PRIMARY KEY, name TEXT, shop INTEGER);
    INSERT INTO categories VALUES ${categories};
    CREATE TABLE items (id INTEGER PRIMARY KEY, category TEXT, shop INTEGER);
    INSERT INTO items VALUES (1, 'books', 3)`)

const target = () =>
  sqliteDatabase(`
    CREATE TABLE shops (id INTEGER PRIMARY KEY);
    CREATE TABLE categories (id INTEGER PRIMARY KEY, title TEXT, shop INTEGER);
    CREATE TABLE items (id INTEGER PRIMARY KEY, category_id INTEGER)`)

const planned = (by: object, more: object = {}) => ({
  tables: {
    shops: {},
    categories: { columns: { title: 'name', shop: { references: 'shops' } }, ...more },
    items: { columns: { category_id: { lookup: 'categories', by } } },
  },
})

test('rows are looked up by a kept id, too', async () => {
  const { migrate, verify } = cutover(
    source("(1, 'books', 2), (2, 'books', 3)"),
    target(),
    planned({ title: 'category', shop: 'shop' }),
  )
  expect((await migrate()).status).toBe('finished')
  expect((await verify()).tables.map(({ missing, extra, changed }) => missing + extra + changed)).toEqual([
    0, 0, 0,
  ])
})

test('rows are looked up by columns of the target: the name on the source is refused', async () => {
  const { migrate, plan } = cutover(source("(1, 'books', 3)"), target(), planned({ name: 'category' }))
  expect((await doctor(plan)).ready).toBe(false)
  await expect(migrate()).rejects.toMatchObject({
    code: 'plan.mapping',
    message: expect.stringMatching(/cutover\.yaml:\d+:\d+: no column "name" of table "categories" is mapped/),
  })
})

test('values several rows have are counted, and not shown where they are never to be', async () => {
  const { migrate } = cutover(
    source("(1, 'books', 2), (2, 'books', 3)"),
    target(),
    planned({ title: 'category' }, { redact: ['title'] }),
  )
  await expect(migrate()).rejects.toThrow('1 values stand for 2 rows ([redacted])')
})

test('rows that are looked up are computed once, and get an index for it', async () => {
  const merged = { merge_duplicates: { by: 'lower(name)' } }
  const { plan } = cutover(
    source("(1, 'books', 2), (2, 'Books', 3)"),
    target(),
    planned({ title: 'category' }, merged),
  )
  await withPair(plan, openReader, async ({ source: session, resolved }) => {
    const items = resolved.mappings.find(({ table }) => table === 'items')!
    const expressions = items.columns.map(({ expression }) => expression).join(', ')
    const steps = await session.query(
      `EXPLAIN QUERY PLAN SELECT ${expressions} FROM ${items.sourceRelation.from}`,
    )
    // Without it each row of one table is held against every row of the other.
    expect(steps.map(({ detail }) => detail).join('\n')).toMatch(/AUTOMATIC .*INDEX \(paritygate_by_0=\?\)/)
  })
})
