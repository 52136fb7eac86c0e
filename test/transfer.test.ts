import { describe, expect, onTestFinished, test } from 'vitest'
import { parseConnectionUrl } from '../src/engines/connection-url.ts'
import { openReader, openTarget } from '../src/engines/open.ts'
import type { Field, LoadColumn, RejectedLine } from '../src/engines/port/rows.ts'
import type { Session } from '../src/engines/port/session.ts'
import type { TargetSession } from '../src/engines/port/target-session.ts'
import { postgresDatabase, sqliteDatabase } from './databases.ts'
import { readAll, transferred } from './engine.ts'

interface Ends {
  source: Session
  target: TargetSession
  fields: Field[]
  columns: LoadColumn[]
  rejected: RejectedLine[]
  progress: number[]
  transfer(signal?: AbortSignal): Promise<number | null>
  load(): Promise<number>
  /** The rows of both sides, sorted. */
  rows(): Promise<{ source: string[]; target: string[] }>
}

/** Table `t` of two new databases, with a transaction begun in the target. */
async function ends(
  sourceSql: string,
  targetSql: string,
  { where = null as string | null, expressions = {} as Record<string, string> } = {},
): Promise<Ends> {
  const [{ url: from }, { url: to }] = [await postgresDatabase(sourceSql), await postgresDatabase(targetSql)]
  const source = await openReader(parseConnectionUrl(from, '/'))
  const target = await openTarget(parseConnectionUrl(to, '/'))
  for (const session of [source, target]) onTestFinished(() => session.close())
  const table = (await target.introspect()).tables.find(({ name }) => name === 't')!
  const own = (await source.introspect()).tables.find(({ name }) => name === 't')!
  const columns = table.columns.map(({ name, type }) => ({ name, type }))
  const fields = columns.map(({ name, type }): Field => {
    const column = own.columns.find(one => one.name === name)
    return { expression: expressions[name] ?? `"${name}"`, type, own: column?.type }
  })
  const relation = { from: 't', rowid: null, where }
  const rejected: RejectedLine[] = []
  const progress: number[] = []
  const options = (signal?: AbortSignal) => ({
    reject: (one: RejectedLine) => void rejected.push(one),
    progress: (rows: number) => void progress.push(rows),
    ...(signal ? { signal } : {}),
  })
  await target.begin()
  return {
    source,
    target,
    fields,
    columns,
    rejected,
    progress,
    transfer: signal => transferred(target, source, relation, fields, 't', columns, options(signal)),
    load: () => target.load('t', columns, source.read(relation, fields), options()),
    async rows() {
      const plain = columns.map(({ name, type }) => ({
        expression: `"${name}"`,
        type,
        own: type,
        native: true,
      }))
      return {
        source: (
          await readAll(
            source,
            relation,
            fields.map(field => ({ ...field, native: true })),
          )
        ).sort(),
        target: (await readAll(target, { ...relation, where: null }, plain)).sort(),
      }
    },
  }
}

describe('rows go straight from one PostgreSQL to another', () => {
  test('as they are, of every type that means the same on both sides', async () => {
    const columns = `id bigint PRIMARY KEY, b boolean, s smallint, n numeric(12, 3), n2 numeric, f real, d double precision, t text, v varchar(9),
      c char(5), y bytea, u uuid, da date, ti time(3), ts timestamp(3), tz timestamptz, iv interval, j json, jb jsonb, bi bit(3), vb varbit,
      ia integer[], ta text[], m mood, ip inet, r int4range, x xml, dom short`
    const types =
      "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN short AS varchar(4) CHECK (VALUE <> 'no');"
    const sql = `CREATE TABLE t (${columns})`
    const given = await ends(
      `${types} ${sql}; INSERT INTO t VALUES
        (1, true, 7, 1.500, 1.50, '-0', 'NaN', E'a\\tb\\\\', 'é', 'ab', '\\x00ff', '6a2f41a3-c54c-fce8-32d2-0324e1c32e22', '4713-11-24 BC', '24:00',
         '2024-02-29 12:00:00.123', 'infinity', '1 mon -3 days', '{"a":1, "a":2}', '{"b": 1.0}', '101', '1', '[2:3]={1,NULL}', '{{a,b},{c,d}}', 'ok',
         '10.0.0.1/8', '[1,5)', '<a/>', 'yes'),
        (2${', NULL'.repeat(27)})`,
      // The labels have other numbers here.
      `CREATE TYPE before AS ENUM ('x'); CREATE TYPE mood AS ENUM ('ok', 'sad'); CREATE DOMAIN short AS varchar(4); ${sql}`,
    )
    expect(await given.transfer()).toBe(2)
    const { source, target } = await given.rows()
    expect(target).toEqual(source)
    expect(given.progress.at(-1)).toBe(2)
  })

  test('under a condition, through expressions, and into wider columns', async () => {
    const given = await ends(
      "CREATE TABLE t (id integer, v varchar(5), n numeric(5, 2)); INSERT INTO t SELECT n, 'v' || n, n / 4.0 FROM generate_series(1, 100) n",
      'CREATE TABLE t (id integer PRIMARY KEY, v text, n numeric)',
      { where: 'id > 40 -- of those\n', expressions: { id: 'id * 2', v: 'upper(v)::varchar' } },
    )
    expect(await given.transfer()).toBe(60)
    const { target } = await given.rows()
    expect(target).toContain('100\tV50\t12.50')
  })

  test('and integers into types that hold them all', async () => {
    const given = await ends(
      `CREATE TABLE t (a smallint, b smallint, c integer, d integer, e bigint, f smallint);
       INSERT INTO t VALUES (-32768, -1, -2147483648, 0, -9223372036854775808, 7), (32767, NULL, 2147483647, 99999, 9223372036854775807, -7)`,
      'CREATE TABLE t (a integer, b bigint, c bigint, d numeric(7, 2), e numeric, f numeric(5, 0))',
    )
    expect(await given.transfer()).toBe(2)
    const straight = (await given.rows()).target
    expect(straight).toEqual([
      '-32768\t-1\t-2147483648\t0.00\t-9223372036854775808\t7',
      '32767\t\\N\t2147483647\t99999.00\t9223372036854775807\t-7',
    ])
    await given.target.execute('DELETE FROM t')
    expect(await given.load()).toBe(2)
    expect((await given.rows()).target).toEqual(straight)
  })

  test('in many pieces, with values of 10 MB among them', async () => {
    const given = await ends(
      `CREATE TABLE t (id integer, v text);
       INSERT INTO t SELECT n, CASE WHEN n IN (500, 5000) THEN repeat(md5(n::text), 330000) ELSE 'row ' || n END FROM generate_series(1, 60000) n`,
      'CREATE TABLE t (id integer PRIMARY KEY, v text)',
    )
    expect(await given.transfer()).toBe(60_000)
    const sums = 'SELECT count(*), sum(hashtextextended(v, id)) FROM t'
    expect(await given.target.query(sums)).toEqual(await given.source.query(sums))
    expect(given.progress.length).toBeGreaterThan(2)
  })

  test('and those a trigger drops do not count', async () => {
    const given = await ends(
      'CREATE TABLE t (id integer); INSERT INTO t SELECT generate_series(1, 10)',
      `CREATE TABLE t (id integer);
       CREATE FUNCTION drop_odd() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id % 2 = 1 THEN RETURN NULL; END IF; RETURN NEW; END';
       CREATE TRIGGER odd BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION drop_odd()`,
    )
    expect(await given.transfer()).toBe(5)
  })
})

describe('a row the target refuses leaves nothing behind, and is named when rows go as lines', () => {
  const refusals: [what: string, source: string, target: string, column: string][] = [
    ['a duplicate key', 'id integer, v text', 'id integer PRIMARY KEY, v text', 'id'],
    ['a broken check', 'id integer, v text', "id integer, v text CHECK (v <> 'row 700')", 'v'],
    ['a missing value', 'id integer, v text', 'id integer, v text NOT NULL', 'v'],
    ['a text too long for its column', 'id integer, v text', 'id integer, v short', 'v'],
  ]
  test.each(refusals)('%s', async (_, source, target, column) => {
    const bad =
      column === 'id' ? "(699, 'row 700')" : target.includes('NOT NULL') ? '(700, NULL)' : "(700, 'row 700')"
    const given = await ends(
      `CREATE TABLE t (${source}); INSERT INTO t SELECT n, 'row ' || n FROM generate_series(1, 1000) n WHERE n <> 700; INSERT INTO t VALUES ${bad}`,
      `CREATE DOMAIN short AS text CHECK (VALUE <> 'row 700'); CREATE TABLE t (${target})`,
    )
    expect(await given.transfer()).toBeNull()
    expect(await given.target.query('SELECT count(*) AS n FROM t')).toEqual([{ n: '0' }])
    expect(await given.load()).toBe(999)
    expect(given.rejected).toHaveLength(1)
    expect(given.rejected[0]!.row.v ?? 'row 700').toBe('row 700')
    await given.target.commit()
  })
})

describe('rows do not go straight', () => {
  const own = "CREATE TYPE mood AS ENUM ('ok', 'sad'); CREATE TYPE point2 AS (x integer, y integer);"
  test.each([
    ['numeric(10, 4)', 'numeric(10, 2)'],
    ['timestamp(6)', 'timestamp(3)'],
    ['timestamp', 'timestamptz'],
    ['integer', 'numeric(5, -2)'],
    ['integer', 'text'],
    ['bigint', 'integer'],
    ['text', 'varchar(9)'],
    ['mood[]', 'mood[]'],
    ['point2', 'point2'],
    ['regclass', 'regclass'],
    ['money', 'money'],
  ])('from %s to %s', async (source, target) => {
    const given = await ends(
      `${own} CREATE TABLE t (id integer, v ${source}); INSERT INTO t (id) VALUES (1)`,
      `${own} CREATE TABLE t (id integer, v ${target})`,
    )
    expect(await given.transfer()).toBeNull()
    expect(await given.load()).toBe(1)
  })

  test('from another engine', async () => {
    const given = await ends('CREATE TABLE t (id integer)', 'CREATE TABLE t (id integer)')
    const sqlite = await openReader(parseConnectionUrl(sqliteDatabase('CREATE TABLE t (id integer)'), '/'))
    onTestFinished(() => sqlite.close())
    const options = { reject: () => {}, progress: () => {} }
    const relation = { from: 't', rowid: null, where: null }
    expect(
      await transferred(given.target, sqlite, relation, given.fields, 't', given.columns, options),
    ).toBeNull()
  })
})

test('what the source fails with is said to be the source, and both sides can be asked again', async () => {
  const given = await ends(
    'CREATE TABLE t (id integer); INSERT INTO t SELECT generate_series(1, 50000)',
    'CREATE TABLE t (id integer)',
    { expressions: { id: '1 / (id - 40000)' } },
  )
  await expect(given.transfer()).rejects.toMatchObject({ code: 'source.refused' })
  await given.target.rollback()
  for (const session of [given.source, given.target])
    expect(await session.query('SELECT 1 AS one')).toEqual([{ one: '1' }])
})

test('it stops when it is told to', async () => {
  const given = await ends(
    "CREATE TABLE t (id integer, v text); INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(1, 50000) n",
    'CREATE TABLE t (id integer, v text)',
  )
  await expect(given.transfer(AbortSignal.abort())).rejects.toMatchObject({ code: 'interrupted' })
  await given.target.rollback()
  expect(await given.source.query('SELECT count(*) AS n FROM t')).toEqual([{ n: '50000' }])
  expect(await given.target.query('SELECT count(*) AS n FROM t')).toEqual([{ n: '0' }])
})
