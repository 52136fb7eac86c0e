import fc from 'fast-check'
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { LoadColumn, RejectedLine } from '../src/engines/port/rows.ts'
import { removeDuplicates, uniqueKeys } from '../src/engines/postgres/duplicates.ts'
import { postgresDatabase } from './databases.ts'

/** Declared types of columns, what is unique of them, and some values, as SQL. */
const museum: [what: string, columns: string[], keys: string[], values: string[][]][] = [
  ['a column', ['int'], ['(a)'], [['1', '2', '3', 'NULL']]],
  [
    'two columns',
    ['int', 'text'],
    ['(a, b)'],
    [
      ['1', '2', 'NULL'],
      [`'x'`, `'y'`, 'NULL'],
    ],
  ],
  [
    'two keys',
    ['int', 'int'],
    ['(a)', '(b)'],
    [
      ['1', '2', '3', '4', '5'],
      ['1', '2', '3', '4', 'NULL'],
    ],
  ],
  [
    'three keys, one of them of two columns',
    ['int', 'int', 'int'],
    ['(a, b)', '(b, c)', '(c)'],
    [
      ['1', '2', '3'],
      ['1', '2', '3'],
      ['1', '2', '3', '4', '5', 'NULL'],
    ],
  ],
  [
    'an expression',
    ['text', 'int'],
    ['(lower(a), (b + 1))'],
    [
      [`'x'`, `'X'`, 'NULL'],
      ['1', '2'],
    ],
  ],
  [
    'some rows',
    ['int', 'int'],
    ['(a) WHERE b > 1'],
    [
      ['1', '2', 'NULL'],
      ['1', '2', '3', 'NULL'],
    ],
  ],
  [
    'rows by NULL',
    ['int', 'int'],
    ['(a) WHERE b IS NULL'],
    [
      ['1', '2'],
      ['1', 'NULL'],
    ],
  ],
  [
    'NULLS NOT DISTINCT',
    ['int', 'int'],
    ['(a, b) NULLS NOT DISTINCT'],
    [
      ['1', 'NULL'],
      ['1', 'NULL'],
    ],
  ],
  [
    'columns besides',
    ['int', 'text'],
    ['(a) INCLUDE (b)'],
    [
      ['1', '2'],
      [`'x'`, `'y'`],
    ],
  ],
  [
    'padded text',
    ['char(5)', 'varchar(5)'],
    ['(a)', '(b)'],
    [
      [`'x'`, `'x '`, `'y'`],
      [`'x'`, `'x '`, `'y'`],
    ],
  ],
  [
    'letters that a collation takes for the same',
    ['text COLLATE same', 'text'],
    ['(a)', '(b COLLATE same)'],
    [
      [`'x'`, `'X'`, `'y'`, `'Y'`],
      [`'u'`, `'U'`, `'v'`, 'NULL'],
    ],
  ],
  [
    'letters that it does not, of a column where it would',
    ['text COLLATE same'],
    ['(a COLLATE "C")'],
    [[`'x'`, `'X'`, `'y'`, `'Y'`]],
  ],
  [
    'another order',
    ['text', 'varchar(9)'],
    ['(a text_pattern_ops DESC)', '(b varchar_pattern_ops)'],
    [
      [`'x'`, `'X'`],
      [`'x'`, `'X'`],
    ],
  ],
  [
    'citext',
    ['citext', 'citext'],
    ['(a)', '(b)'],
    [
      [`'x'`, `'X'`, `'y'`],
      [`'x'`, `'X'`, `'y'`, 'NULL'],
    ],
  ],
  ['citext as text', ['citext'], ['(a text_ops)'], [[`'x'`, `'X'`, `'y'`]]],
  [
    'numbers of other digits',
    ['numeric', 'float8'],
    ['(a)', '(b)'],
    [
      ['1', '1.0', '2'],
      [`'NaN'`, `'-0'`, '0', '1'],
    ],
  ],
  [
    'arrays and ranges',
    ['int[]', 'int4range'],
    ['(a)', '(b)'],
    [
      [`'{1}'`, `'{1,NULL}'`],
      [`'[1,2]'`, `'[1,3)'`, 'NULL'],
    ],
  ],
  ['a row type', ['pair'], ['(a)'], [['ROW(1, NULL)', 'ROW(1, 2)', 'ROW(NULL, NULL)', 'NULL']]],
  [
    'a domain and an enum',
    ['short', 'mood'],
    ['(a)', '(b)'],
    [
      [`'x'`, `'y'`],
      [`'on'`, `'off'`, 'NULL'],
    ],
  ],
  [
    'json and names',
    ['jsonb', 'name'],
    ['(a)', '(b)'],
    [
      [`'{"a": 1}'`, `'{"a":1.0}'`, `'1'`],
      [`'x'`, `'y'`],
    ],
  ],
]

const setUp = `CREATE EXTENSION citext; CREATE COLLATION same (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  CREATE TYPE pair AS (x int, y int); CREATE DOMAIN short AS varchar(9); CREATE TYPE mood AS ENUM ('on', 'off')`

const letters = ['a', 'b', 'c']

/** A session that hands values over as the server sends them. */
async function session(sql: string): Promise<pg.Client> {
  const { url } = await postgresDatabase(sql)
  const types = { getTypeParser: () => (value: string | Buffer) => value }
  const client = new pg.Client({ connectionString: url, types: types as never })
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

interface Refused {
  line: string
  column: string | null
  reason: string
}

async function create(client: pg.Client, columns: string[], keys: string[]): Promise<void> {
  const declared = columns.map((type, index) => `${letters[index]} ${type}`).join(', ')
  await client.query(`DROP TABLE IF EXISTS t; CREATE TABLE t (line int, ${declared})`)
  for (const [index, key] of keys.entries())
    await client.query(`CREATE UNIQUE INDEX "key ${index}" ON t ${key}`)
}

async function linesThere(client: pg.Client): Promise<number[]> {
  const { rows } = await client.query<{ line: string }>('SELECT line FROM t ORDER BY line')
  return rows.map(({ line }) => Number(line))
}

/** One row after the other, under the keys. */
async function insertEach(client: pg.Client, rows: string[][]): Promise<Refused[]> {
  const refused: Refused[] = []
  for (const [line, values] of rows.entries()) {
    await client.query('SAVEPOINT row')
    const error = await client.query(`INSERT INTO t VALUES (${[line, ...values].join(', ')})`).then(
      () => null,
      (failure: pg.DatabaseError) => failure,
    )
    await client.query(error ? 'ROLLBACK TO SAVEPOINT row' : 'RELEASE SAVEPOINT row')
    if (error === null) continue
    expect(error.code).toBe('23505')
    refused.push({ line: `${line}`, column: null, reason: `${error.message}; ${error.detail}` })
  }
  return refused
}

/** All rows without the keys, and then what breaks them. */
async function insertAll(client: pg.Client, columns: string[], rows: string[][]) {
  const { rows: indexes } = await client.query<{ oid: string; name: string }>(
    `SELECT indexrelid AS oid, indexrelid::regclass AS name FROM pg_index WHERE indrelid = 't'::regclass ORDER BY indexrelid`,
  )
  const definitions = await client.query<{ sql: string }>(
    `SELECT pg_get_indexdef(indexrelid) AS sql FROM pg_index WHERE indrelid = 't'::regclass ORDER BY indexrelid`,
  )
  const keys = await uniqueKeys(
    client,
    indexes.map(({ oid }) => oid),
  )
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`)
  if (rows.length > 0)
    await client.query(
      `INSERT INTO t VALUES ${rows.map((values, line) => `(${[line, ...values].join(', ')})`).join(', ')}`,
    )
  const refused: Refused[] = []
  const reject = ({ row, column, reason }: RejectedLine) =>
    void refused.push({ line: `${row.line}`, column, reason })
  const loaded = ['line', ...columns.map((_, index) => letters[index]!)].map(
    (name): LoadColumn => ({ name, type: { kind: 'other', name: 'any' } }),
  )
  const removed = await removeDuplicates(client, 'public', 't', keys!, loaded, reject)
  for (const { sql } of definitions.rows) await client.query(sql)
  return { removed, refused }
}

describe('rows that break a unique key', () => {
  test.each(museum)(
    '%s: those go that one after the other would be refused, for the same reason',
    async (_, columns, keys, values) => {
      const client = await session(setUp)
      await create(client, columns, keys)
      const some = fc.array(fc.tuple(...values.map(each => fc.constantFrom(...each))), { maxLength: 14 })
      await fc.assert(
        fc.asyncProperty(some, async rows => {
          await client.query('BEGIN')
          const expected = await insertEach(client, rows)
          const stays = await linesThere(client)
          await client.query('ROLLBACK; BEGIN')
          const { removed, refused } = await insertAll(client, columns, rows)
          expect(await linesThere(client)).toEqual(stays)
          await client.query('ROLLBACK')
          expect(refused.map(({ line, reason }) => ({ line, reason }))).toEqual(
            expected.map(({ line, reason }) => ({ line, reason })),
          )
          expect(removed).toBe(expected.length)
        }),
        { numRuns: 15 },
      )
    },
  )

  test('the columns of a key are named, and rows beyond one statement all go', async () => {
    const client = await session('CREATE TABLE t (line int, a int, b text)')
    await client.query('CREATE UNIQUE INDEX k ON t (a); CREATE UNIQUE INDEX l ON t (b, a)')
    const rows = Array.from({ length: 30_000 }, (_, line) => [`${line >> 1}`, `'b ${line >> 1}'`])
    await client.query('BEGIN')
    const { removed, refused } = await insertAll(client, ['int', 'text'], rows)
    expect([removed, refused.length]).toEqual([15_000, 15_000])
    expect(new Set(refused.map(({ column }) => column))).toEqual(new Set(['a']))
    expect(refused[7]).toEqual({
      line: '15',
      column: 'a',
      reason: 'duplicate key value violates unique constraint "k"; Key (a)=(7) already exists.',
    })
    expect(await linesThere(client)).toEqual(rows.flatMap((_, line) => (line % 2 === 0 ? [line] : [])))
    await client.query('ROLLBACK')
  })

  test('too many of them are left alone, and what the session may use stays as it was', async () => {
    const client = await session('CREATE TABLE t (line int, a int); CREATE UNIQUE INDEX k ON t (a)')
    await client.query(`BEGIN; SET LOCAL work_mem = '1234kB'`)
    const { rows: index } = await client.query(`SELECT 'k'::regclass::oid`)
    const keys = await uniqueKeys(client, [index[0].oid])
    await client.query('DROP INDEX k; INSERT INTO t SELECT n, 1 FROM generate_series(1, 200001) n')
    const columns: LoadColumn[] = [{ name: 'line', type: { kind: 'integer', bits: 32 } }]
    expect(await removeDuplicates(client, 'public', 't', keys!, columns, () => {})).toBeNull()
    const { rows } = await client.query(`SELECT current_setting('work_mem') AS memory, count(*) AS n FROM t`)
    expect(rows).toEqual([{ memory: '1234kB', n: '200001' }])
    await client.query('ROLLBACK')
  })

  test('an index of another equality is left to the server', async () => {
    const client = await session(
      `CREATE FUNCTION half(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp($1 / 2, $2 / 2)';
       CREATE FUNCTION half_equals(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 2 = $2 / 2';
       CREATE FUNCTION half_less(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 2 < $2 / 2';
       CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = half_equals);
       CREATE OPERATOR <<< (LEFTARG = int, RIGHTARG = int, FUNCTION = half_less);
       CREATE OPERATOR CLASS halves FOR TYPE int USING btree AS OPERATOR 1 <<<, OPERATOR 3 ===, FUNCTION 1 half(int, int);
       CREATE TABLE t (a int, b int); CREATE UNIQUE INDEX k ON t (a, b halves); CREATE UNIQUE INDEX l ON t (a)`,
    )
    const { rows } = await client.query(`SELECT 'k'::regclass::oid AS k, 'l'::regclass::oid AS l`)
    expect(await uniqueKeys(client, [rows[0].k, rows[0].l])).toBeNull()
    expect(await uniqueKeys(client, [rows[0].l])).toMatchObject([{ name: 'l', shown: 'a' }])
  })
})
