import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import Database from 'better-sqlite3'
import type { Connection, RowDataPacket } from 'mysql2/promise'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseConnectionUrl } from '../src/engines/connection-url.ts'
import { guardTriggers } from '../src/engines/mysql/trigger-guard.ts'
import { openTarget } from '../src/engines/open.ts'
import { doctor } from '../src/plan/doctor.ts'
import { cutover } from './cutover.ts'
import { mysqlDatabase, postgresDatabase, sqliteDatabase } from './databases.ts'
import { type Engine, engines } from './engine.ts'
import { isMariadb } from './mariadb.ts'
import { noMysql } from './no-mysql.ts'

const [sqlite, postgres] = engines

async function opened(engine: Engine, sql: string) {
  const side = await engine.create(sql)
  return { ...side, target: await side.target() }
}

const inPostgres = (triggers: string) => `
  CREATE TABLE t (id bigint PRIMARY KEY, v text); CREATE TABLE log (v text);
  CREATE FUNCTION logged() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO log VALUES (TG_NAME); RETURN coalesce(NEW, OLD); END'; ${triggers}`

const source = () =>
  sqliteDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b')")

describe('PostgreSQL', () => {
  const states = `SELECT c.relname, t.tgname, t.tgenabled, t.tgparentid <> 0 AS clone, pg_get_triggerdef(t.oid) AS made
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid ORDER BY c.relname, t.tgname`

  test('each trigger comes back in the mode it had, and is off in between', async () => {
    const { target } = await opened(
      postgres,
      inPostgres(`
        CREATE TRIGGER o AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION logged();
        CREATE TRIGGER a BEFORE INSERT OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION logged(); ALTER TABLE t ENABLE ALWAYS TRIGGER a;
        CREATE TRIGGER r AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION logged(); ALTER TABLE t ENABLE REPLICA TRIGGER r;
        CREATE TRIGGER d AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION logged(); ALTER TABLE t DISABLE TRIGGER d;
        CREATE TRIGGER u AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION logged();
        CREATE TRIGGER e BEFORE TRUNCATE ON t EXECUTE FUNCTION logged()`),
    )
    expect(await target.triggersOn('t')).toEqual([
      { name: 'a', events: ['insert', 'delete'], enabled: true },
      { name: 'd', events: ['insert'], enabled: false },
      { name: 'e', events: ['truncate'], enabled: true },
      { name: 'o', events: ['insert'], enabled: true },
      { name: 'r', events: ['insert'], enabled: false },
    ])
    const before = await target.query(states)
    await target.begin()
    const { off, on } = await target.plannedTriggers('t', ['a', 'd', 'e', 'o', 'r'])
    for (const sql of off) await target.execute(sql)
    expect((await target.triggersOn('t')).filter(({ enabled }) => enabled)).toEqual([])
    await target.execute("INSERT INTO t VALUES (1, 'a'); DELETE FROM t")
    await target.restoreTriggers(on)
    await target.restoreTriggers(on)
    await target.commit()
    expect(await target.query(states)).toEqual(before)
    expect(await target.query('SELECT * FROM log')).toEqual([])
    await target.execute("INSERT INTO t VALUES (1, 'a')")
    expect(await target.query('SELECT v FROM log')).toEqual([{ v: 'a' }, { v: 'o' }])
  })

  test('those of partitions have switches of their own, and keep them', async () => {
    const { target } = await opened(
      postgres,
      `CREATE TABLE t (id bigint, v text) PARTITION BY RANGE (id); CREATE TABLE log (v text);
       CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id);
       CREATE TABLE t11 PARTITION OF t1 FOR VALUES FROM (0) TO (5); CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (10) TO (20);
       CREATE FUNCTION logged() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN INSERT INTO log VALUES (TG_TABLE_NAME || TG_NAME); RETURN coalesce(NEW, OLD); END';
       CREATE TRIGGER whole AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION logged();
       CREATE TRIGGER own AFTER INSERT ON t2 FOR EACH ROW EXECUTE FUNCTION logged();
       CREATE TRIGGER never AFTER INSERT ON t2 EXECUTE FUNCTION logged();
       ALTER TABLE t11 DISABLE TRIGGER whole; ALTER TABLE t2 ENABLE ALWAYS TRIGGER whole`,
    )
    expect(await target.triggersOn('t')).toEqual([
      { name: 'whole', events: ['insert'], enabled: true },
      { name: 'own', events: ['insert'], enabled: true },
    ])
    const before = await target.query(states)
    await target.begin()
    const { off, on } = await target.plannedTriggers('t', ['whole', 'own'])
    for (const sql of off) await target.execute(sql)
    await target.execute('INSERT INTO t VALUES (1), (11)')
    await target.restoreTriggers(on)
    await target.commit()
    expect(await target.query(states)).toEqual(before)
    expect(await target.query('SELECT * FROM log')).toEqual([])
    await target.execute('INSERT INTO t VALUES (2), (12)')
    expect(await target.query('SELECT v FROM log ORDER BY v')).toEqual([{ v: 't2own' }, { v: 't2whole' }])
  })

  test('they come back under checks that are put off to the end of the transaction', async () => {
    const { target } = await opened(
      postgres,
      inPostgres(`
        ALTER TABLE t ADD parent bigint REFERENCES t DEFERRABLE INITIALLY DEFERRED;
        CREATE TRIGGER o AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION logged();
        CREATE CONSTRAINT TRIGGER c AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION logged()`),
    )
    expect((await target.triggersOn('t')).map(({ name }) => name)).toEqual(['c', 'o'])
    await target.begin()
    const { off, on } = await target.plannedTriggers('t', ['c', 'o'])
    for (const sql of off) await target.execute(sql)
    await target.execute("INSERT INTO t VALUES (1, 'a', 2), (2, 'b', 1)")
    await target.restoreTriggers(on)
    await target.commit()
    expect(await target.query('SELECT * FROM log')).toEqual([])
  })

  test('without them the keys of a table can be suspended', async () => {
    const { target } = await opened(
      postgres,
      inPostgres('CREATE TRIGGER o AFTER INSERT OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION logged()'),
    )
    await target.begin()
    expect(await target.suspendKeys!(['t'], 1e6)).toBeNull()
    const { off, on } = await target.plannedTriggers('t', ['o'])
    for (const sql of off) await target.execute(sql)
    const suspended = await target.suspendKeys!(['t'], 1e6)
    await target.execute("INSERT INTO t VALUES (1, 'a')")
    expect(
      await target.restoreKeys!(suspended!, {
        removeOrphans: async () => {},
        reject: () => {},
        columnsOf: () => [],
      }),
    ).toBeNull()
    await target.restoreTriggers(on)
    await target.commit()
    expect(await target.query('SELECT * FROM log')).toEqual([])
    expect(await target.triggersOn('t')).toMatchObject([{ name: 'o', enabled: true }])
  })

  test('only the owner of the table can turn them off, which is said with its line before anything is written', async () => {
    const { url, client } = await postgresDatabase(
      inPostgres('CREATE TRIGGER o AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION logged()'),
    )
    const role = `triggers_${process.pid}_${Date.now()}`
    await client.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'role'; GRANT SELECT, INSERT ON t TO ${role};
       GRANT CREATE ON DATABASE ${new URL(url).pathname.slice(1)} TO ${role}`,
    )
    onTestFinished(async () => {
      await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
    }, 10_000)
    const limited = new URL(url)
    limited.username = role
    limited.password = 'role'
    const { migrate } = cutover(source(), limited.href, { tables: { t: { disable_triggers: true } } })
    await expect(migrate()).rejects.toMatchObject({
      code: 'plan.mapping',
      message: expect.stringMatching(
        /cutover\.yaml:8:\d+: role "triggers_\w+" may not turn off trigger "o": only the owner of table "t" may/,
      ),
    })
  })
})

describe('SQLite', () => {
  test('each comes back letter by letter, in the order in which they fire', async () => {
    const { url, target } = await opened(
      sqlite,
      `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE log (v TEXT); CREATE TABLE other (id);
       CREATE TRIGGER IF NOT EXISTS main.first AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('first'); END;
       create  trigger "in ""sert"   /* delete */ after -- update
         Insert on T when new.id > 0 begin insert into log values ('second; ü') ; end;
       CREATE TRIGGER [delete on x] BEFORE DELETE ON t BEGIN INSERT INTO log VALUES ('third'); END;
       CREATE TRIGGER elsewhere AFTER INSERT ON other BEGIN SELECT 1; END;
       CREATE TRIGGER \`insert\` UPDATE OF v ON t BEGIN SELECT 1; END;
       CREATE TRIGGER last INSERT ON t BEGIN INSERT INTO log VALUES ('last'); END`,
    )
    expect(await target.triggersOn('t')).toEqual([
      { name: 'first', events: ['insert'], enabled: true },
      { name: 'in "sert', events: ['insert'], enabled: true },
      { name: 'delete on x', events: ['delete'], enabled: true },
      { name: 'last', events: ['insert'], enabled: true },
    ])
    const triggers = () => {
      const database = new Database(url, { readonly: true })
      const rows = database
        .prepare(
          "SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY tbl_name = 'other', rowid",
        )
        .all()
      database.close()
      return rows
    }
    const before = triggers()
    const fired = async () => {
      await target.execute("DELETE FROM t; DELETE FROM log; INSERT INTO t VALUES (1, 'a')")
      return (await target.query('SELECT v FROM log ORDER BY rowid')).map(({ v }) => v)
    }
    const order = await fired()
    expect(order).toHaveLength(3)
    await target.begin()
    const { off, on } = await target.plannedTriggers('t', ['in "sert', 'delete on x'])
    for (const sql of off) await target.execute(sql)
    expect((await fired()).toSorted()).toEqual(['first', 'last'])
    await target.restoreTriggers(on)
    await target.commit()
    expect(triggers()).toEqual(before)
    expect(await fired()).toEqual(order)
  })

  test('a transaction that is taken back leaves them as they were', async () => {
    const { target } = await opened(
      sqlite,
      'CREATE TABLE t (id); CREATE TRIGGER one AFTER INSERT ON t BEGIN SELECT 1; END',
    )
    await target.begin()
    for (const sql of (await target.plannedTriggers('t', ['one'])).off) await target.execute(sql)
    expect(await target.triggersOn('t')).toEqual([])
    await target.rollback()
    expect(await target.triggersOn('t')).toHaveLength(1)
  })
})

/** Triggers of every form on a table `t`; made in sessions of several kinds. */
async function variousTriggers(client: Connection) {
  const definer = "'somebody else'@'%.example.org'"
  await client.query(`SET NAMES utf8mb4; SET SESSION sql_mode = '';
    CREATE TABLE t (id INT PRIMARY KEY, v TEXT CHARACTER SET utf8mb4); CREATE TABLE log (n INT AUTO_INCREMENT PRIMARY KEY, v TEXT);
    CREATE TRIGGER first BEFORE INSERT ON t FOR EACH ROW INSERT INTO log (v) VALUES ("fi\\rst");
    SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT';
    CREATE ${isMariadb ? `DEFINER = ${definer}` : ''} TRIGGER "FOR EACH ROW" before insert ON "t"
      for  each   row  -- the row
        BEGIN /* ü */ INSERT INTO "log" (v) VALUES ('sec\\ond' || '''ü'); END;
    CREATE TRIGGER fourth BEFORE INSERT ON t FOR EACH ROW INSERT INTO log (v) VALUES ('fourth');
    CREATE TRIGGER third BEFORE INSERT ON t FOR EACH ROW PRECEDES fourth INSERT INTO log (v) VALUES ('third');
    SET NAMES latin1 COLLATE latin1_german2_ci; SET SESSION sql_mode = 'STRICT_ALL_TABLES';
    CREATE TRIGGER gone AFTER DELETE ON t FOR EACH ROW INSERT INTO log (v) VALUES (CONCAT('gone', @@collation_connection));
    CREATE TRIGGER changed AFTER UPDATE ON t FOR EACH ROW INSERT INTO log (v) VALUES ('changed');
    SET NAMES utf8mb4`)
}

const inOrder = ['first', 'FOR EACH ROW', 'third', 'fourth', 'gone']

async function shownTriggers(client: Connection) {
  const [triggers] = await client.query<RowDataPacket[]>(
    `SELECT TRIGGER_NAME AS name, ACTION_ORDER AS place FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()
     ORDER BY EVENT_MANIPULATION DESC, ACTION_ORDER`,
  )
  const shown: unknown[] = []
  for (const { name, place } of triggers) {
    const [[row]] = await client.query<RowDataPacket[]>(`SHOW CREATE TRIGGER \`${name}\``)
    const { Created: _, ...rest } = row!
    shown.push({ ...rest, place })
  }
  return shown
}

describe.skipIf(noMysql)('MySQL', () => {
  async function withTriggers() {
    const { url, client } = await mysqlDatabase()
    await variousTriggers(client)
    const target = await openedTarget(url)
    return { url, client, target }
  }

  const openedTarget = async (url: string) => {
    const session = await openTarget(parseConnectionUrl(url, '/'))
    onTestFinished(() => session.close())
    return session
  }

  test('those are listed that rows set off when they are loaded or taken out', async () => {
    const { target } = await withTriggers()
    const listed = await target.triggersOn('t')
    expect(listed).toEqual(
      ['gone', ...inOrder.slice(0, -1)].map(name => ({
        name,
        events: [name === 'gone' ? 'delete' : 'insert'],
        enabled: true,
      })),
    )
  })

  test.each([
    [inOrder],
    [['first']],
    [['FOR EACH ROW']],
    [['third', 'gone']],
    [['fourth']],
    [['first', 'third']],
    [['FOR EACH ROW', 'fourth']],
  ])('%j come back as SHOW CREATE TRIGGER said, in their order', async names => {
    const { client, target } = await withTriggers()
    const before = await shownTriggers(client)
    const settings = 'SELECT @@sql_mode AS m, @@character_set_client AS s, @@collation_connection AS c'
    const session = await target.query(settings)
    const { off, on } = await target.plannedTriggers('t', names)
    expect(await shownTriggers(client)).toEqual(before)
    for (const sql of off) await target.execute(sql)
    expect((await target.triggersOn('t')).map(({ name }) => name).toSorted()).toEqual(
      inOrder.filter(name => !names.includes(name)).toSorted(),
    )
    await target.restoreTriggers(on)
    expect(await shownTriggers(client)).toEqual(before)
    expect(await target.query(settings)).toEqual(session)
  })

  test('whichever have been dropped or restored already, the rest comes to its place', async () => {
    const { client, target } = await withTriggers()
    const before = await shownTriggers(client)
    const { off, on } = await target.plannedTriggers('t', inOrder)
    for (let dropped = 0; dropped <= off.length; dropped++) {
      for (const sql of off.slice(0, dropped)) await target.execute(sql)
      await target.restoreTriggers(on)
      expect(await shownTriggers(client)).toEqual(before)
    }
    for (let made = 0; made <= on.length; made += 4) {
      for (const sql of off) await target.execute(sql)
      await target.restoreTriggers(on.slice(0, made))
      await target.restoreTriggers(on)
      expect(await shownTriggers(client)).toEqual(before)
    }
  })

  test('one that could not be made again as it is stays on, and the reason is said', async () => {
    const { client, target } = await withTriggers()
    await client.query('CREATE TABLE l (v TEXT); SET character_set_client = latin1')
    await client.query("CREATE TRIGGER bytes BEFORE INSERT ON l FOR EACH ROW SET NEW.v = 'ü'")
    await client.query('SET NAMES utf8mb4')
    await expect(target.plannedTriggers('l', ['bytes'])).rejects.toThrow(
      'trigger "bytes" cannot be turned off: it was written in latin1',
    )
    await client.query('ALTER DATABASE CHARACTER SET latin1')
    await expect(target.plannedTriggers('t', ['first'])).rejects.toThrow(
      /trigger "first" cannot be turned off: it was made when the collation of the database was utf8mb4_\w+, and now it is latin1/,
    )
  })

  test('a user who may not name the definer drops nothing', async () => {
    const { url, client } = await withTriggers()
    const name = `triggers_${process.pid}`
    const database = new URL(url).pathname.slice(1)
    await client.query(`CREATE USER ${name}@'%' IDENTIFIED BY 'x'; GRANT ALL ON ${database}.* TO ${name}@'%'`)
    onTestFinished(async () => void (await client.query(`DROP USER ${name}@'%'`)))
    const limited = new URL(url)
    limited.username = name
    limited.password = 'x'
    const { migrate } = cutover(source(), limited.href, { tables: { t: { disable_triggers: ['first'] } } })
    await expect(migrate()).rejects.toMatchObject({
      code: 'plan.mapping',
      message: expect.stringMatching(
        /:\d+:\d+: trigger "first" cannot be turned off: its definer is root@\S+, and triggers_\d+@% may not make/,
      ),
    })
  })

  describe('the guard', () => {
    const open = resolve(import.meta.dirname, '../dist/engines/open.js')

    /** A process that turns the triggers off under a guard, writes a row and says so; `then` is what it does next. */
    async function parent(url: string, then: string): Promise<ChildProcess> {
      const program = `
        import { openTarget } from ${JSON.stringify(open)}
        const target = await openTarget({ engine: 'mysql', url: process.env.TARGET })
        const { off, on } = await target.plannedTriggers('t', ${JSON.stringify(inOrder)})
        const guard = await target.guardTriggers(on)
        for (const sql of off) await target.execute(sql)
        await target.begin()
        await target.execute("INSERT INTO t VALUES (1, 'a')")
        console.log('off')
        ${then}`
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
        env: { ...process.env, TARGET: url },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      onTestFinished(() => void child.kill('SIGKILL'))
      await once(child.stdout!, 'data')
      return child
    }

    const eventually = async (condition: () => Promise<boolean>) => {
      for (const until = Date.now() + 10_000; !(await condition()); ) {
        if (Date.now() > until) throw new Error('it does not happen')
        await new Promise(wake => setTimeout(wake, 50))
      }
    }
    const isLocked = async (client: Connection) => {
      const [[row]] = await client.query<RowDataPacket[]>(
        "SELECT IS_USED_LOCK(CONCAT('paritygate_', SHA1(CONCAT('triggers of ', DATABASE())))) IS NOT NULL AS held",
      )
      return row!.held === 1
    }

    test('puts the triggers back after a kill -9, and ends', async () => {
      const { url, client } = await withTriggers()
      const before = await shownTriggers(client)
      const child = await parent(url, 'setInterval(() => {}, 1000)')
      expect(await shownTriggers(client)).toHaveLength(1)
      expect(await isLocked(client)).toBe(true)
      child.kill('SIGKILL')
      await once(child, 'exit')
      await eventually(async () => (await shownTriggers(client)).length === before.length)
      expect(await shownTriggers(client)).toEqual(before)
      await eventually(async () => !(await isLocked(client)))
      const [rows] = await client.query('SELECT * FROM t')
      expect(rows).toEqual([])
    })

    test('waits for what the server still does for the dead, and the next guard waits for it', async () => {
      const { url, client, target } = await withTriggers()
      const before = await shownTriggers(client)
      await client.query('BEGIN; SELECT * FROM log FOR UPDATE')
      const child = await parent(url, "await target.execute('INSERT INTO log (n) VALUES (99)')")
      const isWaiting = async () => {
        const [rows] = await client.query<RowDataPacket[]>('SHOW PROCESSLIST')
        return rows.some(({ Info, db }) => /VALUES \(99\)/.test(Info) && url.endsWith(`/${db}`))
      }
      await eventually(isWaiting)
      child.kill('SIGKILL')
      await once(child, 'exit')
      let isReady = false
      const next = target.guardTriggers!([]).then(guard => {
        isReady = true
        return guard
      })
      await new Promise(wake => setTimeout(wake, 1000))
      expect(await isWaiting()).toBe(true)
      expect([(await shownTriggers(client)).length, isReady]).toEqual([1, false])
      await client.query('COMMIT')
      const guard = await next
      expect(await shownTriggers(client)).toEqual(before)
      await guard.callOff()
    })

    test('puts them back where the process ends by an error, too', async () => {
      const { url, client } = await withTriggers()
      const before = await shownTriggers(client)
      const child = await parent(url, 'process.exit(1)')
      if (child.exitCode === null) await once(child, 'exit')
      await eventually(async () => (await shownTriggers(client)).length === before.length)
      expect(await shownTriggers(client)).toEqual(before)
    })

    test('does nothing once it is called off', async () => {
      const { url, client } = await withTriggers()
      const child = await parent(url, 'await target.commit(); await guard.callOff(); await target.close()')
      const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode]
      expect(code).toBe(0)
      expect(await isLocked(client)).toBe(false)
      expect(await shownTriggers(client)).toHaveLength(1)
    })

    test('that cannot start is an error, and leaves the triggers', async () => {
      const { url, client, target } = await withTriggers()
      const database = new URL(url).pathname.slice(1)
      const wrong = url.replace(database, 'no_such_database_of_anybody')
      await expect(guardTriggers({ url: wrong, session: 1, on: [] })).rejects.toThrow(
        /triggers are not turned off: the process .* cannot start: .*no_such_database_of_anybody/,
      )
      expect(await target.triggersOn('t')).toHaveLength(5)
      expect(await shownTriggers(client)).toHaveLength(6)
    })
  })
})

describe('the plan', () => {
  const triggers = inPostgres(`
    CREATE TRIGGER audit_t AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION logged();
    CREATE TRIGGER notify_t AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION logged()`)

  const said = async (document: object, target = triggers) => {
    const { url } = await postgresDatabase(target)
    const { plan, migrate } = cutover(source(), url, { tables: { t: document } })
    const { findings } = await doctor(plan)
    const { notices } = await migrate({ createSchema: true })
    return { findings: findings.filter(({ message }) => message.includes('trigger')), notices }
  }

  test('says nothing: they fire, and doctor and migrate say so', async () => {
    const message =
      'has the triggers "audit_t", "notify_t": they fire for every row that is loaded; disable_triggers turns them off for the load'
    expect(await said({})).toEqual({
      findings: [{ level: 'warning', subject: 't', message }],
      notices: [`table "t" ${message}`],
    })
  })

  test('names one: the other is still said to fire', async () => {
    const { findings, notices } = await said({ disable_triggers: ['audit_t'] })
    expect(findings.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'warning has the trigger "notify_t": it fires for every row that is loaded; disable_triggers turns it off for the load',
      'note is loaded without the trigger "audit_t"',
    ])
    expect(notices).toHaveLength(2)
  })

  test('names them for a table that migrate creates: nothing comes of it', async () => {
    const message = 'is to be created, and will have no triggers: disable_triggers counts for nothing'
    expect(await said({ disable_triggers: true }, '')).toEqual({
      findings: [{ level: 'note', subject: 't', message }],
      notices: [`table "t" ${message}`],
    })
  })

  test.each([
    [
      { disable_triggers: ['audit_t', 'notifyt'] },
      /:\d+:\d+: table "t" has no trigger "notifyt".*; nearest: "notify_t"/,
    ],
    [
      { disable_triggers: true, copy: false },
      /:8:\d+: disable_triggers belongs to a table that migrate loads/,
    ],
    [
      { disable_triggers: true, match_on: ['v'] },
      /:8:\d+: disable_triggers belongs to a table that migrate loads/,
    ],
  ])('says %j, which cannot be', async (document, problem) => {
    const { url } = await postgresDatabase(triggers)
    const { plan, migrate } = cutover(source(), url, {
      tables: { t: document, log: { rows: [{ v: 'a' }] } },
    })
    const { findings, ready } = await doctor(plan)
    expect(ready).toBe(false)
    expect(findings.map(({ subject, message }) => `${subject}: ${message}`)).toContainEqual(
      expect.stringMatching(problem),
    )
    await expect(migrate()).rejects.toMatchObject({
      code: 'plan.mapping',
      message: expect.stringMatching(problem),
    })
  })

  test.each([
    ['false', false],
    ['an empty list', []],
    ['a name', 'audit_t'],
  ])('takes true or names, and not %s', (_, value) => {
    expect(() => cutover(source(), source(), { tables: { t: { disable_triggers: value } } })).toThrow(
      /cutover\.yaml:8:\d+: tables\.t\.disable_triggers must/,
    )
  })

  test.skipIf(noMysql)('on MySQL everybody does without them meanwhile, which is said', async () => {
    const { url, client } = await mysqlDatabase()
    await variousTriggers(client)
    const { findings } = await doctor(
      cutover(source(), url, { tables: { t: { disable_triggers: true } } }).plan,
    )
    expect(findings).toContainEqual({
      level: 'note',
      subject: 't',
      message:
        'is loaded without the triggers "gone", "first", "FOR EACH ROW", "third", "fourth"; until it is loaded, also for what others write',
    })
  })

  test('SQLite says so as well', async () => {
    const side = await sqlite.create(
      'CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); CREATE TRIGGER one AFTER INSERT ON t BEGIN SELECT 1; END',
    )
    const { notices } = await cutover(source(), side.url, { tables: { t: {} } }).migrate()
    expect(notices).toEqual([expect.stringContaining('has the trigger "one": it fires for every row')])
  })
})
