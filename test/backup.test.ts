import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import {
  type BackupOptions,
  type BackupRecord,
  backup,
  openStore,
  pairFingerprint,
  recentBackup,
  restoreBackup,
} from '../src/index.ts'
import { noMysqlClient, noPostgresClient, programs, real, withReason } from './backup-clients.ts'
import { paritygate } from './command.ts'
import { type Cutover, cutover } from './cutover.ts'
import { mysqlDatabase, postgresDatabase, sqliteDatabase, temporaryFolder } from './databases.ts'
import { isMariadb } from './mariadb.ts'
import { asVersion4 } from './older-state.ts'

const everyTable = { tables: { t: {} } }

/** A plan whose target is to be backed up. */
function targetOf(url: string): Cutover & {
  backUp(options?: BackupOptions): Promise<BackupRecord>
  restore(record: BackupRecord, clientDir?: string): Promise<unknown>
} {
  const made = cutover(sqliteDatabase('CREATE TABLE t (id integer PRIMARY KEY)'), url, everyTable)
  return {
    ...made,
    backUp: options => backup(made.plan, made.store, 'target', options),
    restore: (record, clientDir) =>
      restoreBackup(record, made.plan, 'target', clientDir === undefined ? {} : { clientDir }),
  }
}

function filesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}

describe('of SQLite', () => {
  const schema = `
    CREATE TABLE t (id integer PRIMARY KEY, name text COLLATE NOCASE, parent integer REFERENCES t (id));
    CREATE TABLE empty (id); CREATE TABLE constructor (a, b, PRIMARY KEY (a, b)) WITHOUT ROWID;
    CREATE INDEX by_name ON t (name) WHERE name IS NOT NULL;
    CREATE VIEW names AS SELECT name FROM t;
    CREATE TRIGGER growing AFTER INSERT ON t BEGIN INSERT INTO empty VALUES (NEW.id); END;
    INSERT INTO t (id, name) VALUES (1, 'a'), (2, NULL), (3, 'ä');
    DELETE FROM empty;
    INSERT INTO constructor VALUES (1, x'00ff'), (2, 'x');`

  test('a backup lists every table, is tried, and is recorded with what it is', async () => {
    const { backUp, folder, store } = targetOf(sqliteDatabase(schema))
    const record = await backUp({ verifyRestore: true })
    expect(record).toMatchObject({
      side: 'target',
      engine: 'sqlite',
      tables: 3,
      restored: { result: 'verified', tables: 3, rows: 5, differing: [], definitions: [], one_moment: false },
      not_covered: [{ subject: 'names', reason: expect.stringContaining('view') }],
    })
    expect(dirname(record.file)).toBe(join(folder, '.paritygate', 'backups'))
    expect(basename(record.file)).toMatch(/^target-\d{8}T\d{6}Z\.db$/)
    expect(filesIn(dirname(record.file))).toEqual([basename(record.file)])
    expect(statSync(record.file).mode & 0o777).toBe(0o600)
    expect(statSync(dirname(record.file)).mode & 0o777).toBe(0o700)
    expect(store.latestBackup('target')).toEqual(record)
    expect(store.latestBackup('source')).toBeNull()
    expect(store.backups()).toEqual([record])
  })

  test.each(['wal', 'delete'])('a restore goes into the file that readers have open (%s)', async mode => {
    const file = sqliteDatabase(schema, database => database.pragma(`journal_mode = ${mode}`))
    const { backUp, restore } = targetOf(file)
    const record = await backUp()
    const { ino } = statSync(file)
    const reader = new Database(file)
    onTestFinished(() => void reader.close())
    reader.exec('CREATE TABLE later (id); DELETE FROM t; DROP VIEW names; INSERT INTO empty VALUES (9)')
    reader.exec('BEGIN')
    const names = () => reader.prepare('SELECT name FROM sqlite_schema ORDER BY name').pluck().all()
    expect(names()).toContain('later')
    let restored = false
    const restoring = restore(record).then(result => {
      restored = true
      return result
    })
    await new Promise(done => setTimeout(done, 800))
    // Without a write-ahead log nothing is committed while somebody reads.
    expect(restored).toBe(mode === 'wal')
    expect(names()).toContain('later')
    reader.exec('COMMIT')
    expect(await restoring).toMatchObject({ atomic: true })
    expect(names()).not.toContain('later')
    expect(names()).toContain('names')
    expect(reader.prepare('SELECT id, name FROM t').all()).toEqual([
      { id: 1, name: 'a' },
      { id: 2, name: null },
      { id: 3, name: 'ä' },
    ])
    expect(reader.pragma('journal_mode', { simple: true })).toBe(mode)
    expect(statSync(file).ino).toBe(ino)
  })

  test('a backup that is no longer what was written is not restored, and is not the recent one', async () => {
    const file = sqliteDatabase(schema)
    const { backUp, restore, store } = targetOf(file)
    const now = new Date(Date.now() + 60_000)
    expect(await recentBackup(store, 'target', now)).toBeNull()
    const first = await backUp()
    const second = await backUp()
    expect(second.file).not.toBe(first.file)
    const recent = await recentBackup(store, 'target', now)
    expect(recent?.record).toEqual(second)
    expect(recent?.ageMs).toBeGreaterThanOrEqual(60_000 - 5_000)
    appendFileSync(second.file, 'x')
    await expect(restore(second)).rejects.toMatchObject({ code: 'backup.damaged' })
    rmSync(second.file)
    await expect(restore(second)).rejects.toMatchObject({ code: 'backup.missing' })
    expect((await recentBackup(store, 'target', now))?.record).toEqual(first)
    await expect(restore({ ...first, side: 'source' })).rejects.toMatchObject({
      code: 'backup.restore-failed',
    })
    await expect(restore(first)).resolves.toMatchObject({ atomic: true })
  })

  test('a damaged database gives no backup, and nothing half-written stays', async () => {
    const file = sqliteDatabase(schema, database => {
      database.exec(`WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
        INSERT INTO t (id, name) SELECT i, 'name ' || i FROM n`)
    })
    const bytes = readFileSync(file)
    bytes.fill(0x5a, 4096 * 6, 4096 * 9)
    writeFileSync(file, bytes)
    const { backUp, folder, store } = targetOf(file)
    await expect(backUp()).rejects.toMatchObject({ code: 'backup.failed' })
    expect(filesIn(join(folder, '.paritygate', 'backups'))).toEqual([])
    expect(store.backups()).toEqual([])
  })

  test('on the command line: text, JSON, the list, another folder', async () => {
    const { folder } = targetOf(sqliteDatabase(schema))
    const run = (...args: string[]) => paritygate(['backup', ...args], { cwd: folder })
    expect(await run('list')).toMatchObject({ code: 0, stdout: expect.stringContaining('No backup yet') })
    const out = join(temporaryFolder(), 'made', 'here')
    const made = await run('target', '--out', out, '--verify-restore', '--json')
    expect(made.code).toBe(0)
    const record = JSON.parse(made.stdout)
    expect(dirname(record.file)).toBe(out)
    expect(made.stderr).toContain('Verified: restored, the backup is the same as the original.')
    expect(await run('source')).toMatchObject({ code: 0, stdout: expect.stringContaining('was not tried') })
    appendFileSync(record.file, 'x')
    const { backups } = JSON.parse((await run('list', '--json')).stdout)
    expect(backups.map(({ side, state }: { side: string; state: string }) => [side, state])).toEqual([
      ['source', 'whole'],
      ['target', 'damaged'],
    ])
    expect((await run('list')).stdout).toMatch(/target .* verified +damaged/)
    expect((await run('neither')).code).toBe(2)
    expect((await run('target', '--scratch', 'x.db')).code).toBe(2)
  })

  test('a state of the version before takes backups', () => {
    const { plan, folder } = targetOf(sqliteDatabase(schema))
    const file = join(folder, 'before.db')
    openStore(file, 'pair').close()
    const state = new Database(file)
    state.exec(asVersion4)
    state.close()
    const store = openStore(file, pairFingerprint(plan))
    expect(store.backups()).toEqual([])
    store.close()
  })
})

describe('what is asked of the client programs', () => {
  /** Says it is of any server's version, writes down how it was called, and does nothing. */
  const spy = (log: string) => `case "$1" in --version) echo "pg_dump (PostgreSQL) 99.1"; exit 0;; esac
    echo "$0 $*" >> ${log}; env | sed 's/=.*//' >> ${log}; env | grep PGPASS >> ${log}.secret`

  test('a password stands on no command line and in no error', async () => {
    const { url } = await postgresDatabase()
    const role = `paritygate_${Math.random().toString(36).slice(2)}`
    const admin = new pg.Client({ connectionString: inject('postgresUrl') })
    await admin.connect()
    await admin.query(`CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD 's3cr3t/"#word'`)
    onTestFinished(async () => {
      await admin.query(`DROP ROLE ${role}`)
      await admin.end()
    })
    const withPassword = new URL(url)
    withPassword.username = role
    withPassword.password = encodeURIComponent('s3cr3t/"#word')
    const log = join(temporaryFolder(), 'log')
    const script = `${spy(log)}; echo "password is $PGPASSWORD" >&2; exit 3`
    const { backUp, folder, store } = targetOf(withPassword.href)
    const clientDir = programs({ pg_dump: script, pg_restore: script, psql: script })
    const error = await backUp({ clientDir }).catch(failure => failure)
    expect(error).toMatchObject({ code: 'backup.failed', message: expect.stringContaining('exit code 3') })
    expect(error.message).toContain('password is [redacted]')
    expect(readFileSync(log, 'utf8')).toMatch(/pg_dump --format=custom/)
    expect(readFileSync(log, 'utf8')).not.toMatch(/s3cr3t/)
    expect(readFileSync(`${log}.secret`, 'utf8')).toBe('PGPASSWORD=s3cr3t/"#word\n')
    expect(error.describe()).not.toMatch(/s3cr3t/)
    expect(filesIn(join(folder, '.paritygate', 'backups'))).toEqual([])
    expect(store.backups()).toEqual([])
  })

  test('a client older than the server, and none at all, are told before anything is run', async () => {
    const { url } = await postgresDatabase()
    const { backUp } = targetOf(url)
    const log = join(temporaryFolder(), 'log')
    const old = `${spy(log).replace('99.1', '12.7')}; exit 0`
    await expect(
      backUp({ clientDir: programs({ pg_dump: old, pg_restore: old, psql: old }) }),
    ).rejects.toMatchObject({
      code: 'backup.client-too-old',
      message: expect.stringMatching(
        /is pg_dump 12\.7, the server is PostgreSQL \d+.*: pg_dump \d+ or newer/,
      ),
      hint: expect.stringMatching(/postgresql-client-\d+.*--client-dir/),
    })
    expect(existsSync(log)).toBe(false)
    await expect(backUp({ clientDir: programs({}) })).rejects.toMatchObject({
      code: 'backup.no-client',
      message: expect.stringContaining('there is no pg_dump in '),
    })
  })

  test('a file that does not list a table is no backup', async () => {
    const { url } = await postgresDatabase('CREATE TABLE t (id int); CREATE TABLE u (id int)')
    const log = join(temporaryFolder(), 'log')
    const { backUp, folder } = targetOf(url)
    const list = 'echo "; Archive"; echo "1; 1259 16385 TABLE public t postgres"; exit 0'
    const clientDir = programs({ pg_dump: `${spy(log)}; exit 0`, pg_restore: list, psql: 'exit 0' })
    await expect(backUp({ clientDir })).rejects.toMatchObject({
      code: 'backup.failed',
      message: expect.stringMatching(/does not list .*public\.u/),
    })
    expect(filesIn(join(folder, '.paritygate', 'backups'))).toEqual([])
  })

  test('interrupted, the program is ended and its file removed', async () => {
    const { url } = await postgresDatabase()
    const pid = join(temporaryFolder(), 'pid')
    const slow = `case "$1" in --version) echo "pg_dump (PostgreSQL) 99.1"; exit 0;; esac
      for argument; do case "$argument" in --file=*) echo half > "\${argument#--file=}";; esac; done
      echo $$ > ${pid}; sleep 60`
    const { backUp, folder, store } = targetOf(url)
    const controller = new AbortController()
    const clientDir = programs({ pg_dump: slow, pg_restore: slow, psql: slow })
    const backing = backUp({ clientDir, signal: controller.signal })
    backing.catch(() => {})
    while (!existsSync(pid)) await new Promise(done => setTimeout(done, 20))
    const backups = join(folder, '.paritygate', 'backups')
    expect(filesIn(backups)).toEqual([expect.stringMatching(/\.dump\.partial$/)])
    controller.abort()
    await expect(backing).rejects.toMatchObject({ code: 'interrupted' })
    expect(filesIn(backups)).toEqual([])
    expect(store.backups()).toEqual([])
    expect(() => process.kill(Number(readFileSync(pid, 'utf8')), 0)).toThrow()
  })
})

describe.skipIf(noPostgresClient !== null)(withReason('of PostgreSQL', noPostgresClient), () => {
  const rich = `
    CREATE EXTENSION IF NOT EXISTS citext;
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE TABLE a (id serial PRIMARY KEY, name citext, m mood, b_id int);
    CREATE TABLE b (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a_id int REFERENCES a, t timestamptz DEFAULT now());
    ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b DEFERRABLE INITIALLY DEFERRED;
    CREATE INDEX a_lower ON a (lower(name::text)) WHERE id > 3;
    CREATE TABLE log (at timestamptz, what text);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN INSERT INTO log VALUES (now(), ';'); RETURN NEW; END $f$;
    CREATE TRIGGER noting AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION note();
    CREATE VIEW va AS SELECT id, name FROM a;
    CREATE MATERIALIZED VIEW ma AS SELECT count(*) AS n FROM a;
    ALTER TABLE a ENABLE ROW LEVEL SECURITY;
    CREATE POLICY mine ON a USING (id > 0);
    COMMENT ON TABLE a IS 'a; "comment"';
    CREATE SCHEMA "Other one";
    CREATE TABLE "Other one"."Odd table" (id bigint PRIMARY KEY, v jsonb);
    CREATE TABLE "Other one".parted (id int, at date) PARTITION BY RANGE (at);
    CREATE TABLE "Other one".p1 PARTITION OF "Other one".parted FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
    CREATE TABLE empty (id int);
    CREATE FUNCTION seen() RETURNS event_trigger LANGUAGE plpgsql AS $f$ BEGIN END $f$;
    CREATE EVENT TRIGGER seeing ON ddl_command_end EXECUTE FUNCTION seen();
    INSERT INTO a (name, m) SELECT 'N' || i, 'ok' FROM generate_series(1, 50) i;
    INSERT INTO b (a_id) SELECT id FROM a;
    UPDATE a SET b_id = id;
    INSERT INTO "Other one"."Odd table" SELECT i, '{"a": 1}' FROM generate_series(1, 100) i;
    INSERT INTO "Other one".parted VALUES (1, '2020-05-05');
    SELECT lo_from_bytea(0, 'hello');`

  const since = `
    CREATE TABLE later (id int); DROP VIEW va; CREATE SCHEMA newer; CREATE TABLE newer.x (id int);
    UPDATE a SET b_id = NULL; DELETE FROM b WHERE id > 40; ALTER TABLE a ADD COLUMN z int;
    CREATE EXTENSION IF NOT EXISTS hstore; SELECT lo_from_bytea(0, 'since');
    GRANT ALL ON SCHEMA public TO PUBLIC; COMMENT ON SCHEMA public IS 'mine'; DROP EVENT TRIGGER seeing;
    CREATE FUNCTION moody(int) RETURNS mood LANGUAGE sql AS $f$ SELECT 'ok'::mood $f$;
    CREATE CAST (int AS mood) WITH FUNCTION moody(int); CREATE FOREIGN DATA WRAPPER wrapper;
    ALTER TYPE mood ADD VALUE 'happy'`

  const textOf = (url: string) =>
    execFileSync(real('pg_dump'), [url], { maxBuffer: 1 << 28 })
      .toString()
      .replace(/^\\(un)?restrict .*$/gm, '')

  test('restored into a scratch database it is the same as the original, of every schema; then that is gone', async () => {
    const { url, client } = await postgresDatabase(rich)
    // What is written between the dump and the comparison is not of the moment of either.
    const dump = `${real('pg_dump')} "$@" || exit; case "$1" in --format=*)
      ${real('psql')} -q -c "INSERT INTO a (name) VALUES ('since'); DELETE FROM \\"Other one\\".\\"Odd table\\"; CREATE TABLE later ()";; esac`
    const { backUp } = targetOf(url)
    const record = await backUp({
      verifyRestore: true,
      clientDir: programs({ pg_dump: dump, pg_restore: null, psql: null }),
    })
    expect(record).toMatchObject({
      tables: 7,
      tool: expect.stringMatching(/^pg_dump \d/),
      restored: {
        result: 'verified',
        tables: 6,
        rows: 251,
        differing: [],
        definitions: [],
        one_moment: true,
      },
    })
    expect(basename(record.file)).toMatch(/^target-\d{8}T\d{6}Z\.dump$/)
    expect(record.not_covered.map(({ subject }) => subject)).toEqual([
      '1 large objects',
      'public.ma',
      'public.va',
    ])
    const scratch = await client.query('SELECT FROM pg_database WHERE datname = $1', [
      record.restored!.scratch,
    ])
    expect(scratch.rowCount).toBe(0)
    expect((await client.query('SELECT FROM a')).rowCount).toBe(51)
  })

  test('a restore that gives other rows, other definitions or none differs or has failed', async () => {
    const { url } = await postgresDatabase(rich)
    const { folder, backUp, store } = targetOf(url)
    const psql = (sql: string) =>
      programs({
        pg_dump: null,
        pg_restore: null,
        psql: `${real('psql')} "$@" && ${real('psql')} -q -c '${sql}'`,
      })
    const lost = psql(
      'DELETE FROM log WHERE ctid IN (SELECT ctid FROM log LIMIT 2); UPDATE b SET t = NULL WHERE id = 1',
    )
    const run = await paritygate(['backup', 'target', '--verify-restore', '--client-dir', lost, '--json'], {
      cwd: folder,
    })
    expect(run.code).toBe(1)
    expect(JSON.parse(run.stdout).restored).toMatchObject({
      result: 'differs',
      differing: [
        { table: 'public.b', changed: 1 },
        { table: 'public.log', missing: 2 },
      ],
    })
    expect(run.stderr).toMatch(/✗ public\.log: 2 rows missing/)
    const other = await backUp({ verifyRestore: true, clientDir: psql('DROP VIEW va') })
    expect(other.restored).toMatchObject({
      result: 'differs',
      differing: [],
      definitions: expect.arrayContaining(['- CREATE VIEW public.va AS']),
    })
    const refused = await backUp({
      verifyRestore: true,
      clientDir: programs({ pg_dump: null, pg_restore: null, psql: 'echo no such luck >&2; exit 3' }),
    })
    expect(refused.restored).toMatchObject({
      result: 'failed',
      reason: expect.stringContaining('no such luck'),
    })
    expect(await recentBackup(store, 'target', new Date())).toBeNull()
  })

  test('a restore gives back the very database, without what has appeared since', async () => {
    const { url, client } = await postgresDatabase(rich)
    const { backUp, restore } = targetOf(url)
    const before = textOf(url)
    const record = await backUp()
    await client.query(since)
    expect(textOf(url)).not.toBe(before)
    expect(await restore(record)).toMatchObject({ atomic: true })
    expect(textOf(url)).toBe(before)
    expect((await client.query('INSERT INTO a (name) VALUES (1) RETURNING id')).rows).toEqual([{ id: 51 }])
  })

  test.each([
    ['that fails', '| head -c 9000; exit 1'],
    ['that is cut short within a row', '| head -c 9000'],
    ['without its COMMIT', "| grep -v '^COMMIT'"],
  ])('a restore %s leaves the database as it was', async (_, rest) => {
    const { url, client } = await postgresDatabase(rich)
    const { backUp, restore } = targetOf(url)
    const record = await backUp()
    await client.query(since)
    const before = textOf(url)
    const broken = programs({ pg_dump: null, pg_restore: `${real('pg_restore')} "$@" ${rest}`, psql: null })
    await expect(restore(record, broken)).rejects.toMatchObject({
      code: 'backup.restore-failed',
      hint: expect.stringContaining('as it was before'),
    })
    expect(textOf(url)).toBe(before)
  })

  test('another database can be named, which must be empty and is emptied again', async () => {
    const { url } = await postgresDatabase(rich)
    const { url: scratch, client } = await postgresDatabase()
    const { folder, backUp } = targetOf(url)
    const run = () =>
      paritygate(['backup', 'target', '--verify-restore', '--scratch', scratch, '--json'], { cwd: folder })
    const done = await run()
    expect(done.code).toBe(0)
    expect(JSON.parse(done.stdout).restored).toMatchObject({ result: 'verified' })
    expect((await client.query(`SELECT FROM pg_class WHERE relname IN ('a', 'parted')`)).rowCount).toBe(0)
    await client.query('CREATE TABLE mine (id int)')
    const refused = await run()
    expect(refused.code).toBe(2)
    expect(JSON.parse(refused.stdout).error).toMatchObject({
      code: 'backup.no-scratch',
      message: expect.stringContaining('public.mine'),
    })
    expect((await client.query('SELECT FROM mine')).rowCount).toBe(0)
    expect((await backUp()).restored).toBeNull()
  })

  test('a role that may create no database is told so, and its backup is kept', async () => {
    const role = `paritygate_${Math.random().toString(36).slice(2)}`
    const admin = new pg.Client({ connectionString: inject('postgresUrl') })
    await admin.connect()
    await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'pass'`)
    onTestFinished(async () => {
      await admin.query(`DROP ROLE ${role}`)
      await admin.end()
    })
    const { url } = await postgresDatabase()
    const own = new URL(url)
    await admin.query(`ALTER DATABASE ${own.pathname.slice(1)} OWNER TO ${role}`)
    own.username = role
    own.password = 'pass'
    const client = new pg.Client({ connectionString: own.href })
    await client.connect()
    onTestFinished(() => client.end())
    await client.query('CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)')
    const { backUp, restore, store } = targetOf(own.href)
    await expect(backUp({ verifyRestore: true })).rejects.toMatchObject({
      code: 'backup.no-scratch',
      message: expect.stringContaining('permission denied to create database'),
      hint: expect.stringContaining('CREATEDB'),
    })
    const kept = store.latestBackup('target')!
    expect(kept.restored).toBeNull()
    await client.query('INSERT INTO t VALUES (2); CREATE TABLE later ()')
    await restore(kept)
    expect((await client.query('SELECT id FROM t')).rows).toEqual([{ id: 1 }])
  })
})

describe.skipIf(noMysqlClient !== null)(withReason('of MySQL or MariaDB', noMysqlClient), () => {
  const rich = `
    CREATE TABLE a (id int AUTO_INCREMENT PRIMARY KEY, name varchar(50), m enum('x', 'y') NOT NULL DEFAULT 'x', d datetime(6), bin blob,
      bits bit(9), b_id int, g int GENERATED ALWAYS AS (length(name)) STORED) COMMENT 'a "comment" 🎈';
    CREATE TABLE b (id int AUTO_INCREMENT PRIMARY KEY, a_id int, t timestamp NULL, FOREIGN KEY (a_id) REFERENCES a (id) ON DELETE CASCADE,
      KEY by_t (t));
    ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b (id);
    CREATE TABLE "odd \` name" ("k;ey" varchar(20) PRIMARY KEY);
    CREATE TABLE log (what text);
    CREATE TABLE empty (id int);
    CREATE VIEW va AS SELECT id, name FROM a;
    CREATE VIEW vb AS SELECT * FROM va;
    CREATE TRIGGER noting AFTER INSERT ON a FOR EACH ROW BEGIN INSERT INTO log VALUES (concat('x', NEW.id)); END;
    CREATE PROCEDURE p(IN n int) COMMENT 'p' BEGIN SELECT n; END;
    CREATE FUNCTION f(n int) RETURNS int DETERMINISTIC RETURN n + 1;
    CREATE EVENT ev ON SCHEDULE EVERY 1 SECOND STARTS '2036-01-01 00:00:00' DO INSERT INTO log VALUES ('event');
    ${isMariadb ? 'CREATE SEQUENCE seq START WITH 7;' : ''}
    INSERT INTO a (name, d, bin, bits) VALUES ('Ä🎈', '2020-01-01 01:02:03.123456', x'00ff0a0d1a27225c', b'101010101'), ('line
end', NULL, NULL, NULL);
    INSERT INTO b (a_id, t) SELECT id, '2020-06-01 00:00:00' FROM a;
    UPDATE a SET b_id = id;
    INSERT INTO "odd \` name" VALUES ('-- Dump completed');`

  const since = `
    CREATE TABLE later (id int); DROP VIEW vb; CREATE VIEW vc AS SELECT 1; CREATE PROCEDURE q() SELECT 1; DROP FUNCTION f;
    INSERT INTO a (name) VALUES ('since'); ALTER TABLE b ADD COLUMN z int; DROP EVENT ev; DELETE FROM "odd \` name";
    CREATE EVENT later ON SCHEDULE EVERY 1 DAY DO SELECT 1`

  /** As root without a password, or as the tests' URL says. */
  const textOf = (url: string) => {
    const { hostname, port, username, password, pathname } = new URL(url)
    const options = [
      '--routines',
      '--events',
      '--triggers',
      '--hex-blob',
      '--skip-dump-date',
      '--protocol=tcp',
    ]
    const reach = [`-h${hostname}`, `-P${port || 3306}`, `-u${username}`, pathname.slice(1)]
    const env = { ...process.env, ...(password ? { MYSQL_PWD: decodeURIComponent(password) } : {}) }
    return execFileSync(real('mysqldump'), [...options, ...reach], { env, maxBuffer: 1 << 28 }).toString()
  }

  test('restored into a scratch database it is the same as the original, and no event runs there', async () => {
    const { url, client } = await mysqlDatabase(rich)
    const { backUp, folder } = targetOf(url)
    const record = await backUp({ verifyRestore: true })
    expect(record).toMatchObject({
      tables: isMariadb ? 6 : 5,
      restored: { result: 'verified', tables: 5, rows: 7, differing: [], definitions: [], one_moment: false },
    })
    expect(record.not_covered.map(({ subject }) => subject)).toEqual([
      'ev',
      ...(isMariadb ? ['seq'] : []),
      'va',
      'vb',
    ])
    expect(basename(record.file)).toMatch(/^target-\d{8}T\d{6}Z\.sql\.gz$/)
    expect(statSync(record.file).mode & 0o777).toBe(0o600)
    const [left] = await client.query(`SHOW DATABASES LIKE '${record.restored!.scratch}'`)
    expect(left).toEqual([])
    expect(filesIn(join(folder, '.paritygate', 'backups'))).toEqual([basename(record.file)])
  })

  test('a restore gives back the very database, without what has appeared since', async () => {
    const { url, client } = await mysqlDatabase(rich)
    const { backUp, restore } = targetOf(url)
    const before = textOf(url)
    const record = await backUp()
    await client.query(since)
    expect(textOf(url)).not.toBe(before)
    expect(await restore(record)).toMatchObject({ atomic: false })
    expect(textOf(url)).toBe(before)
  })

  test('rows that are lost on the way are found, and a dump that is cut short is no backup', async () => {
    const { url } = await mysqlDatabase(rich)
    const { backUp, folder } = targetOf(url)
    const [dump, client] = isMariadb ? ['mariadb-dump', 'mariadb'] : ['mysqldump', 'mysql']
    const differing = await backUp({
      verifyRestore: true,
      clientDir: programs({
        [dump]: null,
        [client]: `${real(client)} "$@" && echo 'DELETE FROM log' | ${real(client)} "$@"`,
      }),
    })
    expect(differing.restored).toMatchObject({ result: 'differs', differing: [{ table: 'log', missing: 2 }] })
    const cut = `case "$1" in --version) exec ${real(dump)} "$1";; esac; ${real(dump)} "$@" | head -n 60`
    await expect(backUp({ clientDir: programs({ [dump]: cut, [client]: null }) })).rejects.toMatchObject({
      code: 'backup.failed',
      message: expect.stringContaining('Dump completed'),
    })
    expect(filesIn(join(folder, '.paritygate', 'backups'))).toEqual([basename(differing.file)])
  })

  test('a password of any characters reaches the programs by a file that is gone afterwards', async () => {
    const password = `p"a#s\\s' w;ö`
    const user = `pg_${Math.random().toString(36).slice(2, 10)}`
    const { url, client } = await mysqlDatabase(
      'CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)',
    )
    const admin = await createConnection({ uri: inject('mysqlUrl')! })
    await admin.query(`CREATE USER ?@'%' IDENTIFIED BY ?`, [user, password])
    await admin.query(`GRANT ALL ON \`${new URL(url).pathname.slice(1)}\`.* TO ?@'%'`, [user])
    onTestFinished(async () => {
      await admin.query(`DROP USER ?@'%'`, [user])
      await admin.end()
    })
    const own = new URL(url)
    own.username = user
    own.password = encodeURIComponent(password)
    const log = join(temporaryFolder(), 'log')
    const [dump, mysql] = isMariadb ? ['mariadb-dump', 'mariadb'] : ['mysqldump', 'mysql']
    const spying = (name: string) => `case "$1" in --version) exec ${real(name)} "$1";; esac
      echo "$*" >> ${log}; env >> ${log}; ls -l "\${1#--defaults-file=}" >> ${log}; exec ${real(name)} "$@"`
    const clientDir = programs({ [dump]: spying(dump), [mysql]: spying(mysql) })
    const { backUp, restore, store } = targetOf(own.href)
    await expect(backUp({ verifyRestore: true, clientDir })).rejects.toMatchObject({
      code: 'backup.no-scratch',
      message: expect.stringContaining('Access denied'),
    })
    const record = store.latestBackup('target')!
    await client.query('INSERT INTO t VALUES (2)')
    await restore(record, clientDir)
    expect((await client.query('SELECT id FROM t'))[0]).toEqual([{ id: 1 }])
    const text = readFileSync(log, 'utf8')
    expect(text).not.toContain(password)
    expect(text).not.toContain('MYSQL_PWD')
    const files = [...text.matchAll(/--defaults-file=(\S+)/g)].map(([, path]) => path!)
    expect(files.length).toBeGreaterThan(1)
    expect(files.filter(path => existsSync(dirname(path)))).toEqual([])
    expect(text).toMatch(/^-rw------- /m)
  })
})
