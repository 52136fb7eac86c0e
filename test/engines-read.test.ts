import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { openReader } from '../src/engines/open.ts'
import type { Field, Relation } from '../src/engines/port/rows.ts'
import type { LogicalType } from '../src/model/logical-type.ts'
import { describeEngines, digested, engines, readAll } from './engine.ts'

const text: LogicalType = { kind: 'text' }
const integer: LogicalType = { kind: 'integer', bits: 64 }

const fields = (...columns: [string, LogicalType][]): Field[] =>
  columns.map(([expression, type]) => ({ expression, type }))

/** The whole of a table; read piece by piece where the engine can. */
const whole = (name: string, engine: string, where: string | null = null): Relation => ({
  from: name,
  rowid: engine === 'sqlite' ? 'rowid' : null,
  where,
})

const bytes = (line: string) => Buffer.from(line).toString('latin1')
const utf8 = (lines: string[]) => lines.map(line => Buffer.from(line, 'latin1').toString())

/** MySQL ends a recursion after 1000 rounds. */
const tens = ['a', 'b', 'c', 'd', 'e']
const upTo100000 = `SELECT 1 + ${tens.map((name, power) => `${name}.n * ${10 ** power}`).join(' + ')} AS n FROM ${tens
  .map(
    name =>
      `(${Array.from({ length: 10 }, (_, digit) => `SELECT ${digit} AS n`).join(' UNION ALL ')}) AS ${name}`,
  )
  .join(', ')}`

describeEngines('reading from $name', ({ name, create }) => {
  /** Both ways of reading give these lines, each exactly once, and `count` says how many. */
  async function expectRows(sql: string, relation: Relation, columns: Field[], expected: string[]) {
    const side = await create(sql)
    const session = await side.reader()
    const wanted = expected.map(bytes).sort()
    expect((await digested(session, relation, columns)).sort()).toEqual(wanted)
    expect((await readAll(session, relation, columns)).sort()).toEqual(wanted)
    expect(await session.count(relation)).toBe(expected.length)
  }

  const sequence = (count: number) => {
    if (name === 'postgres') return `SELECT n FROM generate_series(1, ${count}) AS g(n)`
    if (name === 'mysql') return `SELECT n FROM (${upTo100000}) AS g WHERE n <= ${count}`
    return `WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < ${count}) SELECT n FROM g`
  }
  const longText = name === 'mysql' ? 'LONGTEXT' : 'TEXT'
  const lines = (count: number) =>
    Array.from({ length: count }, (_, index) => `${index + 1}\trow ${index + 1}`)
  const idAndText = fields(['id', integer], ['v', text])

  test.each([0, 1, 2, 99, 100, 101, 20_000])('gives each of %i rows once', async count => {
    await expectRows(
      `CREATE TABLE t (id BIGINT, v TEXT); INSERT INTO t SELECT n, 'row ' || n FROM (${sequence(count)}) g WHERE n <= ${count}`,
      whole('t', name),
      idAndText,
      lines(count),
    )
  })

  test('gives rows of very different sizes once', async () => {
    const long = (n: number) => (n === 150 || n === 151 ? 2_000_000 : n % 7 === 0 ? 5000 : 1)
    const repeat = (length: string) =>
      name === 'sqlite' ? `replace(hex(zeroblob(${length})), '00', 'x')` : `repeat('x', ${length})`
    const length = 'CASE WHEN n IN (150, 151) THEN 2000000 WHEN n % 7 = 0 THEN 5000 ELSE 1 END'
    await expectRows(
      `CREATE TABLE t (id BIGINT, v ${longText}); INSERT INTO t SELECT n, ${repeat(length)} FROM (${sequence(300)}) g`,
      whole('t', name),
      idAndText,
      Array.from({ length: 300 }, (_, index) => `${index + 1}\t${'x'.repeat(long(index + 1))}`),
    )
  })

  test('gives rows with negative and extreme keys once', async () => {
    const ids = [
      '-9223372036854775808',
      '-9223372036854775807',
      '-1',
      '0',
      '1',
      '9223372036854775806',
      '9223372036854775807',
    ]
    const key = name === 'sqlite' ? 'INTEGER PRIMARY KEY' : 'bigint PRIMARY KEY'
    await expectRows(
      `CREATE TABLE t (id ${key}, v TEXT); INSERT INTO t VALUES ${ids.map(id => `(${id}, 'v')`).join(', ')}`,
      whole('t', name),
      idAndText,
      ids.map(id => `${id}\tv`),
    )
  })

  test('gives the rows that meet a condition, and counts no others', async () => {
    await expectRows(
      `CREATE TABLE t (id BIGINT, v TEXT); INSERT INTO t SELECT n, 'row ' || n FROM (${sequence(500)}) g`,
      whole('t', name, `id <= 3 OR v = 'row 7'`),
      idAndText,
      ['1\trow 1', '2\trow 2', '3\trow 3', '7\trow 7'],
    )
  })

  test('reads a view, and a SELECT in the place of a table', async () => {
    const sql = `CREATE TABLE t (id BIGINT, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c');
      CREATE VIEW shown AS SELECT id, v FROM t WHERE id > 1`
    const relation = (from: string, where: string | null = null) => ({ from, rowid: null, where })
    await expectRows(sql, relation('shown'), idAndText, ['2\tb', '3\tc'])
    const select = `(SELECT t.id, s.v FROM t JOIN shown s ON s.id = t.id + 1) AS q`
    await expectRows(sql, relation(select, `q.v <> 'x'`), idAndText, ['1\tb', '2\tc'])
  })

  test('gives the rows of integer ranges, half-open and open', async () => {
    const side = await create(
      `CREATE TABLE t (id BIGINT, v TEXT); INSERT INTO t SELECT n, 'v' FROM (${sequence(100)}) g`,
    )
    const session = await side.reader()
    const ids = async (ranges: { from: bigint | null; to: bigint | null }[]) =>
      (await digested(session, whole('t', name), fields(['id', integer]), ranges))
        .map(Number)
        .sort((a, b) => a - b)
    expect(await ids([{ from: 10n, to: 13n }])).toEqual([10, 11, 12])
    expect(
      await ids([
        { from: null, to: 3n },
        { from: 99n, to: null },
      ]),
    ).toEqual([1, 2, 99, 100])
    expect(await ids([{ from: null, to: null }])).toHaveLength(100)
    expect(await ids([{ from: 101n, to: 200n }])).toEqual([])
  })

  test('keeps every text apart: escapes, literal \\N, empty, NULL, emoji', async () => {
    const texts = [
      '\t',
      '\n',
      '\r',
      '\r\n',
      '\\',
      '\\N',
      '\\t',
      '',
      ' ',
      'NULL',
      '😀',
      'e\u0301',
      '\u00e9',
      '\b\f\v',
      '\u0001\u007f',
      '?x',
      "'",
    ]
    const literal = (value: string) => `'${value.replaceAll("'", "''")}'`
    const escaped = [
      '\\t',
      '\\n',
      '\\r',
      '\\r\\n',
      '\\\\',
      '\\\\N',
      '\\\\t',
      '',
      ' ',
      'NULL',
      '😀',
      'e\u0301',
      '\u00e9',
      '\\b\\f\\v',
      '\u0001\u007f',
      '?x',
      "'",
    ]
    const rows = [...texts.map(literal), 'NULL'].map((sql, index) => `(${index}, ${sql})`)
    await expectRows(
      `CREATE TABLE t (id BIGINT, v TEXT); INSERT INTO t VALUES ${rows.join(', ')}`,
      whole('t', name),
      idAndText,
      [...escaped, '\\N'].map((line, index) => `${index}\t${line}`),
    )
  })

  test('joins more columns than a function takes arguments', async () => {
    const columns = Array.from({ length: 250 }, (_, index) => `c${index}`)
    await expectRows(
      `CREATE TABLE t (${columns.map(column => `${column} BIGINT`).join(', ')}); INSERT INTO t VALUES (${columns.map((_, index) => index)})`,
      whole('t', name),
      fields(...columns.map((column): [string, LogicalType] => [column, integer])),
      [columns.map((_, index) => index).join('\t')],
    )
  })

  test('a reader that stops early leaves the session ready for the next', async () => {
    const side = await create(
      `CREATE TABLE t (id BIGINT, v TEXT); INSERT INTO t SELECT n, 'row ' || n FROM (${sequence(20_000)}) g`,
    )
    const session = await side.reader()
    const relations = [whole('t', name), { from: '(SELECT * FROM t) AS q', rowid: null, where: null }]
    for (const relation of relations) {
      for await (const _ of session.digestLines(relation, idAndText)) break
      for await (const _ of session.read(relation, idAndText)) break
      expect(await session.count(relation)).toBe(20_000)
      expect((await digested(session, relation, idAndText)).length).toBe(20_000)
    }
  })

  test('how many rows there are is estimated, of a table, a condition and a SELECT', async () => {
    const side = await create(
      `CREATE TABLE t (id BIGINT PRIMARY KEY, v TEXT); INSERT INTO t SELECT n, 'row ' || n FROM (${sequence(20_000)}) g`,
    )
    await side.run(name === 'mysql' ? 'ANALYZE TABLE t' : 'ANALYZE')
    const session = await side.reader()
    const about = async (relation: Relation) => (await session.estimate(relation))! / 1000
    for (const [from, rows] of [
      ['t', 20],
      ['(SELECT * FROM t UNION ALL SELECT * FROM t) AS q', 40],
    ] as const) {
      const found = await about({ from, rowid: null, where: null })
      expect(found).toBeGreaterThan(rows / 2)
      expect(found).toBeLessThan(rows * 2)
    }
    expect(await about({ from: 't', rowid: null, where: 'id <= 1000 -- of those\n' })).toBeLessThan(3)
    await expect(about({ from: 'none', rowid: null, where: null })).rejects.toThrow(/none/)
    expect(await session.count({ from: 't', rowid: null, where: null })).toBe(20_000)
  })

  test('a reader given up while it reads takes nothing from the next', async () => {
    const side = await create(
      `CREATE TABLE t (id BIGINT, v TEXT); INSERT INTO t SELECT n, 'row ' || n FROM (${sequence(20_000)}) g`,
    )
    const session = await side.reader()
    const abandoned = digested(session, whole('t', name), idAndText)
    const [first, second] = await Promise.all([abandoned, digested(session, whole('t', name), idAndText)])
    expect(first.sort()).toEqual(lines(20_000).sort())
    expect(second.sort()).toEqual(lines(20_000).sort())
  })

  test('a failure in one statement leaves the same snapshot readable', async () => {
    const side = await create(`CREATE TABLE t (id BIGINT, v TEXT); INSERT INTO t VALUES (1, 'a')`)
    const session = await side.reader()
    expect(await session.count(whole('t', name))).toBe(1)
    await expect(session.query('SELEC 1')).rejects.toThrow(/syntax/)
    await expect(session.count(whole('none', name))).rejects.toThrow(/none/)
    await expect(digested(session, whole('t', name), fields(['missing', integer]))).rejects.toThrow(/missing/)
    if (name !== 'sqlite') await side.run(`INSERT INTO t VALUES (2, 'b')`)
    expect(await digested(session, whole('t', name), idAndText)).toEqual(['1\ta'])
  })
})

describeEngines('a reader of $name cannot write', ({ name, create }) => {
  const sql = `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a')`
  const everywhere = [
    `INSERT INTO t VALUES (2, 'b')`,
    `INSERT INTO t VALUES (2, 'b') RETURNING id`,
    `UPDATE t SET v = 'b'`,
    'DELETE FROM t',
    'DROP TABLE t',
    'CREATE TABLE u (id INTEGER)',
    'CREATE INDEX i ON t (v)',
    'ALTER TABLE t ADD COLUMN w TEXT',
    'SELECT 1; DELETE FROM t',
    'COMMIT; DELETE FROM t',
  ]
  const own = {
    postgres: [
      'TRUNCATE t',
      `SELECT nextval('s')`,
      `SELECT setval('s', 9)`,
      'WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d',
      'SET TRANSACTION READ WRITE',
    ],
    sqlite: ['PRAGMA user_version = 7', `REPLACE INTO t VALUES (1, 'b')`, 'VACUUM', 'REINDEX'],
    mysql: [
      'TRUNCATE t',
      `REPLACE INTO t VALUES (1, 'b')`,
      'RENAME TABLE t TO u',
      'SET TRANSACTION READ WRITE',
      'DELETE t FROM t JOIN t AS other ON other.id = t.id',
    ],
  }[name]

  test.each([...everywhere, ...own])('%s', async statement => {
    const side = await create(name === 'postgres' ? `${sql}; CREATE SEQUENCE s` : sql)
    const session = await side.reader()
    if (statement === 'PRAGMA user_version = 7') {
      // SQLite passes over the pragma without an error on a connection that is read-only.
      await session.query(statement).catch(() => {})
    } else await expect(session.query(statement)).rejects.toThrow()
    await session.close()
    const after = await side.reader()
    expect(await after.query('SELECT * FROM t')).toEqual([{ id: '1', v: 'a' }])
    if (name === 'sqlite') expect(await after.query('PRAGMA user_version')).toEqual([{ user_version: '0' }])
    if (name === 'postgres')
      expect(await after.query('SELECT last_value, is_called FROM s')).toEqual([
        { last_value: '1', is_called: 'f' },
      ])
  })

  test('even after a plan has ended its transaction', async () => {
    const side = await create(sql)
    const session = await side.reader()
    await session.query('COMMIT').catch(() => {})
    await expect(session.query('DELETE FROM t')).rejects.toThrow()
    expect(await (await side.reader()).count(whole('t', name))).toBe(1)
  })
})

describeEngines('a reader of $name sees one moment', ({ name, create }) => {
  test('and no row that is inserted meanwhile', async () => {
    const journal = name === 'sqlite' ? 'PRAGMA journal_mode = WAL; ' : ''
    const side = await create(`${journal}CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)`)
    const session = await side.reader()
    await side.run('INSERT INTO t VALUES (2)')
    expect(await session.count(whole('t', name))).toBe(1)
    expect(await digested(session, whole('t', name), fields(['id', integer]))).toEqual(['1'])
    expect(await readAll(session, whole('t', name), fields(['id', integer]))).toEqual(['1'])
    expect(await session.query('SELECT max(id) AS m FROM t')).toEqual([{ m: '1' }])
    expect(await (await side.reader()).count(whole('t', name))).toBe(2)
  })
})

describe('what one engine alone can do', () => {
  const [sqlite, postgres, mysql] = engines

  test('SQLite without WAL keeps writers out while it is read', async () => {
    const side = await sqlite.create('CREATE TABLE t (id INTEGER PRIMARY KEY)')
    await side.reader()
    const writer = new Database(side.url, { timeout: 50 })
    expect(() => writer.exec('INSERT INTO t VALUES (1)')).toThrow(/locked/)
    writer.close()
  })

  test('reading leaves every byte of a SQLite file as it is', async () => {
    const side = await sqlite.create(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, d DATETIME, j JSON); INSERT INTO t VALUES (1, 'a', 0, '{}'), (2, 'b', 'x', '{')`,
    )
    const hash = () => createHash('sha256').update(readFileSync(side.url)).digest('hex')
    const before = hash()
    const session = await side.reader()
    await session.introspect()
    const columns = fields(
      ['id', integer],
      ['v', text],
      ['d', { kind: 'timestamp', precision: 3, zone: false }],
      ['j', { kind: 'json', binary: true }],
    )
    expect(await digested(session, whole('t', 'sqlite'), columns)).toHaveLength(2)
    expect(await readAll(session, whole('t', 'sqlite'), columns)).toHaveLength(2)
    await session.close()
    expect(hash()).toBe(before)
  })

  test('a SQLite table WITHOUT ROWID gives each row once', async () => {
    const keys = Array.from({ length: 5000 }, (_, index) => `k${index}`)
    const side = await sqlite.create(
      'CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT) WITHOUT ROWID',
      database => {
        const insert = database.prepare('INSERT INTO t VALUES (?, ?)')
        database.transaction(() => keys.forEach(key => void insert.run(key, 'v')))()
      },
    )
    const session = await side.reader()
    const { rowid } = (await session.introspect()).tables[0]!
    expect(rowid).toBeNull()
    const relation = { from: 't', rowid, where: null }
    const expected = keys.map(key => `${key}\tv`).sort()
    expect((await digested(session, relation, fields(['k', text], ['v', text]))).sort()).toEqual(expected)
    expect((await readAll(session, relation, fields(['k', text], ['v', text]))).sort()).toEqual(expected)
  })

  test('SQLite text with NUL or bytes that are no UTF-8 keeps its bytes', async () => {
    const stored = ['61006200', 'ff', 'c3', 'e29885ff09', '00', '5c00']
    const side = await sqlite.create('CREATE TABLE t (v TEXT)', database => {
      for (const hex of stored) database.exec(`INSERT INTO t VALUES (CAST(x'${hex}' AS TEXT))`)
    })
    const session = await side.reader()
    const expected = ['61006200', 'ff', 'c3', 'e29885ff5c74', '00', '5c5c00']
    const hex = (lines: string[]) => lines.map(line => Buffer.from(line, 'latin1').toString('hex')).sort()
    expect(hex(await digested(session, whole('t', 'sqlite'), fields(['v', text])))).toEqual(expected.sort())
    expect(hex(await readAll(session, whole('t', 'sqlite'), fields(['v', text])))).toEqual(expected.sort())
  })

  test('a PostgreSQL role that may only SELECT can read and digest', async () => {
    const side = await postgres.create(
      `CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'é')`,
    )
    const role = `reader_${Math.random().toString(36).slice(2)}`
    await side.run(`CREATE ROLE ${role} LOGIN PASSWORD 'r'; GRANT SELECT ON t TO ${role}`)
    try {
      const url = new URL(side.url)
      url.username = role
      url.password = 'r'
      const session = await openReader({ engine: 'postgres', url: url.href, schema: null })
      expect((await session.introspect()).tables[0]!.primaryKey).toEqual(['id'])
      expect(
        utf8(await digested(session, whole('t', 'postgres'), fields(['id', integer], ['v', text]))),
      ).toEqual(['1\té'])
      expect(utf8(await readAll(session, whole('t', 'postgres'), fields(['v', text])))).toEqual(['é'])
      await session.close()
    } finally {
      await side.run(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
    }
  })

  describe.skipIf(mysql.noServer)('MySQL', () => {
    test('a role that may only SELECT can read and digest', async () => {
      const side = await mysql.create(
        `CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'é')`,
      )
      const role = `reader_${Math.random().toString(36).slice(2)}`
      await side.run(`CREATE USER ${role} IDENTIFIED BY 'r'; GRANT SELECT ON t TO ${role}`)
      try {
        const url = new URL(side.url)
        url.username = role
        url.password = 'r'
        const session = await openReader({ engine: 'mysql', url: url.href, schema: null })
        expect((await session.introspect()).tables[0]!.primaryKey).toEqual(['id'])
        const relation = whole('t', 'mysql')
        expect(utf8(await digested(session, relation, fields(['id', integer], ['v', text])))).toEqual([
          '1\té',
        ])
        expect(utf8(await readAll(session, relation, fields(['v', text])))).toEqual(['é'])
        await session.close()
      } finally {
        await side.run(`DROP USER ${role}`)
      }
    })

    test('text of every character set is read as the same letters', async () => {
      const sets = ['latin1', 'utf8mb3', 'utf8mb4', 'ucs2', 'utf16', 'cp1250']
      const columns = sets.map(set => `${set}_text varchar(9) CHARACTER SET ${set}`)
      const side = await mysql.create(
        `CREATE TABLE t (${columns.join(', ')}); INSERT INTO t VALUES (${sets.map(() => `'é€\\'`).join(', ')})`,
      )
      const session = await side.reader()
      const relation = whole('t', 'mysql')
      const wanted = [sets.map(() => 'é€\\\\').join('\t')]
      const all = fields(...sets.map((set): [string, LogicalType] => [`${set}_text`, text]))
      expect(utf8(await digested(session, relation, all))).toEqual(wanted)
      expect(utf8(await readAll(session, relation, all))).toEqual(wanted)
    })

    test('a row longer than a packet of the protocol is read whole', async () => {
      const side = await mysql.create(
        `CREATE TABLE t (a longtext, b longtext, c longtext); INSERT INTO t VALUES ('x', 'y', NULL);
         INSERT INTO t VALUES (repeat('a', 7000000), repeat('b', 7000000), repeat('c', 7000000))`,
      )
      const session = await side.reader()
      const columns = fields(['a', text], ['b', text], ['c', text])
      const sizes = (lines: string[]) => lines.map(line => line.length).sort((a, b) => a - b)
      expect(sizes(await digested(session, whole('t', 'mysql'), columns))).toEqual([6, 21_000_002])
      expect(sizes(await readAll(session, whole('t', 'mysql'), columns))).toEqual([6, 21_000_002])
    })
  })
})
