import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Field, LoadColumn, Session, TargetSession } from '../src/engines/port.ts'
import type { LogicalType } from '../src/model/logical-type.ts'
import { digested, engines } from './engine.ts'

const [sqlite, postgres] = engines as [(typeof engines)[0], (typeof engines)[0]]

interface Kind {
  sqlite: string
  postgres: string
  type: LogicalType
  /** SQL on SQLite, SQL on PostgreSQL, the canonical field. */
  values: [string, string, string][]
}

const same = (sql: string, canonical = sql): [string, string, string] => [sql, sql, canonical]

const kinds: Kind[] = [
  {
    sqlite: 'BOOLEAN',
    postgres: 'boolean',
    type: { kind: 'boolean' },
    values: [
      ['1', 'true', 't'],
      [`'false'`, 'false', 'f'],
      [`'Y'`, 'true', 't'],
      ['NULL', 'NULL', '\\N'],
    ],
  },
  {
    sqlite: 'INTEGER',
    postgres: 'bigint',
    type: { kind: 'integer', bits: 64 },
    values: [same('-9223372036854775808'), same('0'), [`' +7 '`, '7', '7'], ['1e3', '1000', '1000']],
  },
  {
    sqlite: 'REAL',
    postgres: 'numeric(20,0)',
    type: { kind: 'decimal', precision: 20, scale: 0 },
    values: [
      ['1e15', '1e15', '1000000000000000'],
      ['999999999999999.0', '999999999999999', '999999999999999'],
      ['1e18', '1e18', '1000000000000000000'],
    ],
  },
  {
    sqlite: 'NUMERIC(10,2)',
    postgres: 'numeric(10,2)',
    type: { kind: 'decimal', precision: 10, scale: 2 },
    values: [
      ['1.50', '1.50', '1.5'],
      ['4.62 * 3', '13.86', '13.86'],
      ['100', '100', '100'],
      [`'7.10'`, '7.10', '7.1'],
      ['-0.0', '0', '0'],
      ['0.07', '0.07', '0.07'],
    ],
  },
  {
    sqlite: 'TEXT',
    postgres: 'numeric',
    type: { kind: 'decimal' },
    values: [
      [`'12345678901234567890.120'`, '12345678901234567890.12', '12345678901234567890.12'],
      [`'1e-20'`, '1e-20', '0.00000000000000000001'],
      [`'NaN'`, `'NaN'`, 'NaN'],
    ],
  },
  {
    sqlite: 'REAL',
    postgres: 'double precision',
    type: { kind: 'float', bits: 64 },
    values: [
      ['0.1', '0.1', '0.1'],
      ['0.1 + 0.2', `'0.30000000000000004'`, '0.30000000000000004'],
      ['-0.0', `'-0'`, '0'],
      ['9e999', `'Infinity'`, 'Infinity'],
      ['1e15', '1e15', '1e+15'],
      ['1e23', '1e23', '9.999999999999999e+22'],
      ['5', '5', '5'],
      ['1e-5', '1e-5', '1e-05'],
      same(`'NaN'`, 'NaN'),
      ['-9e999', `'-Infinity'`, '-Infinity'],
    ],
  },
  {
    sqlite: 'REAL',
    postgres: 'real',
    type: { kind: 'float', bits: 32 },
    values: [
      ['0.1', '0.1', '0.1'],
      ['16777216', '16777216', '1.6777216e+07'],
      ['1.1e10', '1.1e10', '1.1000001e+10'],
      same(`'NaN'`, 'NaN'),
    ],
  },
  {
    sqlite: 'TEXT',
    postgres: 'text',
    type: { kind: 'text' },
    values: [same(`' a '`, ' a '), same(`''`, ''), same(`'é😀'`, 'é😀'), [`'7'`, `'7'`, '7']],
  },
  {
    sqlite: 'CHAR(5)',
    postgres: 'char(5)',
    type: { kind: 'text', length: 5, padded: true },
    values: [same(`'ab'`, 'ab'), [`'ab   '`, `'ab'`, 'ab'], same(`''`, '')],
  },
  {
    sqlite: 'BLOB',
    postgres: 'bytea',
    type: { kind: 'bytes' },
    values: [
      [`x'00ff5c'`, `'\\x00ff5c'`, '\\\\x00ff5c'],
      [`x''`, `''`, '\\\\x'],
    ],
  },
  {
    sqlite: 'TEXT',
    postgres: 'uuid',
    type: { kind: 'uuid' },
    values: ['A0EEBC999C0B4EF8BB6D6BB9BD380A11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'].map(text => [
      `'${text}'`,
      `'${text}'`,
      'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
    ]),
  },
  {
    sqlite: 'BLOB',
    postgres: 'uuid',
    type: { kind: 'uuid' },
    values: [
      [
        `x'a0eebc999c0b4ef8bb6d6bb9bd380a11'`,
        `'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'`,
        'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      ],
    ],
  },
  {
    sqlite: 'TEXT',
    postgres: 'mood',
    type: { kind: 'enum', name: 'mood', labels: ['sad', 'ok'] },
    values: [same(`'sad'`, 'sad')],
  },
  {
    sqlite: 'DATE',
    postgres: 'date',
    type: { kind: 'date' },
    values: [
      same(`'2024-02-29'`, '2024-02-29'),
      ['1709164800000', `'2024-02-29'`, '2024-02-29'],
      [`'2024-02-29T00:00:00Z'`, `'2024-02-29'`, '2024-02-29'],
      same(`'0001-01-01'`, '0001-01-01'),
      same(`'infinity'`, 'infinity'),
    ],
  },
  {
    sqlite: 'TIME',
    postgres: 'time(3)',
    type: { kind: 'time', precision: 3 },
    values: [
      same(`'10:00'`, '10:00:00'),
      same(`'23:59:59.9996'`, '24:00:00'),
      same(`'10:00:00.120'`, '10:00:00.12'),
    ],
  },
  {
    sqlite: 'DATETIME',
    postgres: 'timestamp(3)',
    type: { kind: 'timestamp', precision: 3, zone: false },
    values: [
      ['1700000000120', `'2023-11-14 22:13:20.12'`, '2023-11-14 22:13:20.12'],
      ['-62135596800000', `'0001-01-01'`, '0001-01-01 00:00:00'],
      ['-1', `'1969-12-31 23:59:59.999'`, '1969-12-31 23:59:59.999'],
      [`'2024-01-01T00:00:00+02:00'`, `'2023-12-31 22:00'`, '2023-12-31 22:00:00'],
      [`'2024-01-01 10:00:00'`, `'2024-01-01 10:00:00'`, '2024-01-01 10:00:00'],
      [`'2024-01-01'`, `'2024-01-01'`, '2024-01-01 00:00:00'],
    ],
  },
  {
    sqlite: 'DATETIME',
    postgres: 'timestamptz',
    type: { kind: 'timestamp', precision: 6, zone: true },
    values: [
      [
        `'2024-01-01T00:00:00.123456+05:30'`,
        `'2024-01-01 00:00:00.123456+05:30'`,
        '2023-12-31 18:30:00.123456',
      ],
      ['253402300799999', `'9999-12-31 23:59:59.999Z'`, '9999-12-31 23:59:59.999'],
      same(`'-infinity'`, '-infinity'),
    ],
  },
  {
    sqlite: 'TEXT',
    postgres: 'jsonb',
    type: { kind: 'json', binary: true },
    values: [
      [`'{"b": 1.0, "a": 1e2, "b": 2}'`, `'{"b": 1.0, "a": 1e2, "b": 2}'`, '{"a":100,"b":2}'],
      [`'"\\u00e9\\n"'`, `'"é\\n"'`, '"é\\\\n"'],
      ['12', `'12'`, '12'],
    ],
  },
  {
    sqlite: 'JSON',
    postgres: 'json',
    type: { kind: 'json', binary: false },
    values: [
      [`jsonb('[1, 2.50]')`, `'[1, 2.50]'`, '[1,2.5]'],
      [`'{"a":"\\t"}'`, `'{"a":"\\t"}'`, '{"a":"\\\\t"}'],
    ],
  },
  {
    sqlite: 'TEXT',
    postgres: 'inet',
    type: { kind: 'other', name: 'inet' },
    values: [same(`'10.0.0.1'`, '10.0.0.1')],
  },
  {
    sqlite: '',
    postgres: 'text',
    type: { kind: 'any' },
    values: [
      ['1', `'1'`, '1'],
      ['1.5', `'1.5'`, '1.5'],
      [`'1'`, `'1'`, '1'],
      [`x'ff'`, `'\\xff'`, '\\\\xff'],
      ['NULL', 'NULL', '\\N'],
    ],
  },
]

const mood = `CREATE TYPE mood AS ENUM ('sad', 'ok')`
const columns = (type: LogicalType): LoadColumn[] => [
  { name: 'id', type: { kind: 'integer', bits: 64 } },
  { name: 'v', type },
]
const fieldsOf = (type: LogicalType): Field[] =>
  columns(type).map(({ name: expression, type: own }) => ({ expression, type: own }))
const relation = (rowid: string | null) => ({ from: 't', rowid, where: null })

/** Both databases with the values of a kind, each as its own application would hold them. */
async function filled(kind: Kind) {
  const rows = (side: 0 | 1) => kind.values.map((value, index) => `(${index}, ${value[side]})`).join(', ')
  return {
    legacy: await sqlite.create(
      `CREATE TABLE t (id INTEGER, v ${kind.sqlite}); INSERT INTO t VALUES ${rows(0)}`,
    ),
    modern: await postgres.create(
      `${mood}; CREATE TABLE t (id bigint, v ${kind.postgres}); INSERT INTO t VALUES ${rows(1)}`,
    ),
  }
}

async function transfer(source: Session, rowid: string | null, target: TargetSession, type: LogicalType) {
  await target.begin()
  const written = await target.load('t', columns(type), source.read(relation(rowid), fieldsOf(type)), {
    reject: ({ reason }) => expect.fail(reason),
    progress: () => {},
  })
  await target.commit()
  return written
}

const named = kinds.map(
  kind => [`${kind.type.kind}: ${kind.sqlite || 'no type'} and ${kind.postgres}`, kind] as const,
)

describe('the same value has the same line on both engines', () => {
  test.each(named)('%s', async (_, kind) => {
    const { legacy, modern } = await filled(kind)
    const expected = kind.values
      .map((value, index) => Buffer.from(`${index}\t${value[2]}`).toString('latin1'))
      .sort()
    const before = await digested(await legacy.reader(), relation('rowid'), fieldsOf(kind.type))
    const after = await digested(await modern.reader(), relation(null), fieldsOf(kind.type))
    expect(before.sort()).toEqual(expected)
    expect(after.sort()).toEqual(expected)
  })

  test.each(named)('and keeps it when it moves to the other: %s', async (_, kind) => {
    const { legacy, modern } = await filled(kind)
    await modern.run('TRUNCATE t')
    const source = await legacy.reader()
    const expected = (await digested(source, relation('rowid'), fieldsOf(kind.type))).sort()
    const target = await modern.target()
    expect(await transfer(source, 'rowid', target, kind.type)).toBe(kind.values.length)
    expect((await digested(target, relation(null), fieldsOf(kind.type))).sort()).toEqual(expected)
    // And back, into the table SQLite would be given for it.
    const back = await (await sqlite.create()).target()
    await back.execute(back.dialect.createTable((await target.introspect()).tables[0]!).sql)
    expect(await transfer(target, null, back, kind.type)).toBe(kind.values.length)
    expect((await digested(back, relation('rowid'), fieldsOf(kind.type))).sort()).toEqual(expected)
  })

  test('REALs that are no decimal of the declared digits keep every bit', async () => {
    const reals = ['1.2345678901234567', '1.2345678901234563', '1.2345678901234570']
    const side = await sqlite.create(
      `CREATE TABLE t (id INTEGER, v NUMERIC(10, 2)); INSERT INTO t VALUES ${reals.map(real => `(1, ${real})`).join(', ')}`,
    )
    const type: LogicalType = { kind: 'decimal', precision: 10, scale: 2 }
    const lines = await digested(await side.reader(), relation('rowid'), fieldsOf(type))
    expect(new Set(lines).size).toBe(reals.length)
  })

  test('no kind of value is left out', () => {
    const every: Record<LogicalType['kind'], true> = {
      boolean: true,
      integer: true,
      decimal: true,
      float: true,
      text: true,
      bytes: true,
      uuid: true,
      enum: true,
      date: true,
      time: true,
      timestamp: true,
      json: true,
      other: true,
      any: true,
    }
    expect([...new Set(kinds.map(kind => kind.type.kind))].sort()).toEqual(Object.keys(every).sort())
  })

  test('floats, decimals and epoch milliseconds of any size', async () => {
    const side = await postgres.create('CREATE TABLE t (f float8, s real, d numeric, m timestamp)')
    const target = await side.reader()
    const row = fc.tuple(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.tuple(fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }), fc.integer({ min: 0, max: 10 })),
      fc.bigInt({ min: -62_135_596_800_000n, max: 253_402_300_799_999n }),
    )
    const fields: Field[] = [
      { expression: 'f', type: { kind: 'float', bits: 64 } },
      { expression: 's', type: { kind: 'float', bits: 32 } },
      { expression: 'd', type: { kind: 'decimal', precision: 25, scale: 10 } },
      { expression: 'm', type: { kind: 'timestamp', precision: 3, zone: false } },
    ]
    await target.close()
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 400, size: 'max' }), async rows => {
        const source = await sqlite.create(
          'CREATE TABLE t (f REAL, s REAL, d REAL, m DATETIME)',
          database => {
            const insert = database.prepare('INSERT INTO t VALUES (?, ?, CAST(? AS REAL), ?)')
            for (const [f, s, [digits, scale], m] of rows) insert.run(f, s, `${digits}e-${scale}`, m)
          },
        )
        const epoch = (m: bigint) =>
          `timestamp '1970-01-01' + ${m / 86_400_000n} * interval '1 day' + interval '${m % 86_400_000n} milliseconds'`
        const literals = rows.map(
          ([f, s, [digits, scale], m]) =>
            `('${f}'::float8, '${s}'::float8::real, ${digits}e-${scale}, ${epoch(m)})`,
        )
        await side.run(`TRUNCATE t; INSERT INTO t VALUES ${literals.join(', ')}`)
        const before = await source.reader()
        const after = await side.reader()
        const lines = await digested(before, { from: 't', rowid: 'rowid', where: null }, fields)
        expect(lines.sort()).toEqual(
          (await digested(after, { from: 't', rowid: null, where: null }, fields)).sort(),
        )
        await before.close()
        await after.close()
      }),
      { numRuns: 8 },
    )
  })
})
