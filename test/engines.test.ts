import { describe, expect, test } from 'vitest'
import type { Field } from '../src/engines/port/rows.ts'
import { type Catalog, type EngineName, findColumn, findTable } from '../src/model/catalog.ts'
import type { LogicalType } from '../src/model/logical-type.ts'
import { describeEngines, digested, type Engine, engines, readAll } from './engine.ts'
import { isMariadb } from './mariadb.ts'

const [sqlite, postgres, mysql] = engines

const awkward = [
  'camelCase',
  'order',
  'select',
  'two words',
  'quo"te',
  "apo'strophe",
  'Ünï',
  '1st',
  'a.b',
  'percent%s',
  'back\\slash',
  'back`tick',
]

describeEngines('names in $name', ({ name, create }) => {
  test.each(awkward)('%s names a table and a column', async word => {
    const side = await create()
    const target = await side.target()
    const { quote, table, literal } = target.dialect
    await target.execute(
      `CREATE TABLE ${quote(word)} (${quote(`${word} id`)} BIGINT PRIMARY KEY, ${quote(word)} VARCHAR(50), UNIQUE (${quote(word)}))`,
    )
    await target.execute(`INSERT INTO ${quote(word)} VALUES (1, ${literal(word)})`)
    const catalog = await target.introspect()
    const found = findTable(catalog, word)!
    expect(found.columns.map(column => column.name)).toEqual([`${word} id`, word])
    expect(found.primaryKey).toEqual([`${word} id`])
    expect(found.uniques).toEqual([[word]])
    const relation = {
      from: table(catalog.schema, word),
      rowid: found.rowid,
      where: `${quote(word)} = ${literal(word)}`,
    }
    const fields: Field[] = [{ expression: quote(word), type: { kind: 'text' } }]
    const line = Buffer.from(word.replaceAll('\\', '\\\\')).toString('latin1')
    expect(await digested(target, relation, fields)).toEqual([line])
    expect(await readAll(target, relation, fields)).toEqual([line])
    expect(await target.count(relation)).toBe(1)
    expect(await target.writeObstacle([word], true)).toBeNull()
    await target.truncate([word])
    expect(await target.count({ ...relation, where: null })).toBe(0)
    expect(name).toBe(catalog.engine)
  })
})

/** MySQL has no partial indexes, and MariaDB none over expressions. */
const shared = ({ name }: Engine) => `
  CREATE TABLE parent (b INTEGER NOT NULL, a INTEGER NOT NULL, code VARCHAR(10) NOT NULL, note VARCHAR(20) DEFAULT 'none',
    PRIMARY KEY (a, b), UNIQUE (code, b), CHECK (b > 0 AND code <> ')'));
  CREATE TABLE child (id INTEGER PRIMARY KEY, pa INTEGER, pb INTEGER, above INTEGER,
    FOREIGN KEY (above) REFERENCES child (id) ON DELETE SET NULL,
    FOREIGN KEY (pa, pb) REFERENCES parent (a, b) ON DELETE CASCADE ON UPDATE RESTRICT);
  CREATE INDEX child_both ON child (pb, pa);
  CREATE UNIQUE INDEX child_some ON child (pa) ${name === 'mysql' ? '' : 'WHERE pb > 0'};
  CREATE INDEX child_computed ON child (${name === 'mysql' ? 'id' : 'abs(pa)'}, pb);
  CREATE TABLE computed (id INTEGER PRIMARY KEY, n INTEGER, twice INTEGER GENERATED ALWAYS AS (n * 2) STORED);
  CREATE VIEW shown AS SELECT id, pa FROM child`

describeEngines('the catalog of $name', engine => {
  const { name, create } = engine
  const introspect = async (sql = shared(engine)): Promise<Catalog> =>
    (await (await create(sql)).reader()).introspect()

  test('has tables and views in the order they were made', async () => {
    const { tables } = await introspect()
    const found = tables.map(({ name: table, kind }) => [table, kind])
    // MySQL does not remember the order.
    const made = [
      ['parent', 'table'],
      ['child', 'table'],
      ['computed', 'table'],
      ['shown', 'view'],
    ]
    expect(found).toEqual(name === 'mysql' ? made.sort() : made)
  })

  test('has keys in their own order, and what is NOT NULL', async () => {
    const parent = findTable(await introspect(), 'parent')!
    expect(parent.columns.map(({ name: column, nullable }) => [column, nullable])).toEqual([
      ['b', false],
      ['a', false],
      ['code', false],
      ['note', true],
    ])
    expect(parent.primaryKey).toEqual(['a', 'b'])
    expect(parent.uniques).toEqual([['code', 'b']])
    expect(findColumn(parent, 'note')!.default).toMatch(/^'none'/)
    expect(findColumn(parent, 'code')!.type).toEqual({ kind: 'text', length: 10 })
  })

  test('has each check as it was written', async () => {
    const { checks } = findTable(await introspect(), 'parent')!
    expect(checks).toHaveLength(1)
    const written = {
      sqlite: /^b > 0 AND code <> '\)'$/,
      postgres: /^CHECK .*b > 0.*'\)'/,
      mysql: /`b` > 0\)? and .*'\)/,
    }
    expect(checks[0]!.definition).toMatch(written[name])
  })

  test('has foreign keys with their columns in pairs and their actions', async () => {
    const keys = findTable(await introspect(), 'child')!.foreignKeys
    const composite = keys.find(key => key.referencedTable === 'parent')!
    expect(composite).toMatchObject({
      columns: ['pa', 'pb'],
      referencedColumns: ['a', 'b'],
      onDelete: 'CASCADE',
      // MariaDB calls it so whether it was said or not, so there it is no different from the default.
      onUpdate: name === 'mysql' ? null : 'RESTRICT',
      validated: true,
      deferrable: false,
    })
    expect(keys.find(key => key.referencedTable === 'child')).toMatchObject({
      columns: ['above'],
      referencedColumns: ['id'],
      onDelete: 'SET NULL',
      onUpdate: null,
    })
    // SQLite keeps no names of constraints.
    expect(keys.every(key => (key.name === null) === (name === 'sqlite'))).toBe(true)
  })

  test('tells plain, unique, partial and expression indexes apart', async () => {
    const { indexes } = findTable(await introspect(), 'child')!
    // In MySQL a unique index is a unique constraint, and every foreign key has an index besides.
    const declared = indexes.filter(({ constraint, name: index }) =>
      name === 'mysql' ? index.startsWith('child_') : !constraint,
    )
    const shown = Object.fromEntries(declared.map(index => [index.name, index]))
    expect(Object.keys(shown).sort()).toEqual(['child_both', 'child_computed', 'child_some'])
    expect(shown.child_both).toMatchObject({ columns: ['pb', 'pa'], unique: false, partial: false })
    expect(shown.child_some).toMatchObject({ columns: ['pa'], unique: true, partial: name !== 'mysql' })
    const computed = name === 'mysql' ? 'id' : null
    expect(shown.child_computed).toMatchObject({ columns: [computed, 'pb'], unique: false, partial: false })
    if (name !== 'mysql') expect(shown.child_some!.definition).toMatch(/WHERE/)
  })

  test('says what each declared type means', async () => {
    const list = types[name].map(([declared], index) => `c${index} ${declared}`)
    const domain = name === 'postgres' ? 'CREATE DOMAIN short AS varchar(7); ' : ''
    const [table] = (await introspect(`${domain}CREATE TABLE t (${list.join(', ')})`)).tables
    const found = types[name].map(([declared], index) => [declared, table!.columns[index]!.type])
    expect(found).toEqual(types[name])
  })

  test('knows generated columns', async () => {
    const { columns } = findTable(await introspect(), 'computed')!
    expect(columns.map(({ name: column, generated }) => [column, generated])).toEqual([
      ['id', null],
      ['n', null],
      ['twice', 'stored'],
    ])
  })
})

/** A declared type, the meaning it has, and the same under another spelling. */
const types: Record<EngineName, [string, LogicalType][]> = {
  sqlite: [
    ['INTEGER', { kind: 'integer', bits: 64 }],
    ['unsigned big int', { kind: 'integer', bits: 64 }],
    ['BOOLEAN', { kind: 'boolean' }],
    ['TEXT', { kind: 'text' }],
    ['VARCHAR(255)', { kind: 'text', length: 255 }],
    ['NVARCHAR ( 20 )', { kind: 'text', length: 20 }],
    ['CLOB', { kind: 'text' }],
    ['REAL', { kind: 'float', bits: 64 }],
    ['DOUBLE PRECISION', { kind: 'float', bits: 64 }],
    ['NUMERIC', { kind: 'decimal' }],
    ['DECIMAL(10, 2)', { kind: 'decimal', precision: 10, scale: 2 }],
    ['DECIMAL(10)', { kind: 'decimal', precision: 10, scale: 0 }],
    ['BLOB', { kind: 'bytes' }],
    ['UUID', { kind: 'uuid' }],
    ['DATE', { kind: 'date' }],
    ['TIME', { kind: 'time', precision: 6 }],
    ['DATETIME', { kind: 'timestamp', precision: 6, zone: false }],
    ['TIMESTAMP', { kind: 'timestamp', precision: 6, zone: false }],
    ['TIMESTAMPTZ', { kind: 'timestamp', precision: 6, zone: true }],
    ['JSON', { kind: 'json', binary: true }],
    ['', { kind: 'any' }],
    ['GEOMETRY', { kind: 'other', name: 'GEOMETRY' }],
  ],
  postgres: [
    ['smallint', { kind: 'integer', bits: 16 }],
    ['integer', { kind: 'integer', bits: 32 }],
    ['bigint', { kind: 'integer', bits: 64 }],
    ['boolean', { kind: 'boolean' }],
    ['text', { kind: 'text' }],
    ['varchar(255)', { kind: 'text', length: 255 }],
    ['varchar', { kind: 'text' }],
    ['char(5)', { kind: 'text', length: 5, padded: true }],
    ['real', { kind: 'float', bits: 32 }],
    ['double precision', { kind: 'float', bits: 64 }],
    ['numeric', { kind: 'decimal' }],
    ['numeric(10,2)', { kind: 'decimal', precision: 10, scale: 2, fixedScale: true }],
    ['numeric(10)', { kind: 'decimal', precision: 10, scale: 0, fixedScale: true }],
    ['bytea', { kind: 'bytes' }],
    ['uuid', { kind: 'uuid' }],
    ['date', { kind: 'date' }],
    ['time(3)', { kind: 'time', precision: 3 }],
    ['time', { kind: 'time', precision: 6 }],
    ['timestamp(3)', { kind: 'timestamp', precision: 3, zone: false }],
    ['timestamptz', { kind: 'timestamp', precision: 6, zone: true }],
    ['json', { kind: 'json', binary: false }],
    ['jsonb', { kind: 'json', binary: true }],
    ['inet', { kind: 'other', name: 'inet' }],
    ['integer[]', { kind: 'array', element: 'integer' }],
    ['interval', { kind: 'time', precision: 6, span: true }],
    ['bit(3)', { kind: 'bits', length: 3 }],
    ['bit varying(9)', { kind: 'bits', length: 9, varying: true }],
    ['short', { kind: 'text', length: 7 }],
  ],
  mysql: [
    ['tinyint', { kind: 'integer', bits: 8 }],
    ['tinyint(1)', { kind: 'integer', bits: 8 }],
    ['boolean', { kind: 'integer', bits: 8 }],
    ['smallint unsigned', { kind: 'integer', bits: 16, unsigned: true }],
    ['mediumint', { kind: 'integer', bits: 24 }],
    ['int(11)', { kind: 'integer', bits: 32 }],
    ['int unsigned zerofill', { kind: 'integer', bits: 32, unsigned: true }],
    ['bigint', { kind: 'integer', bits: 64 }],
    ['bigint unsigned', { kind: 'integer', bits: 64, unsigned: true }],
    ['year', { kind: 'integer', bits: 16 }],
    ['bit(5)', { kind: 'bits', length: 5 }],
    ['bit', { kind: 'bits', length: 1 }],
    ['decimal', { kind: 'decimal', precision: 10, scale: 0, fixedScale: true }],
    ['decimal(65,30)', { kind: 'decimal', precision: 65, scale: 30, fixedScale: true }],
    ['float', { kind: 'float', bits: 32 }],
    ['double', { kind: 'float', bits: 64 }],
    ['varchar(255)', { kind: 'text', length: 255 }],
    ['char(5)', { kind: 'text', length: 5, padded: true }],
    ['longtext', { kind: 'text' }],
    ['binary(16)', { kind: 'bytes', length: 16, padded: true }],
    ['varbinary(20)', { kind: 'bytes', length: 20 }],
    ['longblob', { kind: 'bytes' }],
    ['date', { kind: 'date' }],
    ['time', { kind: 'time', precision: 0, span: true }],
    ['time(3)', { kind: 'time', precision: 3, span: true }],
    ['datetime', { kind: 'timestamp', precision: 0, zone: false }],
    ['datetime(6)', { kind: 'timestamp', precision: 6, zone: false }],
    ['timestamp(2)', { kind: 'timestamp', precision: 2, zone: true }],
    [`enum('a','it''s')`, { kind: 'enum', name: 't_c28', labels: ['a', "it's"] }],
    [`set('x','y z')`, { kind: 'set', labels: ['x', 'y z'] }],
    ['json', { kind: 'json', binary: true, ...(isMariadb ? {} : { doubles: true }) }],
    ['point', { kind: 'other', name: 'point' }],
  ],
}

describe('the catalog of SQLite alone', () => {
  const introspect = async (sql: string) => (await (await sqlite.create(sql)).reader()).introspect()

  test.each([
    ['id INTEGER PRIMARY KEY', true, false],
    ['id integer primary key autoincrement', true, false],
    ['id INT PRIMARY KEY', false, true],
    ['id BIGINT PRIMARY KEY', false, true],
    ['id INTEGER PRIMARY KEY DESC', false, true],
    ['id INTEGER, PRIMARY KEY (id)', true, false],
    ['id INTEGER, n INTEGER, PRIMARY KEY (id, n)', false, true],
    ['id TEXT PRIMARY KEY', false, true],
  ])('%s: the rowid itself %s, may be NULL %s', async (columns, automatic, nullable) => {
    const [table] = (await introspect(`CREATE TABLE t (${columns})`)).tables
    expect(findColumn(table!, 'id')).toMatchObject({ automatic, nullable })
    expect(table!.primaryKey[0]).toBe('id')
    expect(table!.rowid).toBe('rowid')
  })

  test('a table WITHOUT ROWID has no rowid, and its key is never NULL', async () => {
    const [table] = (await introspect('CREATE TABLE t (id INTEGER PRIMARY KEY) WITHOUT ROWID')).tables
    expect(table!.rowid).toBeNull()
    expect(findColumn(table!, 'id')).toMatchObject({ automatic: false, nullable: false })
  })

  test('the rowid is read under a name no column has taken', async () => {
    const { tables } = await introspect(
      'CREATE TABLE a (rowid TEXT); CREATE TABLE b ("ROWID" TEXT, _rowid_ TEXT); CREATE TABLE c (rowid, oid, _rowid_)',
    )
    expect(tables.map(table => table.rowid)).toEqual(['_rowid_', 'oid', null])
  })

  test('a foreign key that names no column refers to the primary key', async () => {
    const [table] = (await introspect('CREATE TABLE t (id INTEGER PRIMARY KEY, above INTEGER REFERENCES T)'))
      .tables
    expect(table!.foreignKeys).toMatchObject([{ referencedTable: 't', referencedColumns: ['id'] }])
  })

  test('a virtual generated column is known, and enums and sequences there are none', async () => {
    const catalog = await introspect(
      'CREATE TABLE t (n INTEGER, twice AS (n * 2)); CREATE TABLE u (id INTEGER PRIMARY KEY)',
    )
    expect(findColumn(catalog.tables[0]!, 'twice')!.generated).toBe('virtual')
    expect(catalog.enums).toEqual([])
    expect(catalog.tables.flatMap(table => table.columns).every(column => column.sequence === null)).toBe(
      true,
    )
  })
})

describe('the catalog of PostgreSQL alone', () => {
  const introspect = async (sql: string) => (await (await postgres.create(sql)).reader()).introspect()

  test('identity and serial columns fill themselves, each by its sequence', async () => {
    const catalog = await introspect(
      `CREATE TABLE "T" ("Id" int GENERATED ALWAYS AS IDENTITY, b int GENERATED BY DEFAULT AS IDENTITY, c serial, d int DEFAULT 5)`,
    )
    const shown = catalog.tables[0]!.columns.map(({ automatic, always, sequence }) => [
      automatic,
      always,
      sequence,
    ])
    expect(shown).toEqual([
      [true, true, 'public."T_Id_seq"'],
      [true, false, 'public."T_b_seq"'],
      [true, false, 'public."T_c_seq"'],
      [false, false, null],
    ])
  })

  test('an enum has its labels in order, also under a domain', async () => {
    const catalog = await introspect(
      `CREATE TYPE mood AS ENUM ('sad', 'O''k', 'happy'); CREATE DOMAIN feeling AS mood NOT NULL; CREATE TABLE t (a mood, b feeling)`,
    )
    const type = { kind: 'enum', name: 'mood', labels: ['sad', "O'k", 'happy'] }
    expect(catalog.enums).toEqual([{ name: 'mood', labels: type.labels }])
    expect(catalog.tables[0]!.columns.map(column => [column.type, column.nullable])).toEqual([
      [type, true],
      [type, false],
    ])
  })

  test('a foreign key says whether it is deferrable and whether rows were held to it', async () => {
    const catalog = await introspect(
      `CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (a int REFERENCES p DEFERRABLE, b int);
       ALTER TABLE c ADD FOREIGN KEY (b) REFERENCES p NOT VALID`,
    )
    const shown = findTable(catalog, 'c')!.foreignKeys.map(({ columns, deferrable, validated }) => [
      columns[0],
      deferrable,
      validated,
    ])
    expect(shown).toEqual([
      ['a', true, true],
      ['b', false, false],
    ])
  })

  test('partitions are one table', async () => {
    const catalog = await introspect(
      `CREATE TABLE t (id int) PARTITION BY RANGE (id); CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (9)`,
    )
    expect(catalog.tables.map(table => table.name)).toEqual(['t'])
  })
})

describe.skipIf(mysql.noServer)('the catalog of MySQL alone', () => {
  const introspect = async (sql: string) => (await (await mysql.create(sql)).reader()).introspect()

  test('an AUTO_INCREMENT column fills itself, and a default is SQL', async () => {
    const catalog = await introspect(
      `CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT, n int DEFAULT 5, v varchar(9) DEFAULT 'it''s', e varchar(9) DEFAULT '',
        at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3), o int)`,
    )
    const { columns } = catalog.tables[0]!
    expect(columns.map(column => column.automatic)).toEqual([true, false, false, false, false, false])
    expect(columns.map(column => column.default)).toEqual([
      null,
      '5',
      expect.stringMatching(/^'it(''|\\\\?')s'$/),
      `''`,
      expect.stringMatching(/^current_timestamp\(3\)$/i),
      null,
    ])
    expect(columns[4]!.onUpdate).toMatch(/^current_timestamp\(3\)$/i)
  })

  test('a collation that takes different texts for equal is said', async () => {
    const catalog = await introspect(
      `CREATE TABLE t (plain varchar(9) COLLATE utf8mb4_bin, folding varchar(9) COLLATE utf8mb4_general_ci, n int)`,
    )
    const { columns } = catalog.tables[0]!
    expect(columns[1]!.collation).toBe('utf8mb4_general_ci')
    expect(columns[2]!.collation).toBeNull()
  })

  test('a virtual generated column is known, and a view has its columns', async () => {
    const catalog = await introspect(
      'CREATE TABLE t (n int, twice int GENERATED ALWAYS AS (n * 2) VIRTUAL); CREATE VIEW v AS SELECT twice FROM t',
    )
    expect(findColumn(findTable(catalog, 't')!, 'twice')!.generated).toBe('virtual')
    expect(findTable(catalog, 'v')!.columns.map(column => column.name)).toEqual(['twice'])
  })

  test('an enum and a set know their members, with quotes, commas and backslashes', async () => {
    const catalog = await introspect(
      `CREATE TABLE t (e enum('', 'a,b', 'it''s', 'back\\slash', '"x"', 'é'), s set('r', 'w'))`,
    )
    const [e, s] = catalog.tables[0]!.columns
    expect(e!.type).toEqual({
      kind: 'enum',
      name: 't_e',
      labels: ['', 'a,b', "it's", 'back\\slash', '"x"', 'é'],
    })
    expect(s!.type).toEqual({ kind: 'set', labels: ['r', 'w'] })
  })
})
