import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openScoreboard, type ScoreKeeper } from '../src/proxy/score/scoreboard.ts'
import { openStore, type Store } from '../src/store/store.ts'
import { asVersion6 } from './older-state.ts'
import { budget, exchange, NOW, snapshot } from './pilot-exchanges.ts'
import { seeded } from './pilot-seeded.ts'

let folder: string
let file: string
let store: Store

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'paritygate-pilot-'))
  file = join(folder, 'state.db')
  store = openStore(file, 'pair')
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true })
})

const reopen = () => {
  store.close()
  store = openStore(file, 'pair')
}
const openScore = (parts?: ReadonlyMap<string, Uint8Array>) =>
  openScoreboard({ budget, now: () => NOW, ...(parts === undefined ? {} : { parts }) })

/** Keeps what has changed, with what others may keep beside the scoreboard. */
function save(score: ScoreKeeper, board: number, others: [string, Uint8Array][] = []): boolean {
  const { parts, removed } = score.changes()
  const saved = store.savePilot({ board, scoreboard: snapshot(score), parts: [...parts, ...others], removed })
  if (saved) score.saved()
  return saved
}

/** Exchanges of all kinds, the same for the same seed. */
function traffic(score: ScoreKeeper, count: number, random: () => number): void {
  const pick = (most: number) => Math.floor(random() * most)
  for (let times = 0; times < count; times++) {
    const kind = pick(10)
    score.record(
      exchange({
        endpoint: `GET /e${pick(20)}`,
        target: `/x/${pick(3000)}?a=${pick(3)}`,
        primaryMs: random() * 50,
        shadowMs: random() * 5000,
        shape: `shape ${pick(40)}`,
        asked: [1, 2],
        excusedBy: kind === 1 ? [2] : [],
        outcome:
          kind === 0
            ? { unscorable: 'timeout' }
            : kind === 1
              ? 'ignored'
              : kind === 2
                ? { groups: Array.from({ length: 1 + pick(3) }, () => `g${pick(9)}`) }
                : 'matched',
      }),
    )
    if (pick(2000) === 0) score.merge(`GET /e${pick(20)}`, 'GET /e0')
  }
}

test('a scoreboard that is restored is the one that was kept, and goes on as if nothing had been', () => {
  const undisturbed = openScore()
  let score = openScore()
  const [random, sameRandom] = [seeded(1), seeded(1)]
  const { board } = store.loadPilot('rules')
  for (let round = 0; round < 4; round++) {
    traffic(undisturbed, 2000, random)
    traffic(score, 2000, sameRandom)
    expect(save(score, board)).toBe(true)
    if (round % 2 === 0) continue
    reopen()
    const kept = store.loadPilot('rules')
    expect(kept.board).toBe(board)
    score = openScore(kept.parts)
    expect(snapshot(score)).toEqual(snapshot(undisturbed))
    expect(snapshot(score, { explained: ['g1', 'g2', 'g3'] })).toEqual(
      snapshot(undisturbed, { explained: ['g1', 'g2', 'g3'] }),
    )
    expect(store.scoreboard('rules')).toEqual(snapshot(undisturbed))
  }
})

test('what is there after a kill at any moment is what was true at one', async () => {
  const module = (name: string) =>
    JSON.stringify(pathToFileURL(resolve(import.meta.dirname, `../dist/${name}.js`)).href)
  const script = `
    const { openScoreboard } = await import(${module('proxy/score/scoreboard')})
    const { openStore } = await import(${module('store/store')})
    const store = openStore(process.argv[1], 'pair')
    const score = openScoreboard({ budget: ${JSON.stringify(budget)}, now: Date.now })
    const { board } = store.loadPilot('rules')
    const context = { standings: [], isExplained: () => false, rules: [], mirroring: store.mirroring(), today: '2026-05-04', notes: [] }
    for (let at = 0; ; at++) {
      const request = { method: 'GET', target: '/x/' + at, bodyDigest: null }
      const outcome = at % 3 === 0 ? { groups: ['g' + at % 7] } : 'matched'
      score.record({ at, endpoint: 'GET /e' + at % 9, request, primaryMs: 1, shadowMs: 2, outcome, shape: 's', excusedBy: [], asked: [] })
      if (at % 500 !== 0) continue
      const { parts, removed } = score.changes()
      store.savePilot({ board, parts, removed, scoreboard: score.snapshot(context) })
      score.saved()
      process.stdout.write('.')
    }`
  for (let kill = 0; kill < 2; kill++) {
    store.clearPilot()
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, '--', file])
    let saved = 0
    const closed = new Promise(done => child.on('close', done))
    child.stdout.on('data', chunk => {
      saved += chunk.length
      if (saved > 5) child.kill('SIGKILL')
    })
    await closed
    const score = openScore(store.loadPilot('rules').parts)
    const { exchanges, outcomes, endpoints, coverage } = store.scoreboard('rules')!
    expect(exchanges).toBeGreaterThanOrEqual((saved - 1) * 500 + 1)
    expect(snapshot(score)).toMatchObject({ exchanges, outcomes, endpoints, coverage })
  }
})

test('only what has changed is written again', () => {
  const score = openScore()
  const { board } = store.loadPilot('rules')
  for (let request = 0; request < 5000; request++)
    score.record(exchange({ endpoint: `GET /e${request % 50}`, target: `/x/${request}` }))
  expect(score.changes().parts.length).toBe(1 + 50 + 5)
  save(score, board)
  expect(score.changes().parts.map(([name]) => name)).toEqual(['score/board'])
  score.record(exchange({ endpoint: 'GET /e7', target: '/x/7', outcome: { groups: ['price'] } }))
  const names = score.changes().parts.map(([name]) => name)
  expect(names).toHaveLength(3)
  expect(names).toContain('score/requests/0')
})

test('what could not be written is written the next time', () => {
  const score = openScore()
  const { board } = store.loadPilot('rules')
  score.record(exchange())
  const broken = { parts: [['learn/endpoints', null as unknown as Uint8Array]] as [string, Uint8Array][] }
  expect(() => save(score, board, broken.parts)).toThrow(/NOT NULL/)
  expect(store.loadPilot('rules').parts.size).toBe(0)
  expect(store.scoreboard('rules')).toBeNull()
  save(score, board, [['learn/endpoints', Buffer.from('{}')]])
  const { parts } = store.loadPilot('rules')
  expect(Buffer.from(parts.get('learn/endpoints')!).toString()).toBe('{}')
  expect(snapshot(openScore(parts)).exchanges).toBe(1)
})

test('parts that have gone are removed', () => {
  const score = openScore()
  const { board } = store.loadPilot('rules')
  score.record(exchange({ endpoint: 'GET /students/1' }))
  save(score, board)
  score.merge('GET /students/1', 'GET /students/{id}')
  save(score, board)
  const endpoints = [...store.loadPilot('rules').parts.keys()].filter(name => name.includes('endpoint'))
  expect(endpoints).toHaveLength(1)
})

test('evidence under other rules is left alone, and can still be read', () => {
  const one = openScore()
  one.record(exchange())
  save(one, store.loadPilot('old rules').board)
  const { board, parts } = store.loadPilot('new rules')
  expect(parts.size).toBe(0)
  expect(store.scoreboard('new rules')).toBeNull()
  const other = openScore(parts)
  for (let times = 0; times < 2; times++) other.record(exchange())
  save(other, board)
  expect(
    store.scoreboards().map(({ fingerprint, scoreboard }) => [fingerprint, scoreboard.exchanges]),
  ).toEqual([
    ['new rules', 2],
    ['old rules', 1],
  ])
  const stranger = openStore(file, 'another pair')
  expect(stranger.scoreboards()).toEqual([])
  stranger.clearPilot()
  stranger.close()
  expect(store.scoreboards()).toHaveLength(2)
})

test('a board that is cleared while somebody holds it is not half written again', () => {
  const score = openScore()
  const { board } = store.loadPilot('rules')
  score.record(exchange())
  save(score, board)
  store.setMirroring(false, 'deploying')
  store.clearPilot()
  expect(store.scoreboards()).toEqual([])
  score.record(exchange())
  expect(save(score, board)).toBe(false)
  const anew = store.loadPilot('rules')
  expect(anew.board).not.toBe(board)
  expect(anew.parts.size).toBe(0)
  expect(save(score, board)).toBe(false)
  expect(store.mirroring()).toMatchObject({ on: false, why: 'deploying' })
})

test('mirroring is on until somebody says otherwise, and stays as it was said', () => {
  expect(store.mirroring()).toEqual({ on: true, why: null, at: null })
  store.setMirroring(false, 'the shadow is being deployed')
  reopen()
  expect(store.mirroring()).toEqual({
    on: false,
    why: 'the shadow is being deployed',
    at: expect.stringMatching(/Z$/),
  })
  store.setMirroring(true, null)
  expect(store.mirroring()).toMatchObject({ on: true, why: null })
})

test('a state of version 6 keeps what it holds and gets room for a pilot', () => {
  const run = store.startRun('verify', 'plan')
  store.abandonRun(run, 'stopped')
  store.close()
  const database = new Database(file)
  database.exec(asVersion6)
  database.close()
  store = openStore(file, 'pair')
  expect(store.lastFailure('verify')).toBe('stopped')
  const score = openScore()
  score.record(exchange())
  expect(save(score, store.loadPilot('rules').board)).toBe(true)
  reopen()
  expect(store.scoreboard('rules')?.exchanges).toBe(1)
})

const unreadable = { code: 'state.unusable', exitCode: 2 }

test('evidence kept in another form is refused and stays as it is', () => {
  const score = openScore()
  score.record(exchange())
  save(score, store.loadPilot('rules').board)
  const database = new Database(file)
  database.exec('UPDATE pilot_boards SET format = 2')
  for (const read of [
    () => store.loadPilot('rules'),
    () => store.scoreboard('rules'),
    () => store.scoreboards(),
  ])
    expect(read).toThrow(expect.objectContaining(unreadable))
  database.exec('UPDATE pilot_boards SET format = 1')
  database.close()
  expect(snapshot(openScore(store.loadPilot('rules').parts)).exchanges).toBe(1)
})

test('a scoreboard with any part missing, cut, emptied or of another version is refused', () => {
  const score = openScore()
  traffic(score, 1500, seeded(3))
  save(score, store.loadPilot('rules').board)
  const { parts } = store.loadPilot('rules')
  openScore(parts)
  for (const name of parts.keys()) {
    const content = parts.get(name)!
    const damaged: [string, Uint8Array | null][] = [
      ['missing', null],
      ['cut', content.subarray(0, content.length - 5)],
      ['cut in half', content.subarray(0, Math.floor(content.length / 24) * 12)],
      ['empty', new Uint8Array()],
    ]
    for (const [how, bytes] of damaged) {
      const others = new Map(parts)
      if (bytes === null) others.delete(name)
      else others.set(name, bytes)
      expect(() => openScore(others), `${name} ${how}`).toThrow(expect.objectContaining(unreadable))
    }
  }
  const board = JSON.parse(Buffer.from(parts.get('score/board')!).toString())
  const newer = new Map(parts).set('score/board', Buffer.from(JSON.stringify({ ...board, version: 2 })))
  expect(() => openScore(newer)).toThrow('it has version 2, this program knows 1')
})
