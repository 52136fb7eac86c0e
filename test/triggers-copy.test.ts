import { spawn } from 'node:child_process'
import { channel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cutover } from './cutover.ts'
import { sqliteDatabase } from './databases.ts'
import { describeEngines, type Engine, engines, type Side } from './engine.ts'
import { noMysql } from './no-mysql.ts'

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

  test('are on again, and the copy goes on, where others are turned off to take rows back', async () => {
    const target = await engine.create(`${audited[engine.name]} ${auditedGone[engine.name]}`)
    const { migrate } = cutover(sqliteDatabase(users), target.url, {
      tables: { users: { disable_triggers: ['audit_users'] } },
    })
    const stop = new AbortController()
    const stopAtThird = atStep('chunk-committed', 3, () => stop.abort())
    await expect(migrate({ chunkRows: 500, signal: stop.signal })).rejects.toMatchObject({
      code: 'interrupted',
    })
    stopAtThird()
    const result = await migrate({ chunkRows: 500, existingRows: 'truncate' })
    expect(result.tables).toMatchObject([{ written: 4000 }])
    expect(await audit(target)).toBe(0)
    await target.run(`INSERT INTO users VALUES (9000, 'new'); DELETE FROM users WHERE id = 9000`)
    expect(await audit(target)).toBe(2)
  })
})

const auditedGone: Record<Engine['name'], string> = {
  sqlite: `CREATE TABLE orders (user_id INTEGER REFERENCES users);
    CREATE TRIGGER audit_gone AFTER DELETE ON users BEGIN INSERT INTO audit VALUES (old.id); END;`,
  postgres: `CREATE TABLE orders (user_id int REFERENCES users);
    CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO audit VALUES (old.id); RETURN NULL; END';
    CREATE TRIGGER audit_gone AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION gone();`,
  mysql: `CREATE TABLE orders (user_id INT, FOREIGN KEY (user_id) REFERENCES users (id));
    CREATE TRIGGER audit_gone AFTER DELETE ON users FOR EACH ROW INSERT INTO audit VALUES (old.id);`,
}

/** @returns what takes it back */
function atStep(name: string, time: number, act: () => void): () => void {
  let seen = 0
  const see = (message: unknown) => {
    if ((message as { step: string }).step === name && ++seen === time) act()
  }
  channel('paritygate:step').subscribe(see)
  return () => channel('paritygate:step').unsubscribe(see)
}

// Where the tests have no MySQL server this is shown as skipped, said loudly, and fails under CI=true (mysql-server.ts).
test.skipIf(noMysql)(
  'a connection that is lost while triggers are off is a failure that passes: the guard brings them back',
  async () => {
    const [, , mysql] = engines
    const target = await mysql.create(audited.mysql)
    const { migrate } = cutover(sqliteDatabase(users), target.url, {
      tables: { users: { disable_triggers: true } },
    })
    const options = { chunkRows: 50 }
    const killed = atStep('chunk-written', 3, () => void target.run(killCopy))
    await expect(migrate(options)).rejects.toMatchObject({ code: 'connection.lost', transient: true })
    killed()
    expect(await isOn(target)).toBe(true)
    const again = atStep('chunk-written', 3, () => void target.run(killCopy))
    const result = await migrate({ ...options, retries: 1 })
    again()
    expect(result.tables).toMatchObject([{ written: 4000 }])
    expect(await audit(target)).toBe(0)
    expect(await isOn(target)).toBe(true)
  },
)

/** The first connection of the copy writes the rows; the guard has a later one. */
const killCopy = `
  SET @kill = (SELECT CONCAT('KILL ', MIN(ID)) FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID());
  PREPARE killing FROM @kill; EXECUTE killing;`
