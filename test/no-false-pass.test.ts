import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseConnectionUrl } from '../src/engines/connection-url.ts'
import { judge, verdictOf } from '../src/gate/criteria.ts'
import { loadPlan, openStore, ParitygateError, pairFingerprint } from '../src/index.ts'
import { isSecretName } from '../src/model/redact.ts'
import { cutover } from './cutover.ts'
import { postgresDatabase, sqliteDatabase, temporaryFolder } from './databases.ts'

const oneTable = `CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT); INSERT INTO t VALUES (1, '1'), (2, 'two'), (3, '3')`

test('rows quarantined by a run that then failed are still missing in the next', async () => {
  const { url, client } = await postgresDatabase(
    `CREATE TABLE t (id int PRIMARY KEY, n int); CREATE TABLE u (id int PRIMARY KEY);
     CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM 1 FROM nowhere; RETURN NEW; END';
     CREATE TRIGGER broken BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION broken()`,
  )
  const source = sqliteDatabase(
    `${oneTable}; CREATE TABLE u (id INTEGER PRIMARY KEY); INSERT INTO u VALUES (1)`,
  )
  const { migrate, verify, gate } = cutover(source, url, {
    tables: { t: {}, u: {} },
    gate: { differences: { at_most: 1 } },
  })
  await expect(migrate()).rejects.toThrow(/nowhere/)
  await client.query('DROP TRIGGER broken ON u')
  const second = await migrate()
  expect(second.status).toBe('rejected')
  expect(second.tables.find(({ table }) => table === 't')).toMatchObject({
    read: 3,
    written: 2,
    quarantined: 1,
  })
  await verify()
  expect(gate().verdict).toBe('NO-GO')
})

test('a table named like a property every object has is not ignored', async () => {
  const { url } = await postgresDatabase()
  const source = sqliteDatabase(
    `${oneTable}; CREATE TABLE constructor (v); INSERT INTO constructor VALUES (1)`,
  )
  const { migrate, verify } = cutover(source, url, { tables: { t: {} } })
  await migrate({ createSchema: true })
  expect(await verify()).toMatchObject({ verdict: 'inconclusive', not_covered: [{ subject: 'constructor' }] })
})

test('a virtual table and a column that only a text mentions are named as not covered', async () => {
  const { url } = await postgresDatabase('CREATE TABLE t (id bigint, name text)')
  const source = sqliteDatabase(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, first TEXT, coalesce TEXT, email TEXT); INSERT INTO t VALUES (1, 'a', 'b', 'c');
     CREATE VIRTUAL TABLE notes USING fts5(body)`,
  )
  const { migrate, verify } = cutover(source, url, {
    tables: { t: { columns: { name: { sql: "coalesce(first, 'no email')" } } } },
  })
  await migrate()
  const { verdict, not_covered } = await verify()
  expect(not_covered.map(({ subject }) => subject)).toEqual(['t.coalesce', 't.email', 'notes'])
  expect(verdict).toBe('inconclusive')
})

test('rows that a row-level policy hides are no agreement', async () => {
  const { url, client } = await postgresDatabase(
    `CREATE TABLE t (id bigint PRIMARY KEY, n text); INSERT INTO t VALUES (1, '1'), (2, 'two'), (3, '3'), (4, 'hidden');
     ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY visible ON t USING (id < 4)`,
  )
  const role = `paritygate_rls_${process.pid}`
  await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT SELECT ON t TO ${role}`)
  const limited = new URL(url)
  limited.username = role
  limited.password = 'x'
  const result = await cutover(sqliteDatabase(oneTable), limited.href, { tables: { t: {} } }).verify()
  expect(result).toMatchObject({
    verdict: 'inconclusive',
    tables: [],
    not_covered: [{ reason: expect.stringMatching(/row-level security/) }],
  })
  await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
})

test('what is accepted for one reason does not excuse a table the target lacks', async () => {
  const { url, client } = await postgresDatabase()
  const source = sqliteDatabase(`${oneTable}; CREATE TABLE audit (id INTEGER PRIMARY KEY)`)
  const run = cutover(source, url, {
    tables: { t: {}, audit: {} },
    gate: { accept: { audit: 'empty in production' } },
  })
  await run.migrate({ createSchema: true })
  expect((await run.verify()).verdict).toBe('match')
  await client.query('DROP TABLE audit')
  expect((await run.verify()).verdict).toBe('inconclusive')
  expect(run.gate().verdict).toBe('INCONCLUSIVE')
})

test('a check that cannot run is never accepted', async () => {
  const { url } = await postgresDatabase()
  const { migrate, verify, gate } = cutover(sqliteDatabase(oneTable), url, {
    tables: { t: {} },
    checks: [{ query: { name: 'total', source: 'SELECT no_such_column FROM t', expect: 1 } }],
    gate: { accept: { 'check query total': 'known to be broken' } },
  })
  await migrate({ createSchema: true })
  const { verdict, not_covered } = await verify()
  expect([verdict, not_covered]).toEqual([
    'inconclusive',
    [{ subject: 'check query total', reason: expect.stringMatching(/no_such_column/) }],
  ])
  expect(gate().verdict).toBe('INCONCLUSIVE')
})

test('a sequence its column does not own is advanced and checked all the same', async () => {
  const { url, client } = await postgresDatabase(
    `CREATE SEQUENCE sq; CREATE TABLE t (id bigint PRIMARY KEY DEFAULT nextval('sq'), n text)`,
  )
  const { migrate, verify } = cutover(sqliteDatabase(oneTable), url, { tables: { t: {} } })
  await migrate()
  expect((await client.query(`INSERT INTO t (n) VALUES ('4') RETURNING id::int`)).rows).toEqual([{ id: 4 }])
  await client.query(`DELETE FROM t WHERE id = 4; SELECT setval('sq', 1)`)
  expect((await verify()).checks).toMatchObject([{ check: 'sequence', status: 'fail' }])
})

test('an orphan takes what refers to it into quarantine, whatever ON DELETE would do', async () => {
  for (const action of ['CASCADE', 'SET NULL']) {
    const { url, client } = await postgresDatabase(
      `CREATE TABLE node (id int PRIMARY KEY, parent int REFERENCES node ON DELETE ${action})`,
    )
    const source = sqliteDatabase(
      `CREATE TABLE node (id INTEGER PRIMARY KEY, parent INTEGER); INSERT INTO node VALUES (1, NULL), (3, 77), (4, 3), (5, 4), (6, 1)`,
    )
    const { migrate, store } = cutover(source, url, { tables: { node: {} } })
    const { tables } = await migrate()
    expect(tables).toMatchObject([{ read: 5, written: 2, quarantined: 3 }])
    expect((await client.query('SELECT id, parent FROM node ORDER BY id')).rows).toEqual([
      { id: 1, parent: null },
      { id: 6, parent: 1 },
    ])
    expect([...store.currentQuarantine()].map(({ key }) => key.id).sort()).toEqual(['3', '4', '5'])
  }
})

test('rows a trigger of the target drops do not count as written', async () => {
  const { url, client } = await postgresDatabase(
    `CREATE TABLE t (id int PRIMARY KEY, n text);
     CREATE FUNCTION dropped() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id = 2 THEN RETURN NULL; END IF; RETURN NEW; END';
     CREATE TRIGGER dropped BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION dropped()`,
  )
  await expect(cutover(sqliteDatabase(oneTable), url, { tables: { t: {} } }).migrate()).rejects.toMatchObject(
    { code: 'data.unbalanced' },
  )
  expect((await client.query('SELECT * FROM t')).rows).toEqual([])
})

test('a decimal is not rounded on its way from PostgreSQL either', async () => {
  const old = await postgresDatabase(
    `CREATE TABLE t (id int PRIMARY KEY, a numeric(12, 4), f float8); INSERT INTO t VALUES (1, 1.2345, 1), (2, 1.25, 0.12345678901234568)`,
  )
  const { url, client } = await postgresDatabase(
    'CREATE TABLE t (id int PRIMARY KEY, a numeric(12, 2), f numeric)',
  )
  const { migrate, verify } = cutover(old.url, url, { tables: { t: {} } })
  expect((await migrate()).tables).toMatchObject([{ written: 1, quarantined: 1 }])
  expect((await client.query('SELECT a::text, f::text FROM t')).rows).toEqual([
    { a: '1.25', f: '0.12345678901234568' },
  ])
  expect((await verify()).tables).toMatchObject([{ missing: 1, changed: 0, matched: 1 }])
})

test('a state file that is something else is left as it is', () => {
  const source = sqliteDatabase(oneTable)
  const other = join(temporaryFolder(), 'notes.txt')
  writeFileSync(other, 'not a database, and not to be made one')
  for (const file of [source, other, '/dev/null']) {
    const digest = () =>
      file === '/dev/null' ? '' : createHash('sha256').update(readFileSync(file)).digest('hex')
    const before = digest()
    expect(() => openStore(file, 'pair')).toThrow(ParitygateError)
    expect(digest()).toBe(before)
  }
})

test('a condition of the plan cannot leave the read-only transaction', async () => {
  const old = await postgresDatabase('CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)')
  const { url } = await postgresDatabase('CREATE TABLE t (id int PRIMARY KEY)')
  const escapes = [
    'true); COMMIT; BEGIN READ WRITE; DELETE FROM t; COMMIT; SELECT (true',
    'true)) TO STDOUT; COMMIT; BEGIN READ WRITE; DELETE FROM t; COMMIT; SELECT ((true',
  ]
  for (const where of escapes) {
    const run = cutover(old.url, url, { tables: { t: { where } } })
    expect((await run.verify()).verdict).toBe('inconclusive')
    await expect(run.migrate()).rejects.toThrow()
  }
  const expression = cutover(old.url, url, {
    tables: { t: { columns: { id: { sql: 'id) FROM t) TO STDOUT; COMMIT; DELETE FROM t; SELECT (1' } } } },
  })
  expect((await expression.verify()).verdict).toBe('inconclusive')
  expect((await old.client.query('SELECT count(*)::int AS n FROM t')).rows).toEqual([{ n: 2 }])
})

test('a comment at the end of a condition takes nothing along', async () => {
  const { url } = await postgresDatabase()
  const { migrate } = cutover(sqliteDatabase(oneTable), url, {
    tables: { t: { where: 'id > 1 -- the first is a test' } },
  })
  expect((await migrate({ createSchema: true })).tables).toMatchObject([{ read: 3, written: 2, excluded: 1 }])
})

test('evidence belongs to the server the URL leads to, by whatever parameter', () => {
  const pair = (target: string) => {
    const folder = temporaryFolder()
    writeFileSync(
      join(folder, 'p.yaml'),
      `name: p\nsource: { url: /a.db }\ntarget: { url: "${target}" }\ntables: {}\n`,
    )
    return pairFingerprint(loadPlan(join(folder, 'p.yaml')))
  }
  const base = pair('postgres://u@h/db')
  expect(pair('postgres://u:secret@h/db?application_name=x&sslmode=disable')).toBe(base)
  for (const parameter of ['host=other', 'port=9', 'options=-c%20search_path%3Dx', 'schema=s']) {
    expect(pair(`postgres://u@h/db?${parameter}`)).not.toBe(base)
  }
})

test('a verify before the last write is stale, whatever the clock says', () => {
  const verify = {
    id: 1,
    plan: 'p',
    started_at: '2030-01-01T00:00:00.000Z',
    verdict: 'match' as const,
    differences: [],
    checks: [],
    not_covered: [],
    tables: [
      {
        table: 't',
        source_rows: 1,
        target_rows: 1,
        source_checksum: 'a',
        target_checksum: 'a',
        missing: 0,
        extra: 0,
        changed: 0,
        matched: 1,
        excused_rows: 0,
        excused: [],
        accepted_losses: [],
        only_normalisation: 0,
        strategy: 'range' as const,
        hashed: 'here' as const,
        ms: 1,
      },
    ],
  }
  const evidence = {
    verify,
    verifyFailure: null,
    migrate: null,
    rolledBack: null,
    migrateFailure: null,
    dualRun: null,
    plan: 'p',
    now: new Date('2030-01-01T01:00:00Z'),
  }
  expect(verdictOf(judge({}, { ...evidence, lastWrite: null }))).toBe('GO')
  expect(verdictOf(judge({}, { ...evidence, lastWrite: { id: 2, at: '2029-12-31T23:00:00.000Z' } }))).toBe(
    'INCONCLUSIVE',
  )
})

test('a password is never repeated, however badly its URL is written', () => {
  const urls = [
    'postgres://app:hun/ter2SECRET@db/x',
    'postgres://app:12#SECRETpw@db/x',
    'postgres://app:p@ss/w#SECRET@db/x',
    "'postgres://a:SECRET@h/d'",
    'host=db password=SECRET dbname=x',
  ]
  for (const url of urls) {
    expect(() => parseConnectionUrl(url, '/')).toThrow(
      expect.objectContaining({ code: 'plan.url', message: expect.not.stringMatching(/SECRET|ter2/) }),
    )
  }
  expect(parseConnectionUrl(' postgres://a:%23x@h/d ', '/')).toMatchObject({ engine: 'postgres' })
})

test('names of secrets are known in any spelling, and other names are left alone', () => {
  for (const name of [
    'password',
    'passwordHash',
    'passwordhash',
    'PASSWORDHASH',
    'accesstoken',
    'API_KEY',
    'clientsecret',
    'private_key',
    'encryption_key',
    'passcode',
    'otp',
  ]) {
    expect(isSecretName(name), name).toBe(true)
  }
  for (const name of [
    'passed',
    'compass',
    'month',
    'key',
    'monkey',
    'author',
    'tone',
    'bypass_count',
    'tokenizer',
  ]) {
    expect(isSecretName(name), name).toBe(false)
  }
})

test('a refusal that would repeat a secret keeps its message to itself', async () => {
  const { url } = await postgresDatabase(
    'CREATE TABLE t (id int PRIMARY KEY, credentials jsonb, api_token text, n int)',
  )
  const source = sqliteDatabase(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, credentials TEXT, api_token TEXT, n TEXT);
     INSERT INTO t VALUES (1, '{"pw": hunter2}', 'hunter2', '1'), (2, '{}', 'hunter2', 'x')`,
  )
  const { migrate, store } = cutover(source, url, { tables: { t: {} } })
  const { quarantine_file } = await migrate()
  expect(readFileSync(quarantine_file!, 'utf8')).not.toMatch(/hunter2/)
  expect([...store.currentQuarantine()].map(({ reason }) => reason)).toEqual([
    expect.stringMatching(/withheld/),
    expect.stringMatching(/invalid input syntax for type integer: "x"/),
  ])
})

test('a foreign key that spells its columns in another case is carried over and checked', async () => {
  const { url } = await postgresDatabase()
  const source = sqliteDatabase(
    `CREATE TABLE users (id INTEGER PRIMARY KEY); INSERT INTO users VALUES (1);
     CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER, FOREIGN KEY (USER_ID) REFERENCES Users (ID));
     INSERT INTO posts VALUES (1, 1), (2, 99)`,
  )
  const { migrate, verify } = cutover(source, url, { tables: { users: {}, posts: {} } })
  expect((await migrate({ createSchema: true })).fidelity).toMatchObject([
    { table: 'posts', column: 'user_id', note: expect.stringMatching(/NOT VALID/) },
  ])
  const { checks } = await verify()
  expect(checks).toContainEqual(
    expect.objectContaining({ check: 'orphans', table: 'posts', column: 'user_id', found: 1 }),
  )
  expect(checks).toContainEqual(
    expect.objectContaining({ check: 'foreign_keys', table: 'posts', status: 'pass' }),
  )
})

test('a REAL that may be seconds is refused as an instant, not taken for 1970', async () => {
  const { url } = await postgresDatabase('CREATE TABLE t (id bigint PRIMARY KEY, at timestamp)')
  const source = sqliteDatabase(
    'CREATE TABLE t (id INTEGER PRIMARY KEY, at REAL); INSERT INTO t VALUES (1, 1700000000.123), (2, 1700000000123), (3, 2460310.5)',
  )
  const { migrate, store } = cutover(source, url, { tables: { t: {} } })
  expect((await migrate()).tables).toMatchObject([{ written: 2, quarantined: 1 }])
  expect([...store.currentQuarantine()]).toMatchObject([{ key: { id: '1' }, column: 'at' }])
})

test('a word in a comment or the name of a type is no use of a column', async () => {
  const { url } = await postgresDatabase('CREATE TABLE t (id bigint PRIMARY KEY, day text, tot bigint)')
  const source = sqliteDatabase(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, created TEXT, date TEXT, note TEXT, total INTEGER);
     INSERT INTO t VALUES (1, 'a', 'b', 'c', 2)`,
  )
  const { migrate, verify } = cutover(source, url, {
    tables: {
      t: {
        columns: {
          day: { sql: 'cast(cast(created as date) as text)' },
          tot: { sql: 'total /* the note is dropped */' },
        },
      },
    },
  })
  await migrate()
  const { verdict, not_covered } = await verify()
  expect(not_covered.map(({ subject }) => subject)).toEqual(['t.date', 't.note'])
  expect(verdict).toBe('inconclusive')
})

test('orphans of a table called like an alias are seen', async () => {
  const schema = 'CREATE TABLE parent (id INTEGER PRIMARY KEY, pid INTEGER REFERENCES parent (id), v TEXT);'
  const source = sqliteDatabase(
    `${schema} INSERT INTO parent VALUES (1, NULL, 'old'), (2, 1, 'new'), (3, 2, 'new')`,
  )
  const target = sqliteDatabase(`${schema} INSERT INTO parent VALUES (2, 1, 'new'), (3, 2, 'new')`)
  const { verify } = cutover(source, target, { tables: { parent: { where: "v = 'new'" } } })
  const { checks } = await verify()
  expect(checks.find(({ check }) => check === 'orphans')).toMatchObject({ status: 'fail', found: 1 })
})
