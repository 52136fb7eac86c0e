import fc from 'fast-check'
import type pg from 'pg'
import { expect, test } from 'vitest'
import type { VerifyResult } from '../src/index.ts'
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
function naive(source: Row[], target: Row[]): string[] {
  const found: string[] = []
  const before = new Map(source.map(one => [one.id, one]))
  const after = new Map(target.map(one => [one.id, one]))
  for (const [id, one] of before) {
    const other = after.get(id)
    if (!other) found.push(`missing ${id}`)
    else {
      const columns = (['name', 'amount', 'at', 'flag'] as const).filter(
        column => one[column] !== other[column],
      )
      if (columns.length > 0) found.push(`changed ${id} ${columns.join(' ')}`)
    }
  }
  for (const id of after.keys()) if (!before.has(id)) found.push(`extra ${id}`)
  return found.sort()
}

function reported(result: VerifyResult): string[] {
  return result.differences
    .map(({ kind, key, columns }) =>
      kind === 'changed' ? `changed ${key.id} ${Object.keys(columns).join(' ')}` : `${kind} ${key.id}`,
    )
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
        const expected = naive(rows, after)
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
