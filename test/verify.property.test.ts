import fc from 'fast-check'
import type pg from 'pg'
import { expect, test } from 'vitest'
import { compare } from '../src/compare/compare.ts'
import type { RelationPair } from '../src/compare/relation-pair.ts'
import { parseConnectionUrl } from '../src/engines/connection-url.ts'
import { openReader } from '../src/engines/open.ts'
import type { VerifyResult } from '../src/index.ts'
import type { LogicalType } from '../src/model/logical-type.ts'
import { decodeLine } from '../src/model/row-line.ts'
import { cutover } from './cutover.ts'
import { postgresDatabase, sqliteDatabase } from './databases.ts'

interface Row {
  id: string
  name: string | null
  amount: string | null
  at: string | null
  flag: boolean | null
}

const text = fc.oneof(
  fc.constantFrom('', ' ', 'a', 'a ', 'b', 'NULL', '\\N', '\t', '\n', '\\', 'é', 'e\u0301', '😀', "'", '"'),
  fc.string({ unit: 'grapheme', maxLength: 8 }).filter(value => !value.includes('\0')),
)
const amount = fc.integer({ min: -99_999, max: 99_999 }).map(cents => (cents / 100).toFixed(2))
const instant = fc
  .integer({ min: -2_000_000_000_000, max: 4_000_000_000_000 })
  .map(ms => new Date(ms).toISOString().replace('T', ' ').replace('Z', ''))
const row = (id: string) =>
  fc.record<Row>({
    id: fc.constant(id),
    name: fc.option(text),
    amount: fc.option(amount),
    at: fc.option(instant),
    flag: fc.option(fc.boolean()),
  })

type Damage =
  | { kind: 'delete'; index: number }
  | { kind: 'insert'; row: Row }
  | { kind: 'change'; index: number; row: Row }
  | { kind: 'swap'; index: number; other: number }

const damage = (count: number, newId: fc.Arbitrary<string>): fc.Arbitrary<Damage> =>
  fc.oneof(
    newId.chain(id => row(id)).map(inserted => ({ kind: 'insert' as const, row: inserted })),
    ...(count === 0
      ? []
      : [
          fc.nat(count - 1).map(index => ({ kind: 'delete' as const, index })),
          fc
            .tuple(fc.nat(count - 1), row(''))
            .map(([index, changed]) => ({ kind: 'change' as const, index, row: changed })),
          fc
            .tuple(fc.nat(count - 1), fc.nat(count - 1))
            .map(([index, other]) => ({ kind: 'swap' as const, index, other })),
        ]),
  )

/** What the target holds once the damage is done, by a model that knows nothing of digests. */
function damaged(rows: Row[], damages: Damage[]): Row[] {
  const result = new Map(rows.map(one => [one.id, { ...one }]))
  for (const one of damages) {
    if (one.kind === 'insert') {
      if (!result.has(one.row.id)) result.set(one.row.id, one.row)
      continue
    }
    const id = rows[one.index]!.id
    const present = result.get(id)
    if (!present) continue
    if (one.kind === 'delete') result.delete(id)
    if (one.kind === 'change') result.set(id, { ...one.row, id })
    if (one.kind === 'swap') {
      const other = result.get(rows[one.other]!.id)
      if (!other) continue
      result.set(id, { ...other, id })
      result.set(other.id, { ...present, id: other.id })
    }
  }
  return [...result.values()]
}

/** A naive full comparison: every cell of every row, as JavaScript values. */
function naive(source: Row[], target: Row[]): { kind: string; id: string; columns: string[] }[] {
  const found: { kind: string; id: string; columns: string[] }[] = []
  const before = new Map(source.map(one => [one.id, one]))
  const after = new Map(target.map(one => [one.id, one]))
  for (const [id, one] of before) {
    const other = after.get(id)
    if (!other) found.push({ kind: 'missing', id, columns: [] })
    else {
      const columns = (['name', 'amount', 'at', 'flag'] as const).filter(
        column => one[column] !== other[column],
      )
      if (columns.length > 0) found.push({ kind: 'changed', id, columns })
    }
  }
  for (const id of after.keys()) if (!before.has(id)) found.push({ kind: 'extra', id, columns: [] })
  return found
}

function reported(result: VerifyResult): string[] {
  return result.differences
    .map(({ kind, key, columns }) =>
      kind === 'changed' ? `changed ${key.id} ${Object.keys(columns).join(' ')}` : `${kind} ${key.id}`,
    )
    .sort()
}

function naivelyReported(source: Row[], target: Row[]): string[] {
  return naive(source, target)
    .map(({ kind, id, columns }) => [kind, id, ...columns].join(' '))
    .sort()
}

async function insertAll(client: pg.Client, rows: Row[]): Promise<void> {
  await client.query('INSERT INTO t SELECT * FROM json_populate_recordset(NULL::t, $1::json)', [
    JSON.stringify(rows),
  ])
}

/** Timestamps in one of the three encodings Prisma databases hold in one column. */
function encoded(at: string | null, index: number): string | bigint | null {
  if (at === null) return null
  if (index % 3 === 0) return BigInt(Date.parse(`${at.replace(' ', 'T')}Z`))
  return index % 3 === 1 ? `${at.replace(' ', 'T')}Z` : at
}

const kinds = [
  {
    name: 'an integer key',
    key: 'INTEGER PRIMARY KEY',
    type: 'bigint PRIMARY KEY',
    ids: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
    runs: 60,
  },
  {
    name: 'a dense integer key',
    key: 'INTEGER PRIMARY KEY',
    type: 'integer PRIMARY KEY',
    ids: fc.integer({ min: 1, max: 300 }).map(String),
    runs: 60,
  },
  { name: 'a text key', key: 'TEXT PRIMARY KEY', type: 'text PRIMARY KEY', ids: text, runs: 60 },
]

for (const { name, key, type, ids, runs } of kinds) {
  test(`verify reports exactly what a naive comparison of all rows reports, by ${name}`, {
    timeout: 300_000,
  }, async () => {
    const { url, client } = await postgresDatabase(
      `CREATE TABLE t (id ${type}, name text, amount numeric(10, 2), at timestamp(3), flag boolean)`,
    )
    const cases = fc
      .uniqueArray(ids, { maxLength: 120 })
      .chain(chosen =>
        fc.tuple(fc.tuple(...chosen.map(row)), fc.array(damage(chosen.length, ids), { maxLength: 12 })),
      )
    await fc.assert(
      fc.asyncProperty(cases, async ([rows, damages]) => {
        const file = sqliteDatabase(
          `CREATE TABLE t (id ${key}, name TEXT, amount NUMERIC(10, 2), at DATETIME, flag BOOLEAN)`,
          database => {
            const insert = database.prepare('INSERT INTO t VALUES (?, ?, ?, ?, ?)')
            for (const [index, one] of rows.entries()) {
              const id = key.startsWith('INTEGER') ? BigInt(one.id) : one.id
              insert.run(
                id,
                one.name,
                one.amount,
                encoded(one.at, index),
                one.flag === null ? null : one.flag ? 1 : 0,
              )
            }
          },
        )
        const after = damaged(rows, damages)
        await client.query('TRUNCATE t')
        await insertAll(client, after)
        const expected = naivelyReported(rows, after)
        const result = await cutover(file, url, { tables: { t: {} } }).verify({ limitDiffs: 1000 })
        expect(reported(result)).toEqual(expected)
        const [table] = result.tables
        expect(table!.missing + table!.extra + table!.changed).toBe(expected.length)
        expect(result.verdict).toBe(
          expected.length > 0 ? 'mismatch' : rows.length > 0 ? 'match' : 'inconclusive',
        )
      }),
      { numRuns: runs },
    )
  })
}

/** Two PostgreSQL databases: `key` is how many of the columns, `id` or `id` and `name`, identify a row. */
const shapes = [
  { name: 'an integer key', id: 'bigint', key: 1, ids: kinds[0]!.ids },
  { name: 'a dense integer key', id: 'integer', key: 1, ids: kinds[1]!.ids },
  { name: 'a text key', id: 'text', key: 1, ids: kinds[2]!.ids },
  { name: 'a key of uuids', id: 'uuid', key: 1, ids: fc.uuid() },
  { name: 'a key of two columns', id: 'integer', key: 2, ids: kinds[1]!.ids },
  { name: 'no key', id: 'integer', key: 0, ids: kinds[1]!.ids },
]
const columns: (keyof Row)[] = ['id', 'name', 'amount', 'at', 'flag']

/** As `naive`, by a key of some leading columns, or of none. */
function naiveByKey(source: Row[], target: Row[], key: number) {
  const counts = { missing: 0, extra: 0, changed: 0 }
  const textOf = (one: Row, from: number, to = columns.length) =>
    JSON.stringify(columns.slice(from, to).map(column => one[column]))
  const left = new Map<string, string[]>()
  for (const one of source) {
    const text = textOf(one, 0, key || columns.length)
    left.set(text, [...(left.get(text) ?? []), textOf(one, 0)])
  }
  for (const one of target) {
    const rows = left.get(textOf(one, 0, key || columns.length))
    const equal = rows?.indexOf(textOf(one, 0)) ?? -1
    if (equal >= 0) rows!.splice(equal, 1)
    else if (rows?.length) {
      rows.pop()
      counts.changed++
    } else counts.extra++
  }
  for (const rows of left.values()) counts.missing += rows.length
  return counts
}

for (const { name, id, key, ids } of shapes) {
  test(`both strategies find between two PostgreSQL databases what a naive comparison finds, by ${name}`, {
    timeout: 300_000,
  }, async () => {
    const create = `CREATE TABLE t (id ${id}, name text, amount numeric(10, 2), at timestamp(3), flag boolean)`
    const [source, target] = [await postgresDatabase(create), await postgresDatabase(create)]
    const types: Record<keyof Row, LogicalType> = {
      id: id === 'uuid' ? { kind: 'uuid' } : id === 'text' ? { kind: 'text' } : { kind: 'integer', bits: 64 },
      name: { kind: 'text' },
      amount: { kind: 'decimal', precision: 10, scale: 2, fixedScale: true },
      at: { kind: 'timestamp', precision: 3, zone: false },
      flag: { kind: 'boolean' },
    }
    const relation = { from: 't', rowid: null, where: null }
    const pair: RelationPair = {
      source: relation,
      target: relation,
      fields: columns.map(column => ({
        name: column,
        source: column,
        target: column,
        type: types[column],
        own: { source: types[column], target: types[column] },
        rounded: false,
      })),
      keyFields: key,
      integerKey: key === 1 && types.id.kind === 'integer',
    }
    const copies = fc.array(fc.nat(1000), { maxLength: key === 0 ? 40 : 0 })
    const cases = fc
      .uniqueArray(ids, { maxLength: 120 })
      .chain(chosen =>
        fc.tuple(
          fc.tuple(...chosen.map(row)),
          fc.array(damage(chosen.length, ids), { maxLength: 12 }),
          copies,
          copies,
        ),
      )
    await fc.assert(
      fc.asyncProperty(cases, async ([rows, damages, ofSource, ofTarget]) => {
        const after = damaged(rows, damages)
        const again = (all: Row[], picks: number[]) => [
          ...all,
          ...picks.flatMap(pick => (all.length > 0 ? [all[pick % all.length]!] : [])),
        ]
        const held = { source: again(rows, ofSource), target: again(after, ofTarget) }
        for (const side of ['source', 'target'] as const) {
          const { client } = { source, target }[side]
          await client.query('TRUNCATE t')
          await insertAll(client, held[side])
        }
        const [from, to] = await Promise.all(
          [source, target].map(({ url }) => openReader(parseConnectionUrl(url, '/'))),
        )
        try {
          const expected = naiveByKey(held.source, held.target, key)
          for (const hashHere of [true, false]) {
            const told: string[] = []
            const { missing, extra, changed, matched, hashed } = await compare(from!, to!, pair, {
              hashHere,
              onDifference: ({ kind, source, target }) => {
                const line = decodeLine(Buffer.from((source ?? target)!, 'latin1'))
                told.push(`${kind} ${line.slice(0, key).join(' ')}`)
              },
            })
            expect(hashed).toBe(hashHere ? 'here' : 'in the database')
            expect({ missing, extra, changed }).toEqual(expected)
            expect(matched).toBe(held.source.length - missing - changed)
            if (key !== 1) continue
            const ids = naive(held.source, held.target).map(one => `${one.kind} ${one.id}`)
            expect(told.sort()).toEqual(ids.sort())
          }
        } finally {
          await Promise.all([from!.close(), to!.close()])
        }
      }),
      { numRuns: 40 },
    )
  })
}
