import { expect, test } from 'vitest'
import { introspect } from '../src/engines/mysql/introspect.ts'
import { mysqlDialect } from '../src/engines/mysql/sql.ts'
import { resolvePlan } from '../src/plan/resolve.ts'
import { column, table } from './created-table.ts'

/** What sets MySQL 8 apart from MariaDB in the catalog, as its manual and its users show it; no server is asked. */
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

test('defaults are bare values, or expressions with their quotes escaped', async () => {
  const generated = 'DEFAULT_GENERATED'
  const columns: [ReturnType<typeof row>, string | null][] = [
    [row('a', 'varchar(9)', 'a(b)'), `'a(b)'`],
    [row('b', 'varchar(9)', `it's`), `'it''s'`],
    [row('c', 'varchar(9)', ''), `''`],
    [row('d', 'varchar(9)', 'NULL'), `'NULL'`],
    [row('e', 'varchar(20)', 'CURRENT_TIMESTAMP'), `'CURRENT_TIMESTAMP'`],
    [row('f', 'varchar(9)', 'a\\b'), `_utf8mb4 x'615c62'`],
    [row('g', 'int', '5'), '5'],
    [row('h', 'bit(3)', `b'101'`), `b'101'`],
    [row('i', 'datetime(3)', 'CURRENT_TIMESTAMP(3)', generated), 'CURRENT_TIMESTAMP(3)'],
    [row('j', 'date', '2020-01-01'), `'2020-01-01'`],
    [row('k', 'char(36)', 'uuid()', generated), 'uuid()'],
    [row('l', 'longtext', `_utf8mb4\\'abc\\'`, generated), `'abc'`],
    [row('m', 'longtext', `_utf8mb4\\'it\\\\\\'s\\'`, generated), `'it''s'`],
    [row('n', 'json', 'json_object()', generated), 'json_object()'],
    [row('o', 'int', null), null],
    [row('p', 'int', null, 'STORED GENERATED'), null],
  ]
  const { tables } = await catalogOf({
    TABLES: [{ name: 't', kind: 'BASE TABLE' }],
    COLUMNS: columns.map(([one]) => one),
  })
  expect(tables[0]!.columns.map(one => [one.name, one.default])).toEqual(
    columns.map(([{ name }, value]) => [name, value]),
  )
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
  expect(one!.columns[1]!.type).toEqual({ kind: 'json', binary: true })
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
  const { resolved, problems } = resolvePlan(
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
