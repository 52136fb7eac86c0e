import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import type { VerifyResult } from '../src/index.ts'
import { type Cutover, cutover } from './cutover.ts'
import { postgresDatabase, sqliteDatabase } from './databases.ts'

interface Exhibit extends Cutover {
  client: pg.Client
}

/** Both databases filled with the same rows and found equal: the state before the damage. */
async function exhibit(options: {
  source: string
  target: string
  tables?: Record<string, unknown>
  rest?: Record<string, unknown>
}): Promise<Exhibit> {
  const { url, client } = await postgresDatabase(options.target)
  const pair = cutover(sqliteDatabase(options.source), url, {
    tables: options.tables ?? { t: {} },
    ...options.rest,
  })
  expect((await pair.migrate()).status).toBe('finished')
  expect(await pair.verify()).toMatchObject({ verdict: 'match', differences: [], not_covered: [] })
  return { ...pair, client }
}

/** What verify counts for table `t`. */
function counts({ tables }: VerifyResult, name = 't') {
  const { source_rows, target_rows, missing, extra, changed } = tables.find(({ table }) => table === name)!
  return { source_rows, target_rows, missing, extra, changed }
}

/** Applies the damage and expects exactly these differences, whatever their order. */
async function expectDifferences(
  { client, verify }: Exhibit,
  damage: string,
  expected: { kind: string; key: Record<string, string | null>; columns?: unknown }[],
): Promise<void> {
  await client.query(damage)
  const result = await verify()
  expect(result.verdict).toBe('mismatch')
  const found = result.differences.map(({ kind, key, columns }) => ({ kind, key, columns }))
  const order = (a: { key: object }, b: { key: object }) =>
    JSON.stringify(a.key) < JSON.stringify(b.key) ? -1 : 1
  expect(found.sort(order)).toEqual(expected.map(one => ({ columns: expect.anything(), ...one })).sort(order))
  const of = (kind: string) => expected.filter(one => one.kind === kind).length
  expect(counts(result)).toMatchObject({ missing: of('missing'), extra: of('extra'), changed: of('changed') })
  expect(result.tables[0]!.source_checksum).not.toBe(result.tables[0]!.target_checksum)
}

const changed = (id: number, column: string, source: string | null, target: string | null) => ({
  kind: 'changed',
  key: { id: String(id) },
  columns: { [column]: { source, target } },
})

/** `t (id, v)`, the type of `v` as each database spells it. */
function values(sqliteType: string, postgresType: string, rows: [number, string][]) {
  const listed = rows.map(([id, sql]) => `(${id}, ${sql})`).join(', ')
  return {
    source: `CREATE TABLE t (id INTEGER PRIMARY KEY, v ${sqliteType}); INSERT INTO t VALUES ${listed}`,
    target: `CREATE TABLE t (id bigint PRIMARY KEY, v ${postgresType})`,
  }
}

const numbered = (count: number, sql: (id: number) => string): [number, string][] =>
  Array.from({ length: count }, (_, index) => [index + 1, sql(index + 1)])

describe('changes that cancel in a weaker checksum', () => {
  test('the same change on an even number of rows is found', async () => {
    const pair = await exhibit(
      values(
        'TEXT',
        'text',
        numbered(200, () => `'same'`),
      ),
    )
    await expectDifferences(
      pair,
      `UPDATE t SET v = 'other' WHERE id IN (20, 30, 40, 190)`,
      [20, 30, 40, 190].map(id => changed(id, 'v', 'same', 'other')),
    )
  })

  test('rows without a key that change in pairs of equal hash are found', async () => {
    // XOR of row hashes: two equal rows cancel, whatever they are; so does replacing them by two others.
    const rows = `('a'), ('a'), ('b'), ('b'), ('c')`
    const pair = await exhibit({
      source: `CREATE TABLE t (v TEXT); INSERT INTO t VALUES ${rows}`,
      target: 'CREATE TABLE t (v text)',
    })
    await expectDifferences(pair, `UPDATE t SET v = 'z' WHERE v = 'a'`, [
      { kind: 'missing', key: { v: 'a' } },
      { kind: 'missing', key: { v: 'a' } },
      { kind: 'extra', key: { v: 'z' } },
      { kind: 'extra', key: { v: 'z' } },
    ])
  })

  test('two values swapped between two rows are found', async () => {
    const pair = await exhibit(
      values(
        'TEXT',
        'text',
        numbered(200, id => `'v${id}'`),
      ),
    )
    await expectDifferences(
      pair,
      `UPDATE t SET v = CASE id WHEN 7 THEN 'v8' ELSE 'v7' END WHERE id IN (7, 8)`,
      [changed(7, 'v', 'v7', 'v8'), changed(8, 'v', 'v8', 'v7')],
    )
  })

  test('two rows that trade their keys are found', async () => {
    const pair = await exhibit({
      source: `CREATE TABLE t (k TEXT PRIMARY KEY NOT NULL, v TEXT); INSERT INTO t VALUES ('a', 'x'), ('b', 'y'), ('c', 'z')`,
      target: 'CREATE TABLE t (k text PRIMARY KEY, v text)',
    })
    await expectDifferences(pair, `UPDATE t SET v = CASE k WHEN 'a' THEN 'y' ELSE 'x' END WHERE k <> 'c'`, [
      { kind: 'changed', key: { k: 'a' } },
      { kind: 'changed', key: { k: 'b' } },
    ])
  })
})

describe('values that run together in a weaker encoding', () => {
  test.each([
    ['x0', 'y', 'x', '0y'],
    ['x\t', 'y', 'x', '\ty'],
    ['x\\', 'ty', 'x\\t', 'y'],
    ['x\n', '', 'x', '\n'],
    ['', 'x', 'x', ''],
  ])('%j and %j is not %j and %j', async (a, b, c, d) => {
    const literal = (text: string) => `'${text}'`
    const pair = await exhibit({
      source: `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT); INSERT INTO t VALUES (1, ${literal(a)}, ${literal(b)}), (2, 'x', 'y')`,
      target: 'CREATE TABLE t (id int PRIMARY KEY, a text, b text)',
    })
    await expectDifferences(pair, `UPDATE t SET a = ${literal(c)}, b = ${literal(d)} WHERE id = 1`, [
      {
        kind: 'changed',
        key: { id: '1' },
        columns: { a: { source: a, target: c }, b: { source: b, target: d } },
      },
    ])
  })

  const sentinels = [null, '', '\\N', 'NULL', '<null>', '\\\\N', 'null', ' ']
  test.each(sentinels)('%j is none of the other ways to say nothing', async value => {
    const literal = (text: string | null) => (text === null ? 'NULL' : `'${text}'`)
    const others = sentinels.filter(one => one !== value)
    const pair = await exhibit(
      values(
        'TEXT',
        'text',
        numbered(others.length, () => literal(value)),
      ),
    )
    await expectDifferences(
      pair,
      others.map((other, index) => `UPDATE t SET v = ${literal(other)} WHERE id = ${index + 1}`).join('; '),
      others.map((other, index) => changed(index + 1, 'v', value, other)),
    )
  })

  test('a trailing space and another normal form of the same letter are changes', async () => {
    const pair = await exhibit(
      values('TEXT', 'text', [
        [1, `'a'`],
        [2, `'caf\u00e9'`],
        [3, `'a'`],
        [4, `'A'`],
      ]),
    )
    await expectDifferences(
      pair,
      `UPDATE t SET v = CASE id WHEN 1 THEN 'a ' WHEN 2 THEN 'cafe\u0301' WHEN 4 THEN 'a' ELSE v END`,
      [changed(1, 'v', 'a', 'a '), changed(2, 'v', 'caf\u00e9', 'cafe\u0301'), changed(4, 'v', 'A', 'a')],
    )
  })
})

describe('numbers and times a weaker comparison rounds', () => {
  test('zero is not NULL', async () => {
    const pair = await exhibit(
      values('INTEGER', 'bigint', [
        [1, '0'],
        [2, 'NULL'],
        [3, '0'],
      ]),
    )
    await expectDifferences(pair, 'UPDATE t SET v = CASE id WHEN 1 THEN NULL WHEN 2 THEN 0 ELSE v END', [
      changed(1, 'v', '0', null),
      changed(2, 'v', null, '0'),
    ])
  })

  test('integers beyond 2^53 differ in their last digit', async () => {
    const big = ['9007199254740992', '9223372036854775806', '-9223372036854775807']
    const pair = await exhibit(
      values(
        'INTEGER',
        'bigint',
        big.map((sql, index) => [index + 1, sql]),
      ),
    )
    await expectDifferences(
      pair,
      'UPDATE t SET v = v + 1',
      big.map((value, index) => changed(index + 1, 'v', value, String(BigInt(value) + 1n))),
    )
  })

  test('keys beyond 2^53 that differ in their last digit are different rows', async () => {
    const pair = await exhibit({
      source: `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
        INSERT INTO t VALUES (9007199254740992, 'a'), (-9223372036854775808, 'b'), (9223372036854775806, 'c')`,
      target: 'CREATE TABLE t (id bigint PRIMARY KEY, v text)',
    })
    await expectDifferences(pair, 'UPDATE t SET id = id + 1 WHERE id > 0', [
      { kind: 'missing', key: { id: '9007199254740992' } },
      { kind: 'extra', key: { id: '9007199254740993' } },
      { kind: 'missing', key: { id: '9223372036854775806' } },
      { kind: 'extra', key: { id: '9223372036854775807' } },
    ])
  })

  test.each(['json', 'jsonb'])('numbers in %s that differ beyond 2^53 are different', async type => {
    const pair = await exhibit(
      values('TEXT', type, [
        [1, `'{"n": 12345678901234567890, "m": 1e2}'`],
        [2, `'[0.1]'`],
        [3, `'{"a":1,"b":2}'`],
      ]),
    )
    await expectDifferences(
      pair,
      `UPDATE t SET v = CASE id WHEN 1 THEN '{"m": 100.0, "n": 12345678901234567891}' WHEN 2 THEN '[0.1000000000000000055]'
         ELSE '{ "b": 2.0, "a": 10e-1 }' END::${type}`,
      [
        changed(1, 'v', '{"m":100,"n":12345678901234567890}', '{"m":100,"n":12345678901234567891}'),
        changed(2, 'v', '[0.1]', '[0.1000000000000000055]'),
      ],
    )
  })

  test('the last bit of a float is a change', async () => {
    const pair = await exhibit(
      values('REAL', 'double precision', [
        [1, '0.1'],
        [2, '1e300'],
        [3, '0.3'],
        [4, '1e23'],
      ]),
    )
    await expectDifferences(
      pair,
      `UPDATE t SET v = CASE id WHEN 1 THEN '0.10000000000000002' WHEN 2 THEN '1.0000000000000002e300' WHEN 3 THEN '0.30000000000000004' ELSE '1e23' END::float8`,
      [
        changed(1, 'v', '0.1', '0.10000000000000002'),
        changed(2, 'v', '1e+300', '1.0000000000000002e+300'),
        changed(3, 'v', '0.3', '0.30000000000000004'),
      ],
    )
  })

  test('the last digit of a decimal is a change', async () => {
    const pair = await exhibit(
      values('TEXT', 'numeric', [
        [1, `'1234567890123456789.10'`],
        [2, `'0.1'`],
        [3, `'1.50'`],
      ]),
    )
    await expectDifferences(
      pair,
      `UPDATE t SET v = CASE id WHEN 1 THEN 1234567890123456789.11 WHEN 2 THEN 0.10000000000000000001 ELSE 1.5 END`,
      [
        changed(1, 'v', '1234567890123456789.1', '1234567890123456789.11'),
        changed(2, 'v', '0.1', '0.10000000000000000001'),
      ],
    )
  })

  test('a millisecond and a microsecond are changes', async () => {
    const pair = await exhibit(
      values('DATETIME', 'timestamp(6)', [
        [1, '1700000000123'],
        [2, `'2023-11-14T22:13:20.123Z'`],
        [3, '-1'],
        [4, '0'],
      ]),
    )
    await expectDifferences(
      pair,
      `UPDATE t SET v = v + CASE id WHEN 1 THEN interval '1 millisecond' WHEN 2 THEN interval '1 microsecond' WHEN 3 THEN interval '1 millisecond' ELSE interval '0' END`,
      [
        changed(1, 'v', '2023-11-14 22:13:20.123', '2023-11-14 22:13:20.124'),
        changed(2, 'v', '2023-11-14 22:13:20.123', '2023-11-14 22:13:20.123001'),
        changed(3, 'v', '1969-12-31 23:59:59.999', '1970-01-01 00:00:00'),
      ],
    )
  })
})

describe('rows a weaker pairing passes over', () => {
  test('rows that differ in the second column of their key only are different rows', async () => {
    const rows = Array.from({ length: 100 }, (_, index) => `(1, ${index}, 'v')`).join(', ')
    const pair = await exhibit({
      source: `CREATE TABLE t (a INTEGER NOT NULL, b INTEGER NOT NULL, v TEXT, PRIMARY KEY (a, b)); INSERT INTO t VALUES ${rows}`,
      target: 'CREATE TABLE t (a int, b int, v text, PRIMARY KEY (a, b))',
    })
    await expectDifferences(pair, `UPDATE t SET b = 1000 WHERE b = 50; UPDATE t SET v = 'w' WHERE b = 51`, [
      { kind: 'missing', key: { a: '1', b: '50' } },
      { kind: 'extra', key: { a: '1', b: '1000' } },
      { kind: 'changed', key: { a: '1', b: '51' }, columns: { v: { source: 'v', target: 'w' } } },
    ])
  })

  test('one copy less of a row without a key is missing', async () => {
    const pair = await exhibit({
      source: `CREATE TABLE t (v TEXT); INSERT INTO t VALUES ('a'), ('a'), ('a')`,
      target: 'CREATE TABLE t (v text)',
    })
    await expectDifferences(pair, 'DELETE FROM t WHERE ctid = (SELECT min(ctid) FROM t)', [
      { kind: 'missing', key: { v: 'a' } },
    ])
  })

  test('2 of a and 1 of b is not 1 of a and 2 of b', async () => {
    const pair = await exhibit({
      source: `CREATE TABLE t (v TEXT, w INTEGER); INSERT INTO t VALUES ('a', NULL), ('a', NULL), ('b', NULL)`,
      target: 'CREATE TABLE t (v text, w bigint)',
    })
    await expectDifferences(
      pair,
      `UPDATE t SET v = 'b' WHERE ctid = (SELECT min(ctid) FROM t WHERE v = 'a')`,
      [
        { kind: 'missing', key: { v: 'a', w: null } },
        { kind: 'extra', key: { v: 'b', w: null } },
      ],
    )
  })

  test('the first and last row of every range, and rows outside all ranges, are looked at', async () => {
    const ids = Array.from({ length: 1000 }, (_, index) => index + 1)
    const pair = await exhibit(
      values(
        'TEXT',
        'text',
        numbered(1000, id => `'v${id}'`),
      ),
    )
    // Ranges hold 50 rows; one row on each side of every boundary.
    const touched = ids.filter(id => id === 1 || id === 1000 || id % 50 <= 1)
    await expectDifferences(pair, `UPDATE t SET v = 'x' WHERE id = 1 OR id = 1000 OR id % 50 <= 1`, [
      ...touched.map(id => changed(id, 'v', `v${id}`, 'x')),
    ])
  })

  test.each([
    ['far outside', [-9_000_000_000_000_000_000n, -1n, 0n, 1001n, 9_000_000_000_000_000_000n]],
    ['just outside', [-1n, 0n, 1001n, 1002n]],
  ])('rows added %s the keys of the source are extra', async (_, added) => {
    const pair = await exhibit(
      values(
        'TEXT',
        'text',
        numbered(1000, id => `'v${id}'`),
      ),
    )
    const rows = added.map(id => `(${id}, 'new')`).join(', ')
    await expectDifferences(
      pair,
      `INSERT INTO t VALUES ${rows}`,
      added.map(id => ({ kind: 'extra', key: { id: String(id) } })),
    )
  })

  test('the first and the last row taken away are missing', async () => {
    const pair = await exhibit(
      values(
        'TEXT',
        'text',
        numbered(1000, id => `'v${id}'`),
      ),
    )
    await expectDifferences(pair, 'DELETE FROM t WHERE id IN (1, 500, 1000)', [
      { kind: 'missing', key: { id: '1' } },
      { kind: 'missing', key: { id: '500' } },
      { kind: 'missing', key: { id: '1000' } },
    ])
  })
})
