import { expect, test } from 'vitest'
import { heldAgainst } from '../examples/dual-run/expected.mjs'
import { readSession, writeSession } from '../examples/dual-run/flask-session.mjs'
import type { DifferenceGroup, EndpointScore, Scoreboard } from '../src/model/scoreboard.ts'
import { loadPlan } from '../src/plan/load-plan.ts'
import { pilotOf } from '../src/plan/pilot.ts'

const counts = { answered: 4000, aborted: 40, failed: 0, foreign: 0 }

test('a scoreboard that names the six behaviours and nothing else is what the demo expects', () => {
  expect(wrong(scoreboard())).toEqual([])
})

test.each<[string, RegExp, (board: Scoreboard) => void]>([
  ['a difference that was not found', /behaviour 2/, board => board.groups.splice(1, 1)],
  ['one cause in two groups', /behaviour 1/, board => board.groups.push(board.groups[0]!)],
  ['a cause of another kind', /behaviour 3/, board => (board.groups[2]!.kind = 'length 3 → 2')],
  ['noise that counts as a difference', /behaviour 4/, board => (board.groups[4]!.standing = 'difference')],
  [
    'something else that differs',
    /nothing else/,
    board => board.groups.push(group('GET /courses', 'status', 'x')),
  ],
  [
    'a slow endpoint without enough pairs',
    /behaviour 6/,
    board => (board.endpoints[0]!.latency.ratio.p95.lower = null),
  ],
  [
    'another slow endpoint',
    /behaviour 6/,
    board => board.endpoints.push(endpoint('GET /courses/{id}', 3, 2.5)),
  ],
  ['a rule that matched where nothing is', /rule 3/, board => (board.rules[2]!.excused = 1)],
])('%s is not', (_, line, change) => {
  const board = scoreboard()
  change(board)
  expect(wrong(board)).toContainEqual(expect.stringMatching(line))
})

test('users who were failed, or served by the new stack, are not what the demo expects', () => {
  for (const hurt of [{ failed: 1 }, { foreign: 1 }, { answered: 0 }])
    expect(heldAgainst(scoreboard(), { ...counts, ...hurt }).filter(({ ok }) => !ok)).toHaveLength(1)
})

test('session cookies are those Flask writes and reads', () => {
  // By Flask 3.1 on Python 3.11, with `secret_key = "s"`.
  const cookie = 'eyJwZXJzb25faWQiOjd9.awKDtQ.vAzWe3rvDwvrMWodxd107Kb4lM8'
  expect(writeSession({ person_id: 7 }, 's', 0x6b0283b5)).toBe(cookie)
  expect(readSession(cookie, 's')).toEqual({ person_id: 7 })
  expect(readSession(cookie, 'another')).toBeNull()
  expect(readSession(cookie.replace('Ojd9', 'Ojh9'), 's')).toBeNull()
  expect(readSession(`x${cookie}`, 's')).toBeNull()
  expect(readSession(undefined, 's')).toBeNull()
})

test("the example's pilot needs no setting but the new database", () => {
  const file = new URL('../examples/dual-run/cutover.yaml', import.meta.url).pathname
  const pilot = pilotOf(loadPlan(file, { NEW_DATABASE_URL: 'postgres://127.0.0.1/new' }))
  expect(pilot.listen).toEqual({ host: '127.0.0.1', port: 8080 })
  expect(pilot.cohorts.map(({ name }) => name)).toEqual(['staff', 'students'])
  expect(pilot.routes[0]).toMatchObject({ name: 'POST /api/enrollments', mirror: true })
  expect(pilot.rules.map(({ excuse }) => excuse.kind)).toEqual(['timestamps', 'null_is_absent', 'ignore'])
})

function wrong(board: Scoreboard): string[] {
  return heldAgainst(board, counts)
    .filter(({ ok }) => !ok)
    .map(({ text }) => text)
}

function scoreboard(): Scoreboard {
  const nothing = { matched: 0, ignored: 0, mismatched: 0, unscorable: 0 }
  return {
    since: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    verdict: 'over budget',
    reasons: [],
    mirroring: { on: true, why: null, at: null },
    exchanges: 2000,
    outcomes: nothing,
    unscorable: {},
    endpoints: [endpoint('GET /api/search', 3.8, 3.1), endpoint('GET /api/courses/:id', 2.2, 1.1)],
    groups: [
      group('GET /api/invoices/{id}', 'body $.total', 'rounded differently'),
      group('GET /api/people/{id}', 'body $.phone', 'absent'),
      group('GET /api/people/{id}/enrollments', 'body $.enrollments', 'array order'),
      group('POST /api/enrollments', 'status', 'status', '201 → 200'),
      { ...group('GET /api/dashboard', 'body $.generated_at', 'another number'), standing: 'noise' },
    ],
    rules: [40, 30, 0].map((excused, index) => ({
      number: index + 1,
      rule: '',
      where: '',
      route: null,
      reason: '',
      expires: null,
      expired: false,
      excused,
      seen: 100,
    })),
    coverage: { exchanges: 2000, kinds: 20, singletons: 0, unseen: 0 },
    budget: {
      mismatch_rate: 0.05,
      confidence: 0.95,
      unscorable: 0.05,
      unseen: 0.01,
      p95_ratio: 1.1,
      p99_ratio: 1.2,
    },
    notes: [],
  }
}

function group(endpoint: string, field: string, kind: string, status = '200'): DifferenceGroup {
  return {
    id: `${endpoint} ${field}`,
    endpoint,
    status,
    field,
    kind,
    exchanges: 9,
    first_seen: '2026-01-01T00:00:00Z',
    last_seen: '2026-01-01T00:00:00Z',
    standing: 'difference',
    explanation: null,
    samples: [],
  }
}

function endpoint(name: string, ratio: number, lower: number): EndpointScore {
  const none = { fixed: null, anytime: null }
  const quantiles = { count: 100, p50: 10, p95: 20, p99: 30 }
  return {
    endpoint: name,
    outcomes: { matched: 100, ignored: 0, mismatched: 0, unscorable: 0 },
    unscorable: {},
    distinct: { compared: 100, mismatched: 0 },
    upper_bound: { fixed: 0.03, anytime: 0.06 },
    missing_requests: { fixed: 0, anytime: 0 },
    latency: {
      primary: quantiles,
      shadow: quantiles,
      ratio: { p95: { ratio, lower, upper: none }, p99: { ratio: null, lower: null, upper: none } },
    },
    verdict: 'within budget',
    reasons: [],
  }
}
