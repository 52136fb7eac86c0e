import { describe, expect, onTestFinished, test } from 'vitest'
import { parseConnectionUrl } from '../src/engines/connection-url.ts'
import { openReader } from '../src/engines/open.ts'
import type { Field } from '../src/engines/port/rows.ts'
import type { Session } from '../src/engines/port/session.ts'
import type { LogicalType } from '../src/model/logical-type.ts'
import { comparisonType } from '../src/plan/comparison.ts'
import { postgresDatabase } from './databases.ts'
import { digested } from './engine.ts'

/** One column `v`, its values numbered from 0, and how each of them is hashed and written by itself. */
async function column(declared: string, values: string[], setup = ''): Promise<ColumnSide> {
  const rows = values.map((value, index) => `(${index}, ${value})`)
  const { url } = await postgresDatabase(
    `${setup}; CREATE TABLE t (n integer, v ${declared}); ${rows.length > 0 ? `INSERT INTO t VALUES ${rows.join(', ')}` : ''}`,
  )
  const session = await openReader(parseConnectionUrl(url, '/'))
  onTestFinished(() => session.close())
  const catalog = await session.introspect()
  return { session, own: catalog.tables[0]!.columns[1]!.type, rows: values.length }
}

interface ColumnSide {
  session: Session
  own: LogicalType
  rows: number
}

async function hashesAndLines({ session, rows }: ColumnSide, field: Field) {
  const result: { sum: bigint; line: string }[] = []
  let name: string | null = null
  let exact = true
  for (let n = 0; n < rows; n++) {
    const relation = { from: 't', rowid: null, where: `n = ${n}` }
    const hashing = await session.hashing!(relation, [field])
    if (hashing === null) return null
    name = hashing.name
    exact = hashing.exact
    const [line] = await digested(session, relation, [field])
    result.push({ sum: (await hashing.whole()).sum, line: line! })
  }
  return { name, exact, rows: result }
}

const texts = [
  "''",
  "' '",
  "'a'",
  "'a '",
  "'A'",
  "'b'",
  "'NULL'",
  "E'\\\\N'",
  "E'\\t'",
  "E'\\n'",
  "'é'",
  "E'e\\u0301'",
  "'😀'",
  'NULL',
]
const numbers = ['0', '1', '-1', '2', '31', '-31', '32767', '-32768', 'NULL']
const wide = [
  ...numbers,
  '4294967295',
  '4294967296',
  '4294967297',
  '-4294967296',
  '-4294967295',
  '9223372036854775807',
  '-9223372036854775808',
]
const decimals = [
  '0',
  '0.00',
  '5',
  '-5',
  '1',
  '1.0',
  '1.10',
  '10',
  '100',
  '10000',
  '0.01',
  '-0.01',
  '12345.67',
  "'NaN'",
  'NULL',
]
const floats = ['0', "'-0'", '1', '-1', '0.1', '1e-10', '1e10', "'NaN'", "'Infinity'", "'-Infinity'", 'NULL']
const instants = [
  "'2000-01-01 00:00:00'",
  "'1999-12-31 23:59:59.999999'",
  "'2000-01-01 01:11:34.967295'",
  "'2000-01-01 01:11:34.967296'",
  "'2024-02-29 12:00:00'",
  "'2024-02-29 12:00:00.000001'",
  "'2024-02-29 12:00:00.0005'",
  "'2024-02-29 12:00:00.001'",
  "'2024-02-29 13:00:00'",
  "'1970-01-01'",
  "'9999-12-31 23:59:59.9999'",
  "'infinity'",
  "'-infinity'",
  "'4713-11-24 BC'",
  "'294276-12-31 23:59:59'",
  'NULL',
]
const days = [
  "'2024-02-29'",
  "'2000-01-01'",
  "'1999-12-31'",
  "'infinity'",
  "'-infinity'",
  "'4713-11-24 BC'",
  "'5874897-12-31'",
  'NULL',
]
const times = ["'00:00'", "'24:00'", "'12:34:56.789'", "'12:34:56.789001'", "'01:11:34.967296'", 'NULL']
const spans = ["'1 day'", "'24:00:00'", "'1 month'", "'30 days'", "'-1 day'", "'0'", "'1.5 seconds'", 'NULL']
const documents = [
  `'{"a": 1}'`,
  `'{"a":1}'`,
  `'{"a": 1.0}'`,
  `'{"a": -1}'`,
  `'{"b": 2, "a": 1}'`,
  `'{"a": 1, "b": 2}'`,
  `'{"a": 1, "a": 2}'`,
  `'{"a": 2}'`,
  `'[[1], 2]'`,
  `'[[1, 2]]'`,
  `'[1, [2]]'`,
  `'[]'`,
  `'{}'`,
  `'null'`,
  `'"1"'`,
  `'1'`,
  'NULL',
]
const arrays = [
  "'{}'",
  "'{1,2,3,4}'",
  "'{{1,2},{3,4}}'",
  "'{1,NULL}'",
  "'{NULL,1}'",
  "'[2:3]={1,2}'",
  "'{1,2}'",
  'NULL',
]
const ids = ["'6a2f41a3-c54c-fce8-32d2-0324e1c32e22'", "'00000000-0000-0000-0000-000000000000'", 'NULL']
const bytes = ["''", "'\\x00'", "'\\x0000'", "'\\xff'", 'NULL']
const mood = "CREATE TYPE mood AS ENUM ('ok', 'sad', '')"
const moods = ["'ok'", "'sad'", "''", 'NULL']

type Both = [declared: string, values: string[], setup?: string]

describe('PostgreSQL hashes two values alike where their canonical text is the same, and only there', () => {
  const alike: [source: Both, target: Both][] = [
    [
      ['boolean', ['true', 'false', 'NULL']],
      ['boolean', ['true', 'false', 'NULL']],
    ],
    [
      ['smallint', numbers],
      ['bigint', wide],
    ],
    [
      ['bigint', wide],
      ['bigint', wide],
    ],
    [
      ['integer', numbers],
      ['numeric', [...decimals, "'Infinity'"]],
    ],
    [
      ['numeric(12, 2)', decimals],
      ['numeric', [...decimals, "'Infinity'", "'-Infinity'", '1.001', '1e30', '-1e30']],
    ],
    [
      ['numeric', ["'Infinity'", "'-Infinity'", ...decimals]],
      ['numeric(12, 2)', decimals],
    ],
    [
      ['real', floats],
      ['real', floats],
    ],
    [
      ['double precision', floats],
      ['double precision', floats],
    ],
    [
      ['text', texts],
      ['varchar(9)', texts],
    ],
    [
      ['text', texts],
      ['char(9)', texts],
    ],
    [
      ['char(9)', texts],
      ['varchar', texts],
    ],
    [
      ['text', texts],
      ['citext', texts, 'CREATE EXTENSION citext'],
    ],
    [
      ['text', texts],
      [
        'text COLLATE loose',
        texts,
        "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false)",
      ],
    ],
    [
      ['text', texts],
      ['short', texts, 'CREATE DOMAIN short AS varchar(20)'],
    ],
    [
      ['mood', moods, `CREATE TYPE "before" AS ENUM ('x'); ${mood}`],
      ['mood', moods, mood],
    ],
    [
      ['text', moods],
      ['mood', moods, mood],
    ],
    [
      ['bytea', bytes],
      ['bytea', bytes],
    ],
    [
      ['uuid', ids],
      ['uuid', ids],
    ],
    [
      ['date', days],
      ['date', days],
    ],
    [
      ['time', times],
      ['time', times],
    ],
    [
      ['interval', spans],
      ['interval', spans],
    ],
    [
      ['timestamp', instants],
      ['timestamp', instants],
    ],
    [
      ['timestamp', instants],
      ['timestamptz', instants],
    ],
    [
      ['timestamp', instants],
      ['timestamp(3)', instants.slice(0, -3)],
    ],
    [
      ['timestamptz(0)', instants],
      ['timestamp(3)', instants],
    ],
    [
      ['jsonb', documents],
      ['jsonb', documents],
    ],
    [
      ['json', documents],
      ['json', documents],
    ],
    [
      ['integer[]', arrays],
      ['integer[]', arrays],
    ],
    [
      ['mood[]', ["'{ok,sad}'", "'{sad,ok}'", 'NULL'], mood],
      ['mood[]', ["'{ok,sad}'", "'{sad,ok}'", 'NULL'], mood],
    ],
    [
      ['bit varying(4)', ["B'1'", "B'01'", "B''", 'NULL']],
      ['bit varying(8)', ["B'1'", "B'01'", "B''", 'NULL']],
    ],
    [
      ['inet', ["'10.0.0.1'", "'10.0.0.1/8'", 'NULL']],
      ['inet', ["'10.0.0.1'", "'10.0.0.1/8'", 'NULL']],
    ],
    [
      ['int4range', ["'[1,3)'", "'[1,2]'", "'empty'", 'NULL']],
      ['int4range', ["'[1,3)'", "'[1,2]'", "'empty'", 'NULL']],
    ],
  ]
  test.each(alike.map(([source, target]) => [source[0], target[0], source, target] as const))(
    '%s and %s',
    async (_, __, given, taken) => {
      const [source, target] = [await column(...given), await column(...taken)]
      const type = comparisonType(
        { type: source.own, typeEnforced: true },
        { type: target.own, typeEnforced: true },
      )
      const ofSource = await hashesAndLines(source, { expression: 'v', type, own: source.own })
      const ofTarget = await hashesAndLines(target, { expression: 'v', type, own: target.own })
      expect(ofTarget?.name).toBe(ofSource!.name)
      const wrong: unknown[] = []
      for (const one of ofSource!.rows) {
        for (const other of ofTarget!.rows) {
          const [hash, line] = [one.sum === other.sum, one.line === other.line]
          if (hash !== line && (hash || ofSource!.exact)) wrong.push([one, other])
        }
      }
      expect(wrong).toEqual([])
    },
  )
})
