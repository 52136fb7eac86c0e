import { describe, expect, onTestFinished, test } from 'vitest'
import { compare } from '../src/compare/compare.ts'
import { pairOf } from '../src/compare/mapping-pair.ts'
import type { CompareOptions, LineDifference, RelationPair } from '../src/compare/relation-pair.ts'
import { parseConnectionUrl } from '../src/engines/connection-url.ts'
import { openReader } from '../src/engines/open.ts'
import type { Session } from '../src/engines/port/session.ts'
import { resolvePlan } from '../src/plan/resolve.ts'
import { cutover } from './cutover.ts'
import { postgresDatabase } from './databases.ts'

interface Sides {
  source: Session
  target: Session
  pair: RelationPair
}

/** Table `t` of two new databases, and how the plan pairs its rows. */
async function sides(
  sourceSql: string,
  targetSql: string,
  mapping: Record<string, unknown> = {},
): Promise<Sides> {
  const [{ url: from }, { url: to }] = [await postgresDatabase(sourceSql), await postgresDatabase(targetSql)]
  return open(from, to, mapping)
}

async function open(from: string, to: string, mapping: Record<string, unknown> = {}): Promise<Sides> {
  const { plan } = cutover(from, to, { tables: { t: mapping } })
  const [source, target] = [await reader(from), await reader(to)]
  const { resolved, problems } = await resolvePlan(
    plan,
    { session: source, catalog: await source.introspect() },
    { session: target, catalog: await target.introspect() },
  )
  expect(problems).toEqual([])
  return { source, target, pair: pairOf(resolved.mappings[0]!) }
}

async function reader(url: string): Promise<Session> {
  const session = await openReader(parseConnectionUrl(url, '/'))
  onTestFinished(() => session.close())
  return session
}

async function found({ source, target, pair }: Sides, options: CompareOptions = {}) {
  const differences: LineDifference[] = []
  const result = await compare(source, target, pair, {
    ...options,
    onDifference: difference => differences.push(difference),
  })
  const { missing, extra, changed, excused, matched, hashed, strategy } = result
  const told = differences.map(({ kind, source, target }) => `${kind} ${source} | ${target}`).sort()
  return { counts: { missing, extra, changed, excused, matched }, told, hashed, strategy, result }
}

/** What both strategies find, which must be the same. */
async function foundByBoth(given: Sides, options: CompareOptions = {}) {
  const inDatabase = await found(given, options)
  const here = await found(given, { ...options, hashHere: true })
  expect(inDatabase.hashed).toBe('in the database')
  expect(here.hashed).toBe('here')
  expect({ counts: inDatabase.counts, told: inDatabase.told }).toEqual({
    counts: here.counts,
    told: here.told,
  })
  return inDatabase
}

const table = (columns: string, rows: string) => `CREATE TABLE t (${columns}); INSERT INTO t ${rows}`
const numbers = (count: number) => `SELECT n, 'row ' || n FROM generate_series(1, ${count}) n`

describe('both strategies find the same', () => {
  test('in tables that are equal, and no row is read then', async () => {
    const sql = table('id integer PRIMARY KEY, v text', numbers(5000))
    const given = await sides(sql, sql)
    expect((await foundByBoth(given)).counts.matched).toBe(5000)
    const unread = { ...given.source, digestLines: () => expect.unreachable('rows were read') }
    const result = await compare(unread, given.target, given.pair)
    expect(result).toMatchObject({ matched: 5000, hashed: 'in the database', strategy: 'range' })
    expect(result.source).toEqual(result.target)
  })

  test('in empty tables, and where one side is empty', async () => {
    const [empty, full] = [
      'CREATE TABLE t (id integer PRIMARY KEY, v text)',
      table('id integer PRIMARY KEY, v text', numbers(60)),
    ]
    expect((await foundByBoth(await sides(empty, empty))).counts.matched).toBe(0)
    expect((await foundByBoth(await sides(full, empty))).counts).toMatchObject({ missing: 60, matched: 0 })
    expect((await foundByBoth(await sides(empty, full))).counts).toMatchObject({ extra: 60, matched: 0 })
  })

  test('of changes scattered over a table of many parts', async () => {
    const sql = table('id bigint PRIMARY KEY, v text', numbers(20_000))
    const given = await sides(
      sql,
      `${sql}; UPDATE t SET v = 'other' WHERE id % 997 = 0; DELETE FROM t WHERE id IN (1, 777, 20000); INSERT INTO t VALUES (-5, 'new'), (20001, 'new'), (900000, 'new')`,
    )
    const { counts, strategy } = await foundByBoth(given)
    expect(counts).toEqual({ missing: 3, extra: 3, changed: 20, excused: 0, matched: 19_977 })
    expect(strategy).toBe('range')
  })

  test('where one key lies far from all others, of which ranges would put every one together', async () => {
    const sql = table(
      'id bigint PRIMARY KEY, v text',
      "SELECT CASE n WHEN 1 THEN 0 ELSE 9000000000000000 + n END, 'row ' || n FROM generate_series(1, 40000) n",
    )
    const same = await sides(sql, sql)
    expect((await foundByBoth(same)).strategy).toBe('range')
    expect((await found(same, { hashHere: true })).strategy).toBe('range')
    const given = await sides(sql, `${sql}; UPDATE t SET v = 'other' WHERE v IN ('row 1', 'row 3000')`)
    const { counts, strategy } = await foundByBoth(given)
    expect(counts).toMatchObject({ missing: 0, extra: 0, changed: 2, matched: 39_998 })
    expect(strategy).toBe('hash')
    expect((await found(given, { hashHere: true })).strategy).toBe('hash')
  })

  test('by keys too large to be cut into ranges, by keys of text, of several columns, and by uuid', async () => {
    const cases = [
      [
        'id bigint PRIMARY KEY, v text',
        "SELECT 9223372036854775807 - n * 3000000000000000, 'row ' || n FROM generate_series(0, 3000) n",
      ],
      [
        'id text COLLATE "C" PRIMARY KEY, v text',
        "SELECT 'é' || n, 'row ' || n FROM generate_series(1, 3000) n",
      ],
      [
        'a integer, b text, v text, PRIMARY KEY (a, b)',
        "SELECT n % 7, 'b' || n, 'row ' || n FROM generate_series(1, 3000) n",
      ],
      [
        'id uuid PRIMARY KEY, v text',
        "SELECT md5(n::text)::uuid, 'row ' || n FROM generate_series(1, 3000) n",
      ],
    ]
    for (const [columns, rows] of cases) {
      const sql = table(columns!, rows!)
      const given = await sides(
        sql,
        `${sql}; UPDATE t SET v = 'other' WHERE v IN ('row 5', 'row 2999'); DELETE FROM t WHERE v = 'row 1000'`,
      )
      const { counts, strategy } = await foundByBoth(given)
      expect(counts, columns).toMatchObject({ missing: 1, extra: 0, changed: 2 })
      expect(strategy).toBe('hash')
    }
  })

  test('of rows that nothing identifies, counted as often as they occur', async () => {
    const sql = table(
      'a integer, v text',
      "SELECT n % 3, CASE WHEN n % 5 > 0 THEN 'v' || n % 50 END FROM generate_series(1, 4000) n",
    )
    const given = await sides(
      sql,
      `${sql}; DELETE FROM t WHERE ctid IN (SELECT ctid FROM t WHERE a = 1 LIMIT 2); INSERT INTO t VALUES (NULL, NULL), (2, 'v7')`,
    )
    const { counts, strategy } = await foundByBoth(given)
    expect(counts).toMatchObject({ missing: 2, extra: 2, changed: 0 })
    expect(strategy).toBe('multiset')
  })

  test('where the key the plan names is NULL in some rows, or not unique', async () => {
    const sql = (nulls: string, last: string) =>
      table(
        'id integer, v text',
        `SELECT n, 'row ' || n FROM generate_series(1, 500) n; INSERT INTO t VALUES (NULL, '${nulls}'), (NULL, 'same'), (7, 'again'), (7, '${last}')`,
      )
    const given = await sides(sql('one', 'x'), sql('two', 'y'), { key: ['id'] })
    expect((await foundByBoth(given)).told).toEqual(['changed 7\tx | 7\ty', 'changed \\N\tone | \\N\ttwo'])
  })

  test('under a condition and through expressions of the plan', async () => {
    const given = await sides(
      table(
        'id integer PRIMARY KEY, first text, last text, at timestamptz',
        "SELECT n, 'a' || n, 'b' || n, now() FROM generate_series(1, 300) n",
      ),
      table(
        'id bigint PRIMARY KEY, name text, year integer',
        "SELECT n, 'a' || n || ' b' || n, 1 FROM generate_series(1, 200) n WHERE n <> 50; UPDATE t SET name = 'x' WHERE id = 3",
      ),
      {
        where: 'id <= 200 -- or more',
        columns: { name: { sql: "first || ' ' || last" }, year: { sql: '1' } },
      },
    )
    expect((await foundByBoth(given)).counts).toEqual({
      missing: 1,
      extra: 0,
      changed: 1,
      excused: 0,
      matched: 198,
    })
  })

  test('where a pair of rows is excused', async () => {
    const sql = table('id integer PRIMARY KEY, v text', numbers(300))
    const given = await sides(
      sql,
      `${sql}; UPDATE t SET v = upper(v) WHERE id < 40; UPDATE t SET v = 'other' WHERE id = 20; DELETE FROM t WHERE id = 300`,
    )
    const excuse = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()
    const { counts } = await foundByBoth(given, { excuse })
    expect(counts).toEqual({ missing: 1, extra: 0, changed: 1, excused: 38, matched: 260 })
  })
})

/** What a sum of the hashes PostgreSQL gives records by itself does not see. */
const damages: [what: string, sql: string][] = [
  [
    'values exchanged between two rows',
    `UPDATE t SET v = CASE id WHEN 1 THEN 'row 2' ELSE 'row 1' END WHERE id IN (1, 2)`,
  ],
  ['values moved on by one row', `UPDATE t SET v = 'row ' || 1 + id % 200`],
  ['a sign', 'UPDATE t SET amount = -amount WHERE id = 7'],
  ['a number of 32 bits taken for one without a sign', 'UPDATE t SET big = 4294967295 WHERE big = -1'],
  ['0 for NULL', 'UPDATE t SET ratio = 0 WHERE ratio IS NULL'],
  ['NaN for NULL', "UPDATE t SET amount = 'NaN' WHERE amount IS NULL"],
  ['an empty text for NULL', "UPDATE t SET v = '' WHERE v IS NULL"],
  ['a number inside a document', `UPDATE t SET doc = '[[1], -2]' WHERE id = 9`],
  ['the nesting of a document', `UPDATE t SET doc = '[[1, 2]]' WHERE id = 9`],
  ['the nesting of an array', `UPDATE t SET list = '{{1,2},{3,4}}' WHERE id = 9`],
  ['a day for 24 hours', `UPDATE t SET span = '24:00' WHERE id = 9`],
  ['columns exchanged', 'UPDATE t SET a = b, b = a WHERE id = 11'],
  ['the same change in an even number of rows', 'UPDATE t SET a = a + 1 WHERE id IN (20, 40)'],
  ['a time moved by an hour', "UPDATE t SET at = at + interval '1 hour' WHERE id = 5"],
]

test.each(damages)('both strategies see %s', { timeout: 120_000 }, async (_, damage) => {
  const sql = `CREATE TABLE t (id integer PRIMARY KEY, v text, amount numeric(10, 2), big bigint, ratio double precision,
      doc jsonb, list integer[], span interval, a integer, b integer, at timestamp);
    INSERT INTO t SELECT n, CASE WHEN n <> 150 THEN 'row ' || n END, CASE WHEN n <> 60 THEN n END, CASE n WHEN 8 THEN -1 ELSE n END,
      CASE WHEN n <> 61 THEN n END, '[[1], 2]', '{1,2,3,4}', '1 day', n, n + 1, timestamp '2024-01-01' + n * interval '7 hours' FROM generate_series(1, 200) n`
  const { counts } = await foundByBoth(await sides(sql, `${sql}; ${damage}`))
  expect(counts.changed).toBeGreaterThan(0)
})

test('documents that are the same and written differently are no difference, and no error', async () => {
  const document = (text: string) =>
    table('id integer PRIMARY KEY, doc jsonb', `SELECT n, '${text}' FROM generate_series(1, 200) n`)
  const given = await sides(
    document('{"a": 1.0}'),
    `${document('{"a": 1}')}; UPDATE t SET doc = '{"a": 2}' WHERE id = 7`,
  )
  expect((await foundByBoth(given)).counts).toMatchObject({ changed: 1, matched: 199 })
})

test('a table of as many columns as there can be is hashed in the database', async () => {
  const columns = Array.from({ length: 1600 }, (_, index) => `c${index} smallint DEFAULT ${index}`)
  const sql = `CREATE TABLE t (${columns.join(', ')}); INSERT INTO t (c0) SELECT n FROM generate_series(1, 20) n`
  const given = await sides(sql, `${sql}; UPDATE t SET c1599 = 0 WHERE c0 = 3`, { key: ['c0'] })
  expect((await foundByBoth(given)).counts).toMatchObject({ changed: 1, matched: 19 })
})

describe('rows are hashed here', () => {
  const cases: [what: string, source: string, target: string, value: string][] = [
    ['json and jsonb', 'json', 'jsonb', `'{"a": 1}'`],
    ['floats of two widths', 'real', 'double precision', '0.5'],
    ['integers and text', 'integer', 'text', '5'],
    ['a time and an amount of time', 'time', 'interval', "'10:00'"],
    ['an address and a network', 'inet', 'cidr', "'10.0.0.0/8'"],
    ['arrays and documents', 'integer[]', 'jsonb', `'{1,2}'`],
  ]
  test.each(cases)('where the columns are %s', async (_, source, target, value) => {
    const sql = (type: string, text: string) =>
      table(`id integer PRIMARY KEY, v ${type}`, `SELECT n, ${text} FROM generate_series(1, 20) n`)
    const given = await sides(
      sql(source, value),
      sql(target, target === 'jsonb' && value.includes('{1') ? `'[1,2]'` : value),
    )
    expect(await found(given)).toMatchObject({ hashed: 'here', counts: { matched: 20 } })
  })

  test('where the two databases keep text in different encodings', async () => {
    const { url: to, client } = await postgresDatabase(
      table('id integer PRIMARY KEY, v text', "VALUES (1, 'é'), (2, 'e')"),
    )
    const name = `${new URL(to).pathname.slice(1)}_latin1`
    await client.query(
      `CREATE DATABASE ${name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`,
    )
    onTestFinished(async () => void (await client.query(`DROP DATABASE ${name} WITH (FORCE)`)))
    const from = new URL(to)
    from.pathname = `/${name}`
    const { Client } = (await import('pg')).default
    const other = new Client({ connectionString: from.href })
    await other.connect()
    await other.query(table('id integer PRIMARY KEY, v text', "VALUES (1, 'é'), (2, 'e')"))
    await other.end()
    expect(await found(await open(from.href, to))).toMatchObject({ hashed: 'here', counts: { matched: 2 } })
  })
})

describe('a comparison that does not account for the digests fails', () => {
  const sql = table('id integer PRIMARY KEY, v text', numbers(400))
  const damaged = `${sql}; UPDATE t SET v = 'other' WHERE id = 200`

  /** A session whose lines are tampered with, but for the first time they are read. */
  function tampering(session: Session, change: (lines: string) => string, spared: number): Session {
    let read = 0
    return {
      ...session,
      async *digestLines(...given) {
        const spare = read++ < spared
        for await (const piece of session.digestLines(...given))
          yield spare ? piece : Buffer.from(change(piece.toString('latin1')), 'latin1')
      },
    }
  }

  test.each([{ hashHere: true }, { hashHere: false }])(
    'where a row is passed over when it is read again: %o',
    async options => {
      const { source, target, pair } = await sides(sql, damaged)
      const passing = tampering(source, lines => lines.replace(/^200\t.*\n/m, ''), options.hashHere ? 1 : 0)
      await expect(compare(passing, target, pair, options)).rejects.toMatchObject({ code: 'internal' })
    },
  )

  test.each([{ hashHere: true }, { hashHere: false }])(
    'where the row that differs is not the one that is read again: %o',
    async options => {
      const { source, target, pair } = await sides(sql, damaged)
      const hiding = tampering(target, lines => lines.replace('other', 'row 200'), options.hashHere ? 1 : 0)
      await expect(compare(source, hiding, pair, options)).rejects.toMatchObject({ code: 'internal' })
    },
  )

  test('where another row than the one that differs is found', async () => {
    const { source, target, pair } = await sides(sql, damaged)
    const other = tampering(target, lines => lines.replace('other', 'row 200').replace('row 201', 'other'), 1)
    await expect(compare(source, other, pair, { hashHere: true })).rejects.toMatchObject({ code: 'internal' })
  })

  test('where the parts do not add up to the whole', async () => {
    const { source, target, pair } = await sides(sql, damaged)
    const losing: Session = {
      ...source,
      async hashing(...given) {
        const hashing = (await source.hashing!(...given))!
        const parts = hashing.parts!
        return {
          ...hashing,
          parts: { ...parts, inBuckets: async buckets => (await parts.inBuckets(buckets)).slice(1) },
        }
      },
    }
    await expect(compare(losing, target, pair)).rejects.toMatchObject({ code: 'internal' })
  })
})
