import fc from 'fast-check'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { parseConnectionUrl } from '../src/engines/connection-url.ts'
import { openTarget } from '../src/engines/open.ts'
import type { LoadColumn, RejectedLine } from '../src/engines/port/rows.ts'
import { type BinaryForm, binaryColumns } from '../src/engines/postgres/binary-forms.ts'
import { BinaryRows, binaryHeader, binaryTrailer } from '../src/engines/postgres/binary-rows.ts'
import { encodeField, type Lines } from '../src/model/row-line.ts'
import { postgresDatabase } from './databases.ts'
import { attempt, oracle } from './postgres-oracle.ts'

const digits = (least: number, most: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: least, maxLength: most })
const two = (most: number) => fc.integer({ min: 0, max: most }).map(value => String(value).padStart(2, '0'))
const year = fc
  .oneof(fc.integer({ min: 1700, max: 2300 }), fc.integer({ min: 0, max: 9999 }))
  .map(value => String(value).padStart(4, '0'))
const date = fc.tuple(year, two(13), two(32)).map(parts => parts.join('-'))
const clock = fc.tuple(two(24), two(60), two(60)).map(parts => parts.join(':'))
const timestamp = fc
  .tuple(date, clock, fc.option(digits(1, 7), { nil: undefined }))
  .map(([day, time, fraction]) => `${day} ${time}${fraction === undefined ? '' : `.${fraction}`}`)
const integer = fc.oneof(
  fc.integer({ min: -40_000, max: 40_000 }).map(String),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
  fc.integer().map(String),
  digits(1, 20),
)
const decimal = fc
  .tuple(fc.constantFrom('', '-'), digits(1, 40), fc.option(digits(1, 30), { nil: undefined }))
  .map(([sign, whole, fraction]) => sign + whole + (fraction === undefined ? '' : `.${fraction}`))
const float = fc.oneof(
  fc.double().map(String),
  fc.tuple(decimal, fc.integer({ min: -400, max: 400 })).map(([value, exponent]) => `${value}e${exponent}`),
)
const hex = fc.uint8Array({ maxLength: 40 }).map(bytes => `\\x${Buffer.from(bytes).toString('hex')}`)

interface Kind {
  type: string
  /** What text input makes of `$1`, where a cast to the type does more. */
  input?: string
  values: fc.Arbitrary<string>
  /** Texts that have to be written in binary form, because they are what columns are full of. */
  usual: string[]
  /** Texts that are the server's to read or refuse. */
  unsure: string[]
}

const kinds: Kind[] = [
  {
    type: 'bigint',
    values: integer,
    usual: [
      '0',
      '-1',
      '9007199254740993',
      '9223372036854775807',
      '-9223372036854775808',
      '1541815603606036480',
    ],
    unsure: ['', '-', '1.0', '9223372036854775808', '+1', ' 1', '1e3'],
  },
  { type: 'integer', values: integer, usual: ['2147483647', '-2147483648', '007'], unsure: ['2147483648'] },
  { type: 'smallint', values: integer, usual: ['32767', '-32768'], unsure: ['32768', '-32769', '98304'] },
  {
    type: 'numeric',
    values: decimal,
    usual: ['0', '0.00', '-0.5', '12.34', '10000', '0.0001', '123456789012345678901234567890.1234567890'],
    unsure: ['NaN', '1e3', '.5', '5.', '1.2.3', '1'.repeat(2000)],
  },
  { type: 'numeric(7, 2)', values: decimal, usual: ['99999.99', '1.005', '-1.005'], unsure: ['?unfit:1'] },
  { type: 'boolean', values: fc.constantFrom('t', 'f'), usual: ['t', 'f'], unsure: ['true', '1', 'x', ''] },
  {
    type: 'date',
    values: date,
    usual: ['2000-01-01', '1999-12-31', '2024-02-29', '0001-01-01', '9999-12-31', '1900-02-28'],
    unsure: [
      '0000-00-00',
      '2023-02-29',
      '1900-02-29',
      '2024-13-01',
      '2024-04-31',
      'infinity',
      '0044-03-15 BC',
      '12024-01-01',
    ],
  },
  {
    type: 'timestamp',
    values: timestamp,
    usual: [
      '2024-02-29 23:59:59.999999',
      '1969-12-31 00:00:00.5',
      '1723-01-01 00:00:00',
      '2026-01-02 03:04:05',
    ],
    unsure: [
      '0001-01-01 00:00:00',
      '2024-01-01 24:00:00',
      '2024-01-01 00:00:60',
      '2024-01-01T00:00:00',
      '2024-01-01 00:00:00+00',
      '2024-01-01 00:00:00.1234567',
    ],
  },
  {
    type: 'timestamp(3)',
    values: timestamp,
    usual: ['2024-01-01 00:00:00.9995', '1999-12-31 23:59:59.0005'],
    unsure: [],
  },
  {
    type: 'timestamptz',
    values: timestamp.map(text => `${text}+00`),
    usual: ['2024-01-01 00:00:00', '2024-01-01 00:00:00.5+00'],
    unsure: ['2024-01-01 00:00:00+01', '2024-01-01 00:00:00+00:30'],
  },
  {
    type: 'double precision',
    values: float,
    usual: ['0', '-0', '0.1', '1e308', '5e-324', '1.7976931348623157e+308', '100000000000000000000000'],
    unsure: ['NaN', 'Infinity', '1e309', '1e-400', '', '0x10', '1e', '-'],
  },
  {
    type: 'text',
    values: fc.string({ unit: 'binary' }).filter(text => !text.includes('\0')),
    usual: ['', '\\N', 'a\tb\nc\\d\b\v\f\r', '🦕 é'],
    unsure: [],
  },
  {
    type: 'varchar(3)',
    input: 'varcharin(textout($1::text), 0, 7)',
    values: fc.string({ maxLength: 5 }),
    usual: ['abc', 'ab    ', 'éèê', 'éè    ', '🦕é '],
    unsure: ['abcd', 'éèêë', 'ab  c', '    a'],
  },
  {
    type: 'char(3)',
    input: 'bpcharin(textout($1::text), 0, 7)',
    values: fc.string({ maxLength: 5 }),
    usual: ['a', 'ab    '],
    unsure: ['abcd'],
  },
  { type: 'bytea', values: hex, usual: ['\\x', '\\x00ff0a09'], unsure: ['\\x0', '\\x0g', 'abc'] },
  {
    type: 'uuid',
    values: fc.uuid(),
    usual: ['6a2f41a3-c54c-fce8-32d2-0324e1c32e22'],
    unsure: [
      '6a2f41a3c54cfce832d20324e1c32e22',
      '6A2F41A3-C54C-FCE8-32D2-0324E1C32E22',
      '{6a2f41a3-c54c-fce8-32d2-0324e1c32e22}',
      '6a2f41a3-c54c-fce8-32d2-0324e1c32e2',
    ],
  },
  { type: 'json', values: fc.json(), usual: ['{"a" : 1, "a": 2}'], unsure: [] },
  {
    type: 'jsonb',
    values: fc.json().filter(text => !/\\u|\0/.test(text)),
    usual: ['{"a" : 1.10, "é": [null]}'],
    unsure: [],
  },
  { type: 'mood', values: fc.constantFrom('sad', 'ok'), usual: ['sad', 'it\'s "ok"'], unsure: [] },
]

/** Also texts that are nearly one of these. */
const nearly = (values: fc.Arbitrary<string>) =>
  fc.tuple(values, fc.nat(), fc.constantFrom(...'0159-+.: eEtxfT\\')).map(([text, at, letter]) => {
    const place = at % (text.length + 1)
    return text.slice(0, place) + letter + text.slice(place + 1)
  })

function encoded(rows: BinaryRows, fields: (string | null)[]): Buffer | null {
  return rows.encode({ bytes: Buffer.from(`${fields.map(encodeField).join('\t')}\n`), rows: 1 })
}

describe('rows in binary form are what the server makes of their text', () => {
  const database = async () => {
    const types = `CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s "ok"'); CREATE DOMAIN mark AS integer`
    return (await postgresDatabase(`${attempt}; ${types}`)).client
  }

  const load = async (client: pg.Client, rows: Buffer[]) => {
    const copy = client.query(copyFrom(`COPY t FROM STDIN WITH (FORMAT binary)`))
    const ended = new Promise((resolve, reject) => copy.on('finish', resolve).on('error', reject))
    copy.end(Buffer.concat([binaryHeader, ...rows, binaryTrailer]))
    await ended
  }

  test.each(kinds)('$type', async ({ type, input, values, usual, unsure }) => {
    const client = await database()
    await client.query(`CREATE TABLE t (place integer, v ${type})`)
    const forms = await binaryColumns(client, { schema: 'public', table: 't', columns: ['place', 'v'] })
    const rows = new BinaryRows(forms!)
    const random = [...fc.sample(values, 1000), ...fc.sample(nearly(values), 400)]
    const texts = [...usual, ...unsure, ...random.filter(text => !text.includes('\0'))]
    const binary = texts.map((text, place) => encoded(rows, [String(place), text]))
    expect(usual.filter((_, place) => binary[place] === null)).toEqual([])
    expect(unsure.filter((_, place) => binary[usual.length + place] !== null)).toEqual([])
    const given = await oracle(client, `${input ?? `$1::${type}`}::text`, texts)
    const written = [...texts.keys()].filter(place => binary[place] !== null)
    const differing: string[] = []
    // What text is refused has to be refused in binary form as well.
    for (const place of written.filter(one => given[one] === null)) {
      await load(client, [binary[place]!]).then(
        () => differing.push(`${texts[place]} is taken`),
        () => {},
      )
    }
    await client.query('TRUNCATE t')
    const taken = written.filter(place => given[place] !== null)
    await load(
      client,
      taken.map(place => binary[place]!),
    )
    const { rows: loaded } = await client.query<Record<string, string>>('SELECT place, v::text FROM t')
    for (const { place, v } of loaded) {
      const text = given[Number(place)]
      if (v !== text) differing.push(`${texts[Number(place)]} is ${v}, not ${text}`)
    }
    expect(differing).toEqual([])
    expect(loaded.length).toBe(taken.length)
    expect(taken.length).toBeGreaterThan(100)
  })

  test('NULL, and many fields', async () => {
    const client = await database()
    await client.query('CREATE TABLE t (a integer, b text, c numeric, d text)')
    const rows = new BinaryRows(
      (await binaryColumns(client, { schema: 'public', table: 't', columns: ['a', 'b', 'c', 'd'] }))!,
    )
    const bytes = Buffer.from('1\t\\N\t\\N\t\n\\N\t\\\\N\t0.50\tx\n')
    await load(client, [rows.encode({ bytes, rows: 2 })!])
    const { rows: loaded } = await client.query({ text: 'SELECT * FROM t ORDER BY a', rowMode: 'array' })
    expect(loaded.map(row => row.map((value: unknown) => (value === null ? null : String(value))))).toEqual([
      ['1', null, null, ''],
      [null, '\\N', '0.50', 'x'],
    ])
  })

  test('a line with a field too few or too many is none', () => {
    const column = (form: BinaryForm) => ({
      form,
      notNull: false,
      characters: null,
      labels: new Set<string>(),
    })
    const rows = new BinaryRows([column('int4'), column('text')])
    for (const line of ['1\n', '1\ta\tb\n', '1\ta', ''])
      expect(rows.encode({ bytes: Buffer.from(line), rows: 1 })?.length ?? null).toBe(line === '' ? 0 : null)
  })

  test('what a column surely refuses is left to text: a NULL, and what is no label', async () => {
    const client = await database()
    await client.query("CREATE TYPE tone AS ENUM ('a', 'ä b'); CREATE TABLE t (v text NOT NULL, w tone)")
    const rows = new BinaryRows(
      (await binaryColumns(client, { schema: 'public', table: 't', columns: ['v', 'w'] }))!,
    )
    for (const [line, hasForm] of [
      ['x\t\\N\n', true],
      ['\\N\ta\n', false],
      ['x\ta\n', true],
      ['x\tä b\n', true],
      ['x\tc\n', false],
      ['x\t\n', false],
    ] as const) {
      const binary = rows.encode({ bytes: Buffer.from(line), rows: 1 })
      expect([line, binary !== null]).toEqual([line, hasForm])
      if (binary) await load(client, [Buffer.from(binary)])
    }
    const { rows: loaded } = await client.query({ text: 'SELECT * FROM t', rowMode: 'array' })
    expect(loaded).toEqual([
      ['x', null],
      ['x', 'a'],
      ['x', 'ä b'],
    ])
  })

  test('text that is no valid UTF-8 is left to text, and what stands around it is not', () => {
    const text = { form: 'text', notNull: false, characters: null, labels: new Set<string>() } as const
    const rows = new BinaryRows([text, { ...text, form: 'jsonb' }])
    const bytes = Buffer.concat([
      Buffer.from('é\t"ê"\n🦕\t1\n'),
      Buffer.from('caf\xe9\t1\nx\t"caf\xe9"\n', 'latin1'),
      Buffer.from('ë\t1\n'),
    ])
    const ends = [...bytes.keys()].filter(at => bytes[at] === 0x0a).map(at => at + 1)
    expect(rows.encodeFrom({ bytes, rows: 5 }, 0).end).toBe(ends[1])
    expect(rows.encodeFrom({ bytes, rows: 5 }, ends[1]!).end).toBe(ends[1])
    expect(rows.encodeFrom({ bytes, rows: 5 }, ends[2]!).end).toBe(ends[2])
    expect(rows.encodeFrom({ bytes, rows: 5 }, ends[3]!).end).toBe(ends[4])
  })

  test('a type only the server reads keeps the table to text', async () => {
    const client = await database()
    await client.query('CREATE TABLE t (a integer, b interval, c mark, d integer[])')
    expect(await binaryColumns(client, { schema: 'public', table: 't', columns: ['a'] })).toMatchObject([
      { form: 'int4' },
    ])
    for (const column of ['b', 'c', 'd', 'none'])
      expect(await binaryColumns(client, { schema: 'public', table: 't', columns: ['a', column] })).toBeNull()
  })
})

describe('a row that has no binary form', () => {
  const rows = 20_000
  /** Pieces of about a megabyte; one row has another time, or all from one on. */
  async function* pieces(isSpecial: (id: number) => boolean, time: string): AsyncGenerator<Lines> {
    for (let start = 1; start <= rows; start += 1000) {
      const ids = Array.from({ length: 1000 }, (_, index) => start + index)
      const lines = ids.map(id =>
        [id, isSpecial(id) ? time : '2026-01-02 03:04:05', `${id}`.repeat(200)].join('\t'),
      )
      yield { bytes: Buffer.from(`${lines.join('\n')}\n`), rows: 1000 }
    }
  }
  const columns: LoadColumn[] = [
    { name: 'id', type: { kind: 'integer', bits: 64 } },
    { name: 'at', type: { kind: 'timestamp', precision: 6, zone: false } },
    { name: 'v', type: { kind: 'text' } },
  ]
  const cases: [what: string, place: number, time: string, refused: boolean][] = [
    ['the first row', 1, 'infinity', false],
    ['one in the middle of a later chunk', 12_345, '2026-01-02 03:04:05.1234567', false],
    ['the last row', rows, 'infinity', false],
    ['one that is refused', 12_345, '?unfit:0000-00-00', true],
  ]
  async function open(pieces: AsyncIterable<Lines>) {
    const { url, client } = await postgresDatabase(
      'CREATE TABLE "My t" (id bigint PRIMARY KEY, at timestamp, v text)',
    )
    const queries = vi.spyOn(pg.Client.prototype, 'query')
    onTestFinished(() => queries.mockRestore())
    const target = await openTarget(parseConnectionUrl(url, '/'))
    onTestFinished(() => target.close())
    const rejected: RejectedLine[] = []
    await target.begin()
    const options = { reject: (one: RejectedLine) => void rejected.push(one), progress: () => {} }
    const written = await target.load('My t', columns, pieces, options)
    await target.commit()
    const copies = queries.mock.calls.flatMap(
      ([sql]) => / FROM STDIN WITH \(FORMAT (\w+)\)/.exec((sql as { text?: string }).text ?? '')?.[1] ?? [],
    )
    return { client, written, rejected, copies }
  }
  test.each(cases)('goes alone as text, in its place: %s', async (_, place, time, refused) => {
    const { client, written, rejected, copies } = await open(pieces(id => id === place, time))
    expect(copies.filter(format => format === 'text')).toHaveLength(1)
    // One COPY for each 8 MB, and another behind the row.
    expect(copies.length).toBeLessThanOrEqual(5)
    expect(written).toBe(refused ? rows - 1 : rows)
    expect(rejected).toEqual(refused ? [expect.objectContaining({ column: 'at' })] : [])
    const { rows: wrong } = await client.query(
      `SELECT n FROM generate_series(1, ${rows}) n LEFT JOIN "My t" t ON t.id = n WHERE t.v IS DISTINCT FROM repeat(n::text, 200)
         OR t.at IS DISTINCT FROM CASE WHEN n = ${place} THEN ${refused ? 'NULL' : `'${time}'`} ELSE timestamp '2026-01-02 03:04:05' END`,
    )
    expect(wrong).toEqual(refused ? [{ n: place }] : [])
  })

  test('makes all that follow go as text, where there are many of them', async () => {
    const { client, written, rejected, copies } = await open(pieces(id => id > 5000, 'infinity'))
    const lastBinary = copies.lastIndexOf('binary')
    expect(copies.slice(lastBinary + 1)).toEqual(Array(copies.length - lastBinary - 1).fill('text'))
    expect(copies.length).toBeLessThan(30)
    expect([written, rejected]).toEqual([rows, []])
    const { rows: counts } = await client.query(
      `SELECT count(*)::int AS n, count(*) FILTER (WHERE isfinite(at))::int AS finite FROM "My t"`,
    )
    expect(counts).toEqual([{ n: rows, finite: 5000 }])
  })
})
