import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { paritygate, start } from './command.ts'
import { postgresDatabase, sqliteDatabase, temporaryFolder } from './databases.ts'

const users = `CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, password TEXT);
  INSERT INTO users VALUES (1, 'a@x.test', 'hash-of-a'), (2, 'b@x.test', 'hash-of-b'), (3, 'c@x.test', NULL)`

function writePlan(folder: string, text: string): void {
  writeFileSync(join(folder, 'cutover.yaml'), text)
}

/** A folder with `old.db` holding users and a plan to a new database. */
async function project({ sql = users, target = '', rest = 'tables:\n  users: {}\n' } = {}) {
  const source = sqliteDatabase(sql)
  const { url, client } = await postgresDatabase(target)
  const folder = temporaryFolder()
  writePlan(folder, `name: test\nsource: { url: ${source} }\ntarget: { url: \${NEW_URL} }\n${rest}`)
  return {
    folder,
    source,
    url,
    client,
    run: (...args: string[]) => paritygate(args, { cwd: folder, env: { NEW_URL: url } }),
  }
}

test('init, migrate, verify, gate and report lead to GO without a word of the plan edited', async () => {
  const source = sqliteDatabase(users)
  const { url } = await postgresDatabase()
  const folder = temporaryFolder()
  const env = { TARGET_DATABASE_URL: url }
  const run = (...args: string[]) => paritygate(args, { cwd: folder, env })
  expect((await run('init', '--source', source, '--target', url)).code).toBe(0)
  const plan = readFileSync(join(folder, 'cutover.yaml'), 'utf8')
  const { password } = new URL(url)
  if (password !== '') expect(plan).not.toContain(password)
  expect((await run('doctor')).code).toBe(0)
  expect(await run('migrate', '--create-schema', '--quiet')).toMatchObject({ code: 0, stdout: '' })
  expect((await run('verify')).code).toBe(0)
  expect(await run('gate')).toMatchObject({ code: 0, stdout: expect.stringContaining('Verdict: GO') })
  for (const format of ['html', 'md', 'json', 'junit']) {
    expect((await run('report', '--format', format, '--out', `report.${format}`)).code).toBe(0)
    const report = readFileSync(join(folder, `report.${format}`), 'utf8')
    expect(report).toContain('GO')
    expect(report).not.toContain('hash-of-a')
  }
})

test('a second migrate does nothing and says so', async () => {
  const { run } = await project()
  expect((await run('migrate', '--create-schema')).code).toBe(0)
  const again = await run('migrate')
  expect(again.code).toBe(0)
  expect(again.stdout).toContain('Nothing to do')
})

test('with --json standard output is exactly one document, of the promised shape', async () => {
  const { run, client } = await project()
  const migrated = JSON.parse((await run('migrate', '--create-schema', '--json')).stdout)
  expect(migrated).toMatchObject({
    status: 'finished',
    tables: [{ table: 'users', read: 3, written: 3, quarantined: 0, excluded: 0 }],
  })
  await client.query(
    `UPDATE users SET email = 'b@x.test ' WHERE id = 2; UPDATE users SET password = 'changed' WHERE id = 1`,
  )
  const { code, stdout } = await run('verify', '--json')
  expect(code).toBe(1)
  const document = JSON.parse(stdout)
  expect(Object.keys(document)).toEqual(['verdict', 'tables', 'differences', 'checks', 'not_covered'])
  expect(document.verdict).toBe('mismatch')
  expect(Object.keys(document.tables[0])).toEqual([
    'table',
    'source_rows',
    'target_rows',
    'source_checksum',
    'target_checksum',
    'missing',
    'extra',
    'changed',
    'matched',
    'excused_rows',
    'excused',
    'accepted_losses',
    'only_normalisation',
    'strategy',
    'hashed',
    'ms',
  ])
  expect(document.tables[0]).toMatchObject({ source_rows: 3, target_rows: 3, changed: 2, matched: 1 })
  expect(document.tables[0].source_checksum).toMatch(/^[0-9a-f]{16}$/)
  expect(document.differences).toMatchObject([
    {
      table: 'users',
      key: { id: '1' },
      kind: 'changed',
      columns: { password: { source: '[redacted]', target: '[redacted]' } },
    },
    {
      table: 'users',
      key: { id: '2' },
      kind: 'changed',
      columns: { email: { source: 'b@x.test', target: 'b@x.test ' } },
    },
  ])
  expect(stdout).not.toMatch(/hash-of|"changed"[^:]*password/)
})

test('--limit-diffs caps what is listed and not what is counted', async () => {
  const { run, client } = await project()
  await run('migrate', '--create-schema')
  await client.query(`UPDATE users SET email = email || '!'`)
  const document = JSON.parse((await run('verify', '--json', '--limit-diffs', '1')).stdout)
  expect(document.differences).toHaveLength(1)
  expect(document.tables[0].changed).toBe(3)
})

test('an unknown key is placed, and the nearest valid one named', async () => {
  const { run, folder } = await project({ rest: 'tables:\n  users: { colums: {} }\n' })
  expect(await run('migrate')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/cutover\.yaml:5:12: unknown key "colums"; did you mean "columns"\?/),
  })
  expect(existsSync(join(folder, '.paritygate'))).toBe(false)
})

test('a missing environment variable is placed; a default stands in for it', async () => {
  const { folder, url } = await project()
  const without = await paritygate(['verify'], { cwd: folder, env: { NEW_URL: '' } })
  expect(without).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/cutover\.yaml:3:16: NEW_URL is empty/),
  })
  const text = readFileSync(join(folder, 'cutover.yaml'), 'utf8')
  writePlan(folder, text.replace(/\$\{NEW_URL\}/, `\${UNSET_URL:-${url}}`))
  expect((await paritygate(['doctor'], { cwd: folder })).code).toBe(0)
})

test('broken YAML is placed', async () => {
  const { folder, run } = await project()
  writePlan(folder, 'name: [\nsource: x\n')
  expect(await run('verify')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/plan\.syntax[\s\S]*cutover\.yaml:\d+:\d+/),
  })
})

test('a missing plan, a missing database file, and a file that is no database each have their code', async () => {
  const folder = temporaryFolder()
  const { url } = await postgresDatabase()
  const run = (...args: string[]) => paritygate(args, { cwd: folder, env: { NEW_URL: url } })
  expect(await run('verify')).toMatchObject({ code: 2, stderr: expect.stringContaining('plan.missing') })
  const plan = (file: string) =>
    writePlan(
      folder,
      `name: t\nsource: { url: ${file} }\ntarget: { url: '\${NEW_URL}' }\ntables: { users: {} }\n`,
    )
  plan('sqlite:gone.db')
  expect(await run('migrate')).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(/source\.missing[\s\S]*gone\.db/),
  })
  expect(existsSync(join(folder, 'gone.db'))).toBe(false)
  writeFileSync(join(folder, 'text.db'), 'no database, although long enough to be one, surely long enough')
  plan('file:text.db')
  expect(await run('migrate')).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('source.not-a-database'),
  })
  writeFileSync(join(folder, 'empty.db'), '')
  plan('empty.db')
  expect(await run('migrate')).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('source.not-a-database'),
  })
})

test('a wrong login and an unreachable host say so without the password', async () => {
  const { folder, url, client } = await project()
  const role = `paritygate_login_${process.pid}`
  await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'right'`)
  const wrong = new URL(url)
  wrong.username = 'nobody_here'
  wrong.password = 'hunter2'
  const rejected = await paritygate(['migrate', '--json'], { cwd: folder, env: { NEW_URL: wrong.href } })
  expect(rejected).toMatchObject({ code: 4, stderr: expect.stringContaining('connection.rejected') })
  expect(JSON.parse(rejected.stdout).error.code).toBe('connection.rejected')
  wrong.port = '1'
  const refused = await paritygate(['migrate'], { cwd: folder, env: { NEW_URL: wrong.href } })
  expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('connection.refused') })
  expect(rejected.stderr + rejected.stdout + refused.stderr).not.toContain('hunter2')
  await client.query(`DROP ROLE ${role}`)
})

test('source and target must not be the same database, whatever the URLs look like', async () => {
  const { url } = await postgresDatabase('CREATE TABLE users (id int PRIMARY KEY)')
  const folder = temporaryFolder()
  const other = new URL(url)
  other.searchParams.set('application_name', 'other')
  writePlan(
    folder,
    `name: t\nsource: { url: "${url}" }\ntarget: { url: "${other.href}" }\ntables: { users: {} }\n`,
  )
  for (const verb of ['migrate', 'verify']) {
    expect(await paritygate([verb], { cwd: folder })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('plan.same-database'),
    })
  }
})

test('a mapped column that does not exist, and a target column without a source, are placed; nothing is written', async () => {
  const target = 'CREATE TABLE users (id bigint PRIMARY KEY, email text, tenant text NOT NULL)'
  const { run, client } = await project({
    target,
    rest: 'tables:\n  users:\n    columns:\n      email: e_mail\n',
  })
  const { code, stderr } = await run('migrate')
  expect(code).toBe(2)
  expect(stderr).toMatch(
    /cutover\.yaml:7:14: table "users" of the source has no column "e_mail"; nearest: "email"/,
  )
  expect(stderr).toMatch(
    /cutover\.yaml:\d+:\d+: column "tenant" of target table "users" is NOT NULL without a default/,
  )
  expect((await client.query('SELECT * FROM users')).rows).toEqual([])
})

test('a check of what is not there is placed by doctor already, and before anything is copied or compared', async () => {
  const { run, client } = await project({
    target: 'CREATE TABLE users (id bigint PRIMARY KEY, email text, password text)',
    rest: `tables:
  users: {}
checks:
  - not_null: { table: users, columns: [id, e_mail] }
  - unique: { table: people, columns: [id] }
  - orphans: { table: users, column: id, references: accounts.id }
`,
  })
  for (const verb of ['doctor', 'migrate', 'verify']) {
    const { code, stdout, stderr } = await run(verb)
    expect(code).toBe(2)
    const said = stdout + stderr
    expect(said).toMatch(/cutover\.yaml:7:\d+: table "users" has no column "e_mail"/)
    expect(said).toMatch(/cutover\.yaml:8:\d+: the plan maps no table "people"/)
    expect(said).toMatch(/cutover\.yaml:9:\d+: the target has no "accounts\.id"/)
  }
  expect((await client.query('SELECT * FROM users')).rows).toEqual([])
})

test('SQL of the plan that the source refuses is named with its place, and nothing is written', async () => {
  const { run, client } = await project({
    target: 'CREATE TABLE users (id bigint PRIMARY KEY, email text, password text)',
    rest: 'tables:\n  users: { where: deleted IS NULL }\n',
  })
  const said = await run('doctor')
  expect(said.code).toBe(2)
  expect(said.stdout).toMatch(
    /cutover\.yaml:5:\d+: the source refuses the condition of table "users": .*deleted/,
  )
  expect(await run('migrate')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/plan\.mapping[\s\S]*cutover\.yaml:5:\d+[\s\S]*no such column: deleted/),
  })
  expect((await client.query('SELECT * FROM users')).rows).toEqual([])
})

test('a table the target lacks is refused unless it may be created', async () => {
  const { run } = await project()
  expect(await run('migrate')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/target\.missing-table[\s\S]*"users"[\s\S]*--create-schema/),
  })
})

test('a target that holds rows is refused unless told otherwise', async () => {
  const target = `CREATE TABLE users (id bigint PRIMARY KEY, email text, password text); INSERT INTO users VALUES (9, 'z', NULL)`
  const { run, client } = await project({ target })
  const ids = async () =>
    (await client.query('SELECT id::int FROM users ORDER BY id')).rows.map(row => row.id)
  expect(await run('migrate')).toMatchObject({ code: 2, stderr: expect.stringContaining('target.not-empty') })
  expect(await ids()).toEqual([9])
  expect((await run('migrate', '--truncate', '--append')).code).toBe(2)
  expect(await run('migrate', '--append')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(
      /backup\.needed.*holds rows already \("users"\), and there is no whole backup/s,
    ),
  })
  expect(await ids()).toEqual([9])
  expect((await run('migrate', '--append', '--no-backup')).code).toBe(0)
  expect(await ids()).toEqual([1, 2, 3, 9])
  expect((await run('migrate', '--truncate', '--no-backup')).code).toBe(0)
  expect(await ids()).toEqual([1, 2, 3])
})

test('a read-only target is refused before anything is written', async () => {
  const { run, client, folder, url } = await project({
    target: 'CREATE TABLE users (id bigint PRIMARY KEY, email text, password text)',
  })
  const name = (await client.query('SELECT current_database() AS name')).rows[0].name
  await client.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`)
  expect(await run('migrate')).toMatchObject({ code: 2, stderr: expect.stringContaining('target.read-only') })
  await client.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`)
  const role = `paritygate_reader_${process.pid}`
  await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'reader'; GRANT SELECT ON users TO ${role}`)
  const reader = new URL(url)
  reader.username = role
  reader.password = 'reader'
  const refused = await paritygate(['migrate'], { cwd: folder, env: { NEW_URL: reader.href } })
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/target\.read-only[\s\S]*may not insert into "users"/),
  })
  await client.query(`REVOKE SELECT ON users FROM ${role}; GRANT INSERT ON users TO ${role}`)
  expect(await paritygate(['migrate'], { cwd: folder, env: { NEW_URL: reader.href } })).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/target\.read-only[\s\S]*may not select from "users"/),
  })
  await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
})

test('verify needs no right to write on either side and changes neither', async () => {
  const { client, url, folder, source } = await project()
  await paritygate(['migrate', '--create-schema'], { cwd: folder, env: { NEW_URL: url } })
  const role = `paritygate_verifier_${process.pid}`
  await client.query(
    `CREATE ROLE ${role} LOGIN PASSWORD 'reader'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO ${role}`,
  )
  const reader = new URL(url)
  reader.username = role
  reader.password = 'reader'
  const digest = () => createHash('sha256').update(readFileSync(source)).digest('hex')
  const rows = async () =>
    (await client.query(`SELECT md5(string_agg(xmin || u::text, ',' ORDER BY id)) AS rows FROM users u`)).rows
  const state = async () => [digest(), statSync(source).mtimeMs, readdirSync(dirname(source)), await rows()]
  const before = await state()
  expect((await paritygate(['verify'], { cwd: folder, env: { NEW_URL: reader.href } })).code).toBe(0)
  expect(await state()).toEqual(before)
  await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
})

test('NUL, bad UTF-8 and a broken rule are quarantined with table, key, column and reason; the rest is written', async () => {
  const sql = `CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, age INTEGER);
    INSERT INTO users VALUES (1, 'ok', 1), (2, 'nul' || char(0), 2), (3, CAST(x'41FF' AS TEXT), 3), (4, 'x', 'old'), (5, NULL, 5), (6, 'fine', 6)`
  const { run, client } = await project({
    sql,
    target: 'CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, age int)',
  })
  const { code, stdout } = await run('migrate', '--json')
  expect(code).toBe(1)
  const result = JSON.parse(stdout)
  expect(result).toMatchObject({ status: 'rejected', tables: [{ read: 6, written: 2, quarantined: 4 }] })
  expect((await client.query('SELECT id::int FROM users ORDER BY id')).rows.map(row => row.id)).toEqual([
    1, 6,
  ])
  const lines = readFileSync(result.quarantine_file, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(lines.map(({ table, key, column }) => [table, key.id, column])).toEqual([
    ['users', '2', 'email'],
    ['users', '3', 'email'],
    ['users', '4', 'age'],
    ['users', '5', 'email'],
  ])
  expect(lines[2]).toMatchObject({
    reason: expect.stringMatching(/invalid input syntax for type integer.*old/),
    row: { id: '4', email: 'x', age: 'old' },
  })
  expect(lines[1].row.email).toBe('\\x41ff')
  const verified = await run('verify')
  expect(verified.code).toBe(1)
  expect(verified.stdout).toContain('missing users [id "4"] (quarantined by migrate: invalid input syntax')
  expect(await run('gate')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/4 rows are in quarantine/),
  })
})

test('--max-rejects allows that many rows and stops at one more', async () => {
  const sql = `CREATE TABLE users (id INTEGER PRIMARY KEY, age INTEGER); INSERT INTO users VALUES (1, 'a'), (2, 'b'), (3, 3)`
  const target = 'CREATE TABLE users (id bigint PRIMARY KEY, age int)'
  const tolerant = await project({ sql, target })
  expect((await tolerant.run('migrate', '--max-rejects', '2')).code).toBe(0)
  const strict = await project({ sql, target })
  const stopped = await strict.run('migrate', '--max-rejects', '1')
  expect(stopped).toMatchObject({ code: 1, stderr: expect.stringContaining('more than 1 rows were refused') })
  expect((await strict.client.query('SELECT count(*)::int AS n FROM users')).rows[0].n).toBe(0)
})

test('Ctrl-C during a copy ends with 130, leaves whole chunks only, and the same command finishes the job', {
  timeout: 120_000,
}, async () => {
  const sql = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) INSERT INTO users SELECT i, 'name of user number ' || i FROM n`
  const { folder, url, client, run } = await project({ sql })
  const words = ['migrate', '--create-schema', '--chunk-rows', '50000']
  const { child, finished } = start(words, { cwd: folder, env: { NEW_URL: url } })
  const copying = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SAVEPOINT chunk; COPY%FROM STDIN%'`
  while ((await client.query(copying)).rows.length === 0 && child.exitCode === null)
    await new Promise(resolve => setTimeout(resolve, 5))
  child.kill('SIGINT')
  const { code, stderr } = await finished
  expect(code).toBe(130)
  expect(stderr).toContain('interrupted')
  const { rows } = await client.query(
    'SELECT (SELECT count(*) FROM users) AS there, (SELECT coalesce(sum(written), 0) FROM _paritygate.chunk) AS known',
  )
  expect(rows[0].there).toBe(rows[0].known)
  expect((await run(...words)).code).toBe(0)
  expect((await client.query('SELECT count(*)::int AS n FROM users')).rows[0].n).toBe(400_000)
})

test('verify after a later migrate is stale, and gate says INCONCLUSIVE', async () => {
  const { run } = await project()
  await run('migrate', '--create-schema')
  expect((await run('gate')).code).toBe(3)
  await run('verify')
  expect((await run('gate')).code).toBe(0)
  await run('migrate', '--truncate')
  expect(await run('gate')).toMatchObject({
    code: 3,
    stdout: expect.stringMatching(/no evidence: verified .* before the last migrate/),
  })
})

test('gate without any run, and report without a decision, are no pass', async () => {
  const { run } = await project()
  expect(await run('gate')).toMatchObject({ code: 3, stderr: expect.stringContaining('state.empty') })
  expect(await run('report')).toMatchObject({ code: 3, stderr: expect.stringContaining('state.empty') })
})

test('each command explains itself with an example', async () => {
  for (const verb of ['init', 'doctor', 'migrate', 'verify', 'gate', 'report', 'demo']) {
    const { code, stdout } = await paritygate([verb, '--help'], { cwd: temporaryFolder() })
    expect(code).toBe(0)
    expect(stdout).toMatch(/Example:\n {2}paritygate/)
  }
})

test('what the command line does not know is a usage error', async () => {
  const cwd = temporaryFolder()
  expect((await paritygate(['verfy'], { cwd })).stderr).toContain('Did you mean verify?')
  for (const args of [
    ['verfy'],
    ['verify', '--limit-diffs', '-1'],
    ['report', '--format', 'pdf'],
    ['init', '--source', 'x'],
  ]) {
    expect((await paritygate(args, { cwd })).code).toBe(2)
  }
})

test('init never overwrites a plan', async () => {
  const { folder, source, url, run } = await project()
  const before = readFileSync(join(folder, 'cutover.yaml'), 'utf8')
  expect(await run('init', '--source', source, '--target', url)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('plan.exists'),
  })
  expect(readFileSync(join(folder, 'cutover.yaml'), 'utf8')).toBe(before)
})
