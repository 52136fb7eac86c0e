import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { freePort } from '../src/demo/free-port.ts'
import type { Scoreboard } from '../src/model/scoreboard.ts'
import { pairFingerprint } from '../src/plan/fingerprint.ts'
import { loadPlan } from '../src/plan/load-plan.ts'
import { pilotOf } from '../src/plan/pilot.ts'
import { pilotFingerprint } from '../src/plan/pilot-fingerprint.ts'
import { openStore } from '../src/store/store.ts'
import { paritygate, start } from './command.ts'

let folder: string
let port: number
let old: Server
let fresh: Server
const running: ReturnType<typeof start>[] = []

/** An application that says of every path what it is called; the new one rounds what it should not. */
async function application(price: number): Promise<Server> {
  const server = createServer((request, response) => {
    const body = request.url!.startsWith('/price') ? { price } : { path: request.url }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

const portOf = (server: Server) => (server.address() as AddressInfo).port

beforeAll(async () => {
  old = await application(1.49)
  fresh = await application(1.5)
})

afterAll(() => {
  for (const server of [old, fresh]) server.close().closeAllConnections()
})

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pilot-command-'))
  port = await freePort()
  plan()
})

afterEach(async () => {
  for (const { child, finished } of running.splice(0)) {
    child.kill('SIGKILL')
    await finished
  }
  rmSync(folder, { recursive: true, force: true })
})

function plan({ shadow = portOf(fresh), more = [] as string[] } = {}): void {
  const lines = [
    'name: shop',
    'source: { url: old.db }',
    'target: { url: new.db }',
    'tables: {}',
    'pilot:',
    `  listen: 127.0.0.1:${port}`,
    `  primary: http://127.0.0.1:${portOf(old)}`,
    `  shadow: http://127.0.0.1:${shadow}`,
    ...more,
  ]
  writeFileSync(join(folder, 'cutover.yaml'), `${lines.join('\n')}\n`)
}

async function pilot(...words: string[]) {
  const process = start(['pilot', ...words], { cwd: folder })
  running.push(process)
  await until(() =>
    fetch(`http://127.0.0.1:${port}/up`).then(
      answer => answer.ok,
      () => false,
    ),
  )
  return process
}

const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).json()

/** What `pilot status` reads; to start a process each time would take most of the time. */
function status(): Scoreboard {
  const plan = loadPlan(join(folder, 'cutover.yaml'), {})
  const store = openStore(join(folder, '.paritygate', 'state.db'), pairFingerprint(plan))
  try {
    return store.scoreboard(pilotFingerprint(pilotOf(plan)))!
  } finally {
    store.close()
  }
}

async function until(met: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await met()) return
    await sleep(100)
  }
  throw new Error('it has not come to pass in time')
}

test('a pilot answers as the primary does, compares beside it, and ends on SIGTERM with everything written', async () => {
  const { child, finished } = await pilot()
  for (let id = 0; id < 20; id++) {
    expect(await get(`/students/${id}`)).toEqual({ path: `/students/${id}` })
    expect(await get(`/price/${id}`)).toEqual({ price: 1.49 })
  }
  child.kill('SIGTERM')
  expect(await finished).toMatchObject({ code: 0, stdout: expect.stringContaining('listening on http://') })
  const { stdout, code } = await paritygate(['pilot', 'status', '--json'], { cwd: folder })
  expect(code).toBe(1)
  const { outcomes, groups, verdict }: Scoreboard = JSON.parse(stdout)
  expect(outcomes).toMatchObject({ ignored: 0, mismatched: 20, unscorable: 0 })
  expect(outcomes.matched).toBeGreaterThanOrEqual(20)
  expect(groups).toMatchObject([
    { endpoint: 'GET /price/{number}', status: '200', field: 'body $.price', exchanges: 20 },
  ])
  expect(verdict).toBe('over budget')
})

test('what was found survives a restart, and even a process that is killed', async () => {
  const first = await pilot()
  for (let id = 0; id < 10; id++) await get(`/price/${id}`)
  await until(() => status()?.outcomes.mismatched === 10)
  first.child.kill('SIGKILL')
  await first.finished
  const second = await pilot()
  for (let id = 10; id < 15; id++) await get(`/price/${id}`)
  second.child.kill('SIGTERM')
  await second.finished
  const { groups, endpoints } = status()
  expect(groups).toMatchObject([{ exchanges: 15 }])
  expect(endpoints.find(({ endpoint }) => endpoint.startsWith('GET /price'))!.distinct).toEqual({
    compared: 15,
    mismatched: 15,
  })
})

test('mirroring is switched off and on while the pilot runs, and traffic goes on', async () => {
  await pilot()
  expect((await paritygate(['pilot', 'off', '--why', 'the clone is restored'], { cwd: folder })).code).toBe(0)
  let seen = 0
  const count = () => seen++
  fresh.on('request', count)
  await until(async () => {
    seen = 0
    await get('/students/1')
    await sleep(50)
    return seen === 0
  })
  for (let id = 0; id < 20; id++) await get(`/students/${id}`)
  await sleep(50)
  expect(seen).toBe(0)
  const human = await paritygate(['pilot', 'status'], { cwd: folder })
  expect(human.stdout).toContain('the clone is restored')
  expect((await paritygate(['pilot', 'on'], { cwd: folder })).code).toBe(0)
  await until(async () => {
    await get('/students/1')
    await sleep(50)
    return seen > 0
  })
  fresh.off('request', count)
})

test('a second pilot on the same state is refused and disturbs nothing', async () => {
  await pilot()
  const second = await paritygate(['pilot'], { cwd: folder })
  expect(second.code).toBe(2)
  expect(second.stderr).toContain('[pilot.running]')
  expect(await get('/students/1')).toEqual({ path: '/students/1' })
})

test('an address that is taken is said, and nothing is left running', async () => {
  const taken = createServer().listen(port, '127.0.0.1')
  await once(taken, 'listening')
  const { code, stderr } = await paritygate(['pilot'], { cwd: folder })
  taken.close()
  expect(code).toBe(2)
  expect(stderr).toContain('[pilot.listen]')
  expect(stderr).toContain(`127.0.0.1:${port}`)
})

test('a stack that cannot be reached is named at the start, asked again, and said when it is there', async () => {
  const later = await freePort()
  plan({ shadow: later })
  const started = pilot()
  const { child } = running.at(-1)!
  let said = ''
  child.stdout!.on('data', text => (said += text))
  child.stderr!.on('data', text => (said += text))
  await started
  await until(() => /shadow.*cannot be reached/.test(said))
  expect(await get('/students/1')).toEqual({ path: '/students/1' })
  await until(() => (status()?.unscorable.unreachable ?? 0) > 0)
  const server = createServer((request, response) => response.end(JSON.stringify({ path: request.url })))
  server.listen(later, '127.0.0.1')
  await once(server, 'listening')
  await until(() => /shadow.*answers now/.test(said))
  server.close().closeAllConnections()
})

test('a plan whose shadow leads back to the pilot by another name is refused', async () => {
  plan({ more: [] })
  const loop = createServer((request, response) => {
    // A stack in front of the pilot: whatever it is asked, it asks the pilot.
    fetch(`http://127.0.0.1:${port}${request.url}`, {
      headers: request.headers as Record<string, string>,
    }).then(
      async answer => response.writeHead(answer.status).end(await answer.text()),
      () => response.writeHead(502).end(),
    )
  }).listen(0, '127.0.0.1')
  await once(loop, 'listening')
  plan({ shadow: portOf(loop) })
  const { code, stderr } = await paritygate(['pilot'], { cwd: folder })
  loop.close().closeAllConnections()
  expect(stderr).toContain('[pilot.loop]')
  expect(code).toBe(2)
})

test('evidence of other rules is not shown for evidence of these', async () => {
  const { child, finished } = await pilot()
  for (let id = 0; id < 5; id++) await get(`/price/${id}`)
  child.kill('SIGTERM')
  await finished
  plan({ more: ['  rules: [ { tolerance: { path: $.price, absolute: 0.02 }, reason: cents are cut } ]'] })
  const none = await paritygate(['pilot', 'status'], { cwd: folder })
  expect(none.code).toBe(3)
  const again = await pilot()
  for (let id = 0; id < 5; id++) await get(`/price/${id}`)
  again.child.kill('SIGTERM')
  await again.finished
  const { outcomes, rules } = status()
  expect(outcomes).toMatchObject({ ignored: 5, mismatched: 0 })
  expect(rules).toMatchObject([{ number: 1, excused: 5, reason: 'cents are cut' }])
})

test('the scoreboard is forgotten only when that is really meant', async () => {
  const { child, finished } = await pilot()
  await get('/price/1')
  child.kill('SIGTERM')
  await finished
  expect((await paritygate(['pilot', 'reset'], { cwd: folder })).code).toBe(2)
  expect(status().outcomes.mismatched).toBe(1)
  expect((await paritygate(['pilot', 'reset', '--yes'], { cwd: folder })).code).toBe(0)
  expect((await paritygate(['pilot', 'status'], { cwd: folder })).code).toBe(3)
})

test('a plan without a pilot says what to add', async () => {
  writeFileSync(
    join(folder, 'cutover.yaml'),
    'name: x\nsource: { url: a.db }\ntarget: { url: b.db }\ntables: {}\n',
  )
  const { code, stderr } = await paritygate(['pilot'], { cwd: folder })
  expect(code).toBe(2)
  expect(stderr).toContain('[pilot.missing]')
})

test.each([
  [['pilot', 'status', '--bogus'], "unknown option '--bogus'"],
  [['pilot', 'off'], '--why'],
  [['pilot', 'off', '--why', ' '], 'It must say something'],
  [['pilot', 'on', '--why', 'x'], "unknown option '--why'"],
])('a command line that cannot be used ends with 2, never as a verdict does: %j', async (args, message) => {
  const human = await paritygate(args, { cwd: folder })
  expect(human).toMatchObject({ code: 2, stdout: '' })
  expect(human.stderr).toContain(message)
  const { code, stdout } = await paritygate([...args, '--json'], { cwd: folder })
  expect(code).toBe(2)
  expect(JSON.parse(stdout).error.code).toBe('usage.invalid')
})

test('help of its commands is no failure, and names times with their unit', async () => {
  const { code, stdout } = await paritygate(['pilot', '--help'], { cwd: folder })
  expect(code).toBe(0)
  expect(stdout.replace(/\s+/g, ' ')).toContain('(default: 30s)')
  expect((await paritygate(['pilot', 'status', '--help'], { cwd: folder })).code).toBe(0)
})

test('an OpenAPI document that cannot be read is named with the place of the mistake', async () => {
  writeFileSync(join(folder, 'openapi.yaml'), 'openapi: 3.1.0\npaths: [\n')
  plan({ more: ['  openapi: [openapi.yaml]'] })
  const { code, stderr } = await paritygate(['pilot'], { cwd: folder })
  expect(code).toBe(2)
  expect(stderr).toMatch(/openapi\.yaml:\d+:\d+: /)
})

test('a state that is removed while the pilot runs is said, and what comes after is kept in a new one', async () => {
  const { child, finished } = await pilot()
  await get('/price/1')
  await until(() => status()?.outcomes.mismatched === 1)
  rmSync(join(folder, '.paritygate', 'state.db'))
  for (const end of ['-wal', '-shm']) rmSync(join(folder, '.paritygate', `state.db${end}`), { force: true })
  await until(async () => {
    await get('/price/2')
    return (status()?.outcomes.mismatched ?? 0) > 0
  })
  child.kill('SIGTERM')
  const { stdout, stderr } = await finished
  expect(stdout + stderr).toContain('has been removed or replaced')
})
