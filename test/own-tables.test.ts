import { expect, test } from 'vitest'
import { doctor } from '../src/index.ts'
import { cutover } from './cutover.ts'
import { sqliteDatabase } from './databases.ts'
import { describeEngines } from './engine.ts'

const users = 'CREATE TABLE users (id int NOT NULL PRIMARY KEY, name varchar(20))'

describeEngines('tables of a source in $name that are named like ours', engine => {
  test('and are not: they are asked about, and copied', async () => {
    const source = await engine.create(
      `${users}; CREATE TABLE _paritygate_notes (id int PRIMARY KEY, note varchar(20));
       CREATE TABLE _paritygate_copy (id int PRIMARY KEY); CREATE TABLE _paritygate_before_0123456789ab (id int PRIMARY KEY);
       INSERT INTO users VALUES (1, 'Ann'); INSERT INTO _paritygate_notes VALUES (1, 'kept'); INSERT INTO _paritygate_before_0123456789ab VALUES (3); INSERT INTO _paritygate_copy VALUES (2)`,
    )
    const map = (tables: object) =>
      cutover(source.url, sqliteDatabase(), { tables: { users: {}, ...tables } })
    const asked = (await doctor(map({}).plan)).findings.filter(({ level }) => level === 'error')
    expect(asked.map(({ subject }) => subject).sort()).toEqual([
      '_paritygate_before_0123456789ab',
      '_paritygate_copy',
      '_paritygate_notes',
    ])
    const { migrate, verify } = map({
      notes: { from: '_paritygate_notes' },
      copies: { from: '_paritygate_copy' },
      kept: { from: '_paritygate_before_0123456789ab' },
    })
    const { tables, notices } = await migrate({ createSchema: true })
    expect(tables.map(({ table, written }) => `${table} ${written}`).sort()).toEqual([
      'copies 1',
      'kept 1',
      'notes 1',
      'users 1',
    ])
    expect(notices).toEqual([])
    expect((await verify()).verdict).toBe('match')
  })

  test('and are: they are passed over, and that is said where they stand among the others', async () => {
    const former = await engine.create(`${users}; INSERT INTO users VALUES (1, 'was there')`)
    const from = sqliteDatabase(`${users}; INSERT INTO users VALUES (2, 'came')`)
    await cutover(from, former.url, { tables: { users: {} } }).migrate({ existingRows: 'append' })
    const { plan, migrate } = cutover(former.url, sqliteDatabase(), { tables: { users: {} } })
    const message =
      /holds tables of Paritygate's own.*: _paritygate_plan, .*, _paritygate_before_[0-9a-f]{12}$/
    // PostgreSQL keeps them in a schema of their own, which is none of the source's.
    const said = engine.name === 'postgres' ? [] : [expect.stringMatching(message)]
    const { ready, findings } = await doctor(plan)
    const ofSource = findings.filter(({ subject }) => subject === 'source')
    expect([ready, ofSource.map(finding => finding.message)]).toEqual([true, said])
    const { tables, notices, not_covered } = await migrate({ createSchema: true })
    expect([tables.length, tables[0]!.written, not_covered]).toEqual([1, 2, []])
    expect(notices).toEqual(said)
  })
})

describeEngines('a target in $name', engine => {
  test('takes no table into the names Paritygate keeps for itself', async () => {
    const source = sqliteDatabase('CREATE TABLE _paritygate_work (id INTEGER PRIMARY KEY)')
    const target = await engine.create()
    const own = engine.name === 'postgres' ? '_paritygate.work' : '_paritygate_work'
    const { migrate } = cutover(source, target.url, { tables: { [own]: { from: '_paritygate_work' } } })
    await expect(migrate({ createSchema: true })).rejects.toMatchObject({
      code: 'plan.mapping',
      message: expect.stringMatching(/Paritygate keeps .*_paritygate.* for itself/),
    })
  })
})
