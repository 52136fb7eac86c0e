import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Pilot } from '../src/plan/pilot.ts'
import { pilotFingerprint } from '../src/plan/pilot-fingerprint.ts'
import { type BesideThread, startBeside } from '../src/proxy/beside-thread.ts'
import { type OpenMirror, openMirror } from '../src/proxy/mirror.ts'
import { openStore } from '../src/store/store.ts'
import { answer, answered, pilotWith, serve } from './pilot-beside.ts'

const threads = vi.hoisted(() => [] as Worker[])
vi.mock('node:worker_threads', async original => {
  const real = await original<typeof import('node:worker_threads')>()
  class Noted extends real.Worker {
    constructor(...words: ConstructorParameters<typeof Worker>) {
      super(...words)
      threads.push(this)
    }
  }
  return { ...real, Worker: Noted }
})

let folder: string
let state: string
let lines: string[]
let beside: BesideThread
let mirror: OpenMirror

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pilot-thread-'))
  state = join(folder, 'state.db')
  lines = []
  threads.length = 0
  openStore(state, 'pair').close()
})

afterEach(async () => {
  await beside.close({ drainMs: 0 })
  rmSync(folder, { recursive: true, force: true })
})

async function open(pilot: Pilot): Promise<void> {
  const say = (line: string) => void lines.push(line)
  const setup = { pilot, state, pair: 'pair', fingerprint: pilotFingerprint(pilot) }
  beside = await startBeside(setup, { info: say, warn: say })
  mirror = openMirror({ pilot, beside, mirroring: beside.mirroring })
}

function begin(target: string, method = 'GET') {
  const peer = { address: '192.0.2.1', trusted: false, scheme: 'http', pilot: 'this' } as const
  return mirror.begin({ method, target, rawHeaders: ['Host', 'h', 'X-Asked', 'yes'], peer })!
}

const scoreboard = (pilot: Pilot) => {
  const store = openStore(state, 'pair')
  try {
    return store.scoreboard(pilotFingerprint(pilot))
  } finally {
    store.close()
  }
}

async function until(met: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300 && !met(); tries++) await new Promise(resolve => setTimeout(resolve, 50))
  expect(met()).toBe(true)
}

test('what the data path records is asked, compared and kept by other threads, byte for byte', async () => {
  const got: string[] = []
  const shadow = await serve((request, response) => {
    let body = ''
    request.setEncoding('latin1')
    request.on('data', piece => (body += piece))
    request.on('end', () => {
      got.push(`${request.method} ${request.url} ${request.headers['x-asked']} ${body.length}`)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ length: body.length, odd: request.url === '/odd' }))
    })
  })
  const pilot = pilotWith(shadow)
  await open(pilot)
  const json = { headers: ['Content-Type', 'application/json'] }
  answered(begin('/even'), { ...json, body: ['{"odd":false,', '"length":0}'] })
  answered(begin('/odd'), { ...json, body: ['{"odd":false,"length":0}'] })
  const tap = begin('/echo', 'POST')
  for (let piece = 0; piece < 10; piece++) tap.requestData(Buffer.alloc(50_000, piece))
  tap.requestEnd()
  answer(tap, { ...json, body: ['{"odd":false,"length":500000}'] })
  begin('/aborted').fail('client aborted')
  mirror.close()
  await beside.close({ drainMs: 10_000 })
  expect(got.sort()).toEqual(['GET /even yes 0', 'GET /odd yes 0', 'POST /echo yes 500000'])
  expect(scoreboard(pilot)).toMatchObject({
    exchanges: 4,
    outcomes: { matched: 2, ignored: 0, mismatched: 1, unscorable: 1 },
    unscorable: { 'client aborted': 1 },
    groups: [{ field: 'body $.odd', exchanges: 1 }],
  })
})

test('a thread that dies is started anew: what it was asked is unscorable, what comes later is compared', async () => {
  const shadow = await serve((request, response) => {
    if (request.url !== '/hang') response.setHeader('content-type', 'application/json').end('{}')
  })
  const pilot = pilotWith(shadow)
  await open(pilot)
  const json = { headers: ['Content-Type', 'application/json'] }
  for (let asked = 0; asked < 5; asked++) answered(begin('/hang'), json)
  const open5 = begin('/still-open')
  open5.requestEnd()
  await new Promise(resolve => setTimeout(resolve, 100))
  await threads[0]!.terminate()
  expect(beside.mirroring.on).toBe(false)
  answer(open5, json)
  await until(() => beside.mirroring.on)
  for (let asked = 0; asked < 7; asked++) answered(begin(`/fine/${asked}`), json)
  mirror.close()
  await beside.close({ drainMs: 10_000 })
  expect(scoreboard(pilot)).toMatchObject({
    exchanges: 13,
    outcomes: { matched: 7, mismatched: 0, unscorable: 6 },
    unscorable: { 'mirror failed': 6 },
  })
  expect(lines.join('\n')).toContain('started anew')
})

test('what the thread cannot begin with is told where the pilot is started', async () => {
  const shadow = await serve((_, response) => void response.end())
  await open(pilotWith(shadow))
  const broken = { pilot: pilotWith(shadow), state: folder, pair: 'pair', fingerprint: 'f' }
  const log = { info: () => {}, warn: () => {} }
  await expect(startBeside(broken, log)).rejects.toMatchObject({ code: 'state.unusable' })
})
