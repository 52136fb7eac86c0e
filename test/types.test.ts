import { describe, expect, test } from 'vitest'
import { type Column, type EngineName, findTable } from '../src/model/catalog.ts'
import type { LogicalType } from '../src/model/logical-type.ts'
import { column, created, table } from './created-table.ts'
import { describeEngines, engines } from './engine.ts'

/** A type of one engine, and the type each other engine makes of it. */
type Row = [declared: string, inOthers: Partial<Record<EngineName, string>>]

const uuidInMysql = 'char(36)'

const matrix: Record<EngineName, Row[]> = {
  sqlite: [
    ['INTEGER', { postgres: 'bigint', mysql: 'bigint(20)' }],
    ['BOOLEAN', { postgres: 'boolean', mysql: 'tinyint(1)' }],
    ['NUMERIC', { postgres: 'numeric', mysql: 'decimal(65,30)' }],
    ['DECIMAL(10,2)', { postgres: 'numeric(10,2)', mysql: 'decimal(10,2)' }],
    ['DECIMAL(5,8)', { postgres: 'numeric(8,8)', mysql: 'decimal(8,8)' }],
    ['DECIMAL(5,-2)', { postgres: 'numeric(7,0)', mysql: 'decimal(7,0)' }],
    ['DECIMAL(70,40)', { postgres: 'numeric(70,40)', mysql: 'decimal(65,30)' }],
    ['DECIMAL(2000,4)', { postgres: 'numeric', mysql: 'decimal(65,4)' }],
    ['REAL', { postgres: 'double precision', mysql: 'double' }],
    ['TEXT', { postgres: 'text', mysql: 'longtext' }],
    ['VARCHAR(0)', { postgres: 'character varying(1)', mysql: 'varchar(0)' }],
    ['VARCHAR(20)', { postgres: 'character varying(20)', mysql: 'varchar(20)' }],
    ['VARCHAR(20000)', { postgres: 'character varying(20000)', mysql: 'longtext' }],
    ['VARCHAR(99999999)', { postgres: 'text', mysql: 'longtext' }],
    ['BLOB', { postgres: 'bytea', mysql: 'longblob' }],
    ['UUID', { postgres: 'uuid', mysql: uuidInMysql }],
    ['DATE', { postgres: 'date', mysql: 'date' }],
    ['TIME', { postgres: 'time without time zone', mysql: 'time(6)' }],
    ['TIMESPAN', { postgres: 'interval', mysql: 'time(6)' }],
    ['DATETIME', { postgres: 'timestamp without time zone', mysql: 'datetime(6)' }],
    ['TIMESTAMPTZ', { postgres: 'timestamp with time zone', mysql: 'datetime(6)' }],
    ['JSON', { postgres: 'jsonb', mysql: 'json' }],
    ['JSON TEXT', { postgres: 'jsonb', mysql: 'json' }],
    ['BIT TEXT(8)', { postgres: 'bit(8)', mysql: 'bit(8)' }],
    ['VARBIT TEXT(8)', { postgres: 'bit varying(8)', mysql: 'varchar(8)' }],
    ['', { postgres: 'text', mysql: 'longtext' }],
    ['GEOMETRY', { postgres: 'text', mysql: 'longtext' }],
  ],
  postgres: [
    ['boolean', { sqlite: 'BOOLEAN', mysql: 'tinyint(1)' }],
    ['smallint', { sqlite: 'INTEGER', mysql: 'smallint(6)' }],
    ['integer', { sqlite: 'INTEGER', mysql: 'int(11)' }],
    ['bigint', { sqlite: 'INTEGER', mysql: 'bigint(20)' }],
    ['numeric', { sqlite: 'TEXT', mysql: 'decimal(65,30)' }],
    ['numeric(10,2)', { sqlite: 'NUMERIC(10,2)', mysql: 'decimal(10,2)' }],
    ['numeric(15)', { sqlite: 'NUMERIC(15,0)', mysql: 'decimal(15,0)' }],
    ['numeric(16,4)', { sqlite: 'TEXT', mysql: 'decimal(16,4)' }],
    ['numeric(100,50)', { sqlite: 'TEXT', mysql: 'decimal(65,30)' }],
    ['real', { sqlite: 'REAL', mysql: 'float' }],
    ['double precision', { sqlite: 'REAL', mysql: 'double' }],
    ['text', { sqlite: 'TEXT', mysql: 'longtext' }],
    ['varchar(20)', { sqlite: 'VARCHAR(20)', mysql: 'varchar(20)' }],
    ['varchar(20000)', { sqlite: 'VARCHAR(20000)', mysql: 'longtext' }],
    ['char(5)', { sqlite: 'VARCHAR(5)', mysql: 'char(5)' }],
    ['char(300)', { sqlite: 'VARCHAR(300)', mysql: 'varchar(300)' }],
    ['bytea', { sqlite: 'BLOB', mysql: 'longblob' }],
    ['bit(3)', { sqlite: 'BIT TEXT(3)', mysql: 'bit(3)' }],
    ['bit(65)', { sqlite: 'BIT TEXT(65)', mysql: 'varchar(65)' }],
    ['bit varying(9)', { sqlite: 'VARBIT TEXT(9)', mysql: 'varchar(9)' }],
    ['bit varying', { sqlite: 'VARBIT TEXT(83886080)', mysql: 'longtext' }],
    ['uuid', { sqlite: 'UUID', mysql: uuidInMysql }],
    ['mood', { sqlite: 'TEXT', mysql: `enum('sad','O''k','back\\\\slash','')` }],
    ['spaced', { sqlite: 'TEXT', mysql: 'varchar(255)' }],
    ['date', { sqlite: 'DATE', mysql: 'date' }],
    ['time(3)', { sqlite: 'TIME', mysql: 'time(3)' }],
    ['interval', { sqlite: 'TIMESPAN', mysql: 'time(6)' }],
    ['timestamp(0)', { sqlite: 'DATETIME', mysql: 'datetime' }],
    ['timestamptz(3)', { sqlite: 'DATETIME', mysql: 'datetime(3)' }],
    ['json', { sqlite: 'JSON TEXT', mysql: 'json' }],
    ['jsonb', { sqlite: 'JSON TEXT', mysql: 'json' }],
    ['integer[]', { sqlite: 'JSON TEXT', mysql: 'json' }],
    ['inet', { sqlite: 'TEXT', mysql: 'longtext' }],
    ['timetz', { sqlite: 'TEXT', mysql: 'longtext' }],
  ],
  mysql: [
    ['tinyint(1)', { sqlite: 'INTEGER', postgres: 'smallint' }],
    ['tinyint unsigned', { sqlite: 'INTEGER', postgres: 'smallint' }],
    ['smallint', { sqlite: 'INTEGER', postgres: 'smallint' }],
    ['smallint unsigned', { sqlite: 'INTEGER', postgres: 'integer' }],
    ['mediumint unsigned', { sqlite: 'INTEGER', postgres: 'integer' }],
    ['int', { sqlite: 'INTEGER', postgres: 'integer' }],
    ['int(5) unsigned zerofill', { sqlite: 'INTEGER', postgres: 'bigint' }],
    ['bigint', { sqlite: 'INTEGER', postgres: 'bigint' }],
    ['bigint unsigned', { sqlite: 'TEXT', postgres: 'numeric(20,0)' }],
    ['year', { sqlite: 'INTEGER', postgres: 'smallint' }],
    ['bit(1)', { sqlite: 'BIT TEXT(1)', postgres: 'bit(1)' }],
    ['bit(64)', { sqlite: 'BIT TEXT(64)', postgres: 'bit(64)' }],
    ['decimal(10,2)', { sqlite: 'NUMERIC(10,2)', postgres: 'numeric(10,2)' }],
    ['decimal(65,30)', { sqlite: 'TEXT', postgres: 'numeric(65,30)' }],
    ['float', { sqlite: 'REAL', postgres: 'real' }],
    ['float(7,3)', { sqlite: 'REAL', postgres: 'real' }],
    ['double(10,2)', { sqlite: 'REAL', postgres: 'double precision' }],
    ['varchar(255)', { sqlite: 'VARCHAR(255)', postgres: 'character varying(255)' }],
    ['varchar(9) CHARACTER SET latin1', { sqlite: 'VARCHAR(9)', postgres: 'character varying(9)' }],
    ['char(5)', { sqlite: 'VARCHAR(5)', postgres: 'character(5)' }],
    ['char(0)', { sqlite: 'VARCHAR(0)', postgres: 'character(1)' }],
    ['tinytext', { sqlite: 'TEXT', postgres: 'text' }],
    ['mediumtext', { sqlite: 'TEXT', postgres: 'text' }],
    ['binary(16)', { sqlite: 'BLOB', postgres: 'bytea' }],
    ['varbinary(20)', { sqlite: 'BLOB', postgres: 'bytea' }],
    ['longblob', { sqlite: 'BLOB', postgres: 'bytea' }],
    [`enum('a','b''c','d\\\\e','')`, { sqlite: 'TEXT', postgres: '"t_c26"' }],
    [`enum('${'ü'.repeat(32)}')`, { sqlite: 'TEXT', postgres: 'text' }],
    [`set('x','y z')`, { sqlite: 'TEXT', postgres: 'text' }],
    ['date', { sqlite: 'DATE', postgres: 'date' }],
    ['time', { sqlite: 'TIMESPAN', postgres: 'interval(0)' }],
    ['datetime(6)', { sqlite: 'DATETIME', postgres: 'timestamp without time zone' }],
    ['timestamp(3)', { sqlite: 'DATETIME', postgres: 'timestamp(3) with time zone' }],
    ['json', { sqlite: 'JSON TEXT', postgres: 'jsonb' }],
    ['point', { sqlite: 'TEXT', postgres: 'text' }],
  ],
}

const before: Record<EngineName, string> = {
  sqlite: '',
  postgres: `CREATE TYPE mood AS ENUM ('sad', 'O''k', 'back\\slash', ''); CREATE TYPE spaced AS ENUM ('a', 'b ');`,
  mysql: `SET SESSION sql_mode = '';`,
}

/** What catalogs print that nobody writes: six digits of a second, and MySQL 8 without display widths. */
function printed(engine: EngineName, declared: string): string {
  if (engine === 'postgres') return declared.replace(/^(timestamp|time|interval)\(6\)/, '$1')
  return engine === 'mysql'
    ? declared.replace(/^((?:small|medium|big)?int|tinyint(?!\(1\)))\(\d+\)/, '$1')
    : declared
}

describe.each(
  engines.flatMap(source => engines.filter(target => target !== source).map(target => ({ source, target }))),
)('from $source.name to $target.name', ({ source, target }) => {
  test.skipIf(source.noServer || target.noServer)('every type has one that the target takes', async () => {
    const rows = matrix[source.name]
    const list = rows.map(([declared], index) => `c${index} ${declared}`)
    const reader = await (
      await source.create(`${before[source.name]} CREATE TABLE t (${list.join(', ')})`)
    ).reader()
    const own = findTable(await reader.introspect(), 't')!.columns
    const session = await (await target.create()).target()
    const columns = own.map(({ name, type }) => {
      const { declared } = session.dialect.declaredFor(type, { inKey: false })
      return column(name, session, declared, { type: session.dialect.parseType(declared) ?? type })
    })
    const { found, notes } = await created(session, table('t', columns))
    const shown = rows.map(([declared], index) => [
      declared,
      printed(target.name, found.columns[index]!.declared),
    ])
    expect(shown).toEqual(
      rows.map(([declared, inOthers]) => [declared, printed(target.name, inOthers[target.name]!)]),
    )
    const isAlike = ({ type }: Column, index: number) => ({
      ...type,
      ...nameOf(found.columns[index]!.type),
    })
    expect(found.columns.map(({ type }) => type)).toEqual(columns.map(isAlike))
    expect(notes).toEqual([])
  })
})

/** An enum of MySQL is named after its column when the catalog is read. */
function nameOf(type: LogicalType): { name?: string } {
  return type.kind === 'enum' || type.kind === 'other' ? { name: type.name } : {}
}

describeEngines('copies within $name', ({ name, create }) => {
  test('keep every type word for word', async () => {
    const list = matrix[name].map(([declared], index) => `c${index} ${declared}`)
    const reader = await (await create(`${before[name]} CREATE TABLE t (${list.join(', ')})`)).reader()
    const wanted = findTable(await reader.introspect(), 't')!
    const { found, notes } = await created(await (await create()).target(), wanted)
    expect(found.columns).toEqual(wanted.columns)
    expect(notes).toEqual([])
  })
})

test('text that looks like a number stays text in SQLite, whatever type it came from', async () => {
  const values: [LogicalType, string][] = [
    [{ kind: 'text' }, '2026'],
    [{ kind: 'text', length: 9 }, '1e5'],
    [{ kind: 'decimal', precision: 20, scale: 2 }, '123456789012345678.90'],
    [{ kind: 'integer', bits: 64, unsigned: true }, '18446744073709551615'],
    [{ kind: 'bits', length: 3 }, '001'],
    [{ kind: 'bits', length: 9, varying: true }, '0'],
    [{ kind: 'json', binary: true }, '1e5'],
    [{ kind: 'enum', name: 'e', labels: ['01'] }, '01'],
    [{ kind: 'set', labels: ['1'] }, '1'],
    [{ kind: 'array', element: 'integer' }, '0'],
    [{ kind: 'other', name: 'inet' }, '010'],
    [{ kind: 'uuid' }, '1e500000-0000-0000-0000-000000000000'],
    [{ kind: 'date' }, '0000-00-00'],
    [{ kind: 'date' }, 'infinity'],
    [{ kind: 'time', precision: 6 }, '00:00:00'],
    [{ kind: 'time', precision: 6, span: true }, '838:59:59'],
    [{ kind: 'timestamp', precision: 6, zone: true }, '-infinity'],
    [{ kind: 'timestamp', precision: 6, zone: false }, '2026-01-01 00:00:00'],
  ]
  const session = await (await engines[0].create()).target()
  const columns = values.map(([type], index) =>
    column(`c${index}`, session, session.dialect.declaredFor(type, { inKey: false }).declared),
  )
  await created(session, table('t', columns))
  await session.execute(`INSERT INTO t VALUES (${values.map(([, value]) => `'${value}'`).join(', ')})`)
  const [row] = await session.query(
    `SELECT ${columns.map(({ name }) => `typeof(${name}) || ' ' || ${name} AS ${name}`).join(', ')} FROM t`,
  )
  expect(Object.values(row!)).toEqual(values.map(([, value]) => `text ${value}`))
})

test('a decimal of 15 digits is the same as a REAL of SQLite', async () => {
  const session = await (await engines[0].create()).target()
  const { declared } = session.dialect.declaredFor(
    { kind: 'decimal', precision: 15, scale: 5 },
    { inKey: false },
  )
  await created(session, table('t', [column('n', session, declared)]))
  await session.execute(`INSERT INTO t VALUES ('9999999999.99999'), ('0.00001'), ('NaN')`)
  const rows = await session.query(`SELECT format('%.15g', n) AS n FROM t WHERE typeof(n) = 'real'`)
  expect(rows).toEqual([{ n: '9999999999.99999' }, { n: '1e-05' }])
})

/** What people write, and the type it means. */
const written: Record<EngineName, [string, LogicalType | null][]> = {
  sqlite: [
    ['  varchar ( 20 ) ', { kind: 'text', length: 20 }],
    ['INTERVAL', { kind: 'integer', bits: 64 }],
    ['TEXT PRIMARY KEY)', null],
    [`TEXT DEFAULT 'x'`, null],
  ],
  postgres: [
    ['int', { kind: 'integer', bits: 32 }],
    ['INT8', { kind: 'integer', bits: 64 }],
    ['bigserial', { kind: 'integer', bits: 64 }],
    ['varchar(20)', { kind: 'text', length: 20 }],
    ['character  varying ( 20 )', { kind: 'text', length: 20 }],
    ['char', { kind: 'text', length: 1, padded: true }],
    ['citext', { kind: 'text', folded: true }],
    ['decimal(10, 2)', { kind: 'decimal', precision: 10, scale: 2, fixedScale: true }],
    ['float(24)', { kind: 'float', bits: 32 }],
    ['float', { kind: 'float', bits: 64 }],
    ['timestamptz(3)', { kind: 'timestamp', precision: 3, zone: true }],
    ['timestamp(3) with time zone', { kind: 'timestamp', precision: 3, zone: true }],
    ['timestamp (3)  without time zone', { kind: 'timestamp', precision: 3, zone: false }],
    ['time(2) with time zone', { kind: 'other', name: 'time(2) with time zone' }],
    ['interval day to second(3)', { kind: 'time', precision: 3, span: true }],
    ['interval year to month', { kind: 'time', precision: 6, span: true }],
    ['int[]', { kind: 'array', element: 'integer' }],
    ['varchar(9)[][]', { kind: 'array', element: 'character varying(9)' }],
    ['timestamptz(3)[]', { kind: 'array', element: 'timestamp(3) with time zone' }],
    ['text ARRAY', { kind: 'array', element: 'text' }],
    ['geometry(Point,4326)', { kind: 'other', name: 'geometry(Point,4326)' }],
    ['vector(3)', { kind: 'other', name: 'vector(3)' }],
    ['inett', null],
    ['text; drop table t', null],
  ],
  mysql: [
    ['INT', { kind: 'integer', bits: 32 }],
    ['bigint(20) unsigned', { kind: 'integer', bits: 64, unsigned: true }],
    ['serial', { kind: 'integer', bits: 64, unsigned: true }],
    ['BOOL', { kind: 'boolean' }],
    ['numeric ( 10 , 2 )', { kind: 'decimal', precision: 10, scale: 2, fixedScale: true }],
    ['double precision', { kind: 'float', bits: 64 }],
    ['char(36) CHARACTER SET ascii COLLATE ascii_bin', { kind: 'text', length: 36, padded: true }],
    ['national varchar(9)', { kind: 'text', length: 9 }],
    ['varchar', null],
    ['long varchar', { kind: 'text' }],
    ['ENUM ( "a" )', null],
    [`set('a,b')`, { kind: 'set', labels: ['a,b'] }],
    ['timestamptz', null],
    ['varchar(20) NOT NULL', null],
  ],
}

describeEngines('types written for $name', ({ name, create }) => {
  test.each(written[name])('%s', async (text, type) => {
    const { dialect } = await (await create()).target()
    expect(dialect.parseType(text)).toEqual(type)
  })
})
