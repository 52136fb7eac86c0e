import { describe, expect, onTestFinished, test } from 'vitest'
import { introspect } from '../src/engines/mysql/introspect.ts'
import { changedNumber } from '../src/engines/mysql/json-numbers.ts'
import { mysqlDialect } from '../src/engines/mysql/sql.ts'
import { vectorBytes, vectorText } from '../src/engines/mysql/vector.ts'
import { resolvePlan } from '../src/plan/resolve.ts'
import { column, created, table } from './created-table.ts'
import { cutover } from './cutover.ts'
import { mysqlDatabase, postgresDatabase } from './databases.ts'
import { engines } from './engine.ts'
import { isMariadb } from './mariadb.ts'
import { refusals } from './refusals.ts'

const [sqlite, postgres, mysql] = engines

/** What sets MySQL apart from MariaDB in the catalog, as its manual and its users show it; here no server is asked. */
const catalogOf = (answers: Record<string, Record<string, string | null>[]>) =>
  introspect(
    async sql => {
      const [, name] = /FROM information_schema\.(\w+)/.exec(sql)!
      if (name === 'STATISTICS') expect(sql).toContain('EXPRESSION AS expression')
      if (name === 'CHECK_CONSTRAINTS') expect(sql).toContain('JOIN information_schema.TABLE_CONSTRAINTS')
      return answers[name!] ?? []
    },
    { schema: 'app', version: '8.0.36', mariadb: false, rounding: 'half_up' },
  )

const row = (name: string, declared: string, written: string | null, extra = '') => ({
  table: 't',
  name,
  declared,
  default: written,
  nullable: 'YES',
  extra,
  collation: null,
})

const generated = 'DEFAULT_GENERATED'

/** A column as the manual says the catalog shows it, how it is declared, and the default as it is to be read. */
const defaults: [row: ReturnType<typeof row>, sql: string, read: string | null][] = [
  [row('a', 'varchar(9)', 'a(b)'), `'a(b)'`, `'a(b)'`],
  [row('b', 'varchar(9)', `it's`), `'it''s'`, `'it''s'`],
  [row('c', 'varchar(9)', ''), `''`, `''`],
  [row('d', 'varchar(9)', 'NULL'), `'NULL'`, `'NULL'`],
  [row('e', 'varchar(20)', 'CURRENT_TIMESTAMP'), `'CURRENT_TIMESTAMP'`, `'CURRENT_TIMESTAMP'`],
  [row('f', 'varchar(9)', 'a\\b'), `'a\\\\b'`, `_utf8mb4 x'615c62'`],
  [row('g', 'int', '5'), '5', '5'],
  [row('h', 'bit(3)', `b'101'`), `b'101'`, `b'101'`],
  [
    row('i', 'datetime(3)', 'CURRENT_TIMESTAMP(3)', generated),
    'CURRENT_TIMESTAMP(3)',
    'CURRENT_TIMESTAMP(3)',
  ],
  [row('j', 'date', '2020-01-01'), `'2020-01-01'`, `'2020-01-01'`],
  [row('k', 'char(36)', 'uuid()', generated), '(uuid())', 'uuid()'],
  [row('l', 'longtext', `_utf8mb4\\'abc\\'`, generated), `('abc')`, `'abc'`],
  [row('m', 'longtext', `_utf8mb4\\'it\\\\\\'s\\'`, generated), `('it''s')`, `'it''s'`],
  [row('n', 'json', 'json_object()', generated), '(json_object())', 'json_object()'],
  [
    row('o', 'json', `json_array(1,_utf8mb4\\'a\\')`, generated),
    `(json_array(1, 'a'))`,
    `json_array(1,_utf8mb4'a')`,
  ],
  [row('p', 'int', null), 'NULL', null],
]

test('defaults are bare values, or expressions with their quotes escaped', async () => {
  const { tables } = await catalogOf({
    TABLES: [{ name: 't', kind: 'BASE TABLE' }],
    COLUMNS: [...defaults.map(([one]) => one), row('z', 'int', null, 'STORED GENERATED')],
  })
  expect(tables[0]!.columns.map(one => [one.name, one.default])).toEqual([
    ...defaults.map(([{ name }, , value]) => [name, value]),
    ['z', null],
  ])
  expect(tables[0]!.columns.map(one => one.generated).at(-1)).toBe('stored')
})

test('ON UPDATE, functional indexes and checks are read', async () => {
  const { tables } = await catalogOf({
    TABLES: [{ name: 't', kind: 'BASE TABLE' }],
    COLUMNS: [
      row('at', 'timestamp', 'CURRENT_TIMESTAMP', 'DEFAULT_GENERATED on update CURRENT_TIMESTAMP'),
      row('j', 'json', null),
    ],
    STATISTICS: [
      {
        table: 't',
        name: 'f',
        repeated: '1',
        column: null,
        expression: 'lower(`a`)',
        part: null,
        direction: 'A',
        type: 'BTREE',
      },
    ],
    CHECK_CONSTRAINTS: [{ table: 't', name: 't_chk_1', clause: '(`n` > 0)' }],
  })
  const [one] = tables
  expect(one!.columns[0]).toMatchObject({ default: 'CURRENT_TIMESTAMP', onUpdate: 'CURRENT_TIMESTAMP' })
  expect(one!.columns[1]!.type).toEqual({ kind: 'json', binary: true, doubles: true })
  expect(one!.indexes).toMatchObject([{ columns: [null], definition: 'KEY `f` ((lower(`a`)))' }])
  expect(one!.checks).toEqual([{ name: 't_chk_1', definition: 'CHECK ((`n` > 0))' }])
})

test('tables are created with the collation of bytes that MySQL has, and without those of MariaDB', () => {
  const dialect = mysqlDialect({ mariadb: false })
  const session = { dialect } as never
  const { sql, notes } = dialect.createTable(
    table('t', [
      column('a', session, 'varchar(9)', { collation: 'utf8mb4_uca1400_ai_ci' }),
      column('b', session, 'varchar(9)', { collation: 'utf8mb4_0900_ai_ci' }),
    ]),
  )
  expect(sql).toBe(
    'CREATE TABLE `t` (\n  `a` varchar(9) NULL,\n  `b` varchar(9) COLLATE utf8mb4_0900_ai_ci NULL\n) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin',
  )
  expect(notes.map(({ column: name }) => name)).toEqual(['a'])
})

test('types that only MariaDB has are kept as text', async () => {
  const declared = { id: 'uuid', v4: 'inet4', v6: 'inet6', n: 'int(11)' }
  const side = (mariadb: boolean, catalog: Awaited<ReturnType<typeof catalogOf>>) => ({
    session: { engine: 'mysql', dialect: mysqlDialect({ mariadb }) } as never,
    catalog,
  })
  const source = await introspect(
    async sql =>
      /FROM information_schema\.TABLES/.test(sql)
        ? [{ name: 't', kind: 'BASE TABLE' }]
        : /FROM information_schema\.COLUMNS/.test(sql)
          ? Object.entries(declared).map(([name, type]) => row(name, type, null))
          : [],
    { schema: 'app', version: '10.11.6', mariadb: true, rounding: 'truncate' },
  )
  const { resolved, problems } = await resolvePlan(
    { tables: { t: {} }, locate: () => 'cutover.yaml' } as never,
    side(true, source),
    side(false, await catalogOf({})),
  )
  expect(problems).toEqual([])
  const [mapping] = resolved.mappings
  expect(mapping!.columns.map(one => [one.name, one.declared, one.type.kind, one.native])).toEqual([
    ['id', 'char(36) CHARACTER SET ascii COLLATE ascii_bin', 'uuid', false],
    ['v4', 'varchar(15) CHARACTER SET ascii COLLATE ascii_bin', 'text', false],
    ['v6', 'varchar(39) CHARACTER SET ascii COLLATE ascii_bin', 'text', false],
    ['n', 'int(11)', 'integer', true],
  ])
  expect(mysqlDialect({ mariadb: false }).createTable(mapping!.target).sql).toContain(
    '`id` char(36) CHARACTER',
  )
  expect(mapping!.fidelity.map(({ column: name, kind }) => [name, kind])).toEqual([
    ['id', 'form'],
    ['v4', 'form'],
    ['v6', 'form'],
  ])
})

test('a number in JSON is kept where it is a 64-bit integer, or reads back from a double', () => {
  const kept = ['[1.10, -0, 1e2, 0.1]', '9223372036854775808', '18446744073709551615', '-9223372036854775808']
  const strings = ['"12345678901234567890.123"', '{"1.00000000000000000001\\"": 1}']
  const doubles = ['123456789012345680', '1.7976931348623157e308', '5e-324', '100000000000000000000']
  for (const json of [...kept, ...strings, ...doubles])
    expect([json, changedNumber(json)]).toEqual([json, null])
  for (const number of [
    '18446744073709551616',
    '-9223372036854775809',
    '12345678901234567890.1234567890',
    '1.0000000000000000001',
    '1e400',
    '1e-400',
  ])
    expect(changedNumber(`{"a": [1, ${number}]}`)).toBe(number)
})

test('vectors are their 32-bit floats', () => {
  for (const text of ['[1,2,3]', '[-1.5,1e-30,3.4028235e+38]', '[0.1]', '[]'])
    expect(vectorText(vectorBytes(text)!)).toBe(text)
  expect(vectorBytes(' [ 1 , 2 ] ')).toEqual(Buffer.from('0000803f00000040', 'hex'))
  for (const text of ['', '1,2', '[1,]', '[a]', '[1e39]', '[0.1234567891]', '{1}'])
    expect(vectorBytes(text)).toBeNull()
  expect(vectorText(Buffer.alloc(5))).toBeNull()
})

// Where the server at hand is MariaDB, or there is none, these are shown as skipped, and what is above stands for them.
describe.skipIf(mysql.noServer || isMariadb)('MySQL itself', () => {
  const version = async () =>
    (await (await mysql.create()).reader()).version.split(' ')[1]!.split('.').map(Number)[0]!

  // Without escapes by backslash the server does not read its own text of ('it''s').
  const backslashes = `SET SESSION sql_mode = 'STRICT_ALL_TABLES'`

  test('its catalog is what the manual says', async () => {
    const list = defaults.map(([{ name, declared }, sql]) => `${name} ${declared} DEFAULT ${sql}`)
    const side = await mysql.create(
      `${backslashes}; CREATE TABLE t (${list.join(', ')}, z int AS (g + 1) STORED);
       CREATE TABLE u (id int PRIMARY KEY, a varchar(9), n int, hidden int INVISIBLE,
         at timestamp DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
         KEY f ((lower(a))), UNIQUE KEY g ((concat(a, 'x')), n), KEY unseen (n) INVISIBLE,
         CONSTRAINT positive CHECK (n > 0), CHECK (a <> 'it''s'));
       CREATE TABLE v (id int, y int, PRIMARY KEY (id, y)) PARTITION BY RANGE (y) (PARTITION p VALUES LESS THAN MAXVALUE);
       SET SESSION sql_generate_invisible_primary_key = 1; CREATE TABLE w (a int)`,
    )
    const { tables } = await (await side.reader()).introspect()
    const [t, u, v, w] = tables
    expect(t!.columns.map(one => [one.name, one.default])).toEqual([
      ...defaults.map(([{ name }, , value]) => [name, value]),
      ['z', null],
    ])
    expect(t!.columns.at(-1)!.generated).toBe('stored')
    expect(u!.columns.at(-1)).toMatchObject({ default: 'CURRENT_TIMESTAMP', onUpdate: 'CURRENT_TIMESTAMP' })
    expect(u!.columns.map(({ name }) => name)).toContain('hidden')
    expect(u!.indexes.map(({ definition }) => definition)).toEqual([
      'KEY `f` ((lower(`a`)))',
      `UNIQUE KEY \`g\` ((concat(\`a\`,_utf8mb4'x')), \`n\`)`,
      'KEY `unseen` (`n`)',
    ])
    expect(u!.uniques).toEqual([])
    expect(u!.checks.map(({ name, definition }) => [name, definition])).toEqual([
      ['positive', 'CHECK ((`n` > 0))'],
      ['u_chk_1', `CHECK ((\`a\` <> _utf8mb4'it\\'s'))`],
    ])
    expect(v!.primaryKey).toEqual(['id', 'y'])
    expect(w!.primaryKey).toEqual(['my_row_id'])
  })

  test('what is read from one database makes the same table in another', async () => {
    const side = await mysql.create(
      `${backslashes}; CREATE TABLE t (id bigint unsigned AUTO_INCREMENT PRIMARY KEY, a varchar(9) COLLATE utf8mb4_0900_as_cs DEFAULT 'a\\\\b',
         b varchar(9) CHARACTER SET gb18030, c longtext DEFAULT ('it''s'), d char(36) DEFAULT (uuid()), e year, f json,
         g binary(200), h set('a b', 'c'), i datetime(6) DEFAULT CURRENT_TIMESTAMP(6), UNIQUE KEY (a))`,
    )
    const [wanted] = (await (await side.reader()).introspect()).tables
    const { found, notes } = await created(await (await mysql.create()).target(), wanted!)
    expect(notes).toEqual([])
    expect(found).toEqual(wanted)
  })

  test('a user connects by caching_sha2_password without TLS, and needs no privileges besides', async () => {
    const { url, client } = await mysqlDatabase(
      'CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)',
    )
    const user = new URL(url)
    const name = user.pathname.slice(1)
    user.username = name
    user.password = encodeURIComponent('s pä:@/%')
    user.searchParams.set('ssl-mode', 'DISABLED')
    await client.query(
      `CREATE USER '${name}'@'%' IDENTIFIED WITH caching_sha2_password BY 's pä:@/%'; GRANT ALL ON ${name}.* TO '${name}'@'%'`,
    )
    onTestFinished(async () => void (await client.query(`DROP USER '${name}'@'%'`)))
    const there = await sqlite.create()
    const back = cutover(there.url, user.href, { tables: { u: { from: 't' } } })
    const run = cutover(user.href, there.url, { tables: { t: {} } })
    expect((await run.migrate({ createSchema: true })).status).toBe('finished')
    expect((await back.migrate({ createSchema: true })).status).toBe('finished')
    expect((await back.verify()).differences).toEqual([])
  })

  test('JSON arrives as it is, or is refused where its numbers would be rounded', async () => {
    const { url } = await postgresDatabase(
      `CREATE TABLE t (id int PRIMARY KEY, j jsonb, b bytea);
       INSERT INTO t (id, j) VALUES (1, '{"b": [1.10, 1e20, 18446744073709551615], "a": "12345678901234567890.123"}'),
         (2, '[12345678901234567890.123]'), (3, '{"a": 1.0000000000000000001}'), (4, '18446744073709551616'), (5, 'null'), (6, NULL)`,
    )
    const { url: target } = await mysqlDatabase()
    const run = cutover(url, target, { tables: { t: {} } })
    await run.migrate({ createSchema: true })
    expect(refusals(run.store)).toEqual(
      [
        ['2', '12345678901234567890.123'],
        ['3', '1.0000000000000000001'],
        ['4', '18446744073709551616'],
      ].map(([id, number]) => [id, 'j', `JSON with a number that is no double: ${number}`]),
    )
    expect((await run.verify()).differences.map(({ kind, key }) => [kind, key.id])).toEqual([
      ['missing', '2'],
      ['missing', '3'],
      ['missing', '4'],
    ])
  })

  test('what MySQL alone keeps in JSON arrives as its text says', async () => {
    const side = await mysql.create(
      `CREATE TABLE t (id int PRIMARY KEY, j json);
       INSERT INTO t VALUES (1, json_object('d', CAST('2020-01-02 03:04:05.6' AS datetime(6)), 't', CAST('-838:59:59' AS time))),
         (2, json_array(CAST(1.10 AS decimal(30, 10)), 18446744073709551615, CAST(x'00ff' AS binary))),
         (3, json_array(CAST('12345678901234567890.123' AS decimal(65, 10))))`,
    )
    const run = cutover(side.url, (await mysql.create()).url, { tables: { t: {} } })
    await run.migrate({ createSchema: true })
    expect([...run.store.currentQuarantine()].map(({ key }) => key.id)).toEqual(['3'])
    expect((await run.verify()).differences.map(({ kind, key }) => [kind, key.id])).toEqual([
      ['missing', '3'],
    ])
    const elsewhere = cutover(side.url, (await postgres.create()).url, { tables: { t: {} } })
    await elsewhere.migrate({ createSchema: true })
    expect((await elsewhere.verify()).differences).toEqual([])
  })

  test('vectors travel as bytes within MySQL, and as text to other engines and back', async ({ skip }) => {
    if ((await version()) < 9) skip('the server has no VECTOR')
    const side = await mysql.create(
      `CREATE TABLE t (id int PRIMARY KEY, v vector(3));
       INSERT INTO t VALUES (1, string_to_vector('[1,2,3]')), (2, string_to_vector('[-1.5,1e-30,3.4028235e38]')),
         (3, NULL), (4, string_to_vector('[0.1,10]')), (5, x'09000a000d005c00')`,
    )
    for (const { create } of [mysql, sqlite, postgres]) {
      const between = await create()
      const there = cutover(side.url, between.url, { tables: { t: {} } })
      await there.migrate({ createSchema: true })
      expect([...there.store.currentQuarantine()]).toEqual([])
      expect((await there.verify()).differences).toEqual([])
      const end = await mysql.create('CREATE TABLE t (id int PRIMARY KEY, v vector(3))')
      await cutover(between.url, end.url, { tables: { t: {} } }).migrate()
      expect((await cutover(side.url, end.url, { tables: { t: {} } }).verify()).differences).toEqual([])
      await end.run(`UPDATE t SET v = string_to_vector('[1,2,3.0000002]') WHERE id = 1`)
      const differing = await cutover(side.url, end.url, { tables: { t: {} } }).verify()
      expect(differing.differences.map(({ kind, key }) => [kind, key.id])).toEqual([['changed', '1']])
    }
  })

  test('text that is no vector of the column is refused, and every other row loaded', async ({ skip }) => {
    if ((await version()) < 9) skip('the server has no VECTOR')
    const side = await sqlite.create(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
       INSERT INTO t VALUES (1, '[1, 2]'), (2, '[1,2,3,4]'), (3, 'x'), (4, NULL), (5, '[9]'), (6, '[1e39]')`,
    )
    const target = await mysql.create('CREATE TABLE t (id int PRIMARY KEY, v vector(3))')
    const run = cutover(side.url, target.url, { tables: { t: {} } })
    await run.migrate()
    const refused = [...run.store.currentQuarantine()].map(({ key, column: name }) => [key.id, name])
    expect(refused.sort()).toEqual([
      ['2', 'v'],
      ['3', 'v'],
      ['6', 'v'],
    ])
    const rows = await (await target.reader()).query('SELECT id, HEX(v) AS v FROM t ORDER BY id')
    expect(rows.map(({ id, v }) => [id, v])).toEqual([
      ['1', '0000803F00000040'],
      ['4', null],
      ['5', '00001041'],
    ])
  })

  test('tables get the invisible keys the server makes, and are compared without them', async () => {
    const source = await postgres.create(
      `CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'a'), (1, 'a'), (2, NULL)`,
    )
    const target = await mysql.create(
      'SET SESSION sql_generate_invisible_primary_key = 1; CREATE TABLE t (a int, b longtext)',
    )
    const run = cutover(source.url, target.url, { tables: { t: {} } })
    expect((await run.migrate()).status).toBe('finished')
    expect((await run.verify()).differences).toEqual([])
    const on = cutover(target.url, (await postgres.create()).url, { tables: { t: {} } })
    expect((await on.migrate({ createSchema: true })).status).toBe('finished')
    expect((await on.verify()).differences).toEqual([])
  })

  test('rows that indexes and reference systems of MySQL refuse are named, and the others loaded', async () => {
    const source = await postgres.create(
      `CREATE TABLE f (id int PRIMARY KEY, a text); INSERT INTO f VALUES (1, 'abc'), (2, 'abcdefgh'), (3, 'ABC');
       CREATE TABLE m (id int PRIMARY KEY, j jsonb); INSERT INTO m VALUES (1, '{"z": [1]}'), (2, '{"z": [[1]]}'), (3, '{"z": ["x"]}');
       CREATE TABLE p (id int PRIMARY KEY, p text); INSERT INTO p VALUES (1, 'POINT(1 2)'), (2, 'x');
       CREATE TABLE q (id int PRIMARY KEY, p text, b bytea); INSERT INTO q VALUES (1, 'POINT(1 2)', '\\xff'), (2, 'x', ''), (3, NULL, NULL)`,
    )
    const target = await mysql.create(
      `CREATE TABLE f (id int PRIMARY KEY, a varchar(9), KEY ((CAST(a AS char(5)))), UNIQUE KEY u ((lower(a))));
       CREATE TABLE m (id int PRIMARY KEY, j json, KEY ((CAST(json_extract(j, '$.z') AS unsigned ARRAY))));
       CREATE TABLE p (id int PRIMARY KEY, p point NOT NULL SRID 4326);
       CREATE TABLE q (id int PRIMARY KEY, p point, b blob)`,
    )
    const run = cutover(source.url, target.url, { tables: { f: {}, m: {}, p: {}, q: {} } })
    await run.migrate()
    const refused = [...run.store.currentQuarantine()].map(({ table: name, key }) => `${name} ${key.id}`)
    expect(refused.sort()).toEqual(['f 2', 'f 3', 'm 2', 'm 3', 'p 1', 'p 2', 'q 2'])
    const { differences } = await run.verify()
    expect(differences.map(({ kind, table: name, key }) => `${kind} ${name} ${key.id}`).sort()).toEqual(
      refused.map(one => `missing ${one}`).sort(),
    )
  })

  test('geometries keep their reference system, whose axes MySQL exchanges in text', async () => {
    const side = await mysql.create(
      `CREATE TABLE t (id int PRIMARY KEY, p point NOT NULL SRID 4326, g geometry);
       INSERT INTO t VALUES (1, ST_GeomFromText('POINT(89.5 179.5)', 4326), ST_GeomFromText('POINT(1 2)', 3857))`,
    )
    const target = await mysql.create()
    const run = cutover(side.url, target.url, { tables: { t: {} } })
    await run.migrate({ createSchema: true })
    expect((await run.verify()).differences).toEqual([])
    const [row] = await (await target.reader()).query(
      'SELECT ST_SRID(p) AS p, ST_AsText(p) AS t, ST_SRID(g) AS g FROM t',
    )
    expect(row).toEqual({ p: '4326', t: 'POINT(89.5 179.5)', g: '3857' })
  })
})
