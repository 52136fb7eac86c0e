import Database from 'better-sqlite3'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LoadColumn, RejectedLine } from '../src/engines/port/rows.ts'
import type { TargetSession } from '../src/engines/port/target-session.ts'
import { findTable } from '../src/model/catalog.ts'
import type { LogicalType } from '../src/model/logical-type.ts'
import { encodeLine } from '../src/model/row-line.ts'
import { digested, type Engine, engines, readAll } from './engine.ts'

const [sqlite, postgres] = engines

/** A value by storage class and bytes; a REAL with every bit. */
const dump = `SELECT rowid AS id, typeof(v) AS class, hex(v) AS bytes, CASE typeof(v) WHEN 'real' THEN v END AS real FROM t ORDER BY rowid`

function rowsOf(file: string): unknown[] {
  const database = new Database(file, { readonly: true })
  try {
    return (database.prepare(dump).all() as { real: number | null }[]).map(row => ({
      ...row,
      real: row.real === null ? null : Buffer.from(new Float64Array([row.real]).buffer).toString('hex'),
    }))
  } finally {
    database.close()
  }
}

/** As migrate does with columns both sides declare alike. */
async function copyNative(from: string, to: TargetSession, source: Awaited<ReturnType<Engine['create']>>) {
  const reader = await source.reader()
  const names = ['id', 'v']
  const type: LogicalType = { kind: 'any' }
  const rejected: RejectedLine[] = []
  const lines = reader.read(
    { from, rowid: 'rowid', where: null },
    names.map(expression => ({ expression, type, own: type, native: true })),
  )
  await to.begin()
  const columns = names.map((name): LoadColumn => ({ name, type, native: true }))
  const written = await to.load(from, columns, lines, {
    reject: one => void rejected.push(one),
    progress: () => {},
  })
  await to.commit()
  return { written, rejected }
}

const declarations = ['', 'TEXT', 'INTEGER', 'REAL', 'NUMERIC', 'BLOB', 'DATETIME', 'JSON', 'DECIMAL(10,2)']

describe('from SQLite to SQLite, where the columns are declared alike', () => {
  test.each(declarations)('every value is stored as it was: v %s', async declared => {
    const create = `CREATE TABLE t (id INTEGER PRIMARY KEY, v ${declared})`
    const value = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.double(),
      fc.constantFrom(
        -0,
        0.1 + 0.2,
        5e-324,
        1e15,
        Number.POSITIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
        13.86,
        1e23,
      ),
      fc.string(),
      fc.constantFrom('', '7', '007', '1e3', 'a\0b', '\t\n\\N', 'é😀', '?unfit:x', 't', 'i5'),
      fc.uint8Array({ maxLength: 9 }).map(bytes => Buffer.from(bytes)),
      fc.constant(null),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { minLength: 1, maxLength: 200, size: 'max' }),
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 6 }), { maxLength: 9 }),
        async (values, texts) => {
          const source = await sqlite.create(create, database => {
            const insert = database.prepare('INSERT INTO t (v) VALUES (?)')
            for (const one of values) insert.run(one)
            // Any bytes as text, which no binding can give.
            const asText = database.prepare('INSERT INTO t (v) VALUES (CAST(? AS TEXT))')
            for (const bytes of texts) asText.run(Buffer.from(bytes))
          })
          const target = await sqlite.create(create)
          const { written, rejected } = await copyNative('t', await target.target(), source)
          expect([written, rejected]).toEqual([values.length + texts.length, []])
          expect(rowsOf(target.url)).toEqual(rowsOf(source.url))
        },
      ),
      { numRuns: 2 },
    )
  })

  test('a refused row is shown as people write its values', async () => {
    const source = await sqlite.create(`CREATE TABLE t (id INTEGER PRIMARY KEY, v);
      INSERT INTO t VALUES (1, 'one'), (2, x'0aff'), (3, 1.5), (4, CAST(x'ff' AS TEXT))`)
    const target = await sqlite.create('CREATE TABLE t (id INTEGER PRIMARY KEY CHECK (id = 0), v)')
    const { rejected } = await copyNative('t', await target.target(), source)
    expect(rejected.map(({ row }) => row.v)).toEqual(['one', '\\x0aff', '1.5', '\\xff'])
  })
})

describe('a column of SQLite that would make another number of a text', () => {
  const cases: [declared: string, type: LogicalType, field: string, stored: string | null][] = [
    ['NUMERIC(10,2)', { kind: 'decimal' }, '1.10', 'real 1.1'],
    ['NUMERIC', { kind: 'decimal' }, '-5', 'integer -5'],
    ['NUMERIC', { kind: 'decimal' }, '123456789012.345', 'real 123456789012.345'],
    ['NUMERIC', { kind: 'decimal' }, '9223372036854775807', 'integer 9223372036854775807'],
    ['NUMERIC', { kind: 'decimal' }, '12345678901234567890.12', null],
    ['NUMERIC', { kind: 'decimal' }, '0.1234567890123456789', null],
    ['NUMERIC', { kind: 'decimal' }, '100000000000000000000000', 'real 1.0e+23'],
    ['NUMERIC', { kind: 'decimal' }, '1e400', null],
    ['NUMERIC', { kind: 'decimal' }, 'NaN', 'text NaN'],
    ['TEXT', { kind: 'decimal' }, '12345678901234567890.120', 'text 12345678901234567890.120'],
    ['BIGINT', { kind: 'integer', bits: 64, unsigned: true }, '18446744073709551615', null],
    [
      'TEXT',
      { kind: 'integer', bits: 64, unsigned: true },
      '18446744073709551615',
      'text 18446744073709551615',
    ],
    ['STRING', { kind: 'text' }, '007', null],
    ['STRING', { kind: 'text' }, '1e3', null],
    ['STRING', { kind: 'text' }, '7', 'integer 7'],
    ['STRING', { kind: 'text' }, '7 pm', 'text 7 pm'],
    ['JSON', { kind: 'json', binary: true }, '1.50', 'real 1.5'],
    ['JSON', { kind: 'json', binary: true }, '12345678901234567890', null],
    ['JSON', { kind: 'json', binary: true }, '{"a":1.50}', 'text {"a":1.50}'],
    [
      'DATETIME',
      { kind: 'timestamp', precision: 6, zone: false },
      '0000-00-00 00:00:00',
      'text 0000-00-00 00:00:00',
    ],
    ['BIT', { kind: 'bits', length: 4 }, '0101', null],
    ['BIT TEXT(4)', { kind: 'bits', length: 4 }, '0101', 'text 0101'],
    ['', { kind: 'text' }, '007', 'text 007'],
    ['BLOB', { kind: 'bytes' }, '?unfit:\\\\x00', null],
    ['INTEGER', { kind: 'integer', bits: 64 }, 'seven', null],
  ]

  test.each(cases)('%s, %j, %s: %s', async (declared, type, field, stored) => {
    const target = await (await sqlite.create(`CREATE TABLE t (v ${declared})`)).target()
    const rejected: RejectedLine[] = []
    async function* one() {
      yield { bytes: Buffer.from(`${field}\n`), rows: 1 }
    }
    await target.load('t', [{ name: 'v', type }], one(), {
      reject: each => void rejected.push(each),
      progress: () => {},
    })
    const rows = await target.query(`SELECT typeof(v) || ' ' || v AS v FROM t`)
    expect(rows.map(({ v }) => v)).toEqual(stored === null ? [] : [stored])
    expect(rejected.map(({ column }) => column)).toEqual(stored === null ? ['v'] : [])
  })

  test('in a STRICT table ANY keeps text as it is', async () => {
    const target = await (await sqlite.create('CREATE TABLE t (v ANY) STRICT')).target()
    async function* one() {
      yield { bytes: Buffer.from(encodeLine(['007'])), rows: 1 }
    }
    await target.load('t', [{ name: 'v', type: { kind: 'text' } }], one(), {
      reject: ({ reason }) => expect.fail(reason),
      progress: () => {},
    })
    expect(await target.query('SELECT typeof(v) AS class, v FROM t')).toEqual([{ class: 'text', v: '007' }])
  })
})

test('what only one engine can say of a date is the same when it is read back from SQLite', async () => {
  const instants = [
    '0044-03-15 10:00:00.5 BC',
    '4714-11-24 00:00:00 BC',
    '294276-12-31 23:59:59.999999',
    '10000-01-01 00:00:00',
    'infinity',
    '-infinity',
  ]
  const source = await postgres.create(
    `CREATE TABLE t (id int, d date, m timestamp); INSERT INTO t VALUES ${instants.map((text, id) => `(${id}, '${text}', '${text}')`).join(', ')}`,
  )
  const target = await sqlite.create('CREATE TABLE t (id INTEGER, d DATE, m DATETIME)')
  const [before, after] = [await source.reader(), await target.target()]
  const columns = findTable(await before.introspect(), 't')!.columns.map(({ name, type }) => ({ name, type }))
  const fields = columns.map(({ name, type }) => ({ expression: name, type, own: type }))
  await after.begin()
  await after.load('t', columns, before.read({ from: 't', rowid: null, where: null }, fields), {
    reject: ({ reason }) => expect.fail(reason),
    progress: () => {},
  })
  await after.commit()
  const lines = await digested(before, { from: 't', rowid: null, where: null }, fields)
  expect((await digested(after, { from: 't', rowid: 'rowid', where: null }, fields)).sort()).toEqual(
    lines.sort(),
  )
  // And it can be loaded again.
  expect((await readAll(after, { from: 't', rowid: 'rowid', where: null }, fields)).sort()).toEqual(
    (await readAll(before, { from: 't', rowid: null, where: null }, fields)).sort(),
  )
})
