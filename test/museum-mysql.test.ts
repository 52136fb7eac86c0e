import { describe, expect, test } from 'vitest'
import type { VerifyResult } from '../src/index.ts'
import { type Cutover, cutover } from './cutover.ts'
import { type Engine, engines, type Side } from './engine.ts'

const [sqlite, postgres, mysql] = engines

/** Every pair with MySQL on a side. */
const pairs = [
  { source: mysql, target: postgres },
  { source: postgres, target: mysql },
  { source: mysql, target: sqlite },
  { source: sqlite, target: mysql },
  { source: mysql, target: mysql },
]

const named = ({ source, target }: { source: Engine; target: Engine }) => `${source.name} → ${target.name}`

interface Exhibit extends Cutover {
  from: Side
  to: Side
}

/** The source with `sql`, and the target filled from it, or by hand where `target` says how. */
async function exhibit(
  source: Engine,
  target: Engine,
  sql: string,
  { by, plan = { t: {} } }: { by?: string; plan?: Record<string, unknown> } = {},
): Promise<Exhibit> {
  const from = await source.create(sql)
  const to = await target.create(by)
  return { ...cutover(from.url, to.url, { tables: plan }), from, to }
}

async function expectEqual(pair: Exhibit): Promise<VerifyResult> {
  const migrated = await pair.migrate({ createSchema: true })
  expect([...pair.store.currentQuarantine(10)].map(({ key, reason }) => [key, reason])).toEqual([])
  expect(migrated.status).toBe('finished')
  const result = await pair.verify()
  expect(result).toMatchObject({ verdict: 'match', differences: [], not_covered: [] })
  return result
}

const kinds = ({ differences }: VerifyResult) =>
  differences.map(({ kind, key }) => [kind, ...Object.values(key)])

const textOf = ({ name }: Engine) => (name === 'mysql' ? 'longtext' : 'text')

describe.skipIf(mysql.noServer)('the museum, across engines', () => {
  describe.each(pairs.map(pair => ({ ...pair, name: named(pair) })))('$name', ({ source, target }) => {
    const sentinels = [null, '', '\\N', 'NULL', '<null>', '\\\\N', 'null', ' ']
    const literal = (text: string | null) => (text === null ? 'NULL' : `'${text}'`)

    test('no way to say nothing is another', async () => {
      const others = (value: string | null) => sentinels.filter(one => one !== value)
      const cases = sentinels.flatMap(value => others(value).map(other => [value, other] as const))
      const pair = await exhibit(
        source,
        target,
        `CREATE TABLE t (id bigint NOT NULL PRIMARY KEY, v varchar(20));
         INSERT INTO t VALUES ${cases.map(([value], id) => `(${id}, ${literal(value)})`).join(', ')}`,
      )
      await expectEqual(pair)
      await pair.to.run(
        cases.map(([, other], id) => `UPDATE t SET v = ${literal(other)} WHERE id = ${id}`).join('; '),
      )
      const { differences } = await pair.verify()
      expect(differences.map(({ key, columns }) => [key.id, columns.v])).toEqual(
        cases.map(([value, other], id) => [String(id), { source: value, target: other }]),
      )
    })

    test('no two fields run together', async () => {
      const cases = [
        ['x0', 'y', 'x', '0y'],
        ['x\t', 'y', 'x', '\ty'],
        ['x\\', 'ty', 'x\\t', 'y'],
        ['x\n', '', 'x', '\n'],
        ['', 'x', 'x', ''],
      ]
      const pair = await exhibit(
        source,
        target,
        `CREATE TABLE t (id bigint NOT NULL PRIMARY KEY, a varchar(9), b varchar(9));
         INSERT INTO t VALUES ${cases.map(([a, b], id) => `(${id}, '${a}', '${b}')`).join(', ')}`,
      )
      await expectEqual(pair)
      await pair.to.run(
        cases.map(([, , c, d], id) => `UPDATE t SET a = '${c}', b = '${d}' WHERE id = ${id}`).join('; '),
      )
      expect((await pair.verify()).differences.map(({ columns }) => columns)).toEqual(
        cases.map(([a, b, c, d]) => ({ a: { source: a, target: c }, b: { source: b, target: d } })),
      )
    })

    test('-0.0 is 0.0, and the next float is not', async () => {
      const double = { sqlite: 'REAL', postgres: 'float8', mysql: 'double' }
      const pair = await exhibit(
        source,
        target,
        `CREATE TABLE t (id bigint NOT NULL PRIMARY KEY, v ${double[source.name]}); INSERT INTO t VALUES (1, -0e0), (2, 0e0), (3, 0e0)`,
      )
      await expectEqual(pair)
      await pair.to.run('UPDATE t SET v = 0e0 WHERE id = 1; UPDATE t SET v = -0e0 WHERE id = 2')
      expect((await pair.verify()).verdict).toBe('match')
      await pair.to.run('UPDATE t SET v = 5e-324 WHERE id = 3')
      expect(kinds(await pair.verify())).toEqual([['changed', '3']])
    })

    test('every letter of the world is kept, and told from its neighbour', async () => {
      const texts = [
        '😀',
        '😁',
        'é',
        'e\u0301',
        'ß',
        'ss',
        'İ',
        'i',
        'ﬁ',
        '中文',
        '\u200b',
        '\u{1f468}\u200d\u{1f469}',
        'A',
        'a',
      ]
      const pair = await exhibit(
        source,
        target,
        `CREATE TABLE t (id bigint NOT NULL PRIMARY KEY, v varchar(20)); INSERT INTO t VALUES ${texts
          .map((text, id) => `(${id}, '${text}')`)
          .join(', ')}`,
      )
      await expectEqual(pair)
      const shifted = texts.map((_, id) => `UPDATE t SET v = '${texts[id ^ 1]}' WHERE id = ${id}`)
      await pair.to.run(shifted.join('; '))
      expect((await pair.verify()).differences).toHaveLength(texts.length)
    })

    test('a text of 4 MB and its last letter', async () => {
      const long =
        source.name === 'sqlite' ? `replace(hex(zeroblob(2000000)), '00', 'ab')` : `repeat('ab', 2000000)`
      const pair = await exhibit(
        source,
        target,
        `CREATE TABLE t (id bigint NOT NULL PRIMARY KEY, v ${textOf(source)}); INSERT INTO t VALUES (1, ${long}), (2, 'b')`,
      )
      await expectEqual(pair)
      await pair.to.run(`UPDATE t SET v = substr(v, 1, 3999999) || 'c' WHERE id = 1`)
      expect(kinds(await pair.verify())).toEqual([['changed', '1']])
    })

    test('a table of 300 columns', async () => {
      const columns = Array.from({ length: 300 }, (_, index) => `c${index}`)
      const types = columns.map((column, index) => `${column} ${index % 3 === 0 ? 'varchar(9)' : 'integer'}`)
      const pair = await exhibit(
        source,
        target,
        `CREATE TABLE t (id bigint NOT NULL PRIMARY KEY, ${types.join(', ')});
         INSERT INTO t VALUES (1, ${columns.map((_, index) => (index % 3 === 0 ? `'v${index}'` : index)).join(', ')}),
           (2, ${columns.map(() => 'NULL').join(', ')})`,
      )
      await expectEqual(pair)
      await pair.to.run('UPDATE t SET c299 = 0 WHERE id = 2')
      expect((await pair.verify()).differences).toMatchObject([
        { kind: 'changed', key: { id: '2' }, columns: { c299: { source: null, target: '0' } } },
      ])
    })

    test('names with quotes, backticks, dots, spaces and semicolons', async () => {
      const names = ['quo"te', "apo'strophe", 'back`tick', 'a.b', 'two words', 'semi;colon', 'select', 'Ünï']
      const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
      const tables = names.map(
        name => `CREATE TABLE ${quoted(name)} (${quoted(name)} varchar(20) NOT NULL PRIMARY KEY, v integer, UNIQUE (v));
          CREATE TABLE ${quoted(`${name} of`)} (id bigint NOT NULL PRIMARY KEY, r varchar(20),
            FOREIGN KEY (r) REFERENCES ${quoted(name)} (${quoted(name)}));
          INSERT INTO ${quoted(name)} VALUES ('k', 1); INSERT INTO ${quoted(`${name} of`)} VALUES (1, 'k')`,
      )
      const plan = Object.fromEntries(names.flatMap(name => [name, `${name} of`]).map(name => [name, {}]))
      const pair = await exhibit(source, target, tables.join('; '), { plan })
      await expectEqual(pair)
      await pair.to.run(names.map(name => `UPDATE ${quoted(name)} SET v = 2`).join('; '))
      const { differences } = await pair.verify()
      expect(differences.map(({ table, key }) => [table, key])).toEqual(
        names.map(name => [name, { [name]: 'k' }]),
      )
      // The SQL that is shown for a row finds the row.
      const reader = await pair.to.reader()
      for (const { table, sql } of differences)
        expect(await reader.query(sql.target.replace(/;$/, ''))).toEqual([{ [table]: 'k', v: '2' }])
    })
  })

  test('a blob of 20 MB and its last byte, through a server that may take less in one piece', async () => {
    const there = await exhibit(
      postgres,
      mysql,
      `CREATE TABLE t (id bigint PRIMARY KEY, v bytea); INSERT INTO t VALUES (1, decode(repeat('00ff5c0a', 5000000), 'hex')), (2, 'b')`,
    )
    await expectEqual(there)
    const back = await postgres.create()
    const pair = { ...cutover(there.to.url, back.url, { tables: { t: {} } }), from: there.to, to: back }
    await expectEqual(pair)
    await back.run(`UPDATE t SET v = overlay(v PLACING '\\x0b' FROM 20000000) WHERE id = 1`)
    expect(kinds(await pair.verify())).toEqual([['changed', '1']])
  }, 240_000)

  describe('numbers MySQL alone can hold', () => {
    const largest = '18446744073709551615'
    const unsigned = `CREATE TABLE t (id bigint unsigned NOT NULL PRIMARY KEY, v varchar(9));
      INSERT INTO t VALUES (0, 'a'), (9223372036854775807, 'b'), (9223372036854775808, 'c'), (18446744073709551614, 'd'), (${largest}, 'e')`

    test.each([postgres, sqlite, mysql])('a key of 64 bits without a sign, into $name', async target => {
      const pair = await exhibit(mysql, target, unsigned)
      await expectEqual(pair)
      await pair.to.run(`UPDATE t SET v = 'x' WHERE v = 'e'; DELETE FROM t WHERE v = 'c'`)
      expect(kinds(await pair.verify())).toEqual([
        ['missing', '9223372036854775808'],
        ['changed', largest],
      ])
    })

    test('and one too large for a bigint that is there already is refused by itself', async () => {
      const by = 'CREATE TABLE t (id bigint PRIMARY KEY, v varchar(9))'
      const pair = await exhibit(mysql, postgres, unsigned, { by })
      expect((await pair.migrate()).status).toBe('rejected')
      expect([...pair.store.currentQuarantine(10)].map(({ key }) => key.id)).toEqual([
        '9223372036854775808',
        '18446744073709551614',
        largest,
      ])
      expect(kinds(await pair.verify())).toEqual([
        ['missing', '9223372036854775808'],
        ['missing', '18446744073709551614'],
        ['missing', largest],
      ])
    })
  })

  describe('keys a collation takes for equal', () => {
    const rows = `INSERT INTO t VALUES ('A', 1), ('a ', 2), ('a', 3), ('b', 4)`
    const folding = 'CREATE TABLE t (k varchar(9) COLLATE utf8mb4_general_ci PRIMARY KEY, v int)'

    test.each([postgres, sqlite])(
      'what is unique in $name is unique in a table made for it',
      async source => {
        const pair = await exhibit(
          source,
          mysql,
          `CREATE TABLE t (k varchar(9) NOT NULL PRIMARY KEY, v int); ${rows}`,
        )
        await expectEqual(pair)
      },
    )

    test.each([postgres, sqlite])(
      'rows of $name a folding key takes for one are quarantined, and missing',
      async source => {
        const pair = await exhibit(
          source,
          mysql,
          `CREATE TABLE t (k varchar(9) NOT NULL PRIMARY KEY, v int); ${rows}`,
          { by: folding },
        )
        const { status, tables } = await pair.migrate()
        expect([status, tables[0]!.written, tables[0]!.quarantined]).toEqual(['rejected', 2, 2])
        const result = await pair.verify()
        expect(result.verdict).toBe('mismatch')
        expect(result.differences.map(({ kind }) => kind)).toEqual(['missing', 'missing'])
        expect(result.differences[0]!.note).toMatch(/quarantined by migrate: .*duplicate/i)
        expect(pair.gate().verdict).toBe('NO-GO')
      },
    )

    test('a key in another case is another row, though MySQL would find it', async () => {
      const pair = await exhibit(mysql, mysql, `${folding}; INSERT INTO t VALUES ('A', 1), ('b', 2)`)
      await expectEqual(pair)
      await pair.to.run(`UPDATE t SET k = 'a' WHERE k = 'A'`)
      expect(kinds(await pair.verify()).sort()).toEqual([
        ['extra', 'a'],
        ['missing', 'A'],
      ])
    })

    test('a reference that only a folding collation finds is an orphan elsewhere', async () => {
      const pair = await exhibit(
        mysql,
        postgres,
        `${folding}; CREATE TABLE c (id int PRIMARY KEY, k varchar(9) COLLATE utf8mb4_general_ci, FOREIGN KEY (k) REFERENCES t (k));
         INSERT INTO t VALUES ('A', 1); INSERT INTO c VALUES (1, 'A'), (2, 'a')`,
        { plan: { t: {}, c: {} } },
      )
      const { fidelity, status } = await pair.migrate({ createSchema: true })
      expect(status).toBe('finished')
      expect(fidelity.map(({ note }) => note).join('\n')).toMatch(/NOT VALID/)
      const { checks, verdict } = await pair.verify()
      expect(verdict).toBe('mismatch')
      expect(checks.filter(({ status }) => status === 'fail')).toMatchObject([{ check: 'orphans', found: 1 }])
    })
  })

  describe('dates and times only MySQL knows', () => {
    const zero = `SET sql_mode = ''; CREATE TABLE t (id int PRIMARY KEY, d date, s datetime(3));
      INSERT INTO t VALUES (1, '0000-00-00', '0000-00-00 00:00:00'), (2, '2010-00-00', '2010-10-00 12:00:00'), (3, '2010-10-10', '2010-10-10 00:00:00')`

    test('zero dates are values, and stay what they are in MySQL', async () => {
      const pair = await exhibit(mysql, mysql, zero)
      await expectEqual(pair)
      await pair.to.run(
        `SET sql_mode = ''; UPDATE t SET d = NULL WHERE id = 1; UPDATE t SET s = '2010-10-01 12:00:00' WHERE id = 2`,
      )
      const { differences } = await pair.verify()
      expect(differences.map(({ columns }) => columns)).toEqual([
        { d: { source: '0000-00-00', target: null } },
        { s: { source: '2010-10-00 12:00:00', target: '2010-10-01 12:00:00' } },
      ])
    })

    test('zero dates are refused by PostgreSQL, row by row, and never become NULL or another date', async () => {
      const pair = await exhibit(mysql, postgres, zero)
      const { tables } = await pair.migrate({ createSchema: true })
      expect([tables[0]!.written, tables[0]!.quarantined]).toEqual([1, 2])
      expect([...pair.store.currentQuarantine(10)].map(({ key, reason }) => [key.id, reason])).toEqual([
        ['1', expect.stringMatching(/0000-00-00/)],
        ['2', expect.stringMatching(/2010-00-00/)],
      ])
      expect(kinds(await pair.verify())).toEqual([
        ['missing', '1'],
        ['missing', '2'],
      ])
    })

    test('zero dates stay what they are in SQLite, and come back', async () => {
      const there = await exhibit(mysql, sqlite, zero)
      await expectEqual(there)
      const back = await mysql.create()
      const pair = cutover(there.to.url, back.url, { tables: { t: {} } })
      expect((await pair.migrate({ createSchema: true })).status).toBe('finished')
      expect((await cutover(there.from.url, back.url, { tables: { t: {} } }).verify()).verdict).toBe('match')
    })

    const times = `CREATE TABLE t (id int PRIMARY KEY, v time(3));
      INSERT INTO t VALUES (1, '838:59:59'), (2, '-838:59:59'), (3, '-00:00:00.5'), (4, '24:00:00'), (5, '12:30:00.25')`

    test.each([postgres, sqlite, mysql])('838:59:59 and less than nothing, into $name', async target => {
      const pair = await exhibit(mysql, target, times)
      await expectEqual(pair)
      await pair.to.run(
        `UPDATE t SET v = '838:59:58' WHERE id = 1; UPDATE t SET v = '00:00:00.5' WHERE id = 3`,
      )
      expect(kinds(await pair.verify())).toEqual([
        ['changed', '1'],
        ['changed', '3'],
      ])
    })

    test('what is no time of day is refused by a time that is there already', async () => {
      const by = 'CREATE TABLE t (id int PRIMARY KEY, v time(3))'
      const pair = await exhibit(mysql, postgres, times, { by })
      expect((await pair.migrate()).tables[0]).toMatchObject({ written: 2, quarantined: 3 })
      expect([...pair.store.currentQuarantine(10)].map(({ key }) => key.id)).toEqual(['1', '2', '3'])
    })
  })

  describe('what a target would silently change is refused', () => {
    const columns: [string, Engine, string, string, Engine, string][] = [
      ['a third decimal', postgres, 'numeric', '1.005', mysql, 'decimal(9,2)'],
      ['a microsecond', postgres, 'timestamp', `'2024-01-01 00:00:00.0000011'`, mysql, 'datetime(3)'],
      ['a fraction of a second', postgres, 'timestamp', `'2024-01-01 00:00:00.5'`, mysql, 'datetime'],
      ['a text too long', postgres, 'text', `'abcdef'`, mysql, 'varchar(5)'],
      ['a number too large', postgres, 'bigint', '128', mysql, 'tinyint'],
      ['a negative number', postgres, 'integer', '-1', mysql, 'int unsigned'],
      ['what is no member', postgres, 'text', `'x'`, mysql, `enum('a', 'b')`],
      ['NaN', postgres, 'float8', `'NaN'`, mysql, 'double'],
      ['infinity', postgres, 'timestamp', `'infinity'`, mysql, 'datetime(6)'],
      ['a date BC', postgres, 'date', `'0044-03-15 BC'`, mysql, 'date'],
      ['an emoji', postgres, 'text', `'😀'`, mysql, 'varchar(9) CHARACTER SET utf8mb3'],
      [
        'a letter its character set lacks',
        postgres,
        'text',
        `'中'`,
        mysql,
        'varchar(9) CHARACTER SET latin1',
      ],
      ['a double in a float', postgres, 'float8', '0.123456789', mysql, 'float'],
      ['a time of day in a date', mysql, 'datetime', `'2024-01-01 00:00:01'`, postgres, 'date'],
      ['NUL', mysql, 'varchar(9)', `'a\0b'`, postgres, 'text'],
      ['2 as a boolean', mysql, 'tinyint', '2', postgres, 'boolean'],
      ['a negative time', mysql, 'time', `'-01:00:00'`, postgres, 'time'],
      ['an instant after 2038', postgres, 'timestamptz', `'2039-01-01'`, mysql, 'timestamp(6)'],
    ]
    test.each(columns)('%s', async (_, source, own, value, target, type) => {
      const nullable = type.startsWith('timestamp') ? ' NULL' : ''
      const pair = await exhibit(
        source,
        target,
        `CREATE TABLE t (id int PRIMARY KEY, v ${own}); INSERT INTO t VALUES (1, ${value}), (2, NULL)`,
        { by: `CREATE TABLE t (id int PRIMARY KEY, v ${type}${nullable})` },
      )
      const { status, tables } = await pair.migrate()
      expect([status, tables[0]!.written, tables[0]!.quarantined]).toEqual(['rejected', 1, 1])
      expect(kinds(await pair.verify())).toEqual([['missing', '1']])
      const [row] = await (await pair.to.reader()).query('SELECT count(*) AS n FROM t')
      expect(row).toEqual({ n: '1' })
    })
  })

  test('a JSON object with a key twice is not the one without', async () => {
    const pair = await exhibit(
      sqlite,
      mysql,
      `CREATE TABLE t (id integer NOT NULL PRIMARY KEY, v JSON); INSERT INTO t VALUES (1, '{"a": 1, "a": 2}'), (2, '{"a": 2}')`,
      {
        by: `CREATE TABLE t (id bigint PRIMARY KEY, v json); INSERT INTO t VALUES (1, '{"a": 2}'), (2, '{"a": 2.0}')`,
      },
    )
    expect(kinds(await pair.verify())).toEqual([['changed', '1']])
  })
})
