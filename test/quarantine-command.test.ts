import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { csvLine } from '../src/cli/export-quarantine.ts'
import { gate, loadPlan, migrate, openStore, pairFingerprint, retryQuarantine, verify } from '../src/index.ts'
import { paritygate } from './command.ts'
import { type Cutover, cutover } from './cutover.ts'
import { sqliteDatabase } from './databases.ts'
import { describeEngines, engines } from './engine.ts'

const created = { createSchema: true }

/** The plan after a change of the values it knows. */
function changed({ plan, folder }: Cutover, change: (values: Record<string, string>) => void) {
  const file = join(folder, 'cutover.yaml')
  const document = parse(readFileSync(file, 'utf8'))
  change(document.tables.t.columns.state.values)
  writeFileSync(file, stringify(document))
  return loadPlan(plan.file)
}

function runIn(source: string, sql: string) {
  const database = new Database(source)
  database.exec(sql)
  database.close()
}

test('what is refused is said with --quiet, too, in one line', async () => {
  const one = cutover(sqliteDatabase(people), sqliteDatabase(peopleTarget), { tables: { people: {} } })
  const run = (...words: string[]) => paritygate([...words, '--quiet'], { cwd: one.folder })
  const refused = {
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^Failed: the target refused 3 rows, .* paritygate quarantine list; .*\n$/),
  }
  expect(await run('migrate')).toEqual(refused)
  // Nothing is left to copy, and they are still missing.
  expect(await run('migrate')).toEqual(refused)
  expect(await run('quarantine', 'retry')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'Rows are still in quarantine: paritygate quarantine list says why.\n',
  })
  expect(await run('migrate', '--max-rejects', '3')).toEqual({ code: 0, stdout: '', stderr: '' })
})

const people = `CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, password TEXT, age INTEGER);
  INSERT INTO people VALUES (1, 'Ann', 'hunter1', 40), (2, 'Bob', 'hunter2', 41), (3, NULL, 'hunter3', 42), (4, NULL, 'hunter4', 43), (5, NULL, 'hunter5', 44)`

const peopleTarget = `CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL, password VARCHAR(20), age INTEGER)`

describeEngines('quarantine retry into $name', engine => {
  test('rows mended in the source are loaded, deleted ones leave, others stay with their reason', async () => {
    const source = sqliteDatabase(people)
    const target = await engine.create(peopleTarget)
    const one = cutover(source, target.url, { tables: { people: {} } })
    expect(await one.migrate()).toMatchObject({
      status: 'rejected',
      tables: [{ written: 2, quarantined: 3 }],
    })
    await one.verify()
    runIn(source, `UPDATE people SET name = 'Cid' WHERE id = 3; DELETE FROM people WHERE id = 4`)

    const result = await retryQuarantine(one.plan, one.store)
    expect(result).toMatchObject({
      status: 'rejected',
      tables: [
        { table: 'people', loaded: 1, gone: 1, entry: { read: 4, written: 3, quarantined: 1, excluded: 0 } },
      ],
    })
    expect([...one.store.currentQuarantine()].map(({ key }) => key)).toEqual([{ id: '5' }])
    // What was verified before speaks of other rows.
    expect(one.gate().criteria[0]).toMatchObject({ criterion: 'evidence is fresh', status: 'no evidence' })
    expect(one.store.latest('migrate')!.result.tables).toMatchObject([
      { status: 'retried', written: 3, quarantined: 1 },
    ])

    runIn(source, `UPDATE people SET name = 'Eve' WHERE id = 5`)
    expect(await retryQuarantine(one.plan, one.store)).toMatchObject({
      status: 'finished',
      tables: [{ loaded: 1 }],
    })
    expect(await retryQuarantine(one.plan, one.store)).toMatchObject({ status: 'nothing to do' })
    expect(await one.migrate()).toMatchObject({
      status: 'nothing to do',
      tables: [{ read: 4, written: 4, quarantined: 0 }],
    })
    expect(await one.verify()).toMatchObject({ verdict: 'match' })
    expect(one.gate().verdict).toBe('GO')
    expect(readFileSync(one.store.file).includes('hunter')).toBe(false)
  })

  test('a plan that knows the value now mends its rows; the table counts as copied by it once all rows were compared', async () => {
    const source = sqliteDatabase(`CREATE TABLE t (id INTEGER PRIMARY KEY, state TEXT);
      INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')`)
    const target = await engine.create('CREATE TABLE t (id INTEGER PRIMARY KEY, state VARCHAR(9))')
    const column = { values: { a: 'A' }, otherwise: { quarantine: true, reason: 'not known yet' } }
    const one = cutover(source, target.url, { tables: { t: { columns: { state: column } } } })
    expect(await one.migrate()).toMatchObject({ tables: [{ written: 1, quarantined: 2 }] })
    expect([...one.store.currentQuarantine()].map(({ row }) => row)).toEqual([
      { id: '2', state: 'b' },
      { id: '3', state: 'c' },
    ])

    const mended = changed(one, values => {
      values.b = 'B'
    })
    const result = await retryQuarantine(mended, one.store)
    expect(result).toMatchObject({
      status: 'rejected',
      tables: [{ loaded: 1, entry: { written: 2, quarantined: 1 } }],
    })
    expect(result.notices.join()).toMatch(/all of its rows were compared/)
    expect(await migrate(mended, one.store)).toMatchObject({
      status: 'rejected',
      tables: [{ status: 'already finished' }],
    })

    const other = changed(one, values => {
      Object.assign(values, { a: 'other', c: 'C' })
    })
    const again = await retryQuarantine(other, one.store)
    expect(again).toMatchObject({ status: 'finished', tables: [{ loaded: 1, entry: { written: 3 } }] })
    expect(again.notices.join()).toMatch(
      /not all of its rows are as the plan has them now \(0 missing, 0 extra, 1 changed\)/,
    )
    await expect(migrate(other, one.store)).rejects.toMatchObject({ code: 'target.not-empty' })
    expect(await verify(other, one.store)).toMatchObject({ verdict: 'mismatch' })

    // Once they are, it counts.
    const back = changed(one, values => {
      values.a = 'A'
    })
    const proven = await retryQuarantine(back, one.store)
    expect(proven.notices.join()).toMatch(/all of its rows were compared/)
    expect(await migrate(back, one.store)).toMatchObject({ status: 'nothing to do' })
    expect(await verify(back, one.store)).toMatchObject({ verdict: 'match' })
  })

  test('a table copied in chunks', async () => {
    const rows = Array.from({ length: 400 }, (_, n) => `(${n}, ${n % 50 === 7 ? 'NULL' : `'name ${n}'`})`)
    const source = sqliteDatabase(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO t VALUES ${rows.join()}`,
    )
    const target = await engine.create('CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL)')
    const one = cutover(source, target.url, { tables: { t: {} } })
    expect(await one.migrate({ chunkRows: 100 })).toMatchObject({ tables: [{ quarantined: 8 }] })
    runIn(source, `UPDATE t SET name = 'mended' WHERE name IS NULL AND id < 300`)
    expect(await retryQuarantine(one.plan, one.store)).toMatchObject({
      tables: [{ loaded: 6, gone: 0, entry: { read: 400, written: 398, quarantined: 2 } }],
    })
    runIn(source, `UPDATE t SET name = 'mended' WHERE name IS NULL`)
    expect(await retryQuarantine(one.plan, one.store)).toMatchObject({ status: 'finished' })
    expect(await one.verify()).toMatchObject({ verdict: 'match' })
  })

  test('triggers the plan turns off do not fire for them, and fire afterwards', async () => {
    const source = sqliteDatabase(people)
    const fires = {
      sqlite: 'CREATE TRIGGER audited AFTER INSERT ON people BEGIN INSERT INTO audit VALUES (new.id); END',
      postgres: `CREATE FUNCTION audited() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO audit VALUES (new.id); RETURN NULL; END';
        CREATE TRIGGER audited AFTER INSERT ON people FOR EACH ROW EXECUTE FUNCTION audited()`,
      mysql: 'CREATE TRIGGER audited AFTER INSERT ON people FOR EACH ROW INSERT INTO audit VALUES (new.id)',
    }
    const target = await engine.create(
      `${peopleTarget}; CREATE TABLE audit (id INTEGER); ${fires[engine.name]}`,
    )
    const one = cutover(source, target.url, { tables: { people: { disable_triggers: true } } })
    await one.migrate()
    runIn(source, `UPDATE people SET name = 'X' WHERE id > 2`)
    expect(await retryQuarantine(one.plan, one.store)).toMatchObject({
      status: 'finished',
      tables: [{ loaded: 3 }],
    })
    await target.run(`INSERT INTO people VALUES (6, 'Fay', NULL, NULL)`)
    const session = await target.reader()
    expect(await session.query('SELECT id FROM audit')).toEqual([{ id: '6' }])
  })

  test('rows whose key is a new id, and whose parents were refused, too', async () => {
    const source = sqliteDatabase(`CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
      CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id), what TEXT);
      INSERT INTO users VALUES (1, 'Ann'), (2, NULL); INSERT INTO orders VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 1, NULL)`)
    const target =
      await engine.create(`CREATE TABLE users (id CHAR(36) PRIMARY KEY, name VARCHAR(20) NOT NULL);
      CREATE TABLE orders (id CHAR(36) PRIMARY KEY, user_id CHAR(36), what VARCHAR(20) NOT NULL, FOREIGN KEY (user_id) REFERENCES users (id))`)
    const one = cutover(source, target.url, {
      namespace: '5f0c2f6e-97a1-4e0b-9d2c-0c8a3f1f6b11',
      tables: {
        orders: { columns: { id: { id: 'orders' }, user_id: { id: 'users', of: 'user_id' } } },
        users: { columns: { id: { id: 'users' } } },
      },
    })
    expect(await one.migrate()).toMatchObject({ status: 'rejected' })
    runIn(source, `UPDATE users SET name = 'Bob' WHERE id = 2; UPDATE orders SET what = 'c' WHERE id = 3`)
    expect(await retryQuarantine(one.plan, one.store)).toMatchObject({ status: 'finished' })
    expect(await one.verify()).toMatchObject({ tables: [{ matched: 3 }, { matched: 2 }], verdict: 'match' })
  })

  test('a row somebody else has written meanwhile stays in quarantine', async () => {
    const source = sqliteDatabase(people)
    // No key that the target would hold rows to.
    const target = await engine.create(peopleTarget.replace('PRIMARY KEY', ''))
    const one = cutover(source, target.url, { tables: { people: { key: ['id'] } } })
    await one.migrate()
    runIn(source, `UPDATE people SET name = 'X' WHERE id > 2`)
    await target.run(`INSERT INTO people VALUES (4, 'X', 'hunter4', 43)`)
    expect(await retryQuarantine(one.plan, one.store)).toMatchObject({
      tables: [{ loaded: 2, entry: { quarantined: 1 } }],
    })
    const [left] = [...one.store.currentQuarantine()]
    expect(left).toMatchObject({ key: { id: '4' }, reason: expect.stringMatching(/has this row by now/) })
    expect(await one.verify()).toMatchObject({ verdict: 'match', tables: [{ matched: 5 }] })
  })
})

describe.each(engines.slice(1).filter(engine => !engine.noServer))('quarantine retry into $name', engine => {
  test('a target that was altered takes them', async () => {
    const source = sqliteDatabase(`CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT);
      INSERT INTO t VALUES (1, 'short'), (2, 'much too long'), (3, NULL)`)
    const target = await engine.create('CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR(6) NOT NULL)')
    const one = cutover(source, target.url, { tables: { t: {} } })
    expect(await one.migrate()).toMatchObject({ tables: [{ written: 1, quarantined: 2 }] })
    await target.run(
      engine.name === 'mysql'
        ? 'ALTER TABLE t MODIFY name VARCHAR(40)'
        : 'ALTER TABLE t ALTER name TYPE VARCHAR(40), ALTER name DROP NOT NULL',
    )
    expect(await retryQuarantine(one.plan, one.store)).toMatchObject({
      status: 'finished',
      tables: [{ loaded: 2 }],
    })
    expect(await one.verify()).toMatchObject({ verdict: 'match' })
  })

  test('children of a row in quarantine follow it, as do children in its own table', async () => {
    const source = sqliteDatabase(`CREATE TABLE parents (id INTEGER PRIMARY KEY, name TEXT);
      CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents (id), before INTEGER REFERENCES children (id));
      INSERT INTO parents VALUES (1, 'a'), (2, NULL);
      INSERT INTO children VALUES (1, 2, 2), (2, 2, 3), (3, 2, NULL), (4, 1, NULL)`)
    const target = await engine.create(
      `CREATE TABLE parents (id INTEGER PRIMARY KEY, name VARCHAR(9) NOT NULL);
      CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER, before INTEGER,
        FOREIGN KEY (parent) REFERENCES parents (id), FOREIGN KEY (before) REFERENCES children (id))`.replaceAll(
        'before',
        '"before"',
      ),
    )
    const one = cutover(source, target.url, { tables: { children: {}, parents: {} } })
    expect(await one.migrate()).toMatchObject({ status: 'rejected' })
    expect(one.store.quarantinedTotal()).toBe(4)
    runIn(source, `UPDATE parents SET name = 'b' WHERE id = 2`)
    const result = await retryQuarantine(one.plan, one.store)
    expect(result.tables).toMatchObject([
      { table: 'parents', loaded: 1 },
      { table: 'children', loaded: 3, entry: { quarantined: 0 } },
    ])
    expect(await one.verify()).toMatchObject({ verdict: 'match' })
  })

  test('counters go past the rows that came later', async () => {
    const source = sqliteDatabase(people)
    const automatic = engine.name === 'mysql' ? 'INTEGER AUTO_INCREMENT' : 'SERIAL'
    const target = await engine.create(peopleTarget.replace('INTEGER', automatic))
    const one = cutover(source, target.url, { tables: { people: {} } })
    await one.migrate()
    runIn(source, `UPDATE people SET name = 'X' WHERE id > 2`)
    await retryQuarantine(one.plan, one.store)
    await target.run(`INSERT INTO people (name) VALUES ('new')`)
    const session = await target.reader()
    expect(await session.query('SELECT max(id) AS id FROM people')).toEqual([{ id: '6' }])
  })
})

describeEngines('quarantine retry of a table without a key, into $name', engine => {
  const rows = `CREATE TABLE t (name TEXT, secret TEXT, size INTEGER);
    INSERT INTO t VALUES ('a', 'x', 1), ('b', 'y', NULL), ('b', 'y', NULL), ('c', 'z', 5)`

  test('finds rows by all that is shown of them, as many as were refused', async () => {
    const source = sqliteDatabase(rows)
    const target = await engine.create(
      'CREATE TABLE t (name VARCHAR(9), secret VARCHAR(9), size INTEGER NOT NULL)',
    )
    const one = cutover(source, target.url, { tables: { t: {} } })
    expect(await one.migrate()).toMatchObject({ tables: [{ written: 2, quarantined: 2 }] })
    if (engine.name === 'sqlite')
      await target.run(
        'ALTER TABLE t RENAME TO old; CREATE TABLE t (name VARCHAR(9), secret VARCHAR(9), size INTEGER); INSERT INTO t SELECT * FROM old; DROP TABLE old',
      )
    else
      await target.run(
        engine.name === 'mysql'
          ? 'ALTER TABLE t MODIFY size INTEGER'
          : 'ALTER TABLE t ALTER size DROP NOT NULL',
      )
    expect(await retryQuarantine(one.plan, one.store)).toMatchObject({
      status: 'finished',
      tables: [{ loaded: 2 }],
    })
    expect(await one.verify()).toMatchObject({ verdict: 'match' })
  })

  test('one that was changed stays, and the table is to be copied again; one that was deleted leaves', async () => {
    const source = sqliteDatabase(rows)
    const target = await engine.create(
      'CREATE TABLE t (name VARCHAR(9), secret VARCHAR(9), size INTEGER NOT NULL)',
    )
    const one = cutover(source, target.url, { tables: { t: {} } })
    await one.migrate()
    runIn(source, 'UPDATE t SET size = 7 WHERE rowid = 2')
    expect(await retryQuarantine(one.plan, one.store)).toMatchObject({
      tables: [{ loaded: 0, gone: 0, entry: { read: 4, written: 2, quarantined: 2 } }],
    })
    const reasons = one.store.quarantineReasons('t').map(({ reason }) => reason)
    expect(reasons.filter(reason => /copy the table again/.test(reason))).toHaveLength(1)
    runIn(source, 'DELETE FROM t WHERE rowid IN (2, 3)')
    expect(await retryQuarantine(one.plan, one.store)).toMatchObject({
      status: 'finished',
      tables: [{ loaded: 0, gone: 2, entry: { read: 2, written: 2, quarantined: 0 } }],
    })
    expect(await one.verify()).toMatchObject({ verdict: 'match' })
  })

  test('rows that only a secret tells apart stay', async () => {
    const source = sqliteDatabase(
      `CREATE TABLE t (name TEXT, secret TEXT); INSERT INTO t VALUES ('a', 'short'), ('a', 'much too long')`,
    )
    const target = await engine.create(
      `CREATE TABLE t (name VARCHAR(9), secret VARCHAR(6) CHECK (length(secret) < 7))`,
    )
    const one = cutover(source, target.url, { tables: { t: {} } })
    expect(await one.migrate()).toMatchObject({ tables: [{ written: 1, quarantined: 1 }] })
    expect(await retryQuarantine(one.plan, one.store)).toMatchObject({
      tables: [{ loaded: 0, entry: { quarantined: 1 } }],
    })
    expect([...one.store.currentQuarantine()][0]!.reason).toMatch(/only columns that are never shown/)
  })
})

/** Ends the process without a word at the nth time it comes to a step. */
function endAt(step: string): Record<string, string> {
  const code = `import { subscribe } from 'node:diagnostics_channel'
    subscribe('paritygate:step', ({ step }) => { if (step === '${step}') process.kill(process.pid, 'SIGKILL') })`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` }
}

/** The server may take a moment to see that a session is gone. */
async function untilFree(run: () => ReturnType<typeof paritygate>) {
  for (let tries = 0; ; tries++) {
    const finished = await run()
    if (tries > 50 || !/plan\.held/.test(finished.stderr)) return finished
    await new Promise(done => setTimeout(done, 100))
  }
}

describeEngines('quarantine retry into $name that is killed', engine => {
  test.each(
    ['held', 'rows', 'retry-written', 'retry-committed', 'recorded'].flatMap(step => [
      [step, 'quarantine retry'],
      [step, 'migrate'],
    ]),
  )('at %s: %s brings the state in line with the target, and nothing is doubled', async (step, next) => {
    const source = sqliteDatabase(people)
    const target = await engine.create(peopleTarget)
    const { folder, plan, store } = cutover(source, target.url, { tables: { people: {} } })
    await migrate(plan, store)
    runIn(source, `UPDATE people SET name = 'X' WHERE id = 3; DELETE FROM people WHERE id = 4`)
    const killed = await paritygate(['quarantine', 'retry'], { cwd: folder, env: endAt(step) })
    expect(killed.code).toBe(null)
    // What a retry has not recorded does not count.
    expect([1, 3]).toContain(store.quarantinedTotal())
    if (step !== 'held') expect(gate(plan, store).criteria.at(-1)).toMatchObject({ status: 'no evidence' })
    const { code, stderr } = await untilFree(() => paritygate(next.split(' '), { cwd: folder }))
    expect([code, stderr.includes('[')]).toEqual([1, false])
    const isCommitted = ['retry-committed', 'recorded'].includes(step)
    expect(gate(plan, store).criteria.at(-1)!.reason).toMatch(/rows are in quarantine/)
    if (!isCommitted && next === 'migrate') {
      expect(store.quarantinedTotal()).toBe(3)
      return
    }
    expect(store.finishedTable('people')!.entry).toMatchObject({ read: 4, written: 3, quarantined: 1 })
    expect([...store.currentQuarantine()].map(({ key }) => key)).toEqual([{ id: '5' }])
    const all = [...store.quarantinedIn('people').values()].reduce((sum, rows) => sum + rows, 0)
    expect(all).toBe(1)
    runIn(source, `UPDATE people SET name = 'X' WHERE id = 5`)
    expect((await paritygate(['quarantine', 'retry'], { cwd: folder })).code).toBe(0)
    expect((await paritygate(['verify'], { cwd: folder })).code).toBe(0)
    expect(gate(plan, store).verdict).toBe('GO')
    const session = await target.reader()
    expect(await session.query('SELECT count(*) AS n FROM people')).toEqual([{ n: '4' }])
  })
})

describe('what cannot be retried is said before anything is written', () => {
  test('a state that does not know the rows, and a table that is not finished', async () => {
    const [source, target] = [sqliteDatabase(people), sqliteDatabase(peopleTarget)]
    const one = cutover(source, target, { tables: { people: {} } })
    await expect(retryQuarantine(one.plan, one.store, { tables: ['people'] })).rejects.toMatchObject({
      code: 'retry.impossible',
      message: expect.stringMatching(/run paritygate migrate first/),
    })
    await one.migrate()
    const other = openStore(join(one.folder, 'other.db'), pairFingerprint(one.plan))
    onTestFinished(() => other.close())
    await expect(retryQuarantine(one.plan, other)).rejects.toMatchObject({
      code: 'retry.impossible',
      message: expect.stringMatching(/3 rows are in quarantine, and this state knows 0/),
    })
    expect(other.latest('migrate')).toBe(null)
  })

  test('a key that is secret, and one of several columns', async () => {
    const source =
      sqliteDatabase(`CREATE TABLE t (token TEXT NOT NULL, part INTEGER NOT NULL, name TEXT, PRIMARY KEY (token, part));
      INSERT INTO t VALUES ('s3cret', 1, NULL), ('s3cret', 2, 'b'), ('other', 1, 'c')`)
    const target = sqliteDatabase(
      'CREATE TABLE t (token TEXT NOT NULL, part INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (token, part))',
    )
    const one = cutover(source, target, { tables: { t: {} } })
    await one.migrate()
    runIn(source, `UPDATE t SET name = 'a' WHERE name IS NULL`)
    expect(await retryQuarantine(one.plan, one.store)).toMatchObject({
      status: 'finished',
      tables: [{ loaded: 1 }],
    })
    expect(await one.verify()).toMatchObject({ verdict: 'match' })
  })

  test('a row whose key was changed is missed by the counts', async () => {
    const [source, target] = [sqliteDatabase(people), sqliteDatabase(peopleTarget)]
    const one = cutover(source, target, { tables: { people: {} } })
    await one.migrate()
    runIn(source, `UPDATE people SET id = 30, name = 'X' WHERE id = 3`)
    const { notices } = await retryQuarantine(one.plan, one.store)
    expect(notices.join()).toMatch(/the source has 5 rows now, and the ledger accounts for 4/)
    expect(await one.verify()).toMatchObject({ verdict: 'mismatch', tables: [{ missing: 3 }] })
  })
})

describe('quarantine list and export', () => {
  test('show all that is known, and no secret', async () => {
    const [source, target] = [sqliteDatabase(people), sqliteDatabase(peopleTarget)]
    const { folder, migrate: copy } = cutover(source, target, { tables: { people: {} } })
    await copy(created)
    const list = await paritygate(['quarantine', 'list', '--limit', '2'], { cwd: folder })
    expect(list).toMatchObject({ code: 0, stderr: '' })
    expect(list.stdout).toMatch(/3 rows in quarantine\n {2}people\.name: 3 rows: NOT NULL/)
    expect(list.stdout).toMatch(/people id = "3", name: .*\n.*\nand 1 more/)
    const json = await paritygate(['quarantine', 'list', '--json', '--table', 'people'], { cwd: folder })
    expect(JSON.parse(json.stdout)).toMatchObject({ total: 3, reasons: [{ rows: 3 }], rows: [{}, {}, {}] })
    expect((await paritygate(['quarantine', 'list', '--table', 'peple'], { cwd: folder })).stderr).toMatch(
      /people/,
    )

    const lines = await paritygate(['quarantine', 'export'], { cwd: folder })
    expect(
      lines.stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line).key.id),
    ).toEqual(['3', '4', '5'])
    const csv = ['quarantine', 'export', '--format', 'csv', '--out', 'refused.csv']
    expect((await paritygate(csv, { cwd: folder })).code).toBe(0)
    const file = join(folder, 'refused.csv')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const text = readFileSync(file, 'utf8')
    expect(text.split('\r\n')).toHaveLength(5)
    expect(text).toMatch(/^"table","key","column","reason","row"\r\n"people","{""id"":""3""}","name",/)
    expect(await paritygate(csv, { cwd: folder })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/plan\.exists/),
    })
    expect(readFileSync(file, 'utf8')).toBe(text)
    expect(list.stdout + json.stdout + lines.stdout + text).not.toMatch(/hunter/)
  })

  test('what a spreadsheet would take for a formula is text', () => {
    expect(csvLine(['=1+1', '-1', 'a"b', 'a,b\nc', '']).trim()).toBe(`"'=1+1","'-1","a""b","a,b\nc",""`)
  })
})
