import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { migrate, openStore, type Plan, pairFingerprint, type Store } from '../src/index.ts'
import { dryRun } from '../src/migrate/dry-run.ts'
import { previewRollback } from '../src/rollback/rollback.ts'
import { cutover } from './cutover.ts'
import { sqliteDatabase } from './databases.ts'
import { describeEngines, type Side } from './engine.ts'

test('a command that has run may be given more time; another command is refused, also where nothing is left to do', async () => {
  const [from, to] = [sqliteDatabase('CREATE TABLE t (id INTEGER PRIMARY KEY)'), sqliteDatabase()]
  const planWith = (phase: object) => cutover(from, to, { tables: { t: {} }, phases: { 1: phase } })
  const { plan, store } = planWith({ command: ['true'] })
  expect((await migrate(plan, store, { createSchema: true })).work[0]!.status).toBe('ran')
  const longer = planWith({ command: ['true'], time_limit: '2h' })
  expect((await migrate(longer.plan, store)).status).toBe('nothing to do')
  const other = planWith({ command: ['true', 'indeed'] })
  await expect(migrate(other.plan, store)).rejects.toMatchObject({ code: 'phase.done' })
})

/** Runs migrate in a process that is killed once work of a phase is done, and before anybody is told. */
async function killedAfterWork(folder: string): Promise<void> {
  const kill = `data:text/javascript,import { channel } from 'node:diagnostics_channel';
    channel('paritygate:step').subscribe(({ step }) => step === 'work-done' && process.kill(process.pid, 'SIGKILL'))`
  const cli = join(import.meta.dirname, '../dist/cli/main.js')
  const child = spawn(process.execPath, ['--import', kill.replaceAll('\n', ''), cli, 'migrate'], {
    cwd: folder,
    stdio: 'ignore',
  })
  const [, signal] = await once(child, 'exit')
  expect(signal).toBe('SIGKILL')
}

async function notes(target: Side): Promise<number> {
  const session = await target.reader()
  const [row] = await session.query('SELECT count(*) AS n FROM note')
  await session.close()
  return Number(row!.n)
}

const noted = 'CREATE TABLE t (id INTEGER PRIMARY KEY); CREATE TABLE note (id INTEGER)'

describeEngines('a process that is killed after a phase has done its work in $name', engine => {
  test('runs no script again that is one transaction, and asks about one that is not', async () => {
    const target = await engine.create(noted)
    const { folder, plan, store } = cutover(
      sqliteDatabase('CREATE TABLE t (id INTEGER PRIMARY KEY)'),
      target.url,
      {
        tables: { t: {} },
        phases: { 1: { script: { sql: 'note.sql' } } },
      },
    )
    writeFileSync(join(folder, 'note.sql'), 'CREATE TABLE made (id INTEGER); INSERT INTO note VALUES (1);')
    await killedAfterWork(folder)
    if (engine.name === 'mysql') {
      await expect(migrate(plan, store)).rejects.toMatchObject({ code: 'phase.unknown', where: 'phase 1' })
      await target.run('DROP TABLE made; DELETE FROM note')
      expect((await migrate(plan, store, { rerun: true })).work[0]!.status).toBe('ran')
    } else expect((await migrate(plan, store)).work[0]!.status).toBe('already finished')
    expect(await notes(target)).toBe(1)
    expect(store.finishedWork('phase 1 script')).not.toBeNull()
    expect((await migrate(plan, store)).status).toBe('nothing to do')
    expect(await notes(target)).toBe(1)
  })
})

test('a command that was begun, and is not known to have ended, is asked about', async () => {
  const target = sqliteDatabase('CREATE TABLE t (id INTEGER PRIMARY KEY)')
  const { folder, plan, store } = cutover(sqliteDatabase('CREATE TABLE t (id INTEGER PRIMARY KEY)'), target, {
    tables: { t: {} },
    phases: { 1: { command: ['true'] } },
  })
  await killedAfterWork(folder)
  await expect(migrate(plan, store)).rejects.toMatchObject({
    code: 'phase.unknown',
    message: 'command true was begun, and may have run',
  })
  expect((await migrate(plan, store, { rerun: true })).work[0]!.status).toBe('ran')
  expect((await migrate(plan, store)).status).toBe('nothing to do')
})

/** A state that knows nothing, as after a lost folder. */
function lostState(plan: Plan): Store {
  const store = openStore(':memory:', pairFingerprint(plan))
  onTestFinished(() => store.close())
  return store
}

test('what the target knows of work is what dry runs go by, whatever the state says', async () => {
  const given = 'CREATE TABLE t (id INTEGER PRIMARY KEY)'
  const { plan, folder, store } = cutover(sqliteDatabase(given), sqliteDatabase(given), {
    tables: { t: {} },
    phases: { 1: { command: ['true'] } },
  })
  const seen = async (by: Store, rerun = false) => {
    const { work, problems } = await dryRun(plan, by, { rerun })
    return [work[0]!.status, ...problems.map(({ where, message }) => `${where}: ${message}`)]
  }
  const left = async (by: Store) => (await previewRollback(plan, by)).left
  await killedAfterWork(folder)
  for (const by of [store, lostState(plan)]) {
    expect(await seen(by)).toEqual([
      'begun',
      expect.stringMatching(/^phase 1: command true was begun, and may have run\. .*--rerun/),
    ])
    expect(await seen(by, true)).toEqual(['to be run'])
    expect(await left(by)).toMatchObject([
      { what: 'command true (phase 1)', reason: expect.stringMatching(/^it may have run/) },
    ])
  }
  await migrate(plan, store, { rerun: true })
  for (const by of [store, lostState(plan)]) {
    expect(await seen(by)).toEqual(['already finished'])
    expect(await left(by)).toMatchObject([{ reason: expect.stringMatching(/^it has run/) }])
  }
  const changed = cutover(plan.source.url, plan.target.url, { tables: { t: {} } })
  expect((await previewRollback(changed.plan, store)).left).toHaveLength(1)
})

test('a dry run refuses a script that migrate would refuse', async () => {
  const given = 'CREATE TABLE t (id INTEGER PRIMARY KEY)'
  const { plan, store } = cutover(sqliteDatabase(given), sqliteDatabase(given), {
    tables: { t: {} },
    phases: { 1: { script: { sql: 'missing.sql' } } },
  })
  const { problems } = await dryRun(plan, store, {})
  expect(problems).toMatchObject([
    { where: expect.stringMatching(/missing\.sql$/), message: expect.stringMatching(/no such file/) },
  ])
  await expect(migrate(plan, store)).rejects.toMatchObject({ code: 'script.refused' })
})
