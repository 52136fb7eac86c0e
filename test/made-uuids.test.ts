import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compare } from '../src/compare/compare.ts'
import type { LineDifference, RelationPair } from '../src/compare/relation-pair.ts'
import { uuidOfKey } from '../src/engines/derived-fields.ts'
import type { DerivedInput, Field, LoadColumn, Relation } from '../src/engines/port/rows.ts'
import type { Session } from '../src/engines/port/session.ts'
import { binaryPieces } from '../src/engines/postgres/binary-copy.ts'
import { binaryHeader, binaryTrailer } from '../src/engines/postgres/binary-rows.ts'
import { MadeRows } from '../src/engines/postgres/made-rows.ts'
import type { LogicalType } from '../src/model/logical-type.ts'
import { engines, readAll, transferred } from './engine.ts'

const [, postgres] = engines
const integer: LogicalType = { kind: 'integer', bits: 64 }
const text: LogicalType = { kind: 'text' }
const decimal: LogicalType = { kind: 'decimal', precision: 5, scale: 2 }
const uuid: LogicalType = { kind: 'uuid' }
const namespace = '5f0c2f6e-97a1-4e0b-9d2c-0c8a3f1f6b11'
const t: Relation = { from: 't', rowid: null, where: null }

const plain = (expression: string, type: LogicalType, own = type): Field => ({ expression, type, own })
const idOf = (table: string, inputs: DerivedInput[]): Field => ({
  expression: `id of ${table}`,
  type: uuid,
  derived: { kind: 'uuid', namespace, table, inputs },
})
const keyed = (table: string, ...parts: string[]) => uuidOfKey({ namespace, table }, parts)

const [a, b, c] = [plain('a', integer), plain('b', integer), plain('c', integer)]
const stored = '6a2f41a3-c54c-fce8-32d2-0324e1c32e22'
const keys = ['0', '1', '-1', '7', '32767', '-32768', null]
const wide = [
  ...keys,
  '2147483648',
  '999999999999999',
  '1000000000000000',
  '-1000000000000000',
  '9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
]

interface Row {
  a: string
  b: string | null
  c: string | null
}
const rows = wide.map((c, index): Row => ({ a: String(index), b: keys[index % keys.length]!, c }))
const sql = (value: string | null) => (value === null ? 'NULL' : `'${value}'`)

/** An old table of keys, and a new one with the UUIDs that somebody else has made of them. */
async function sides(change = '') {
  const source = await postgres.create(`
    CREATE TABLE t (a integer PRIMARY KEY, b smallint, c bigint, u uuid, s varchar(9), n integer);
    INSERT INTO t VALUES ${rows.map(({ a, b, c }) => `(${a}, ${sql(b)}, ${sql(c)}, ${Number(a) % 3 === 0 ? 'NULL' : `'${stored}'`}, 's' || ${a}, ${a})`).join(', ')}`)
  const made = rows.map(({ a, b, c }) => [
    keyed('t', a),
    Number(a) % 3 === 0 ? null : stored,
    b && keyed('b', b),
    `s${a}`,
    b && c && keyed('both', b, c),
    a,
    c && keyed('c', c),
  ])
  const target = await postgres.create(`
    CREATE TABLE t (id uuid PRIMARY KEY, u uuid, b uuid, s varchar(9), both_id uuid, n numeric(5, 2), c uuid);
    INSERT INTO t VALUES ${made.map(row => `(${row.map(sql).join(', ')})`).join(', ')}; ${change}`)
  return { source, target, made }
}

const fields = [
  idOf('t', [a]),
  plain('u', uuid),
  idOf('b', [b]),
  plain('s', text),
  idOf('both', [b, c]),
  plain('n', decimal, integer),
  idOf('c', [c]),
]
const own = [
  plain('id', uuid),
  plain('u', uuid),
  plain('b', uuid),
  plain('s', text),
  plain('both_id', uuid),
  plain('n', decimal),
  plain('c', uuid),
]
const columns = own.map(({ expression, type }): LoadColumn => ({ name: expression, type }))

describe('a row is hashed with the UUIDs that are made here', () => {
  test('as the server hashes one that holds them', async () => {
    const { source, target } = await sides()
    const [old, next] = [await source.reader(), await target.reader()]
    for (const id of rows.map(({ a }) => a)) {
      const given = await old.hashing!({ ...t, where: `a = ${id}` }, fields)
      const taken = await next.hashing!({ ...t, where: `id = '${keyed('t', id)}'` }, own)
      expect(given!.name).toBe(taken!.name)
      expect(given!.parts).toBeNull()
      expect(await given!.whole()).toEqual(await taken!.whole())
    }
    const [given, taken] = [await old.hashing!(t, fields), await next.hashing!(t, own)]
    const whole = await taken!.whole()
    expect(await given!.whole()).toEqual(whole)
    expect(whole.rows).toBe(rows.length)
  })

  test('and one of them that is another makes another hash', async () => {
    const { source, target } = await sides()
    const session = await source.reader()
    const whole = async (changed: Field[]) => (await (await session.hashing!(t, changed))!.whole()).sum
    const expected = (await (await (await target.reader()).hashing!(t, own))!.whole()).sum
    expect(await whole(fields)).toBe(expected)
    expect(await whole(fields.with(2, idOf('bb', [b])))).not.toBe(expected)
    expect(await whole(fields.with(4, idOf('both', [c, b])))).not.toBe(expected)
    expect(await whole(fields.with(2, fields[6]!).with(6, fields[2]!))).not.toBe(expected)
  })

  test('where a relation has no rows', async () => {
    const { source } = await sides()
    const hashing = await (await source.reader()).hashing!({ ...t, where: 'false' }, fields)
    expect(await hashing!.whole()).toEqual({ rows: 0, sum: 0n })
  })

  test('and a failure on the way leaves the snapshot readable', async () => {
    const { source } = await sides()
    const session = await source.reader()
    const failing = await session.hashing!(t, [...fields, plain('1 / (a - 5)', integer)])
    await expect(failing!.whole()).rejects.toThrow('division by zero')
    expect(await session.count(t)).toBe(rows.length)
    const stopped = await session.hashing!(t, fields)
    await expect(stopped!.whole({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'interrupted',
    })
    expect(await session.count(t)).toBe(rows.length)
  })

  const refused: [what: string, field: Field][] = [
    ['a text', idOf('s', [plain('s', text)])],
    ['a number with digits after the point', idOf('n', [plain('(n / 2.0)', integer, decimal)])],
    ['what is no integer to the server', idOf('n', [plain('n::numeric', integer)])],
    ['what SQL may have refused', markedId()],
    ['bytes', { ...idOf('t', [a]), type: { kind: 'bytes', length: 16 } }],
  ]
  test.each(refused)('but neither hashed nor sent straight, of %s', async (_, field) => {
    const { source, target } = await sides('DELETE FROM t')
    const session = await source.reader()
    expect(await session.hashing!(t, fields.with(2, field))).toBeNull()
    const writer = await target.target()
    await writer.begin()
    const options = { reject: () => {}, progress: () => {} }
    expect(await transferred(writer, session, t, fields.with(2, field), 't', columns, options)).toBeNull()
  })
})

function markedId(): Field {
  const id = idOf('t', [a])
  return { ...id, derived: { ...id.derived!, kind: 'uuid', namespace, table: 't', marked: true } }
}

describe('a comparison through made UUIDs', () => {
  const pair: RelationPair = {
    source: t,
    target: t,
    keyFields: 1,
    integerKey: false,
    fields: fields.map((field, index) => ({
      name: columns[index]!.name,
      source: field.expression,
      target: own[index]!.expression,
      type: field.type,
      own: { source: field.own, target: own[index]!.own },
      rounded: false,
      ...(field.derived ? { derived: field.derived } : {}),
    })),
  }

  async function found(source: Session, target: Session, hashHere: boolean) {
    const differences: LineDifference[] = []
    const progress: [number, number][] = []
    const comparison = await compare(source, target, pair, {
      hashHere,
      onDifference: one => differences.push(one),
      onRows: (...given) => progress.push(given),
    })
    const { hashed, missing, extra, changed, matched } = comparison
    return { hashed, counts: { missing, extra, changed, matched }, differences, progress }
  }

  test('needs no row of the target where all are equal', async () => {
    const { source, target } = await sides()
    const session = await target.reader()
    const blind: Session = {
      ...session,
      digestLines: () => {
        throw new Error('read')
      },
    }
    const result = await found(await source.reader(), blind, false)
    expect(result).toMatchObject({
      hashed: 'in the database',
      counts: { missing: 0, extra: 0, changed: 0, matched: rows.length },
    })
    expect(result.progress.at(-1)).toEqual([rows.length, rows.length])
  })

  test('is none where the rows read are not as many as the source counts', async () => {
    const { source, target } = await sides()
    const session = await source.reader()
    const more: Session = { ...session, count: async relation => (await session.count(relation)) + 1 }
    await expect(found(more, await target.reader(), false)).rejects.toMatchObject({ code: 'internal' })
  })

  const damages: [what: string, change: string][] = [
    ['a reference to a neighbour', `UPDATE t SET b = '${keyed('b', '2')}' WHERE id = '${keyed('t', '3')}'`],
    ['a reference that is gone', `UPDATE t SET c = NULL WHERE id = '${keyed('t', '4')}'`],
    ['a stored UUID', `UPDATE t SET u = '${keyed('b', '2')}' WHERE id = '${keyed('t', '4')}'`],
    ['a value', `UPDATE t SET n = n + 0.01 WHERE id = '${keyed('t', '4')}'`],
    ['a row less', `DELETE FROM t WHERE id = '${keyed('t', '4')}'`],
    ['a row more', `INSERT INTO t (id) VALUES ('${keyed('t', '99')}')`],
    [
      'two references exchanged between rows',
      `UPDATE t SET c = CASE id WHEN '${keyed('t', '1')}' THEN '${keyed('c', wide[2]!)}' ELSE '${keyed('c', wide[1]!)}' END::uuid
       WHERE id IN ('${keyed('t', '1')}', '${keyed('t', '2')}')`,
    ],
  ]
  test.each(damages)('finds %s as one that hashes all rows here', async (_, change) => {
    const { source, target } = await sides(change)
    const [old, next] = [await source.reader(), await target.reader()]
    const [asked, here] = [await found(old, next, false), await found(old, next, true)]
    expect(asked.counts).toEqual(here.counts)
    expect(asked.differences).toEqual(here.differences)
    expect(asked.differences.length).toBeGreaterThan(0)
  })
})

describe('rows go straight from server to server with the UUIDs made on the way', () => {
  test('and are those that go as lines', async () => {
    const { source, target } = await sides('DELETE FROM t')
    const session = await source.reader()
    const writer = await target.target()
    const progress: number[] = []
    const options = { reject: () => {}, progress: (rows: number) => void progress.push(rows) }
    await writer.begin()
    expect(await transferred(writer, session, t, fields, 't', columns, options)).toBe(rows.length)
    expect(progress.at(-1)).toBe(rows.length)
    const straight = (await readAll(writer, t, own)).sort()
    await writer.execute('DELETE FROM t')
    expect(await writer.load('t', columns, session.read(t, fields), options)).toBe(rows.length)
    expect(straight).toEqual((await readAll(writer, t, own)).sort())
    const { made } = await sides()
    expect(straight.map(line => line.split('\t')[0])).toEqual(made.map(([id]) => id).sort())
  })

  test('in many pieces, with values of 10 MB among them', async () => {
    const source = await postgres.create(`
      CREATE TABLE t (a integer, v text);
      INSERT INTO t SELECT n, CASE WHEN n IN (500, 5000) THEN repeat(md5(n::text), 330000) ELSE 'row ' || n END FROM generate_series(1, 60000) n`)
    const target = await postgres.create('CREATE TABLE t (id uuid PRIMARY KEY, v text)')
    const session = await source.reader()
    const writer = await target.target()
    const some = [idOf('t', [a]), plain('v', text)]
    const into = [
      { name: 'id', type: uuid },
      { name: 'v', type: text },
    ]
    const options = { reject: () => {}, progress: () => {} }
    await writer.begin()
    expect(await transferred(writer, session, t, some, 't', into, options)).toBe(60_000)
    await writer.commit()
    const hashing = await session.hashing!(t, some)
    const stored = await (await target.reader()).hashing!(t, [plain('id', uuid), plain('v', text)])
    expect(await hashing!.whole()).toEqual(await stored!.whole())
  })

  test('and the source can be asked again where they do not', async () => {
    const { source, target } = await sides(`
      DELETE FROM t; CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''not now''; END';
      CREATE TRIGGER refusing BEFORE INSERT ON t EXECUTE FUNCTION refuse()`)
    const session = await source.reader()
    const writer = await target.target()
    const options = { reject: () => {}, progress: () => {} }
    await writer.begin()
    expect(await transferred(writer, session, t, fields, 't', columns, options)).toBeNull()
    expect(await session.count(t)).toBe(rows.length)
    await writer.rollback()
    await writer.begin()
    const stopped = { ...options, signal: AbortSignal.abort() }
    await expect(transferred(writer, session, t, fields, 't', columns, stopped)).rejects.toMatchObject({
      code: 'interrupted',
    })
    expect(await session.count(t)).toBe(rows.length)
  })

  test('but not where a row is refused', async () => {
    const { source, target } = await sides("DELETE FROM t; ALTER TABLE t ADD CHECK (s <> 's7')")
    const session = await source.reader()
    const writer = await target.target()
    const rejected: unknown[] = []
    const options = { reject: (one: unknown) => void rejected.push(one), progress: () => {} }
    await writer.begin()
    expect(await transferred(writer, session, t, fields, 't', columns, options)).toBeNull()
    expect(await writer.count(t)).toBe(0)
    expect(await writer.load('t', columns, session.read(t, fields), options)).toBe(rows.length - 1)
    expect(rejected).toMatchObject([{ row: { id: keyed('t', '7') } }])
  })
})

describe('rows of a binary COPY', () => {
  const integers = [2, 4, 8] as const
  const field = fc.oneof(
    fc.constant(null),
    fc.constantFrom(...integers).chain(bytes => {
      const half = 2n ** BigInt(bytes * 8 - 1)
      const near = fc.bigInt({ min: -20n, max: 70_000n > half ? half - 1n : 70_000n })
      return fc
        .oneof(near, fc.bigInt({ min: -half, max: half - 1n }))
        .map(value => ({ bytes: bytesOf(value, bytes), text: String(value) }))
    }),
  )
  const other = fc.option(fc.uint8Array({ maxLength: 40 }))
  const row = fc.tuple(field, other, field, field, other, other)
  const made = [idOf('t', [a]), plain('x', text), idOf('a:b', [b, c]), plain('y', text), plain('z', text)]

  test('come whole in whatever pieces they come, with the ids of their keys', async () => {
    const given = fc.tuple(fc.array(row, { maxLength: 40 }), fc.array(fc.nat(60), { maxLength: 30 }))
    await fc.assert(
      fc.asyncProperty(given, async ([some, cuts]) => {
        const all = [...some, ...some]
        const encoded = all.map(([a, x, b, c, y, z]) =>
          rowOf([a?.bytes ?? null, x, b?.bytes ?? null, c?.bytes ?? null, y, z]),
        )
        const expected = all.map(([a, x, b, c, y, z]) => {
          const id = a && uuidBytes(keyed('t', a.text))
          return rowOf([id, x, b && c && uuidBytes(keyed('a:b', b.text, c.text)), y, z])
        })
        const rewriting = new MadeRows(made)
        const found: Buffer[] = []
        let count = 0
        const bytes = Buffer.concat([binaryHeader, ...encoded, binaryTrailer])
        for await (const piece of binaryPieces(streamOf(bytes, cuts))) {
          found.push(Buffer.from(rewriting.rewrite(piece)))
          count += piece.rows
        }
        expect(Buffer.concat(found)).toEqual(Buffer.concat(expected))
        expect(count).toBe(all.length)
      }),
      { numRuns: 300 },
    )
  })

  test('are no rows where they end too early', async () => {
    const bytes = Buffer.concat([binaryHeader, rowOf([Buffer.from('one')]), rowOf([null]), binaryTrailer])
    for (let length = 0; length < bytes.length; length++) {
      const reading = async () => {
        let rows = 0
        for await (const piece of binaryPieces(streamOf(bytes.subarray(0, length), [7, 30])))
          rows += piece.rows
        return rows
      }
      await expect(reading()).rejects.toThrow('end before')
    }
  })

  function rowOf(values: (Uint8Array | null)[]): Buffer {
    const count = Buffer.alloc(2)
    count.writeInt16BE(values.length)
    const parts = values.flatMap(value => {
      const length = Buffer.alloc(4)
      length.writeInt32BE(value?.length ?? -1)
      return value === null ? [length] : [length, value]
    })
    return Buffer.concat([count, ...parts])
  }

  function bytesOf(value: bigint, bytes: number): Buffer {
    const eight = Buffer.alloc(8)
    eight.writeBigInt64BE(value)
    return eight.subarray(8 - bytes)
  }

  function uuidBytes(id: string): Buffer {
    return Buffer.from(id.replaceAll('-', ''), 'hex')
  }

  function streamOf(bytes: Buffer, cuts: number[]): Readable {
    const chunks: Buffer[] = []
    let at = 0
    for (const cut of cuts) {
      chunks.push(bytes.subarray(at, at + cut))
      at += cut
    }
    chunks.push(bytes.subarray(at))
    return Readable.from(chunks.filter(({ length }) => length > 0))
  }
})
