import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cutover } from './cutover.ts'
import { sqliteDatabase } from './databases.ts'
import { describeEngines, type Engine, type Side } from './engine.ts'

const users = `
  CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
  WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 4000) INSERT INTO users SELECT id, 'user ' || id FROM n;`

const audited: Record<Engine['name'], string> = {
  sqlite: `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE audit (user_id INTEGER);
    CREATE TRIGGER audit_users AFTER INSERT ON users BEGIN INSERT INTO audit VALUES (new.id); END;`,
  postgres: `CREATE TABLE users (id int PRIMARY KEY, name text); CREATE TABLE audit (user_id int);
    CREATE FUNCTION audited() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO audit VALUES (new.id); RETURN NULL; END';
    CREATE TRIGGER audit_users AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION audited();`,
  mysql: `CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(99)); CREATE TABLE audit (user_id INT);
    CREATE TRIGGER audit_users AFTER INSERT ON users FOR EACH ROW INSERT INTO audit VALUES (new.id);`,
}

async function audit(side: Side): Promise<number> {
  const session = await side.reader()
  const [row] = await session.query('SELECT count(*) AS n FROM audit')
  await session.close()
  return Number(row!.n)
}

async function isOn(side: Side): Promise<boolean> {
  const session = await side.target()
  const [trigger] = await session.triggersOn('users')
  await session.close()
  return trigger?.enabled ?? false
}

describeEngines('audit triggers of a table in $name', engine => {
  test.each([
    ['all at once', {}],
    ['in chunks', { chunkRows: 500, jobs: 3 }],
  ])('are off while it is copied %s, and on again', async (_, options) => {
    const target = await engine.create(audited[engine.name])
    const { migrate } = cutover(sqliteDatabase(users), target.url, {
      tables: { users: { disable_triggers: ['audit_users'] } },
    })
    const result = await migrate(options)
    expect(result.tables).toMatchObject([{ written: 4000 }])
    expect(await audit(target)).toBe(0)
    expect(await isOn(target)).toBe(true)
    await target.run(`INSERT INTO users VALUES (9000, 'new')`)
    expect(await audit(target)).toBe(1)
  })

  test('fire where the plan does not turn them off, and that is said', async () => {
    const target = await engine.create(audited[engine.name])
    const { migrate } = cutover(sqliteDatabase(users), target.url, { tables: { users: {} } })
    const result = await migrate({ chunkRows: 500 })
    expect(await audit(target)).toBe(4000)
    expect(result.notices.join()).toMatch(/"users" has the trigger "audit_users": it fires for every row/)
  })

  test('are on again after a kill in the midst, and the same command finishes without them', async () => {
    const target = await engine.create(audited[engine.name])
    const { folder, migrate, verify } = cutover(sqliteDatabase(users), target.url, {
      tables: { users: { disable_triggers: true } },
    })
    const killAt = `data:text/javascript,import { channel } from 'node:diagnostics_channel'
      let seen = 0
      channel('paritygate:step').subscribe(({ step }) => step === 'chunk-written' && ++seen === 3 && process.kill(process.pid, 'SIGKILL'))`
    const child = spawn(
      process.execPath,
      [
        '--import',
        killAt.replaceAll('\n', ';'),
        join(import.meta.dirname, '../dist/cli/main.js'),
        'migrate',
        '--chunk-rows',
        '500',
      ],
      { cwd: folder, stdio: 'ignore' },
    )
    const [, signal] = await once(child, 'exit')
    expect(signal).toBe('SIGKILL')
    await expect.poll(() => isOn(target), { timeout: 30_000, interval: 100 }).toBe(true)
    expect((await migrate({ chunkRows: 500 })).tables).toMatchObject([{ written: 4000, quarantined: 0 }])
    expect(await audit(target)).toBe(0)
    expect(await isOn(target)).toBe(true)
    expect((await verify()).tables).toMatchObject([{ matched: 4000 }])
  })
})
