import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Field, LoadColumn } from '../src/engines/port/rows.ts'
import type { Session } from '../src/engines/port/session.ts'
import type { TargetSession } from '../src/engines/port/target-session.ts'
import { type Catalog, type Column, findTable } from '../src/model/catalog.ts'
import type { LogicalType } from '../src/model/logical-type.ts'
import { comparisonType } from '../src/plan/comparison.ts'
import { describeEngines, digested, type Engine, engines, type Side } from './engine.ts'

const [sqlite, postgres, mysql] = engines

interface Kind {
  type: LogicalType
  /** The column's declaration in each engine; null where it has no such type. */
  sqlite: string
  postgres: string
  mysql: string | null
  values: Value[]
}

/** The same value in the words of each engine, null where it cannot hold it, and its canonical field. */
interface Value {
  sqlite: string
  postgres: string
  mysql: string | null
  canonical: string
}

const value = (sqlite: string, postgres: string, mysql: string | null, canonical: string): Value => ({
  sqlite,
  postgres,
  mysql,
  canonical,
})
const same = (sql: string, canonical = sql) => value(sql, sql, sql, canonical)
/** MySQL has no such value. */
const notInMysql = (sqlite: string, postgres: string, canonical: string) =>
  value(sqlite, postgres, null, canonical)

const kinds: Kind[] = [
  {
    type: { kind: 'boolean' },
    sqlite: 'BOOLEAN',
    postgres: 'boolean',
    mysql: 'boolean',
    values: [
      value('1', 'true', 'true', 't'),
      value('0', 'false', '0', 'f'),
      value('NULL', 'NULL', 'NULL', '\\N'),
    ],
  },
  {
    type: { kind: 'boolean' },
    sqlite: 'BOOLEAN',
    postgres: 'boolean',
    mysql: null,
    values: [notInMysql(`'false'`, 'false', 'f'), notInMysql(`'Y'`, 'true', 't')],
  },
  {
    type: { kind: 'integer', bits: 64 },
    sqlite: 'INTEGER',
    postgres: 'bigint',
    mysql: 'bigint',
    values: [
      same('-9223372036854775808'),
      same('0'),
      value(`' +7 '`, '7', '7', '7'),
      value('1e3', '1000', '1000', '1000'),
    ],
  },
  {
    type: { kind: 'decimal', precision: 20, scale: 0 },
    sqlite: 'TEXT',
    postgres: 'numeric(20,0)',
    mysql: 'bigint unsigned',
    values: [
      same('0'),
      value(`'18446744073709551615'`, '18446744073709551615', '18446744073709551615', '18446744073709551615'),
    ],
  },
  {
    type: { kind: 'decimal', precision: 20, scale: 0 },
    sqlite: 'REAL',
    postgres: 'numeric(20,0)',
    mysql: 'decimal(20,0)',
    values: [
      same('1e15', '1000000000000000'),
      value('999999999999999.0', '999999999999999', '999999999999999', '999999999999999'),
      same('1e18', '1000000000000000000'),
    ],
  },
  {
    type: { kind: 'decimal', precision: 10, scale: 2 },
    sqlite: 'NUMERIC(10,2)',
    postgres: 'numeric(10,2)',
    mysql: 'decimal(10,2)',
    values: [
      same('1.50', '1.5'),
      value('4.62 * 3', '13.86', '13.86', '13.86'),
      same('100'),
      value(`'7.10'`, '7.10', '7.10', '7.1'),
      value('-0.0', '0', '-0.0', '0'),
      same('-0.5'),
      same('0.07'),
    ],
  },
  {
    type: { kind: 'decimal' },
    sqlite: 'TEXT',
    postgres: 'numeric',
    mysql: 'decimal(65,20)',
    values: [
      value(
        `'12345678901234567890.120'`,
        '12345678901234567890.12',
        '12345678901234567890.12',
        '12345678901234567890.12',
      ),
      value(`'1e-20'`, '1e-20', '0.00000000000000000001', '0.00000000000000000001'),
      notInMysql(`'NaN'`, `'NaN'`, 'NaN'),
    ],
  },
  {
    type: { kind: 'float', bits: 64 },
    sqlite: 'REAL',
    postgres: 'double precision',
    mysql: 'double',
    values: [
      same('0.1'),
      value('0.1 + 0.2', `'0.30000000000000004'`, '0.1e0 + 0.2e0', '0.30000000000000004'),
      value('-0.0', `'-0'`, '-0e0', '0'),
      same('1e15', '1e+15'),
      same('1e23', '9.999999999999999e+22'),
      same('5e-324', '5e-324'),
      same('1.7976931348623157e308', '1.7976931348623157e+308'),
      same('5'),
      same('1e-5', '1e-05'),
      notInMysql('9e999', `'Infinity'`, 'Infinity'),
      notInMysql(`'NaN'`, `'NaN'`, 'NaN'),
      notInMysql('-9e999', `'-Infinity'`, '-Infinity'),
    ],
  },
  {
    type: { kind: 'float', bits: 32 },
    sqlite: 'REAL',
    postgres: 'real',
    mysql: 'float',
    values: [
      value('0.5', '0.5', '0.5', '0.5'),
      same('16777216', '1.6777216e+07'),
      value('0.10000000149011612', '0.1', '0.1', '0.1'),
      value('1.1000001e10', '1.1000001e10', '1.1000001e10', '1.1000001e+10'),
      notInMysql(`'NaN'`, `'NaN'`, 'NaN'),
    ],
  },
  {
    type: { kind: 'text' },
    sqlite: 'TEXT',
    postgres: 'text',
    mysql: 'text',
    values: [
      same(`' a '`, ' a '),
      same(`''`, ''),
      same(`'é😀'`, 'é😀'),
      same(`'7'`, '7'),
      same(`'A\\b\t'`, 'A\\\\b\\t'),
      same(`'?unfit:x'`, '?unfit:x'),
    ],
  },
  {
    type: { kind: 'text', length: 5, padded: true },
    sqlite: 'CHAR(5)',
    postgres: 'char(5)',
    mysql: 'char(5)',
    values: [same(`'ab'`, 'ab'), value(`'ab   '`, `'ab'`, `'ab '`, 'ab'), same(`''`, '')],
  },
  {
    type: { kind: 'bytes' },
    sqlite: 'BLOB',
    postgres: 'bytea',
    mysql: 'blob',
    values: [
      value(`x'00ff5c'`, `'\\x00ff5c'`, `x'00ff5c'`, '\\\\x00ff5c'),
      value(`x''`, `''`, `x''`, '\\\\x'),
      value(`x'27220a0d1a'`, `'\\x27220a0d1a'`, `x'27220a0d1a'`, '\\\\x27220a0d1a'),
    ],
  },
  {
    type: { kind: 'uuid' },
    sqlite: 'TEXT',
    postgres: 'uuid',
    mysql: 'char(36)',
    values: ['A0EEBC999C0B4EF8BB6D6BB9BD380A11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'].map(text =>
      same(`'${text}'`, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'),
    ),
  },
  {
    type: { kind: 'uuid' },
    sqlite: 'BLOB',
    postgres: 'uuid',
    mysql: 'binary(16)',
    values: [
      value(
        `x'a0eebc999c0b4ef8bb6d6bb9bd380a11'`,
        `'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'`,
        `x'a0eebc999c0b4ef8bb6d6bb9bd380a11'`,
        'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      ),
    ],
  },
  {
    type: { kind: 'bits', length: 5 },
    sqlite: 'TEXT',
    postgres: 'bit(5)',
    mysql: 'bit(5)',
    values: [value(`'00101'`, `B'00101'`, `b'101'`, '00101'), value(`'00000'`, `B'00000'`, '0', '00000')],
  },
  {
    type: { kind: 'enum', name: 'mood', labels: ['sad', 'ok'] },
    sqlite: 'TEXT',
    postgres: 'mood',
    mysql: `enum('sad', 'ok')`,
    values: [same(`'sad'`, 'sad')],
  },
  {
    type: { kind: 'set', labels: ['w', 'r'] },
    sqlite: 'TEXT',
    postgres: 'text',
    mysql: `set('w', 'r')`,
    values: [same(`'w,r'`, 'r,w'), same(`'w'`, 'w'), same(`''`, '')],
  },
  {
    type: { kind: 'date' },
    sqlite: 'DATE',
    postgres: 'date',
    mysql: 'date',
    values: [
      same(`'2024-02-29'`, '2024-02-29'),
      value('1709164800000', `'2024-02-29'`, `'2024-02-29'`, '2024-02-29'),
      value(`'2024-02-29T00:00:00Z'`, `'2024-02-29'`, `'2024-02-29'`, '2024-02-29'),
      same(`'0001-01-01'`, '0001-01-01'),
      same(`'9999-12-31'`, '9999-12-31'),
      notInMysql(`'infinity'`, `'infinity'`, 'infinity'),
    ],
  },
  {
    type: { kind: 'time', precision: 3 },
    sqlite: 'TIME',
    postgres: 'time(3)',
    mysql: 'time(3)',
    values: [
      same(`'10:00'`, '10:00:00'),
      same(`'00:00:00'`, '00:00:00'),
      same(`'23:59:59.999'`, '23:59:59.999'),
      same(`'10:00:00.120'`, '10:00:00.12'),
    ],
  },
  {
    type: { kind: 'time', precision: 6, span: true },
    sqlite: 'TEXT',
    postgres: 'interval',
    mysql: 'time(6)',
    values: [
      same(`'-838:59:59'`, '-838:59:59'),
      same(`'100:00:00'`, '100:00:00'),
      same(`'00:00:00.5'`, '00:00:00.5'),
      same(`'-00:00:01'`, '-00:00:01'),
    ],
  },
  {
    type: { kind: 'timestamp', precision: 3, zone: false },
    sqlite: 'DATETIME',
    postgres: 'timestamp(3)',
    mysql: 'datetime(3)',
    values: [
      value(
        '1700000000120',
        `'2023-11-14 22:13:20.12'`,
        `'2023-11-14 22:13:20.12'`,
        '2023-11-14 22:13:20.12',
      ),
      value('-62135596800000', `'0001-01-01'`, `'0001-01-01'`, '0001-01-01 00:00:00'),
      value('-1', `'1969-12-31 23:59:59.999'`, `'1969-12-31 23:59:59.999'`, '1969-12-31 23:59:59.999'),
      value(`'2024-01-01T00:00:00+02:00'`, `'2023-12-31 22:00'`, `'2023-12-31 22:00'`, '2023-12-31 22:00:00'),
      same(`'2024-01-01 10:00:00'`, '2024-01-01 10:00:00'),
      same(`'2024-01-01'`, '2024-01-01 00:00:00'),
    ],
  },
  {
    type: { kind: 'timestamp', precision: 6, zone: true },
    sqlite: 'DATETIME',
    postgres: 'timestamptz',
    mysql: 'timestamp(6)',
    values: [
      value(
        `'2024-01-01T00:00:00.123456+05:30'`,
        `'2024-01-01 00:00:00.123456+05:30'`,
        `'2023-12-31 18:30:00.123456'`,
        '2023-12-31 18:30:00.123456',
      ),
      value('2147483647000', `'2038-01-19 03:14:07Z'`, `'2038-01-19 03:14:07'`, '2038-01-19 03:14:07'),
      notInMysql('253402300799999', `'9999-12-31 23:59:59.999Z'`, '9999-12-31 23:59:59.999'),
      notInMysql(`'-infinity'`, `'-infinity'`, '-infinity'),
    ],
  },
  {
    type: { kind: 'json', binary: true },
    sqlite: 'TEXT',
    postgres: 'jsonb',
    mysql: 'json',
    values: [
      same(`'{"b": 1.0, "a": 1e2, "aa": [true, null]}'`, '{"a":100,"aa":[true,null],"b":1}'),
      same(`'"\\u00e9\\n"'`, '"é\\\\n"'),
      same(`'12'`, '12'),
      same(`'null'`, 'null'),
    ],
  },
  {
    type: { kind: 'json', binary: false },
    sqlite: 'JSON',
    postgres: 'json',
    mysql: 'json',
    values: [
      value(`jsonb('[1, 2.50]')`, `'[1, 2.50]'`, `'[1, 2.50]'`, '[1,2.5]'),
      same(`'{"a":"\\t"}'`, '{"a":"\\\\t"}'),
    ],
  },
  {
    type: { kind: 'array', element: 'integer' },
    sqlite: 'TEXT',
    postgres: 'integer[]',
    mysql: null,
    values: [notInMysql(`'[1, null, 3]'`, `'{1,NULL,3}'`, '{1,NULL,3}'), notInMysql(`'[]'`, `'{}'`, '{}')],
  },
  {
    type: { kind: 'other', name: 'inet' },
    sqlite: 'TEXT',
    postgres: 'inet',
    mysql: 'varchar(43)',
    values: [same(`'10.0.0.1'`, '10.0.0.1')],
  },
  {
    type: { kind: 'any' },
    sqlite: '',
    postgres: 'text',
    mysql: 'text',
    values: [
      value('1', `'1'`, `'1'`, '1'),
      value('1.5', `'1.5'`, `'1.5'`, '1.5'),
      same(`'1'`, '1'),
      same('NULL', '\\N'),
    ],
  },
]

const named = kinds.map((kind, index) => ({
  ...kind,
  table: `kind_${index}`,
  title: `${kind.type.kind}: ${kind.sqlite || 'no type'}, ${kind.postgres}, ${kind.mysql ?? 'none in MySQL'}`,
}))
type Named = (typeof named)[number]

/** A database with a table for each kind of value the engine has, `rows` of which are filled. */
async function filled({ name, create }: Engine, rows: (value: Value) => boolean): Promise<Side> {
  const statements = named.flatMap(kind => {
    if (kind[name] === null) return []
    const values = kind.values.flatMap((value, id) => (rows(value) ? [`(${id}, ${value[name]})`] : []))
    const key = name === 'sqlite' ? 'INTEGER' : 'bigint'
    const table = `CREATE TABLE ${kind.table} (id ${key}, v ${kind[name]})`
    return values.length > 0 ? [table, `INSERT INTO ${kind.table} VALUES ${values.join(', ')}`] : [table]
  })
  const mood = name === 'postgres' ? [`CREATE TYPE mood AS ENUM ('sad', 'ok')`] : []
  return create([...mood, ...statements].join(';\n'))
}

interface Opened {
  session: Session
  catalog: Catalog
}

const opened = async (session: Session): Promise<Opened> => ({ session, catalog: await session.introspect() })

function columnsOf({ catalog }: Opened, table: string): [id: Column, v: Column] {
  return findTable(catalog, table)!.columns as [Column, Column]
}

/** The fields of one side in the types of another. */
function fieldsOf(side: Opened, table: string, types: LogicalType[], native = false): Field[] {
  return columnsOf(side, table).map(({ name, type: own }, index) => ({
    expression: side.session.dialect.quote(name),
    type: types[index]!,
    own,
    native,
  }))
}

const relation = ({ catalog, session }: Opened, table: string) => ({
  from: session.dialect.table(catalog.schema, table),
  rowid: findTable(catalog, table)!.rowid,
  where: null,
})

async function linesOf(side: Opened, table: string, types: LogicalType[]): Promise<string[]> {
  return (await digested(side.session, relation(side, table), fieldsOf(side, table, types))).sort()
}

const integer: LogicalType = { kind: 'integer', bits: 64 }

describeEngines('every kind of value in $name', engine => {
  test('has its canonical form', async () => {
    const has = (value: Value) => value[engine.name] !== null
    const side = await opened(await (await filled(engine, has)).reader())
    for (const kind of named.filter(one => one[engine.name] !== null)) {
      const lines = kind.values.flatMap((value, id) => (has(value) ? [`${id}\t${value.canonical}`] : []))
      const expected = lines.map(line => Buffer.from(line).toString('latin1')).sort()
      expect.soft(await linesOf(side, kind.table, [integer, kind.type]), kind.title).toEqual(expected)
    }
  })
})

const pairs = engines.flatMap(from => engines.map(to => [from, to] as const))

describe.each(pairs)('every kind of value, from $0.name to $1.name', (from, to) => {
  const both = (value: Value) => value[from.name] !== null && value[to.name] !== null
  const shared = named.filter(kind => kind[from.name] !== null && kind[to.name] !== null)
  const noServer = from.noServer || to.noServer

  test.skipIf(noServer)('is the same on both sides, and stays the same when it is moved', async () => {
    const source = await opened(await (await filled(from, both)).reader())
    const byHand = await opened(await (await filled(to, both)).reader())
    const target = await opened(await (await filled(to, () => false)).target())
    for (const kind of shared) {
      const types = columnsOf(source, kind.table).map((own, index) =>
        withRounding(comparisonType(own, columnsOf(byHand, kind.table)[index]!), byHand.catalog),
      )
      const expected = await linesOf(source, kind.table, types)
      expect.soft(await linesOf(byHand, kind.table, types), `both sides of ${kind.title}`).toEqual(expected)
      expect.soft(await move(source, target, kind), kind.title).toEqual([])
      expect.soft(await linesOf(target, kind.table, types), `${kind.title}, moved`).toEqual(expected)
    }
  })
})

function withRounding(type: LogicalType, { rounding }: Catalog): LogicalType {
  return type.kind === 'timestamp' || type.kind === 'time' ? { ...type, rounding } : type
}

/** Loads a table as migrate does; what was refused is returned. */
async function move(source: Opened, target: Opened, { table }: Pick<Named, 'table'>): Promise<unknown[]> {
  const session = target.session as TargetSession
  const columns = columnsOf(target, table)
  const native =
    columns[1].declared === columnsOf(source, table)[1].declared && source.session.engine === session.engine
  const loaded: LoadColumn[] = columns.map(({ name, type }) => ({
    name,
    type: withRounding(type, target.catalog),
    native,
  }))
  const fields = fieldsOf(
    source,
    table,
    loaded.map(({ type }) => type),
    native,
  )
  const refused: unknown[] = []
  await session.begin()
  await session.load(table, loaded, source.session.read(relation(source, table), fields), {
    reject: rejected => void refused.push(rejected),
    progress: () => {},
  })
  await session.commit()
  return refused
}

test('no kind of value is left out', () => {
  const every: Record<LogicalType['kind'], true> = {
    boolean: true,
    integer: true,
    decimal: true,
    float: true,
    text: true,
    bytes: true,
    bits: true,
    uuid: true,
    enum: true,
    set: true,
    date: true,
    time: true,
    timestamp: true,
    json: true,
    array: true,
    other: true,
    any: true,
  }
  expect([...new Set(kinds.map(kind => kind.type.kind))].sort()).toEqual(Object.keys(every).sort())
})

describe('values of any size', () => {
  test('REALs of SQLite that are no decimal of the declared digits keep every bit', async () => {
    const reals = ['1.2345678901234567', '1.2345678901234563', '1.2345678901234570']
    const side = await sqlite.create(
      `CREATE TABLE t (id INTEGER, v NUMERIC(10, 2)); INSERT INTO t VALUES ${reals.map(real => `(1, ${real})`).join(', ')}`,
    )
    const source = await opened(await side.reader())
    const lines = await linesOf(source, 't', [integer, { kind: 'decimal', precision: 10, scale: 2 }])
    expect(new Set(lines).size).toBe(reals.length)
  })

  const numbers = fc.tuple(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.float({ noNaN: true, noDefaultInfinity: true }),
    fc.tuple(fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }), fc.integer({ min: 0, max: 10 })),
    fc.bigInt({ min: -62_135_596_800_000n, max: 253_402_300_799_999n }),
  )
  const types: LogicalType[] = [
    { kind: 'float', bits: 64 },
    { kind: 'float', bits: 32 },
    { kind: 'decimal', precision: 25, scale: 10 },
    { kind: 'timestamp', precision: 3, zone: false },
  ]

  for (const engine of [postgres, mysql]) {
    const title = `floats, decimals and epoch milliseconds of SQLite and ${engine.name}`
    test.skipIf(engine.noServer)(title, () => expectSameNumbers(engine))
  }

  async function expectSameNumbers(engine: Engine) {
    const declared = {
      postgres: 'f float8, s real, d numeric(25, 10), m timestamp(3)',
      mysql: 'f double, s float, d decimal(25, 10), m datetime(3)',
    }
    const side = await engine.create(`CREATE TABLE t (${declared[engine.name as 'postgres' | 'mysql']})`)
    await fc.assert(
      fc.asyncProperty(fc.array(numbers, { minLength: 1, maxLength: 400, size: 'max' }), async rows => {
        const legacy = await sqlite.create(
          'CREATE TABLE t (f REAL, s REAL, d REAL, m DATETIME)',
          database => {
            const insert = database.prepare('INSERT INTO t VALUES (?, ?, CAST(? AS REAL), ?)')
            for (const [f, s, [digits, scale], m] of rows) insert.run(f, s, `${digits}e-${scale}`, m)
          },
        )
        const literals = rows.map(
          ([f, s, [digits, scale], m]) =>
            `(${floatLiteral(engine, f)}, ${floatLiteral(engine, s)}, ${decimalText(digits, scale)}, '${instantText(m)}')`,
        )
        await side.run(`TRUNCATE t; INSERT INTO t VALUES ${literals.join(', ')}`)
        const before = await opened(await legacy.reader())
        const after = await opened(await side.reader())
        expect(await linesOf(before, 't', types)).toEqual(await linesOf(after, 't', types))
        await before.session.close()
        await after.session.close()
      }),
      { numRuns: 8 },
    )
  }

  for (const [source, target] of [
    [postgres, mysql],
    [mysql, postgres],
    [sqlite, mysql],
    [sqlite, postgres],
  ] as const) {
    const title = `fractions of a second of ${source.name} are rounded as ${target.name} rounds`
    test.skipIf(source.noServer || target.noServer)(title, () => expectSameFractions(source, target))
  }

  async function expectSameFractions(source: Engine, target: Engine) {
    const instant = fc.bigInt({ min: -12_219_292_800_000_000n, max: 253_402_300_799_000_000n })
    const declared = { sqlite: 'DATETIME', postgres: 'timestamp', mysql: 'datetime' }
    const texts = (micros: bigint[]) => micros.map((one, id) => `(${id}, '${microText(one)}')`).join(', ')
    const ranges = fc.tuple(
      fc.array(instant, { minLength: 20, maxLength: 60 }),
      fc.integer({ min: 0, max: 5 }),
    )
    await fc.assert(
      fc.asyncProperty(ranges, async ([micros, precision]) => {
        // Ties, and what is nearly one, beside whatever comes.
        const unit = 10n ** BigInt(6 - precision)
        const all = micros.flatMap(one => [
          one,
          one - (one % unit) + unit / 2n,
          one - (one % unit) + unit / 2n - 1n,
        ])
        const full = source === sqlite ? '' : '(6)'
        const before = await source.create(
          `CREATE TABLE t (id bigint, v ${declared[source.name]}${full}); INSERT INTO t VALUES ${texts(all)}`,
        )
        const after = await target.create(
          `CREATE TABLE t (id bigint, v ${declared[target.name]}(${precision})); INSERT INTO t VALUES ${texts(all)}`,
        )
        const sides = [await opened(await before.reader()), await opened(await after.reader())] as const
        const type = withRounding({ kind: 'timestamp', precision, zone: false }, sides[1].catalog)
        expect(await linesOf(sides[0], 't', [integer, type])).toEqual(
          await linesOf(sides[1], 't', [integer, type]),
        )
        for (const { session } of sides) await session.close()
      }),
      { numRuns: 6 },
    )
  }
})

/** MySQL reads a literal without an exponent as a decimal, and has no type to cast to before 8.0.17. */
function floatLiteral({ name }: Engine, float: number): string {
  if (name === 'postgres') return `'${Object.is(float, -0) ? '-0' : float}'::float8`
  return Object.is(float, -0) ? '-0e0' : float.toExponential()
}

function decimalText(digits: bigint, scale: number): string {
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0')
  const point = text.length - scale
  return `${digits < 0n ? '-' : ''}${text.slice(0, point)}.${text.slice(point)}0`
}

function instantText(milliseconds: bigint): string {
  return new Date(Number(milliseconds)).toISOString().slice(0, -1).replace('T', ' ')
}

function microText(micros: bigint): string {
  const beyond = ((micros % 1000n) + 1000n) % 1000n
  return `${instantText((micros - beyond) / 1000n)}${beyond.toString().padStart(3, '0')}`
}
