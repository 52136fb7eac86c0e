import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { TargetSession } from '../src/engines/port/target-session.ts'
import { runScript } from '../src/migrate/script.ts'
import { shownMessage, shownStatement } from '../src/migrate/shown-statement.ts'
import { postgresDatabase, temporaryFolder } from './databases.ts'
import { describeEngines, engines, type Side } from './engine.ts'
import { failure } from './failure.ts'
import { isMariadb } from './mariadb.ts'

const [, postgres, mysql] = engines

function script(text: string | Buffer): string {
  const file = join(temporaryFolder(), 'old_to_new.sql')
  writeFileSync(file, text)
  return file
}

/** What a program writes; skips the test where there is none, or one that is too old for the server. */
function written(program: string, args: string[], skip: (note: string) => never): string {
  const { stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (error || /version mismatch/.test(stderr)) return skip(error?.message ?? stderr)
  if (stderr) throw new Error(stderr)
  return stdout
}

/** What another session sees. */
async function rows(side: Side, sql: string): Promise<unknown[]> {
  return (await side.target()).query(sql)
}

const count = (session: TargetSession, table: string) => session.query(`SELECT count(*) AS n FROM ${table}`)

describeEngines('a script on $name', engine => {
  const table = 'CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, v VARCHAR(50));'

  test('runs whole, and says what was run', async () => {
    const side = await engine.create(table)
    const text =
      "-- moves rows\nINSERT INTO t VALUES (1, 'a;b');\nUPDATE t SET v = 'c' WHERE id = 1;\nINSERT INTO t VALUES (2, 'é😀')"
    const file = script(text)
    const seen: unknown[] = []
    const result = await runScript(await side.target(), file, { onProgress: progress => seen.push(progress) })
    expect(result).toEqual({
      file,
      sha256: createHash('sha256').update(text).digest('hex'),
      statements: 3,
      notices: [],
      ms: expect.any(Number),
    })
    expect(seen).toEqual([1, 2, 3].map(statements => ({ statements, total: 3 })))
    expect(await rows(side, 'SELECT id, v FROM t ORDER BY id')).toEqual([
      { id: '1', v: 'c' },
      { id: '2', v: 'é😀' },
    ])
  })

  test('stops at the first of eleven errors, which it names, and leaves nothing', async () => {
    const side = await engine.create(table)
    const good = "INSERT INTO t VALUES (1, 'the only good one');"
    const bad = Array.from({ length: 11 }, (_, index) => `  INSERT INTO nowhere${index} VALUES (${index});`)
    const file = script([good, '', ...bad].join('\n'))
    const error = await failure(runScript(await side.target(), file))
    expect(error).toMatchObject({ code: 'script.failed', exitCode: 1, where: `${file}:3:3` })
    expect(error.message).toMatch(/nowhere0/)
    expect(error.message).toContain('statement: INSERT INTO nowhere0 VALUES (0)')
    expect(error.message).toContain('1 of 12 statements had run, and all of it was rolled back')
    expect(error.message).not.toContain('nowhere1')
    const fresh = await side.target()
    expect(await count(fresh, 't')).toEqual([{ n: '0' }])
  })

  test('the first of twelve fails: nothing had run', async () => {
    const side = await engine.create(table)
    const file = script(
      ['INSERT INTO nowhere VALUES (1);', ...Array(11).fill('INSERT INTO t VALUES (1, NULL);')].join('\n'),
    )
    const error = await failure(runScript(await side.target(), file))
    expect(error.where).toBe(`${file}:1:1`)
    expect(error.message).toContain('0 of 12 statements had run, and nothing of the script stays behind')
  })

  test('a BEGIN before and a COMMIT after everything are left out, and said', async () => {
    const side = await engine.create(table)
    const begin = engine.name === 'mysql' ? 'START TRANSACTION' : 'BEGIN'
    const result = await runScript(
      await side.target(),
      script(`${begin};\nINSERT INTO t VALUES (1, 'x');\nCOMMIT;\n`),
    )
    expect(result).toMatchObject({
      statements: 1,
      notices: [
        `line 1: ${begin} is left out: the script is one transaction anyway`,
        'line 3: COMMIT is left out: the script is one transaction anyway',
      ],
    })
    expect(await rows(side, 'SELECT id FROM t')).toEqual([{ id: '1' }])
    const half = script(`${begin};\nINSERT INTO t VALUES (2, 'x');\nCOMMIT;\nINSERT INTO nowhere VALUES (1);`)
    const error = await failure(runScript(await side.target(), half))
    expect(error).toMatchObject({ code: 'script.refused', exitCode: 2, where: `${half}:3:1` })
    expect(await rows(side, 'SELECT id FROM t')).toEqual([{ id: '1' }])
  })

  test.each(['INSERT INTO t VALUES (1, NULL);\nROLLBACK;', 'BEGIN;\nINSERT INTO t VALUES (1, NULL);'])(
    'what would not stay is refused: %j',
    async text => {
      const side = await engine.create(table)
      expect((await failure(runScript(await side.target(), script(text)))).code).toBe('script.refused')
      expect(await rows(side, 'SELECT id FROM t')).toEqual([])
    },
  )

  test('savepoints of its own are the script’s business', async () => {
    const side = await engine.create(table)
    const text =
      'SAVEPOINT a; INSERT INTO t VALUES (1, NULL); ROLLBACK TO SAVEPOINT a; INSERT INTO t VALUES (2, NULL);'
    await runScript(await side.target(), script(text))
    expect(await rows(side, 'SELECT id FROM t')).toEqual([{ id: '2' }])
  })

  test('a file that is not there, or not UTF-8, is refused; an empty one is noticed', async () => {
    const side = await engine.create(table)
    const target = await side.target()
    expect(await failure(runScript(target, '/nowhere/x.sql'))).toMatchObject({
      code: 'script.refused',
      where: '/nowhere/x.sql',
    })
    expect((await failure(runScript(target, script(Buffer.from([0x27, 0xe9, 0x27]))))).message).toContain(
      'UTF-8',
    )
    expect((await runScript(target, script('-- nothing\n'))).notices).toEqual([
      'the script holds no statement',
    ])
  })

  test('stopped on request, it leaves nothing', async () => {
    const side = await engine.create(table)
    const controller = new AbortController()
    const running = runScript(
      await side.target(),
      script('INSERT INTO t VALUES (1, NULL);\nINSERT INTO t VALUES (2, NULL);'),
      { signal: controller.signal, onProgress: () => controller.abort() },
    )
    expect(await failure(running)).toMatchObject({ code: 'interrupted' })
    expect(await rows(side, 'SELECT id FROM t')).toEqual([])
  })

  test('what a statement of the script returns is not looked at', async () => {
    const side = await engine.create(table)
    expect(await runScript(await side.target(), script('SELECT 1; SELECT id FROM t;'))).toMatchObject({
      statements: 2,
    })
  })
})

describe('a script on PostgreSQL', () => {
  test('functions, DO blocks, COPY and DDL', async () => {
    const side = await postgres.create()
    const text = String.raw`
SET client_encoding = 'UTF8';
BEGIN;
CREATE TABLE t (id int PRIMARY KEY, v text);
COPY t (id, v) FROM stdin;
1	a;b
2	\N
3	tab\there
\.
CREATE FUNCTION twice(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT a; SELECT a * 2; END;
DO $do$ BEGIN INSERT INTO t VALUES (4, 'x;'); END; $do$;
UPDATE t SET id = twice(id) WHERE id = 3;
COMMIT;`
    expect((await runScript(await side.target(), script(text))).statements).toBe(6)
    expect(await rows(side, 'SELECT id, v FROM t ORDER BY id')).toEqual([
      { id: '1', v: 'a;b' },
      { id: '2', v: null },
      { id: '4', v: 'x;' },
      { id: '6', v: 'tab\there' },
    ])
  })

  test('a row COPY does not take: the place in it, not the value', async () => {
    const side = await postgres.create('CREATE TABLE t (id int)')
    const file = script('COPY t FROM stdin;\n1\nsecret\n\\.\n')
    const target = await side.target()
    const error = await failure(runScript(target, file))
    expect(error).toMatchObject({ code: 'script.failed', where: `${file}:1:1` })
    expect(error.message).toContain('(COPY t, line 2, column id)')
    expect(await count(target, 't')).toEqual([{ n: '0' }])
  })

  test.each(['CREATE INDEX CONCURRENTLY i ON t (id)', 'VACUUM t', 'CREATE DATABASE never_made_by_a_script'])(
    'no part of a transaction: %s',
    async statement => {
      const side = await postgres.create('CREATE TABLE t (id int)')
      const error = await failure(
        runScript(await side.target(), script(`INSERT INTO t VALUES (1);\n${statement};`)),
      )
      expect(error).toMatchObject({ code: 'script.failed', hint: expect.stringContaining('one transaction') })
      expect(error.message).toMatch(/cannot run inside a transaction block/)
      expect(await rows(side, 'SELECT id FROM t')).toEqual([])
    },
  )

  test('a deferred key that is broken at the end fails the script', async () => {
    const side = await postgres.create(
      'CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED)',
    )
    const file = script('INSERT INTO c VALUES (1);')
    const error = await failure(runScript(await side.target(), file))
    expect(error).toMatchObject({ code: 'script.failed', where: file })
    expect(error.message).toContain('the commit at the end')
    expect(await rows(side, 'SELECT p FROM c')).toEqual([])
  })

  test('a command of psql is refused before anything is run', async () => {
    const side = await postgres.create('CREATE TABLE t (id int)')
    const file = script('INSERT INTO t VALUES (1);\n\\i other.sql\n')
    expect(await failure(runScript(await side.target(), file))).toMatchObject({
      code: 'script.refused',
      where: `${file}:2:1`,
    })
    expect(await rows(side, 'SELECT id FROM t')).toEqual([])
  })

  test('a connection that is lost takes the script along', async () => {
    const side = await postgres.create('CREATE TABLE t (id int)')
    const file = script('INSERT INTO t VALUES (1);\nSELECT pg_terminate_backend(pg_backend_pid());')
    const error = await failure(runScript(await side.target(), file))
    expect(error).toMatchObject({ code: 'connection.lost', exitCode: 4, where: `${file}:2:1` })
    expect(error.message).toContain('all of it was rolled back')
    expect(await rows(side, 'SELECT id FROM t')).toEqual([])
  })

  test('a procedure cannot commit behind the script’s back', async () => {
    const side = await postgres.create('CREATE TABLE t (id int)')
    const text = 'INSERT INTO t VALUES (1); DO $$ BEGIN COMMIT; END $$;'
    expect((await failure(runScript(await side.target(), script(text)))).message).toMatch(
      /invalid transaction termination/,
    )
    expect(await rows(side, 'SELECT id FROM t')).toEqual([])
  })

  test.for([['--inserts'], ['--column-inserts'], []])(
    'what pg_dump writes runs and gives the same database: %j',
    async (form, { skip }) => {
      const source = await postgresDatabase(museum)
      const dump = (url: string) =>
        written('pg_dump', [...form, url], skip).replace(/^\\(un)?restrict .*$/gm, '')
      const text = dump(source.url)
      const side = await postgres.create()
      await runScript(await side.target(), script(`\\restrict x\n${text}\\unrestrict x\n`))
      expect(dump(side.url)).toBe(text)
    },
  )
})

const museum = String.raw`
CREATE TYPE mood AS ENUM ('so;so', 'it''s fine');
CREATE TABLE "semi;colon" (id serial PRIMARY KEY, "quo""te" text DEFAULT 'a;b', m mood, j jsonb, b bytea, a text[]);
INSERT INTO "semi;colon" ("quo""te", m, j, b, a) VALUES
  (E'line\nbreak; -- no comment', 'so;so', '{"a": "b;\"c"}', '\x00ff', '{"a;b","c\"d"}'),
  ('back\slash; $$ /* ', 'it''s fine', NULL, NULL, '{}'), (E'\\.', NULL, '[]', '', NULL);
CREATE FUNCTION one() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN NEW.a := ARRAY['$$;']; RETURN NEW; END; $body$;
CREATE TRIGGER touched BEFORE UPDATE ON "semi;colon" FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TABLE log (t text);
CREATE RULE logged AS ON DELETE TO "semi;colon" DO ALSO (INSERT INTO log VALUES ('a;'); INSERT INTO log VALUES ('b'));
COMMENT ON TABLE log IS 'it''s; a -- comment /* here';
CREATE VIEW v AS SELECT id, CASE WHEN m IS NULL THEN ';' ELSE 'x' END AS c FROM "semi;colon";
`

describe.skipIf(mysql.noServer)('a script on MySQL', () => {
  const table = 'CREATE TABLE t (id INT PRIMARY KEY, v TEXT);'

  test('DDL commits, and the result says where', async () => {
    const side = await mysql.create(table)
    const text =
      'INSERT INTO t VALUES (1, NULL);\nCREATE TABLE u (id INT);\nINSERT INTO u VALUES (1);\nCREATE TEMPORARY TABLE w (id INT);'
    const { notices } = await runScript(await side.target(), script(text))
    expect(notices).toEqual([
      'the engine committed by itself with the statements in line 2: the script was not one transaction',
    ])
  })

  test('a failure says what stands, and that stands', async () => {
    const side = await mysql.create(table)
    const text =
      'INSERT INTO t VALUES (1, NULL);\nCREATE TABLE u (id INT);\nINSERT INTO t VALUES (2, NULL);\nINSERT INTO nowhere VALUES (1);'
    const error = await failure(runScript(await side.target(), script(text)))
    expect(error.message).toContain(
      '3 of 4 statements had run. THE FIRST 2 STAND: CREATE TABLE in line 2 committed them. The others were rolled back',
    )
    expect(await rows(side, 'SELECT id FROM t')).toEqual([{ id: '1' }])
  })

  test('DDL that fails has committed what ran before it', async () => {
    const side = await mysql.create(table)
    const text = 'INSERT INTO t VALUES (1, NULL);\nCREATE TABLE t (id INT);'
    const error = await failure(runScript(await side.target(), script(text)))
    expect(error.message).toContain(
      '1 of 2 statements had run. ALL OF THEM STAND: CREATE TABLE in line 2 committed them',
    )
    expect(await rows(side, 'SELECT id FROM t')).toEqual([{ id: '1' }])
  })

  test('a statement that cannot be parsed has committed nothing', async () => {
    const side = await mysql.create(table)
    const text = 'INSERT INTO t VALUES (1, NULL);\nCREATE TABLE u (id WHAT);'
    const error = await failure(runScript(await side.target(), script(text)))
    expect(error.message).toContain('all of it was rolled back')
    expect(await rows(side, 'SELECT id FROM t')).toEqual([])
  })

  test('tables without transactions keep what was written', async () => {
    const side = await mysql.create(`${table} CREATE TABLE m (id INT) ENGINE=MyISAM;`)
    const text = 'INSERT INTO t VALUES (1, NULL);\nINSERT INTO m VALUES (1);\nINSERT INTO nowhere VALUES (1);'
    const error = await failure(runScript(await side.target(), script(text)))
    expect(error.message).toContain(
      'all of it was rolled back, but for changes to tables whose storage engine has no transactions',
    )
    expect(await rows(side, 'SELECT id FROM m')).toEqual([{ id: '1' }])
    expect(await rows(side, 'SELECT id FROM t')).toEqual([])
  })

  test('DELIMITER, procedures, and a commit inside of one', async () => {
    const side = await mysql.create(table)
    const text = `DELIMITER $$
CREATE PROCEDURE fill(n INT) BEGIN DECLARE i INT DEFAULT 0; WHILE i < n DO INSERT INTO t VALUES (i, 'a;b'); SET i = i + 1; END WHILE; COMMIT; END$$
DELIMITER ;
CALL fill(3);
INSERT INTO nowhere VALUES (1);`
    const error = await failure(runScript(await side.target(), script(text)))
    expect(error.message).toContain(
      '2 of 3 statements had run. ALL OF THEM STAND: CALL fill(3) in line 4 committed them',
    )
    expect(await rows(side, 'SELECT COUNT(*) AS n FROM t')).toEqual([{ n: '3' }])
  })

  test('stopped on request after DDL: what stands is said', async () => {
    const side = await mysql.create(table)
    const controller = new AbortController()
    const running = runScript(
      await side.target(),
      script('INSERT INTO t VALUES (1, NULL);\nCREATE TABLE u (id INT);\nINSERT INTO t VALUES (2, NULL);'),
      {
        signal: controller.signal,
        onProgress: ({ statements }) => {
          if (statements === 3) controller.abort()
        },
      },
    )
    expect((await failure(running)).message).toContain('The first 2 statements of the script stand')
    expect(await rows(side, 'SELECT id FROM t')).toEqual([{ id: '1' }])
  })

  test('a deadlock takes everything back, and is no commit', async () => {
    const side = await mysql.create(`${table} INSERT INTO t VALUES (1, NULL), (2, NULL);`)
    const target = await side.target()
    const other = await side.target()
    await other.begin()
    // The server ends the side that has written less.
    await other.execute(
      `INSERT INTO t VALUES ${Array.from({ length: 500 }, (_, n) => `(${n + 10}, 'x')`).join(', ')}`,
    )
    await other.execute("UPDATE t SET v = 'other' WHERE id = 2")
    let blocked: Promise<void> | undefined
    const text = "UPDATE t SET v = 'a' WHERE id = 1;\nUPDATE t SET v = 'a' WHERE id = 2;"
    const running = runScript(target, script(text), {
      onProgress: () => {
        blocked ??= other.execute("UPDATE t SET v = 'other' WHERE id = 1")
      },
    })
    const error = await failure(running)
    await blocked
    await other.rollback()
    expect(error.message).toMatch(/[Dd]eadlock/)
    expect(error.message).toContain('1 of 2 statements had run, and all of it was rolled back')
    expect(await rows(side, 'SELECT v FROM t')).toEqual([{ v: null }, { v: null }])
  })

  test('a body without a DELIMITER: the hint says so', async () => {
    const side = await mysql.create(table)
    const text = 'CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END;'
    expect((await failure(runScript(await side.target(), script(text)))).hint).toContain('DELIMITER')
  })

  test('autocommit around a script is left out, and so are table locks', async () => {
    const side = await mysql.create(table)
    const text =
      '/*!40101 SET NAMES utf8mb4 */;\nSET autocommit=0;\nSTART TRANSACTION;\nLOCK TABLES t WRITE;\nINSERT INTO t VALUES (1, NULL);\nUNLOCK TABLES;\nINSERT INTO nowhere VALUES (1);\nCOMMIT;\nSET autocommit=1;'
    expect((await failure(runScript(await side.target(), script(text)))).message).toContain(
      'all of it was rolled back',
    )
    expect(await rows(side, 'SELECT id FROM t')).toEqual([])
  })

  test('what the dump program writes runs', async ({ skip }) => {
    const source = await mysql.create(
      `CREATE TABLE a (id INT PRIMARY KEY, v TEXT); INSERT INTO a VALUES (1, 'it''s; -- \\ "x" \`'), (2, NULL);
       CREATE TABLE log (n INT); CREATE TRIGGER x AFTER INSERT ON a FOR EACH ROW BEGIN INSERT INTO log VALUES (NEW.id); INSERT INTO log VALUES (0); END`,
    )
    const { hostname, port, username, password, pathname } = new URL(source.url)
    const login = [`-h${hostname}`, `-P${port || 3306}`, `-u${username}`]
    if (password) login.push(`-p${password}`)
    const program = isMariadb ? 'mariadb-dump' : 'mysqldump'
    const text = written(program, [...login, pathname.slice(1)], skip)
    const side = await mysql.create()
    await runScript(await side.target(), script(text))
    const all = 'SELECT id, HEX(v) AS v FROM a ORDER BY id'
    expect(await rows(side, all)).toEqual(await rows(source, all))
    await side.run('INSERT INTO a VALUES (3, NULL)')
    expect(await rows(side, 'SELECT n FROM log')).toEqual([{ n: '3' }, { n: '0' }])
  })
})

describe('a script on SQLite', () => {
  const [sqlite] = engines

  test('what the shell dumps runs, triggers included', async () => {
    const side = await sqlite.create()
    const text = `PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
INSERT INTO t VALUES(1,'a;b');
CREATE TRIGGER x AFTER INSERT ON t BEGIN UPDATE t SET v = ';' WHERE id = NEW.id; END;
COMMIT;`
    const { statements, notices } = await runScript(await side.target(), script(text))
    expect(statements).toBe(4)
    expect(notices.join('\n')).toContain('PRAGMA foreign_keys does nothing inside a transaction')
    await side.run("INSERT INTO t VALUES (2, 'x')")
    expect(await rows(side, 'SELECT v FROM t ORDER BY id')).toEqual([{ v: 'a;b' }, { v: ';' }])
  })

  test('VACUUM is no part of a transaction', async () => {
    const side = await sqlite.create('CREATE TABLE t (id INTEGER)')
    const error = await failure(runScript(await side.target(), script('INSERT INTO t VALUES (1);\nVACUUM;')))
    expect(error).toMatchObject({ code: 'script.failed', hint: expect.stringContaining('one transaction') })
    expect(await rows(side, 'SELECT id FROM t')).toEqual([])
  })

  test('a statement that rolls back by itself ends the script', async () => {
    const side = await sqlite.create('CREATE TABLE t (id INTEGER PRIMARY KEY)')
    const text = 'INSERT INTO t VALUES (1);\nINSERT OR ROLLBACK INTO t VALUES (1);\nINSERT INTO t VALUES (3);'
    expect((await failure(runScript(await side.target(), script(text)))).message).toContain(
      'all of it was rolled back',
    )
    expect(await rows(side, 'SELECT id FROM t')).toEqual([])
  })
})

describe('what is shown of a statement', () => {
  test.each([
    "CREATE USER MAPPING FOR x SERVER y OPTIONS (user 'bob', password 'hunter2')",
    "CREATE USER a IDENTIFIED BY 'hunter2'",
    'CREATE USER a IDENTIFIED BY "hunter2"',
    "CREATE USER a IDENTIFIED WITH p AS 'hunter2'",
    "ALTER ROLE a PASSWORD 'hunter2'",
    "SET PASSWORD FOR a = PASSWORD('hunter2')",
    "CREATE SUBSCRIPTION s CONNECTION 'host=h password=hunter2' PUBLICATION p",
    "SELECT dblink_connect('postgres://u:hunter2@h/d')",
    "INSERT INTO users (email, password_hash) VALUES ('a@b', 'hunter2')",
    'INSERT INTO "users" ("password") VALUES ("hunter2")',
    "UPDATE users SET api_key = 'hunter2'",
    `UPDATE users SET api_key = '${'x'.repeat(190)}hunter2'`,
    "DO $$ BEGIN ALTER ROLE a PASSWORD 'hunter2'; END $$",
  ])('no secret: %s', sql => {
    expect(shownStatement(sql)).not.toContain('hunter2')
    expect(shownMessage(`error near ''hunter2' and more' at line 1, "hunter2"`, sql)).not.toContain(
      sql.includes("'hunter2'") ? 'hunter2' : "near '",
    )
  })

  test('about 200 characters on one line', () => {
    expect(shownStatement('SELECT\n  1')).toBe('SELECT 1')
    expect(shownStatement(`SELECT '${'x'.repeat(500)}'`)).toHaveLength(201)
  })
})
