import { describe, expect, test } from 'vitest'
import type { LogicalType } from '../src/model/logical-type.ts'
import { column, created, table } from './created-table.ts'
import { describeEngines, engines } from './engine.ts'

const [sqlite, postgres] = engines

/** Reserved words, quotes of every engine, dots, and the longest names of PostgreSQL. */
const awkward = [
  'select',
  'quo"te',
  'back`tick',
  "apo'strophe",
  'a.b',
  'back\\slash',
  'Ünï',
  '%s',
  'n'.repeat(63),
]

describeEngines('tables created in $name', ({ name, create }) => {
  test.each(awkward)('%s names a table, a column, an index and a key', async word => {
    const session = await (await create()).target()
    const id = session.dialect.declaredFor({ kind: 'integer', bits: 32 }, { inKey: true }).declared
    const text = session.dialect.declaredFor({ kind: 'text' }, { inKey: true }).declared
    const columns = [
      column(word, session, id, { nullable: false }),
      column('above', session, id),
      column('code', session, text, {
        default: session.dialect
          .literal(word)
          .trim()
          .replace(/^E?'.*'$/, "'d'"),
      }),
    ]
    const index = { name: `${word.slice(0, 50)} index`, columns: ['code'], unique: false, partial: false }
    const key = { name: null, columns: ['above'], referencedTable: word, referencedColumns: [word] }
    const { found } = await created(
      session,
      table(word, columns, {
        primaryKey: [word],
        uniques: [['code', word]],
        indexes: [{ ...index, constraint: false, definition: '' }],
        foreignKeys: [{ ...key, onDelete: 'CASCADE', onUpdate: null, deferrable: false, validated: true }],
      }),
    )
    expect(found.primaryKey).toEqual([word])
    expect(found.uniques).toEqual([['code', word]])
    expect(found.indexes.map(one => one.name)).toContain(index.name)
    expect(found.foreignKeys).toMatchObject([
      { ...key, name: expect.toSatisfy(() => true), onDelete: 'CASCADE' },
    ])
  })

  test('defaults keep their meaning, from whichever engine they come', async () => {
    const session = await (await create()).target()
    const { declaredFor } = session.dialect
    const typed: Record<string, LogicalType> = {
      boolean: { kind: 'boolean' },
      integer: { kind: 'integer', bits: 32 },
      decimal: { kind: 'decimal', precision: 10, scale: 2 },
      text: { kind: 'text' },
      varchar: { kind: 'text', length: 40 },
      json: { kind: 'json', binary: true },
      date: { kind: 'date' },
      timestamp: { kind: 'timestamp', precision: 3, zone: false },
      bits: { kind: 'bits', length: 3 },
    }
    const declared = defaults.map(([kind, sql], index) => {
      const written = declaredFor(typed[kind]!, { inKey: false }).declared
      const type = kind === 'boolean' && name === 'mysql' ? undefined : typed[kind]!
      return column(`c${index}`, session, written, { default: sql, ...(type ? { type } : {}) })
    })
    const { notes } = await created(session, table('t', [column('id', session, 'int'), ...declared]))
    await session.execute('INSERT INTO t (id) VALUES (1)')
    const [row] = await session.query('SELECT * FROM t')
    const found = defaults.map(([kind, sql], index) => [sql, shown(kind, row![`c${index}`]!)])
    expect(found).toEqual(defaults.map(([, sql, value]) => [sql, value]))
    const unwritten = defaults.flatMap(([, sql, value], index) =>
      value === null && !/^null$/i.test(sql) ? [`c${index}: default not carried over: ${sql}`] : [],
    )
    expect(notes).toEqual(unwritten)
  })
})

/** The kind of column, the default as some engine writes it, and what a row then holds; null where it is left out. */
const defaults: [string, string, string | null][] = [
  ['boolean', '1', 'true'],
  ['boolean', 'false', 'false'],
  ['boolean', `'t'::boolean`, 'true'],
  ['boolean', `b'0'`, 'false'],
  ['integer', '5', '5'],
  ['integer', `'-7'::integer`, '-7'],
  ['integer', '((3))', '3'],
  ['integer', 'true', '1'],
  ['integer', '(1 + 2)', null],
  ['integer', `'abc'`, null],
  ['decimal', '0.50', '0.5'],
  ['decimal', `'1.25'::numeric(10,2)`, '1.25'],
  ['varchar', `'it''s'`, `it's`],
  ['varchar', `'abc'::character varying(20)`, 'abc'],
  ['varchar', '"double"', 'double'],
  ['varchar', `'a::text'`, 'a::text'],
  ['varchar', `'a\\b'`, 'a\\b'],
  ['varchar', `_utf8mb4 x'615c6e'`, 'a\\n'],
  ['varchar', '5', '5'],
  ['varchar', `''`, ''],
  ['varchar', 'NULL', null],
  ['varchar', 'upper(current_user)', null],
  ['text', `'long'`, 'long'],
  ['json', `'{"a": "x\\ny"}'::jsonb`, '{"a":"x\\ny"}'],
  ['json', `'{'`, null],
  ['date', `'2020-02-29'::date`, '2020-02-29'],
  ['date', 'CURRENT_DATE', 'now'],
  ['date', `(date('now'))`, 'now'],
  ['timestamp', `'2020-02-29 01:02:03+00'::timestamp with time zone`, '2020-02-29 01:02:03'],
  ['timestamp', 'current_timestamp(6)', 'now'],
  ['timestamp', 'now()', 'now'],
  ['timestamp', `timezone('utc'::text, now())`, 'now'],
  ['timestamp', 'CURRENT_DATE', null],
  ['bits', `B'101'::"bit"`, '101'],
]

describeEngines('a default with NUL in $name', ({ name, create }) => {
  test('is kept where text may have one, and named elsewhere', async () => {
    const session = await (await create()).target()
    const sql = `_utf8mb4 x'610062'`
    const columns = [
      column('id', session, 'int'),
      column('v', session, 'varchar(9)', { default: sql, type: { kind: 'text', length: 9 } }),
    ]
    const { notes } = await created(session, table('t', columns))
    await session.execute('INSERT INTO t (id) VALUES (1)')
    const kept = name === 'mysql'
    expect(await session.query('SELECT v FROM t')).toEqual([{ v: kept ? 'a\0b' : null }])
    expect(notes).toEqual(kept ? [] : [`v: default not carried over: ${sql}`])
  })
})

/** A value in one form for all engines. */
function shown(kind: string, value: string | null): string | null {
  if (value === null) return null
  if (kind === 'boolean') return /^(1|t|true)$/.test(value) ? 'true' : 'false'
  if (kind === 'decimal') return String(Number(value))
  if (kind === 'json') return JSON.stringify(JSON.parse(value))
  if (kind === 'bits' && /^\d$/.test(value)) return Number(value).toString(2)
  if (kind === 'date' || kind === 'timestamp') {
    const recent = Math.abs(Date.now() - Date.parse(`${value.replace(' ', 'T')}Z`)) < 100_000
    const today = new Date().toISOString().slice(0, 10)
    return recent || value === today ? 'now' : value.replace(/\.0+$/, '')
  }
  return value
}

describe('tables created in PostgreSQL', () => {
  test('an unsigned 64-bit integer that fills itself draws from a sequence of its own', async () => {
    const session = await (await postgres.create()).target()
    const name = 'n'.repeat(63)
    const declared = session.dialect.declaredFor(
      { kind: 'integer', bits: 64, unsigned: true },
      { inKey: true },
    ).declared
    const columns = [
      column('id', session, declared, { automatic: true, nullable: false }),
      column('v', session, 'text'),
    ]
    const { found, notes } = await created(session, table(name, columns, { primaryKey: ['id'] }))
    expect(notes).toEqual([])
    expect(found.columns[0]).toMatchObject({ automatic: true, declared: 'numeric(20,0)' })
    await session.execute(
      `INSERT INTO ${session.dialect.quote(name)} (id, v) VALUES (18446744073709551615, 'x')`,
    )
    await session.execute(`DELETE FROM ${session.dialect.quote(name)}`)
    await session.execute(`INSERT INTO ${session.dialect.quote(name)} (id, v) VALUES (7, 'x')`)
    await session.advanceSequences(found)
    await session.execute(`INSERT INTO ${session.dialect.quote(name)} (v) VALUES ('y')`)
    expect(await session.query(`SELECT max(id) AS id FROM ${session.dialect.quote(name)}`)).toEqual([
      { id: '8' },
    ])
  })

  test('domains become their base, with their default, and their checks are named', async () => {
    const side = await postgres.create(
      `CREATE DOMAIN amount AS numeric(10,2) DEFAULT 5 CHECK (VALUE > 0); CREATE DOMAIN price AS amount NOT NULL CHECK (VALUE < 9);
       CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
       CREATE TABLE t (a amount, p price, c text COLLATE "C", f text COLLATE folding, d varchar(9))`,
    )
    const [one] = (await (await side.reader()).introspect()).tables
    expect(one!.columns.map(({ declared, nullable, default: value }) => [declared, nullable, value])).toEqual(
      [
        ['numeric(10,2)', true, '5'],
        ['numeric(10,2)', false, '5'],
        ['text', true, null],
        ['text', true, null],
        ['character varying(9)', true, null],
      ],
    )
    expect(one!.columns.map(({ collation }) => collation)).toEqual([null, null, 'C', 'folding', null])
    const { found, notes } = await created(await (await postgres.create()).target(), one!)
    expect(found.columns[2]!.collation).toBe('C')
    expect(notes.toSorted()).toEqual([
      ': check not carried over: CHECK (((VALUE)::numeric < (9)::numeric)) of domain price',
      ': check not carried over: CHECK ((VALUE > (0)::numeric)) of domain amount',
      'f: collation not carried over: folding',
    ])
  })

  test('text compares by its bytes whatever the collation of its column', async () => {
    const session = await (await postgres.create()).target()
    await session.execute(
      `CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
    )
    const { asText } = session.dialect
    const [row] = await session.query(
      `SELECT v = 'A' AS folded, ${asText('v')} = 'A' AS compared, ${asText('v')} IN ('A') AS listed, ${asText('1.50::numeric')} = '1.50' AS number
       FROM (SELECT 'a' COLLATE folding AS v) t`,
    )
    expect(row).toEqual({ folded: 't', compared: 'f', listed: 'f', number: 't' })
  })
})

describe('tables created in SQLite', () => {
  const copied = async (sql: string) => {
    const [one] = (await (await (await sqlite.create(sql)).reader()).introspect()).tables
    const session = await (await sqlite.create()).target()
    const { found, notes } = await created(session, one!)
    return { one: one!, found, notes, session }
  }

  test('AUTOINCREMENT, collations, defaults and keys survive a copy within SQLite', async () => {
    const { one, found, notes, session } = await copied(
      `CREATE TABLE "t" ( -- a comment, with COLLATE RTRIM
         "id" INTEGER PRIMARY KEY AUTOINCREMENT, [e mail] TEXT COLLATE NOCASE UNIQUE DEFAULT 'a''b' /* , */,
         \`at\` DATETIME DEFAULT (strftime('%Y', 'now')), n INT CHECK (n > 0 AND 'COLLATE RTRIM' <> ')'), r TEXT COLLATE "rtrim" NOT NULL,
         u, CONSTRAINT named CHECK ("e mail" <> 'x'), CHECK (r COLLATE BINARY <> ''))`,
    )
    expect(found.columns).toEqual(one.columns)
    expect(one.columns.map(({ collation }) => collation)).toEqual([null, 'NOCASE', null, null, 'RTRIM', null])
    expect(one.checks).toEqual([
      { name: null, definition: `n > 0 AND 'COLLATE RTRIM' <> ')'` },
      { name: 'named', definition: `"e mail" <> 'x'` },
      { name: null, definition: `r COLLATE BINARY <> ''` },
    ])
    expect(notes).toHaveLength(3)
    await session.execute(`INSERT INTO t (r) VALUES ('x'); DELETE FROM t; INSERT INTO t (r) VALUES ('x')`)
    expect(await session.query('SELECT id FROM t')).toEqual([{ id: '2' }])
  })

  test('a key that is no alias of the rowid, and may be NULL, does not become one', async () => {
    for (const sql of [
      'CREATE TABLE t (id INTEGER PRIMARY KEY DESC)',
      'CREATE TABLE t (id INT PRIMARY KEY)',
    ]) {
      const { session } = await copied(sql)
      await session.execute('INSERT INTO t VALUES (NULL)')
      expect(await session.query('SELECT id FROM t')).toEqual([{ id: null }])
    }
  })

  test('an unsigned 64-bit key keeps its values, and says that it is no longer filled', async () => {
    const session = await (await sqlite.create()).target()
    const id = column(
      'id',
      session,
      session.dialect.declaredFor({ kind: 'integer', bits: 64, unsigned: true }, { inKey: true }).declared,
      {
        automatic: true,
        nullable: false,
      },
    )
    const { notes } = await created(session, table('t', [id], { primaryKey: ['id'] }))
    await session.execute(`INSERT INTO t VALUES ('18446744073709551615')`)
    expect(await session.query('SELECT typeof(id) || id AS id FROM t')).toEqual([
      { id: 'text18446744073709551615' },
    ])
    expect(notes).toEqual(['id: no longer filled by itself: it is not an INTEGER PRIMARY KEY'])
  })
})
