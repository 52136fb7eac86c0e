import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mysqlDialect } from '../src/engines/mysql/sql.ts'
import type { Dialect } from '../src/engines/port/dialect.ts'
import type { Statement } from '../src/engines/port/statement.ts'
import { postgresDialect } from '../src/engines/postgres/sql.ts'
import { sqliteDialect } from '../src/engines/sqlite/sql.ts'

const dialects = { postgres: postgresDialect, mysql: mysqlDialect({ mariadb: true }), sqlite: sqliteDialect }
type Name = keyof typeof dialects

const texts = (name: Name, script: string) => dialects[name].splitStatements(script).map(({ sql }) => sql)

/** Every statement stands where it says, in order; what is between them holds no statement. */
function expectPlaces(dialect: Dialect, script: string, statements: Statement[]): void {
  const starts = [0]
  for (let at = script.indexOf('\n'); at >= 0; at = script.indexOf('\n', at + 1)) starts.push(at + 1)
  let end = 0
  let rebuilt = ''
  for (const { sql, line, column, data = '' } of statements) {
    const at = starts[line - 1]! + column - 1
    expect(at).toBeGreaterThanOrEqual(end)
    expect(script.slice(at, at + sql.length)).toBe(sql)
    rebuilt += script.slice(end, at) + sql
    const gap = script.slice(end, at)
    expect(dialect.splitStatements(gap.replace(/^[ ;]*/, ''))).toEqual([])
    end = at + sql.length
    if (data) {
      const rows = script.indexOf(data, end)
      rebuilt += script.slice(end, rows + data.length)
      end = rows + data.length
      const close = script.indexOf('\\.', end)
      rebuilt += script.slice(end, close + 2)
      end = close + 2
    }
  }
  expect(rebuilt + script.slice(end)).toBe(script)
}

describe('every engine', () => {
  const cases: [string, string[]][] = [
    ['', []],
    ['  \n-- nothing\n/* at all */ ;; ;', []],
    ['SELECT 1', ['SELECT 1']],
    ['SELECT 1;\nSELECT 2;', ['SELECT 1', 'SELECT 2']],
    ['\uFEFFSELECT 1;', ['SELECT 1']],
    [
      "INSERT INTO t VALUES ('a;b', 'it''s; here');SELECT 2",
      ["INSERT INTO t VALUES ('a;b', 'it''s; here')", 'SELECT 2'],
    ],
    ['SELECT 1 -- one; two\n, 3; SELECT 4', ['SELECT 1 -- one; two\n, 3', 'SELECT 4']],
    ['SELECT /* ; */ 1; /* SELECT 9; */ SELECT 2', ['SELECT /* ; */ 1', 'SELECT 2']],
    ['SELECT 1;\r\nSELECT 2;\r\n', ['SELECT 1', 'SELECT 2']],
    ["SELECT 'é😀;'; SELECT 'ж'", ["SELECT 'é😀;'", "SELECT 'ж'"]],
    ['SELECT CASE WHEN 1 THEN 2 END; SELECT 3', ['SELECT CASE WHEN 1 THEN 2 END', 'SELECT 3']],
  ]
  for (const name of Object.keys(dialects) as Name[])
    test.each(cases)(`${name}: %j`, (script, expected) => {
      expect(texts(name, script)).toEqual(expected)
      expectPlaces(dialects[name], script, dialects[name].splitStatements(script))
    })

  test('line and column are those of the first character', () => {
    const found = postgresDialect.splitStatements('-- first\n\n  SELECT 1; SELECT\n2;\n\tSELECT 3')
    expect(found.map(({ line, column }) => [line, column])).toEqual([
      [3, 3],
      [3, 13],
      [5, 2],
    ])
  })

  test.each(Object.keys(dialects) as Name[])('%s: what is never closed is refused', name => {
    expect(dialects[name].splitStatements("SELECT 1; SELECT 'open; SELECT 2").at(-1)).toMatchObject({
      column: 11,
      refused: "the quote ' is never closed",
    })
    expect(dialects[name].splitStatements('SELECT 1; /* open; SELECT 2').at(-1)?.refused).toContain('comment')
  })

  test.each(Object.keys(dialects) as Name[])('%s: any text is split into pieces of itself', name => {
    const fragments = fc.constantFrom(
      ...[
        "'",
        '"',
        '`',
        '[',
        ']',
        ';',
        '\n',
        ' ',
        '--',
        '/*',
        '*/',
        '$$',
        '$a$',
        '(',
        ')',
        '\\',
        '#',
        '/*!',
        'E',
      ],
      ...[
        'SELECT',
        'BEGIN',
        'END',
        'CREATE',
        'TRIGGER',
        'FUNCTION',
        'ATOMIC',
        'CASE',
        'DELIMITER ',
        '//',
        'é',
        '😀',
      ],
    )
    fc.assert(
      fc.property(fc.array(fragments, { maxLength: 40 }), parts => {
        const script = parts.join('')
        const starts = [0, ...[...script.matchAll(/\n/g)].map(({ index }) => index + 1)]
        let end = 0
        for (const { sql, line, column } of dialects[name].splitStatements(script)) {
          const at = starts[line - 1]! + column - 1
          expect(at).toBeGreaterThanOrEqual(end)
          expect(script.slice(at, at + sql.length)).toBe(sql)
          end = at + sql.length
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('PostgreSQL', () => {
  const cases: [string, string[]][] = [
    ['SELECT $$a;b$$; SELECT 2', ['SELECT $$a;b$$', 'SELECT 2']],
    ['SELECT $f$a;$$;$g$ b$f$; SELECT 2', ['SELECT $f$a;$$;$g$ b$f$', 'SELECT 2']],
    ['SELECT a$b$c; SELECT 2', ['SELECT a$b$c', 'SELECT 2']],
    ['PREPARE p AS SELECT $1; SELECT 2', ['PREPARE p AS SELECT $1', 'SELECT 2']],
    ['/* a /* b; */ c; */ SELECT 1; SELECT 2', ['SELECT 1', 'SELECT 2']],
    [String.raw`SELECT E'it\'s;', 'c:\'; SELECT 2`, [String.raw`SELECT E'it\'s;', 'c:\'`, 'SELECT 2']],
    [String.raw`SELECT type'\'; SELECT 2`, [String.raw`SELECT type'\'`, 'SELECT 2']],
    ['SELECT "a;""b"; SELECT 2', ['SELECT "a;""b"', 'SELECT 2']],
    ['SELECT 1 # 2; SELECT 3', ['SELECT 1 # 2', 'SELECT 3']],
    [
      'CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END; SELECT 2',
      [
        'CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END',
        'SELECT 2',
      ],
    ],
    [
      'CREATE OR REPLACE PROCEDURE p(a int) LANGUAGE sql BEGIN ATOMIC SELECT 1; END; SELECT 2',
      ['CREATE OR REPLACE PROCEDURE p(a int) LANGUAGE sql BEGIN ATOMIC SELECT 1; END', 'SELECT 2'],
    ],
    [
      'CREATE RULE r AS ON INSERT TO t DO (DELETE FROM u; DELETE FROM v); SELECT 2',
      ['CREATE RULE r AS ON INSERT TO t DO (DELETE FROM u; DELETE FROM v)', 'SELECT 2'],
    ],
    [
      String.raw`SET standard_conforming_strings = off; SELECT 'it\'s;'; SET standard_conforming_strings TO on; SELECT '\'; SELECT 2`,
      [
        'SET standard_conforming_strings = off',
        String.raw`SELECT 'it\'s;'`,
        'SET standard_conforming_strings TO on',
        String.raw`SELECT '\'`,
        'SELECT 2',
      ],
    ],
  ]
  test.each(cases)('%j', (script, expected) => {
    expect(texts('postgres', script)).toEqual(expected)
    expectPlaces(postgresDialect, script, postgresDialect.splitStatements(script))
  })

  test('the rows of COPY belong to it', () => {
    const script =
      'COPY t (a, "b") FROM stdin;\n1\t;x\n2\t\\\\.\n\\.\n\nSELECT 1;\nCOPY u FROM STDIN WITH (FORMAT csv);\n\\.\n'
    const [copy, select, empty] = postgresDialect.splitStatements(script)
    expect(copy).toMatchObject({ sql: 'COPY t (a, "b") FROM stdin', data: '1\t;x\n2\t\\\\.\n' })
    expect(select).toMatchObject({ sql: 'SELECT 1', line: 6 })
    expect(empty).toMatchObject({ data: '' })
    expect(postgresDialect.splitStatements('COPY t FROM stdin;\n1\n')[0]!.refused).toContain('never end')
    expect(postgresDialect.splitStatements("COPY t FROM '/a/file'; SELECT 1")).toHaveLength(2)
    expect(postgresDialect.splitStatements('COPY (SELECT 1 FROM stdin) TO STDOUT; SELECT 1')).toHaveLength(2)
  })

  test.each([
    ['SELECT 1;\n\\set a 1\nSELECT 2;', '\\set', 2],
    ['\\i other.sql', '\\i', 1],
    ["\\echo 'done'", '\\echo', 1],
    ['\n\\copy t FROM file.csv', '\\copy', 2],
    ['SELECT 1 \\gset\n', '\\gset', 1],
    ['\\! rm x', '\\!', 1],
  ])('a command of psql is refused: %j', (script, command, line) => {
    const refused = postgresDialect.splitStatements(script).find(one => one.refused)
    expect(refused).toMatchObject({ line, refused: `${command} is a command of psql, and no SQL` })
  })

  test('what pg_dump puts around its script is passed over', () => {
    expect(texts('postgres', '\\restrict abc\n\nSELECT 1;\n\n\\unrestrict abc\n')).toEqual(['SELECT 1'])
  })

  test('a script in another encoding is refused', () => {
    expect(postgresDialect.splitStatements("SET client_encoding = 'LATIN1'")[0]!.refused).toContain('LATIN1')
    expect(postgresDialect.splitStatements("SET client_encoding = 'UTF8'")[0]!.refused).toBeUndefined()
  })
})

describe('MySQL', () => {
  const cases: [string, string[]][] = [
    [String.raw`SELECT 'it\'s;', "a\";"; SELECT 2`, [String.raw`SELECT 'it\'s;', "a\";"`, 'SELECT 2']],
    ['SELECT `a;``b`; SELECT 2', ['SELECT `a;``b`', 'SELECT 2']],
    ['SELECT 1 # one; two\n; SELECT 2', ['SELECT 1', 'SELECT 2']],
    ['SELECT 5--1; SELECT 2 -- x;\n;', ['SELECT 5--1', 'SELECT 2']],
    ['/*!40101 SET @a = 1 */; SELECT /*+ hint; */ 2', ['/*!40101 SET @a = 1 */', 'SELECT /*+ hint; */ 2']],
    ["/*!50001 SELECT '*/;' */; SELECT 2", ["/*!50001 SELECT '*/;' */", 'SELECT 2']],
    ['/*M!999999\\- enable the sandbox mode */ \n-- x\nSELECT 1;', ['SELECT 1']],
    [
      'DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END//\ndelimiter ;\nSELECT 3;',
      ['CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END', 'SELECT 3'],
    ],
    [
      'DELIMITER $$\nCREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.a = 1; END$$\nSELECT 1$$\nDELIMITER ;\nSELECT 2',
      ['CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.a = 1; END', 'SELECT 1', 'SELECT 2'],
    ],
    ['SELECT 1\\G\nSELECT 2\\g SELECT \\N;', ['SELECT 1', 'SELECT 2', 'SELECT \\N']],
    [
      String.raw`SET sql_mode = 'NO_BACKSLASH_ESCAPES'; SELECT '\'; SET sql_mode = ''; SELECT '\';'`,
      [
        "SET sql_mode = 'NO_BACKSLASH_ESCAPES'",
        String.raw`SELECT '\'`,
        "SET sql_mode = ''",
        String.raw`SELECT '\';'`,
      ],
    ],
  ]
  test.each(cases)('%j', (script, expected) => expect(texts('mysql', script)).toEqual(expected))

  test.each([
    'source other.sql',
    '\\. other.sql',
    '\\! ls',
    'SYSTEM ls',
    "LOAD DATA LOCAL INFILE 'x' INTO TABLE t",
    'SET NAMES latin1',
  ])('refused: %s', script => expect(dialects.mysql.splitStatements(script)[0]!.refused).toBeTruthy())

  test.each([
    ['SET autocommit=0', 'begin'],
    ['SET @OLD_AUTOCOMMIT=@@AUTOCOMMIT, @@AUTOCOMMIT=0', 'begin'],
    ['SET SESSION autocommit = ON', 'commit'],
    ['BEGIN NOT ATOMIC SELECT 1', undefined],
    ['START TRANSACTION', 'begin'],
    ['COMMIT AND NO CHAIN', 'commit'],
    ['COMMIT AND CHAIN', 'end'],
    ['ROLLBACK TO SAVEPOINT a', undefined],
    ['XA START 1', 'end'],
  ])('%s: %s', (script, control) => expect(dialects.mysql.splitStatements(script)[0]!.control).toBe(control))
})

describe('SQLite', () => {
  const trigger = (kind: string) =>
    `CREATE ${kind} x AFTER INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; UPDATE t SET a = ';'; END`
  const cases: [string, string[]][] = [
    [`${trigger('TRIGGER')};\nSELECT 2`, [trigger('TRIGGER'), 'SELECT 2']],
    [`${trigger('TEMP TRIGGER')} ;SELECT 2`, [trigger('TEMP TRIGGER'), 'SELECT 2']],
    [
      'CREATE TABLE [a;b] ("c;d" INT, `e;f` INT); SELECT 2',
      ['CREATE TABLE [a;b] ("c;d" INT, `e;f` INT)', 'SELECT 2'],
    ],
    [String.raw`SELECT '\'; SELECT 2`, [String.raw`SELECT '\'`, 'SELECT 2']],
    ['CREATE TABLE "trigger" (a); SELECT 2', ['CREATE TABLE "trigger" (a)', 'SELECT 2']],
  ]
  test.each(cases)('%j', (script, expected) => {
    expect(texts('sqlite', script)).toEqual(expected)
    expectPlaces(sqliteDialect, script, sqliteDialect.splitStatements(script))
  })

  test('a command of the shell is refused, a decimal is none', () => {
    expect(sqliteDialect.splitStatements('SELECT 1;\n.read other.sql\n')[1]).toMatchObject({
      line: 2,
      refused: '.read is a command of the sqlite3 shell, and no SQL',
    })
    expect(texts('sqlite', 'SELECT\n.5')).toEqual(['SELECT\n.5'])
  })

  test('agrees with the shell on where a script of triggers ends its statements', ({ skip }) => {
    const input = `CREATE TABLE t (a);\n${trigger('TRIGGER')};\nSELECT 2;`
    const { stdout, error } = spawnSync('sqlite3', [':memory:'], { input, encoding: 'utf8' })
    if (error) skip(error.message)
    expect(stdout.trim()).toBe('2')
    expect(texts('sqlite', input)).toHaveLength(3)
  })
})
