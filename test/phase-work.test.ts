import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { migrate, openStore, type Plan, pairFingerprint, type Store } from '../src/index.ts'
import { dryRun } from '../src/migrate/dry-run.ts'
import { previewRollback } from '../src/rollback/rollback.ts'
import { paritygate } from './command.ts'
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
    message: expect.stringMatching(
      /^command true was begun, and may have run; nobody has seen it end, .* Its output is in .*phase-1-command-1\.log$/,
    ),
  })
  expect((await migrate(plan, store, { rerun: true })).work[0]!.status).toBe('ran')
  expect((await migrate(plan, store)).status).toBe('nothing to do')
})

describeEngines('a command that is interrupted, with its record in $name', engine => {
  /** One whose script has run, and whose command, which never ends, was stopped. */
  async function interrupted() {
    const target = await engine.create(noted)
    const begun = cutover(sqliteDatabase('CREATE TABLE t (id INTEGER PRIMARY KEY)'), target.url, {
      tables: { t: {} },
      phases: {
        1: {
          script: { sql: 'note.sql' },
          command: ['sh', '-c', 'echo run >> runs; test -f go || sleep 300'],
        },
      },
    })
    const { folder, plan, store } = begun
    writeFileSync(join(folder, 'note.sql'), 'INSERT INTO note VALUES (1);')
    const stop = new AbortController()
    const stopped = migrate(plan, store, { signal: stop.signal }).catch(error => error)
    while (!existsSync(join(folder, 'runs'))) await wait(20)
    stop.abort()
    expect(await stopped).toMatchObject({
      code: 'interrupted',
      message: expect.stringMatching(/^stopped on request after .*; it was ended by SIGTERM, .* Its output/),
      hint: expect.stringMatching(/next migrate asks/),
    })
    const runs = () => readFileSync(join(folder, 'runs'), 'utf8')
    return { ...begun, target, runs }
  }

  test('is asked about by what is known of it, and run again alone', async () => {
    const { plan, store, folder, target, runs } = await interrupted()
    await expect(migrate(plan, store)).rejects.toMatchObject({
      code: 'phase.unknown',
      message: expect.stringMatching(/was stopped on request after .* ended by SIGTERM/),
      hint: expect.stringMatching(/--interrupted rerun.*--interrupted done/),
    })
    expect((await dryRun(plan, store, {})).work.map(({ status }) => status)).toEqual([
      'already finished',
      'interrupted',
    ])
    writeFileSync(join(folder, 'go'), '')
    const { work } = await migrate(plan, store, { interrupted: 'rerun' })
    expect(work.map(({ status }) => status)).toEqual(['already finished', 'ran'])
    expect([runs(), await notes(target)]).toEqual(['run\nrun\n', 1])
    expect((await migrate(plan, store, { interrupted: 'rerun' })).status).toBe('nothing to do')
  })

  test('is taken for done where that is said', async () => {
    const { plan, store, folder, target, runs } = await interrupted()
    const said = await paritygate(['migrate', '--interrupted', 'done', '--rerun', '--dry-run', '--json'], {
      cwd: folder,
    })
    expect(JSON.parse(said.stdout).work[1].status).toBe('said to be done')
    const { code, stdout } = await paritygate(['migrate', '--interrupted', 'done'], { cwd: folder })
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/said to be done\n(?: .*\n)* {2}it was stopped/),
    ])
    expect([runs(), await notes(target)]).toEqual(['run\n', 1])
    const again = await migrate(plan, store)
    expect([again.status, again.work[1]!.notices]).toEqual([
      'nothing to do',
      [expect.stringMatching(/^it was stopped/), expect.stringMatching(/said to be done/)],
    ])
  })
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
      expect.stringMatching(/^phase 1: command true was begun, and may have run; .*--interrupted rerun/),
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
