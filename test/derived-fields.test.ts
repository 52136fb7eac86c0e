import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { uuidOfKey } from '../src/engines/derived-fields.ts'
import { DerivedLines } from '../src/engines/derived-lines.ts'
import type { Derived, DerivedInput, Field, RejectedLine, Relation } from '../src/engines/port/rows.ts'
import type { LogicalType } from '../src/model/logical-type.ts'
import { encodeLine } from '../src/model/row-line.ts'
import { describeEngines, digested, engines, readAll, transferred } from './engine.ts'

const text: LogicalType = { kind: 'text' }
const integer: LogicalType = { kind: 'integer', bits: 64 }
const uuid = { kind: 'uuid' } as const
const namespace = '5f0c2f6e-97a1-4e0b-9d2c-0c8a3f1f6b11'

const t: Relation = { from: 't', rowid: null, where: null }
const plain = (expression: string, type: LogicalType): Field => ({ expression, type, own: type })
const idOf = (table: string, inputs: DerivedInput[], type: LogicalType = uuid): Field => ({
  expression: `id of ${table}`,
  type,
  derived: { kind: 'uuid', namespace, table, inputs },
})
const made = (
  type: LogicalType,
  inputs: DerivedInput[],
  compute: (Derived & { kind: 'function' })['compute'],
): Field => ({ expression: 'the function', type, derived: { kind: 'function', inputs, compute } })
const keyed = (table: string, ...parts: string[]) => uuidOfKey({ namespace, table }, parts)
const utf8 = (lines: string[]) => lines.map(line => Buffer.from(line, 'latin1').toString()).sort()
const lines = (...rows: (string | null)[][]) => rows.map(row => encodeLine(row).slice(0, -1)).sort()

const [id, s, n] = [plain('id', integer), plain('s', text), plain('n', integer)]
const table = `
  CREATE TABLE t (id BIGINT PRIMARY KEY, s VARCHAR(50), n BIGINT);
  INSERT INTO t VALUES (1, 'a:b', 7), (2, 'Əli', -7), (3, NULL, 7), (4, '007', NULL), (5, '', 0)`
const stored: [string, string | null, string | null][] = [
  ['1', 'a:b', '7'],
  ['2', 'Əli', '-7'],
  ['3', null, '7'],
  ['4', '007', null],
  ['5', '', '0'],
]

describeEngines('derived fields of $name', ({ name, create }) => {
  const reader = async () => (await create(table)).reader()

  test('an id is the UUID of its key, and NULL where a part of the key is', async () => {
    const session = await reader()
    const fields = [
      idOf('t', [id]),
      n,
      idOf('users', [n]),
      s,
      idOf('by name', [s], text),
      idOf('both', [n, s]),
    ]
    const expected = lines(
      ...stored.map(([id, s, n]) => [
        keyed('t', id),
        n,
        n && keyed('users', n),
        s,
        s === null ? null : keyed('by name', s),
        n === null || s === null ? null : keyed('both', n, s),
      ]),
    )
    expect(utf8(await digested(session, t, fields))).toEqual(expected)
    expect(utf8(await readAll(session, t, fields))).toEqual(expected)
  })

  test('as sixteen bytes', async () => {
    const session = await reader()
    const fields = [idOf('t', [id], { kind: 'bytes', length: 16 }), id]
    const expected = lines(...stored.map(([id]) => [`\\x${keyed('t', id).replaceAll('-', '')}`, id]))
    expect(utf8(await readAll(session, t, fields))).toEqual(expected)
  })

  test('what a function gives is brought to the canonical form of the type', async () => {
    const session = await reader()
    const fields = [
      id,
      made({ kind: 'decimal', precision: 10, scale: 2, fixedScale: true }, [id], ([id]) => `0${id}.50`),
      made({ kind: 'boolean' }, [n], ([n]) => n! && `${Number(n) > 0}`),
      made(text, [s, n], values => JSON.stringify(values)),
      made({ kind: 'timestamp', precision: 6, zone: false }, [id], ([id]) => `2026-01-0${id}T10:00:00.500`),
      n,
    ]
    const expected = lines(
      ...stored.map(([id, s, n]) => [
        id,
        `${id}.5`,
        n && (Number(n) > 0 ? 't' : 'f'),
        JSON.stringify([s, n]),
        `2026-01-0${id} 10:00:00.5`,
        n,
      ]),
    )
    expect(utf8(await digested(session, t, fields))).toEqual(expected)
    expect(utf8(await readAll(session, t, fields))).toEqual(expected)
  })

  test('JSON is compared by its canonical form', async () => {
    const session = await reader()
    const json = made({ kind: 'json', binary: true }, [id], ([id]) => `{ "b": 1.0, "a": ${id} }`)
    const native = (await digested(session, { ...t, where: 'id = 1' }, [json])).join()
    expect(native).toBe('{"a":1,"b":1}')
  })

  test('ranges are of the first field', async () => {
    const session = await reader()
    const fields = [id, idOf('t', [id])]
    const found = await digested(session, t, fields, [{ from: 2n, to: 4n }])
    expect(utf8(found)).toEqual(lines(['2', keyed('t', '2')], ['3', keyed('t', '3')]))
  })

  test('a row that a function throws for, or gives no value of the type, is refused with the reason', async () => {
    const session = await reader()
    const fields = [
      id,
      made({ kind: 'date' }, [id], ([id]) => (id === '2' ? 'tomorrow' : '2026-01-02')),
      made(text, [s], ([s]) => s!.toUpperCase()),
    ]
    const target = await (await create('CREATE TABLE u (id BIGINT, d DATE, s VARCHAR(50))')).target()
    const columns = fields.map(({ type }, index) => ({ name: ['id', 'd', 's'][index]!, type }))
    const rejected: RejectedLine[] = []
    await target.begin()
    const written = await target.load('u', columns, session.read(t, fields), {
      reject: one => rejected.push(one),
      progress: () => {},
    })
    await target.commit()
    expect(written).toBe(3)
    expect(await target.query('SELECT s FROM u ORDER BY id')).toEqual([{ s: 'A:B' }, { s: '007' }, { s: '' }])
    rejected.sort((one, other) => Number(one.row.id) - Number(other.row.id))
    expect(rejected).toEqual([
      {
        row: { id: '2', d: 'tomorrow', s: 'ƏLI' },
        column: 'd',
        reason: 'the function gave what is no date',
      },
      {
        row: { id: '3', d: '2026-01-02', s: null },
        column: 's',
        reason: expect.stringMatching(/^the function: .*null/),
      },
    ])
    const compared = utf8(await digested(session, t, fields))
    expect(compared[1]).toBe('2\t?unfit:tomorrow\tƏLI')
    expect(compared[2]).toMatch(/^3\t2026-01-02\t\?unfit:the function: /)
  })

  test('rows of derived fields are neither hashed by the server nor sent past this process', async () => {
    const session = await reader()
    const target = await (await create('CREATE TABLE u (id BIGINT, n BIGINT)')).target()
    const options = { reject: () => {}, progress: () => {} }
    const columns = [
      { name: 'id', type: integer },
      { name: 'n', type: integer },
    ]
    const derived = [id, made(integer, [n], ([n]) => n!)]
    expect((await session.hashing?.(t, derived)) ?? null).toBe(null)
    await target.begin()
    expect(await transferred(target, session, t, derived, 'u', columns, options)).toBe(null)
    if (name !== 'postgres') return
    expect(await session.hashing!(t, [id, n])).not.toBe(null)
    expect(await transferred(target, session, t, [id, n], 'u', columns, options)).toBe(5)
  })
})

test('a key that is no value of its type has no id', async () => {
  const [sqlite] = engines
  const side = await sqlite.create("CREATE TABLE t (id INTEGER, n INTEGER); INSERT INTO t VALUES (1, 'x:y')")
  const session = await side.reader()
  const fields = [id, idOf('users', [n])]
  expect(await digested(session, t, fields)).toEqual(['1\t?unfit:x:y'])
  for await (const { bytes, rows, refused } of session.read(t, fields)) {
    const reason = 'its id is made of a key that is no 64-bit integer'
    expect([bytes.length, rows]).toEqual([0, 0])
    expect(refused).toEqual([{ line: Buffer.from('1\tx:y'), field: 1, reason }])
  }
  expect.assertions(3)
})

describe('lines', () => {
  const keys = fc.oneof(
    fc.integer({ min: -3, max: 70_000 }).map(String),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }).map(String),
    fc.constantFrom('', '0', '00', '07', '7', '\\', ':', '\t', '\\N', 'a\nb', '\b\v\f\r', '?unfit:1'),
    fc.uuid(),
    fc.string({ unit: 'binary', maxLength: 80 }),
  )
  const column = fc.option(keys)

  test('each row has the ids of its keys, whichever came before it', () => {
    const rows = fc.array(fc.tuple(column, column, column, column), { minLength: 1, maxLength: 60 })
    const fields = [s, idOf('a', [s]), s, s, idOf('a\\:b', [s, s])]
    fc.assert(
      fc.property(rows, fc.boolean(), (some, again) => {
        const derived = new DerivedLines(fields, 'compare')
        const all = again ? [...some, ...some] : some
        const given = all.map(([a, b, c, d]) => encodeLine([a, b, c, d, a, d])).join('')
        const expected = all.map(([a, b, c, d]) =>
          encodeLine([
            a,
            b === null ? null : keyed('a', b),
            c,
            d,
            a === null || d === null ? null : keyed('a\\:b', a, d),
          ]),
        )
        for (let time = 0; time < 2; time++) {
          const { bytes, rows } = derived.rewrite(Buffer.from(given))
          expect(bytes.toString()).toBe(expected.join(''))
          expect(rows).toBe(all.length)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('keys that share a slot do not take each other’s ids', () => {
    const derived = new DerivedLines([idOf('a', [id]), idOf('a', [s], text)], 'load')
    const count = 150_000
    const keys = Array.from({ length: count }, (_, index) => String(index * 65_537))
    const { bytes } = derived.rewrite(Buffer.from(keys.map(key => `${key}\tk${key}\n`).join('')))
    const found = bytes.toString().split('\n')
    for (let index = 0; index < count; index += 997)
      expect(found[index]).toBe(`${keyed('a', keys[index]!)}\t${keyed('a', `k${keys[index]}`)}`)
  })

  test('texts of a function may be far longer than what they are made of, or gone', () => {
    const long = made(text, [s], ([s]) => (s === '0' ? null : 'Ə\t'.repeat(Number(s))))
    const fields = [long, idOf('a', [id]), s]
    const rows = Array.from({ length: 300 }, (_, index) => index)
    const given = rows.map(row => `${row}\t${row}\trest\n`).join('')
    const { bytes } = new DerivedLines(fields, 'load').rewrite(Buffer.from(given))
    expect(bytes.toString()).toBe(
      rows
        .map(row => encodeLine([row === 0 ? null : 'Ə\t'.repeat(row), keyed('a', String(row)), 'rest']))
        .join(''),
    )
  })

  test('rows between refused ones stay', () => {
    const fields = [
      id,
      made(integer, [n], ([n]) => (Number(n) % 3 === 0 ? 'none' : n!)),
      s,
      made(text, [n], ([n]) => (Number(n) % 2 === 0 ? 'x'.repeat(200) : n!)),
    ]
    const rows = Array.from({ length: 100 }, (_, row) => row)
    const given = rows.map(row => `${row}\t${row}\tv\t${row}\n`).join('')
    const { bytes, rows: left, refused } = new DerivedLines(fields, 'load').rewrite(Buffer.from(given))
    const expected = (some: number[], second: (row: number) => string) =>
      some.map(row => `${row}\t${second(row)}\tv\t${row % 2 === 0 ? 'x'.repeat(200) : row}`)
    const [out, kept] = [rows.filter(row => row % 3 === 0), rows.filter(row => row % 3 !== 0)]
    expect(bytes.toString()).toBe(
      expected(kept, String)
        .map(line => `${line}\n`)
        .join(''),
    )
    expect(left).toBe(kept.length)
    expect(refused!.map(({ line }) => line.toString())).toEqual(expected(out, () => 'none'))
  })
})
