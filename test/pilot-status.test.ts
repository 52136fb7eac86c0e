import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeEach, expect, test, vi } from 'vitest'
import { printFailure } from '../src/cli/output.ts'
import { statusCommand } from '../src/cli/pilot-status.ts'
import { scoreboardText } from '../src/cli/scoreboard-text.ts'
import { pairFingerprint } from '../src/plan/fingerprint.ts'
import { readPlan } from '../src/plan/load-plan.ts'
import { pilotOf } from '../src/plan/pilot.ts'
import { pilotFingerprint } from '../src/plan/pilot-fingerprint.ts'
import { judgeAgain } from '../src/proxy/score/endpoint-score.ts'
import { openScoreboard } from '../src/proxy/score/scoreboard.ts'
import { openStore, type Store } from '../src/store/store.ts'
import { temporaryFolder } from './databases.ts'
import { budget, exchange, group, NOW, snapshot } from './pilot-exchanges.ts'

let folder: string
beforeEach(() => {
  folder = temporaryFolder()
  writePlan()
})

function writePlan(pilot = 'budget: { mismatch_rate: 1% }'): void {
  writeFileSync(
    join(folder, 'cutover.yaml'),
    `name: test
source: { url: old.db }
target: { url: new.db }
tables: {}
pilot:
  listen: 127.0.0.1:8080
  primary: http://127.0.0.1:8081
  shadow: http://127.0.0.1:8082
  ${pilot}
`,
  )
}

async function withStore<T>(action: (store: Store, fingerprint: string) => Promise<T> | T): Promise<T> {
  const plan = await readPlan(join(folder, 'cutover.yaml'))
  const store = openStore(join(folder, '.paritygate', 'state.db'), pairFingerprint(plan))
  try {
    return await action(store, pilotFingerprint(pilotOf(plan)))
  } finally {
    store.close()
  }
}

/** Keeps so many matching requests and so many that differ. */
async function keep(matching: number, differing: number): Promise<void> {
  const score = openScoreboard({ budget, now: () => NOW })
  for (let request = 0; request < matching + differing; request++)
    score.record(
      exchange({
        target: `/students/${request}`,
        outcome: request < matching ? 'matched' : { groups: ['price'] },
      }),
    )
  await withStore((store, fingerprint) => {
    const { board } = store.loadPilot(fingerprint)
    const { parts, removed } = score.changes()
    store.savePilot({ board, parts, removed, scoreboard: snapshot(score) })
  })
}

const main = (...args: string[]) => {
  const module = (name: string) =>
    JSON.stringify(pathToFileURL(resolve(import.meta.dirname, `../dist/cli/${name}.js`)).href)
  const script = `
    const { statusCommand } = await import(${module('pilot-status')})
    const { printFailure } = await import(${module('output')})
    try { await statusCommand().parseAsync(['node', 'status', ...process.argv.slice(1)]) }
    catch (error) { process.exitCode = printFailure(error, process.argv.includes('--json')) }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, '--', ...args], { cwd: folder })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', chunk => {
    stdout += chunk
  })
  child.stderr.on('data', chunk => {
    stderr += chunk
  })
  const finished = new Promise<{ code: number | null; stdout: string; stderr: string }>(done =>
    child.on('close', code => done({ code, stdout, stderr })),
  )
  return { child, finished, printed: () => stdout }
}

/** The same in this process, which takes less. */
async function status(...args: string[]) {
  const written = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map(stream =>
    vi.spyOn(process[stream], 'write').mockImplementation(text => {
      written[stream] += text
      return true
    }),
  )
  const before = process.exitCode
  try {
    await statusCommand().parseAsync(['node', 'status', '-c', join(folder, 'cutover.yaml'), ...args])
  } catch (error) {
    process.exitCode = printFailure(error, args.includes('--json'))
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
  const code = process.exitCode
  process.exitCode = before
  return { code, ...written }
}

test('without evidence the status says so and ends with 3', async () => {
  const { code, stderr, stdout } = await status()
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
  expect(stderr).toContain('There is no evidence yet [state.empty]')
  expect(stderr).toContain('Run paritygate pilot, and send traffic')
})

test('it ends with 0 within budget, with 1 over it, and with 3 where evidence is missing', async () => {
  await keep(100, 0)
  expect(await status()).toMatchObject({
    code: 3,
    stdout: expect.stringContaining('Verdict: not enough evidence'),
  })
  await withStore(store => store.clearPilot())
  await keep(2000, 0)
  expect(await status()).toMatchObject({ code: 0, stdout: expect.stringContaining('Verdict: within budget') })
  await withStore(store => store.clearPilot())
  await keep(2000, 100)
  expect(await status()).toMatchObject({ code: 1, stdout: expect.stringContaining('Verdict: over budget') })
})

test('--json is the scoreboard alone, with mirroring as it is switched now', async () => {
  await keep(10, 1)
  await withStore(store => store.setMirroring(false, 'the shadow is being deployed'))
  const { stdout, stderr } = await status('--json')
  const document = JSON.parse(stdout)
  expect(document).toMatchObject({
    exchanges: 11,
    endpoints: [{ endpoint: 'GET /students/{id}', distinct: { compared: 11, mismatched: 1 } }],
    mirroring: { on: false, why: 'the shadow is being deployed' },
  })
  expect(stderr).toContain('Mirroring is OFF')
})

test('a budget that was made stricter since is the one that holds', async () => {
  await keep(2000, 0)
  expect((await status()).code).toBe(0)
  writePlan('budget: { mismatch_rate: 0.1% }')
  expect(await status()).toMatchObject({
    code: 3,
    stdout: expect.stringMatching(/\d+ more distinct requests without a mismatch are needed/),
  })
  writePlan('budget: { mismatch_rate: 1%, confidence: 99% }')
  expect((await status()).code).toBe(3)
})

test('evidence that was gathered under other rules is none, and can still be looked at', async () => {
  await keep(2000, 0)
  writePlan('rules: [{ ignore: $.at, reason: known }]\n  budget: { mismatch_rate: 1% }')
  expect(await status()).toMatchObject({
    code: 3,
    stdout: '',
    stderr: expect.stringContaining('2000 exchanges from 2026-05-04'),
  })
  expect(await status('--previous')).toMatchObject({
    code: 3,
    stdout: expect.stringContaining('this is history'),
  })
  await keep(2000, 0)
  expect(await status()).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('(--previous shows the latest)'),
  })
})

test('--watch waits for the first evidence, shows what comes, and ends with 0 on Ctrl-C', async () => {
  const { child, finished, printed } = main('--watch')
  await expect.poll(() => printed(), { timeout: 10_000 }).toContain('There is no evidence yet')
  await keep(5, 0)
  await expect.poll(() => printed(), { timeout: 10_000 }).toContain('5 exchanges from')
  child.kill('SIGINT')
  expect((await finished).code).toBe(0)
})

test('--watch and --json together are refused', async () => {
  expect(await status('--watch', '--json')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('usage.invalid'),
  })
})

test('words of rules, cohorts, secrets and speed leave the fingerprint as it is, what is compared does not', async () => {
  const fingerprintOf = async (pilot: string) => {
    writePlan(pilot)
    return withStore((_, fingerprint) => fingerprint)
  }
  const rule = (rest: string) => `rules: [{ ignore: $.at, ${rest} }]`
  const same = await fingerprintOf(rule('reason: one'))
  expect(await fingerprintOf(rule('reason: other, expires: 2030-01-01'))).toBe(same)
  expect(await fingerprintOf(`${rule('reason: one')}\n  cohorts: { staff: { percent: 5 } }`)).toBe(same)
  expect(await fingerprintOf('rules: [{ ignore: $.to, reason: one }]')).not.toBe(same)
  expect(await fingerprintOf(`${rule('reason: one')}\n  compare_headers: [x-total]`)).not.toBe(same)
})

function board() {
  const score = openScoreboard({ budget, now: () => NOW })
  const endpoint = 'GET /organizations/{id}/courses/{id}/offerings/{id}/enrollments'
  for (let request = 0; request < 400; request++) {
    const asked = [1, 2]
    score.record(exchange({ target: `/students/${request}`, asked, shadowMs: 10 + request / 10 }))
    score.record(exchange({ endpoint, target: `/o/${request}`, asked, outcome: { unscorable: 'timeout' } }))
  }
  score.record(exchange({ outcome: { unscorable: 'queue full' } }))
  return snapshot(score, {
    rules: [1, 2].map(number => ({
      number,
      where: `cutover.yaml:${number}:5`,
      route: number === 2 ? 'GET /students/:id' : null,
      reason: 'rounded',
      expires: number === 2 ? '2026-01-31' : null,
      excuse: { kind: 'tolerance' as const, path: '$.price', absolute: 0.01, relative: null },
    })),
    standings: [
      group('aaaa', { exchanges: 3, status: '201 → 500', field: 'status', kind: '201 became 500' }),
      group('bbbb', {
        exchanges: 900,
        standing: 'noise',
        explanation: 'in 30 of 30 on the old stack itself',
      }),
      group('cccc', {
        exchanges: 7,
        standing: 'follows',
        explanation: 'follows from aaaa (POST /students, 201)',
      }),
      group('dddd', {
        exchanges: 1200,
        samples: [
          {
            at: '2026-05-04T10:00:00.000Z',
            request: 'GET /students/17?\u001b[2J',
            path: '$.price',
            primary: '12.50',
            shadow: '12.5\u001b]0;title\u0007',
          },
        ],
      }),
    ],
    notes: ['the judge was behind for 3 exchanges'],
    mirroring: { on: true, why: null, at: null },
  })
}

test('the scoreboard is printed whole, in lines that fit, and with nothing that moves a terminal', () => {
  const text = scoreboardText(board())
  expect(text).not.toMatch(/[\0-\x09\x0b-\x1f\x7f]/)
  const lines = text.split('\n')
  const table = lines.filter(line => /^(GET|endpoint|ms)/.test(line))
  expect(table).toHaveLength(6)
  for (const row of table) expect(row.length, row).toBeLessThanOrEqual(140)
  expect(text).toContain('801 exchanges')
  expect(text).toContain('unscorable 401 (timeout 400, queue full 1)')
  expect(text).toMatch(/GET \/students\/{id} +400 +0 +0 +1 queue full +1\.6 % /)
  expect(text).toContain(
    '2 tolerance $.price ± 0.01 on GET /students/:id: EXPIRED on 2026-01-31, NEVER MATCHED in 800',
  )
  expect(text).toContain('$.price: 12.50 → 12.5\\u001B]0;title\\u0007\n')
  expect(text).toContain('the judge was behind')
  expect(text).toMatch(/100 % of the exchanges could not be compared/)
  expect(lines.at(-1)).toBe('Verdict: over budget')
})

test('groups come by how often they occur, what follows under its cause, and noise last', () => {
  const lines = scoreboardText(board())
    .split('\n')
    .filter(line => /^ +(✗|↳|~)/.test(line))
  expect(lines.map(line => line.replace(/ × .*/, ''))).toEqual([
    '  ✗ 1,200',
    '  ✗ 3',
    '      ↳ follows: 7',
    '  ~ noise: 900',
  ])
})

test('of more endpoints than are printed, those over budget are', () => {
  const score = openScoreboard({ budget, now: () => NOW })
  for (let number = 0; number < 200; number++) {
    const endpoint = `GET /e${number}`
    score.record(exchange({ endpoint, outcome: number === 199 ? { groups: ['price'] } : 'matched' }))
  }
  expect(scoreboardText(snapshot(score))).toMatch(/^GET \/e199 .* over budget$/m)
})

test('an empty scoreboard and one of very many endpoints and groups are printed too', () => {
  const score = openScoreboard({ budget, now: () => NOW })
  expect(scoreboardText(snapshot(score))).toContain('Verdict: not enough evidence')
  for (let number = 0; number < 500; number++) score.record(exchange({ endpoint: `GET /e${number}` }))
  const standings = Array.from({ length: 500 }, (_, number) =>
    group(`${number}`, { standing: 'follows', explanation: `follows from ${number + 1}` }),
  )
  const text = scoreboardText(snapshot(score, { standings }))
  expect(text).toContain('and 450 endpoints more')
  expect(text).toContain('and 470 more')
})

test('a scoreboard held to the same budget again is the same', () => {
  const kept = board()
  const looser = { ...budget, mismatch_rate: 0.5 }
  expect(judgeAgain(judgeAgain(kept, looser), kept.budget)).toEqual(kept)
  expect(judgeAgain(kept, looser).endpoints[1]!.missing_requests).toEqual({ fixed: 0, anytime: 0 })
})

test('of a difference it is seen what is a number, what is a text and what is not there', async () => {
  const score = await openScoreboard({ budget, now: () => NOW })
  const at = '2026-05-04T10:00:00.000Z'
  const sample = { at, request: 'GET /students/1' }
  const text = scoreboardText({
    ...snapshot(score),
    exchanges: 1,
    groups: [
      group('aaaa', {
        field: 'body $.id',
        samples: [{ ...sample, path: '$.id', primary: '1', shadow: '"1"' }],
      }),
      group('bbbb', {
        field: 'body $.note',
        samples: [{ ...sample, path: '$.note', primary: 'null', shadow: null }],
      }),
      group('cccc', {
        field: 'header location',
        samples: [{ ...sample, path: 'location', primary: '/a b', shadow: '' }],
      }),
    ],
  })
  expect(text).toMatch(/^1 exchange from/)
  expect(text).toContain('$.id: 1 → "1"\n')
  expect(text).toContain('$.note: null → (absent)\n')
  expect(text).toContain('location: "/a b" → ""\n')
})
