import { describe, expect, test } from 'vitest'
import type { Field, Relation } from '../src/engines/port/rows.ts'
import type { Session } from '../src/engines/port/session.ts'
import { findTable } from '../src/model/catalog.ts'
import type { LogicalType } from '../src/model/logical-type.ts'
import { decodeField } from '../src/model/row-line.ts'
import { digested, engines, readAll } from './engine.ts'

const [sqlite, postgres] = engines

const boolean: LogicalType = { kind: 'boolean' }
const integer: LogicalType = { kind: 'integer', bits: 64 }
const money: LogicalType = { kind: 'decimal', precision: 10, scale: 2, fixedScale: true }
const float: LogicalType = { kind: 'float', bits: 64 }
const real: LogicalType = { kind: 'float', bits: 32 }
const text: LogicalType = { kind: 'text' }
const bytes: LogicalType = { kind: 'bytes' }
const binary: LogicalType = { kind: 'bytes', length: 3, padded: true }
const bits: LogicalType = { kind: 'bits', length: 4 }
const uuid: LogicalType = { kind: 'uuid' }
const set: LogicalType = { kind: 'set', labels: ['a', 'b'] }
const date: LogicalType = { kind: 'date' }
const time: LogicalType = { kind: 'time', precision: 0 }
const span: LogicalType = { kind: 'time', precision: 0, span: true }
const seconds: LogicalType = { kind: 'timestamp', precision: 0, zone: false }
const halfUp: LogicalType = { ...seconds, rounding: 'half_up' }
const truncated: LogicalType = { ...seconds, rounding: 'truncate' }
const micros: LogicalType = { kind: 'timestamp', precision: 6, zone: true }
const json: LogicalType = { kind: 'json', binary: true }
const array: LogicalType = { kind: 'array', element: 'integer' }

/** A value of one side, the type it is to be written in, and its field: compared, loaded, and loaded or compared where loss is accepted. */
type Case = [
  declared: string,
  value: string,
  type: LogicalType,
  compared: string,
  loaded?: string,
  rounded?: string,
]

const unfit = (value: string) => `?unfit:${value}`
const id = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'
const hexId = id.replaceAll('-', '')

const ofPostgres: Case[] = [
  ['integer', '1', boolean, 't'],
  ['integer', '2', boolean, unfit('2')],
  ['numeric', '0.00', boolean, 'f'],
  ['bit(4)', `B'0001'`, boolean, 't'],
  ['bit(4)', `B'0011'`, boolean, unfit('0011')],
  ['text', `' Yes'`, boolean, 't'],
  ['text', `'maybe'`, boolean, unfit('maybe')],
  ['boolean', 'true', integer, '1'],
  ['numeric', '12.0', integer, '12'],
  ['numeric', '12.5', integer, unfit('12.5'), unfit('12.5'), '13'],
  ['numeric', `'NaN'`, integer, unfit('NaN')],
  ['double precision', '1e20', integer, '100000000000000000000'],
  ['bit(4)', `B'0101'`, integer, '5'],
  ['text', `' +7 '`, integer, '7'],
  ['text', `'2026-02'`, integer, unfit('2026-02')],
  ['bigint', '5', money, '5'],
  ['boolean', 'false', money, '0'],
  ['numeric', '1.50', money, '1.5', '1.50'],
  ['numeric', '-1.235', money, '-1.235', unfit('-1.235'), '-1.24'],
  ['double precision', '0.1', money, '0.1'],
  ['double precision', '0.125', money, '0.125', unfit('0.125'), '0.13'],
  ['text', `'1.250'`, money, '1.25'],
  ['text', `'1,5'`, money, unfit('1,5')],
  ['numeric', '0.1', float, '0.1'],
  ['numeric', '1e400', float, unfit(`1${'0'.repeat(400)}`)],
  [
    'bigint',
    '9007199254740993',
    float,
    '9.007199254740992e+15',
    unfit('9007199254740993'),
    '9.007199254740992e+15',
  ],
  ['double precision', '0.1', real, '0.1'],
  ['double precision', '0.123456789', real, '0.12345679', unfit('0.123456789'), '0.12345679'],
  ['double precision', '1e300', real, unfit('1e+300')],
  ['real', '0.1', float, '0.1'],
  ['text', `'1e1'`, float, '10'],
  ['text', `'ten'`, float, unfit('ten')],
  ['uuid', `'${id}'`, bytes, `\\x${hexId}`],
  ['text', `'é\\'`, bytes, '\\xc3a95c'],
  ['bytea', `'\\x0102'`, binary, '\\x0102', unfit('\\x0102'), '\\x010200'],
  ['bytea', `'\\x010203'`, binary, '\\x010203'],
  ['integer', '5', bits, '0101'],
  ['integer', '16', bits, unfit('16')],
  ['integer', '-1', bits, unfit('-1')],
  ['boolean', 'true', bits, '0001'],
  ['bit(4)', `B'0101'`, bits, '0101'],
  ['bit varying', `B'101'`, bits, '101', unfit('101')],
  ['text', `'0101'`, bits, '0101'],
  ['text', `'0121'`, bits, unfit('0121')],
  ['bytea', `'\\x${hexId}'`, uuid, id],
  ['bytea', `'\\x0102'`, uuid, unfit('\\x0102')],
  ['text', `'{${hexId.toUpperCase()}}'`, uuid, id],
  ['text', `'nobody'`, uuid, unfit('nobody')],
  ['text', `'b,a,b'`, set, 'a,b'],
  ['text[]', `'{b,a}'`, set, 'a,b'],
  ['timestamp', `'2024-01-01'`, date, '2024-01-01'],
  [
    'timestamp',
    `'2024-01-01 10:00'`,
    date,
    unfit('2024-01-01 10:00:00'),
    unfit('2024-01-01 10:00:00'),
    '2024-01-01',
  ],
  [
    'timestamptz',
    `'2024-01-01 00:00+02'`,
    date,
    unfit('2023-12-31 22:00:00'),
    unfit('2023-12-31 22:00:00'),
    '2023-12-31',
  ],
  ['timestamp', `'infinity'`, date, 'infinity'],
  ['text', `'2024-02-29'`, date, '2024-02-29'],
  ['text', `'2023-02-32'`, date, unfit('2023-02-32')],
  ['date', `'0044-03-15 BC'`, micros, '0044-03-15 00:00:00 BC'],
  ['date', `'5874897-12-31'`, micros, '5874897-12-31 00:00:00'],
  ['date', `'5874897-12-31'`, date, '5874897-12-31'],
  ['timestamptz', `'2024-01-01 00:00:00.5+02'`, micros, '2023-12-31 22:00:00.5'],
  [
    'timestamp',
    `'1999-12-31 23:59:59.5'`,
    seconds,
    '1999-12-31 23:59:59',
    unfit('1999-12-31 23:59:59.5'),
    '1999-12-31 23:59:59',
  ],
  [
    'timestamp',
    `'1999-12-31 23:59:59.5'`,
    halfUp,
    '2000-01-01 00:00:00',
    unfit('1999-12-31 23:59:59.5'),
    '2000-01-01 00:00:00',
  ],
  [
    'timestamp',
    `'2024-12-31 23:59:59.9'`,
    truncated,
    '2024-12-31 23:59:59',
    unfit('2024-12-31 23:59:59.9'),
    '2024-12-31 23:59:59',
  ],
  ['timestamp', `'infinity'`, halfUp, 'infinity'],
  [
    'text',
    `'2024-01-01T00:00:00.5Z'`,
    halfUp,
    '2024-01-01 00:00:01',
    unfit('2024-01-01T00:00:00.5Z'),
    '2024-01-01 00:00:01',
  ],
  ['text', `'now'`, micros, unfit('now')],
  ['time', `'23:59:59.5'`, time, '24:00:00', unfit('23:59:59.5'), '24:00:00'],
  ['interval', `'10:00'`, time, '10:00:00'],
  ['interval', `'25:00'`, time, unfit('25:00:00')],
  ['interval', `'1 day'`, time, unfit('1 day')],
  [
    'interval',
    `'-1 day 00:00:00.5'`,
    span,
    '-1 days +00:00:01',
    unfit('-1 days +00:00:00.5'),
    '-1 days +00:00:01',
  ],
  ['text', `'-30:00'`, span, '-30:00:00'],
  ['text', `'{"b": 1.0, "a": 2}'`, json, '{"a":2,"b":1}', '{"b": 1.0, "a": 2}'],
  [
    'json',
    `'{"\\u00e9": "\\ud83d\\ude00", "a": "é"}'`,
    json,
    '{"a":"é","é":"😀"}',
    '{"\\u00e9": "\\ud83d\\ude00", "a": "é"}',
  ],
  ['text', `'{'`, json, unfit('{'), '{'],
  ['integer[]', `'{1,NULL}'`, json, '[1,null]', '[1, null]'],
  ['boolean', 'true', json, 'true'],
  ['date', `'2024-01-01'`, json, '"2024-01-01"'],
  ['jsonb', `'[1, null, 2]'`, array, '{1,NULL,2}'],
  ['text[]', `'{a,"b c"}'`, text, '["a", "b c"]'],
  ['char(5)', `'ab'`, text, 'ab'],
  ['varchar', `'ab  '`, { ...text, padded: true }, 'ab', 'ab  '],
]

const ofSqlite: Case[] = [
  ['INTEGER', '1', boolean, 't'],
  ['TEXT', `'0'`, boolean, 'f'],
  ['', '2', boolean, unfit('2')],
  ['', '1.0', boolean, 't'],
  ['REAL', '12.5', integer, unfit('12.5'), unfit('12.5'), '13'],
  ['REAL', '1e18', integer, '1000000000000000000'],
  ['REAL', '1e19', integer, unfit('10000000000000000000')],
  ['REAL', '1e19', { ...integer, unsigned: true }, '10000000000000000000'],
  ['TEXT', `'18446744073709551615'`, { ...integer, unsigned: true }, '18446744073709551615'],
  ['BLOB', `x'ff'`, integer, unfit('\xff')],
  ['TEXT', `CAST(x'ff' AS TEXT)`, integer, unfit('\xff')],
  ['REAL', '0.125', money, '0.125', unfit('0.125'), '0.13'],
  ['REAL', '1.005', money, '1.005', unfit('1.005'), '1.01'],
  ['REAL', '13.860000000000001', money, '13.86'],
  ['TEXT', `'1.250'`, money, '1.25'],
  ['REAL', '0.125', { kind: 'decimal', precision: 10, scale: 2 }, '0.125'],
  [
    'INTEGER',
    '1234',
    { kind: 'decimal', precision: 10, scale: -2, fixedScale: true },
    '1234',
    unfit('1234'),
    '1200',
  ],
  ['REAL', '0.123456789', real, '0.12345679', unfit('0.123456789'), '0.12345679'],
  [
    'INTEGER',
    '9007199254740993',
    float,
    '9.007199254740992e+15',
    unfit('9007199254740993'),
    '9.007199254740992e+15',
  ],
  ['BLOB', `x'0102'`, binary, '\\x0102', unfit('\x01\x02'), '\\x010200'],
  ['UUID', `'{${hexId.toUpperCase()}}'`, text, id],
  ['UUID', `x'${hexId}'`, text, id],
  ['UUID', `'nobody'`, text, 'nobody'],
  ['UUID', `'${id}'`, bytes, `\\x${hexId}`],
  ['UUID', `'nobody'`, bytes, unfit('nobody')],
  ['INTEGER', '5', bits, '0101'],
  ['TEXT', `'0101'`, bits, '0101'],
  ['TEXT', `'011'`, bits, '011', unfit('011')],
  ['TEXT', `'b,a,b'`, set, 'a,b'],
  ['TEXT', `CAST(x'622cff2c61' AS TEXT)`, set, unfit('b,\xff,a')],
  [
    'DATETIME',
    `'2024-01-01 10:00:00'`,
    date,
    unfit('2024-01-01 10:00:00'),
    unfit('2024-01-01 10:00:00'),
    '2024-01-01',
  ],
  ['DATETIME', '1704103200500', date, unfit('1704103200500'), unfit('1704103200500'), '2024-01-01'],
  ['TEXT', `'0000-00-00'`, date, '0000-00-00'],
  ['TEXT', `'0044-03-15 BC'`, date, '0044-03-15 BC'],
  ['TEXT', `'0044-03-15 10:00:00.5 BC'`, micros, '0044-03-15 10:00:00.5 BC'],
  ['TEXT', `'0000-00-00 00:00:00'`, seconds, '0000-00-00 00:00:00'],
  [
    'TEXT',
    `'2010-00-17 10:00:00.5'`,
    halfUp,
    '2010-00-17 10:00:01',
    unfit('2010-00-17 10:00:00.5'),
    '2010-00-17 10:00:01',
  ],
  ['TEXT', `'2010-13-00'`, seconds, unfit('2010-13-00')],
  ['DATETIME', '946684799500', seconds, '1999-12-31 23:59:59', unfit('946684799500'), '1999-12-31 23:59:59'],
  ['DATETIME', '946684799500', halfUp, '2000-01-01 00:00:00', unfit('946684799500'), '2000-01-01 00:00:00'],
  [
    'DATETIME',
    '946684799500',
    truncated,
    '1999-12-31 23:59:59',
    unfit('946684799500'),
    '1999-12-31 23:59:59',
  ],
  ['DATETIME', `'2024-01-01 00:00:00'`, seconds, '2024-01-01 00:00:00'],
  [
    'TEXT',
    `'2024-01-01T00:00:00.1234567Z'`,
    micros,
    '2024-01-01 00:00:00.123457',
    unfit('2024-01-01T00:00:00.1234567Z'),
    '2024-01-01 00:00:00.123457',
  ],
  ['TEXT', `'10:00:00.5'`, time, '10:00:01', unfit('10:00:00.5'), '10:00:01'],
  ['TEXT', `'25:00:00'`, time, unfit('25:00:00')],
  ['TEXT', `'25:00:00'`, span, '25:00:00'],
  [
    'TEXT',
    `'1 year -2 mons +3 days -00:00:00.5'`,
    span,
    '1 year -2 mons +3 days -00:00:01',
    unfit('1 year -2 mons +3 days -00:00:00.5'),
    '1 year -2 mons +3 days -00:00:01',
  ],
  ['JSON', '0.1 + 0.2', json, '0.30000000000000004'],
  ['TEXT', `'[1, null]'`, array, '{1,NULL}'],
  ['TEXT', `'{1,NULL}'`, array, unfit('{1,NULL}')],
  ['TEXT', `'5874897-12-31'`, date, '5874897-12-31'],
]

async function fieldOf(session: Session, relation: Relation, field: Field): Promise<Record<string, string>> {
  const one = (lines: string[]) => decodeField(lines[0]!)!
  return {
    compared: one(await digested(session, relation, [field])),
    loaded: one(await readAll(session, relation, [field])),
    roundedLoad: one(await readAll(session, relation, [{ ...field, rounded: true }])),
    rounded: one(await digested(session, relation, [{ ...field, rounded: true }])),
  }
}

const described = (cases: Case[]) =>
  cases.map(one => ({
    one,
    title: `${one[0] || 'no type'} ${one[1].slice(0, 40)} as ${JSON.stringify(one[2])}`,
  }))

describe.each([
  { engine: sqlite, cases: ofSqlite },
  { engine: postgres, cases: ofPostgres },
])('a value of $engine.name in another type', ({ engine, cases }) => {
  test('is the value it stands for there, or refused', async () => {
    const side = await engine.create(
      cases
        .map(
          ([declared, value], at) =>
            `CREATE TABLE t${at} (v ${declared}); INSERT INTO t${at} VALUES (${value})`,
        )
        .join(';\n'),
    )
    const session = await side.reader()
    const catalog = await session.introspect()
    for (const [at, { one, title }] of described(cases).entries()) {
      const [, , type, compared, loaded = compared, rounded = loaded] = one
      const relation = { from: `t${at}`, rowid: null, where: null }
      const own = findTable(catalog, `t${at}`)!.columns[0]!.type
      const latin1 = (value: string) => (/\xff/.test(value) ? value : Buffer.from(value).toString('latin1'))
      const found = await fieldOf(session, relation, { expression: 'v', type, own })
      const expected = { compared, loaded, roundedLoad: rounded, ...(one[5] ? { rounded } : {}) }
      expect
        .soft(found, title)
        .toMatchObject(
          Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, latin1(value)])),
        )
    }
  })
})

const every: LogicalType[] = [
  ...[boolean, integer, money, float, real, text, bytes, binary, bits, uuid, set, date, time, span],
  ...[seconds, halfUp, truncated, micros, json, array],
  { kind: 'decimal' },
  { kind: 'enum', name: 'mood', labels: ['sad'] },
  { kind: 'other', name: 'inet' },
  { kind: 'any' },
  { kind: 'text', length: 3, padded: true },
]

const awkward = {
  postgres: [
    ['boolean', 'false'],
    ['smallint', '-32768'],
    ['bigint', '-9223372036854775808'],
    ['numeric', `'NaN'`],
    ['numeric', '1e500'],
    ['numeric(5,2)', '999.99'],
    ['real', `'-Infinity'`],
    ['double precision', '5e-324'],
    ['double precision', '1.7976931348623157e308'],
    ['text', `E'a\\tb\\\\N'`],
    ['text', `''`],
    ['char(5)', `' x'`],
    ['bytea', `''`],
    ['bit(70)', `(repeat('1', 70))::bit(70)`],
    ['bit varying', `B''`],
    ['uuid', `'${id}'`],
    ['mood', `'sad'`],
    ['date', `'5874897-12-31'`],
    ['date', `'-infinity'`],
    ['time', `'24:00'`],
    ['interval', `'-178000000 years'`],
    ['interval', `'2147483647 hours'`],
    ['timestamp', `'294276-12-31 23:59:59.999999'`],
    ['timestamptz', `'4714-11-24 00:00 BC'`],
    ['timestamptz', `'infinity'`],
    ['json', `'{"a":1,"a":2}'`],
    ['jsonb', `'null'`],
    ['integer[]', `'[2:3]={1,2}'`],
    ['text[]', `'{{"a,b",NULL},{"",x}}'`],
    ['inet', `'10.0.0.1'`],
    ['int4range', `'[1,5)'`],
  ],
  sqlite: [
    ['', '-9223372036854775808'],
    ['', '9e999'],
    ['', '-0.0'],
    ['', '5e-324'],
    ['', '1.7976931348623157e308'],
    ['', `''`],
    ['', `char(9, 10, 92, 78)`],
    ['', `CAST(x'fffe' AS TEXT)`],
    ['', `'a' || char(0) || 'b'`],
    ['', `x''`],
    ['', `x'00ff'`],
    ['', `jsonb('{"a":1}')`],
    ['', `'-0044-03-15 00:00:00'`],
    ['', `'9999-12-31T23:59:60Z'`],
  ],
} satisfies Record<string, [string, string][]>

describe.each([sqlite, postgres])('whatever $name holds', engine => {
  test('nothing in any type fails, and what is refused keeps its line to itself', async () => {
    const values = awkward[engine.name as keyof typeof awkward]
    const mood = engine === postgres ? `CREATE TYPE mood AS ENUM ('sad');` : ''
    const tables = values.map(
      ([declared, value], at) =>
        `CREATE TABLE t${at} (v ${declared}); INSERT INTO t${at} VALUES (${value}), (NULL)`,
    )
    const session = await (await engine.create(mood + tables.join(';\n'))).reader()
    const catalog = await session.introspect()
    for (const [at, value] of values.entries()) {
      const relation = { from: `t${at}`, rowid: null, where: null }
      const known = findTable(catalog, `t${at}`)!.columns[0]!.type
      const fields = [known, undefined].flatMap(own =>
        [true, false].flatMap(rounded =>
          every.map((type): Field => ({ expression: 'v', type, own, rounded })),
        ),
      )
      for (const lines of [
        await digested(session, relation, fields),
        await readAll(session, relation, fields),
      ]) {
        expect(
          lines.map(line => line.split('\t').length),
          value.join(' '),
        ).toEqual([fields.length, fields.length])
        expect(lines[1], value.join(' ')).toBe(fields.map(() => '\\N').join('\t'))
      }
    }
  })
})
