import { expect, test } from 'vitest'
import type { Rule } from '../src/plan/pilot.ts'
import { openScoreboard, type ScoreKeeper } from '../src/proxy/score/scoreboard.ts'
import { budget, exchange, group, NOW, snapshot } from './pilot-exchanges.ts'

const open = (changes: Partial<typeof budget> = {}) =>
  openScoreboard({ budget: { ...budget, ...changes }, now: () => NOW })

const only = (score: ScoreKeeper, explained: string[] = []) => snapshot(score, { explained }).endpoints[0]!

/** So many distinct requests with one answer. */
function ask(
  score: ScoreKeeper,
  count: number,
  changes: Parameters<typeof exchange>[0] = {},
  from = 0,
): void {
  for (let request = from; request < from + count; request++)
    score.record(exchange({ target: `/students/${request}`, ...changes }))
}

test('nothing recorded is no evidence, whatever the budget allows', () => {
  const score = open({ mismatch_rate: 1, unseen: 1, unscorable: 1 })
  expect(snapshot(score)).toMatchObject({
    verdict: 'not enough evidence',
    reasons: ['nothing was compared'],
    exchanges: 0,
    endpoints: [],
    coverage: { unseen: 1 },
    since: '2026-05-04T10:00:00.000Z',
  })
})

test('an endpoint is within budget once its requests are enough for a bound at any look, and not one before', () => {
  const score = open()
  ask(score, 200)
  const { missing_requests: missing, ...early } = only(score)
  expect(early).toMatchObject({ verdict: 'not enough evidence', distinct: { compared: 200, mismatched: 0 } })
  expect(missing.fixed).toBe(99)
  expect(missing.anytime).toBeGreaterThan(99)
  ask(score, missing.anytime! - 1, {}, 200)
  expect(only(score)).toMatchObject({ verdict: 'not enough evidence', missing_requests: { anytime: 1 } })
  // p99 of the latency needs some more still.
  ask(score, 500, {}, 5000)
  expect(only(score)).toMatchObject({
    verdict: 'within budget',
    reasons: [],
    missing_requests: { fixed: 0, anytime: 0 },
  })
  expect(snapshot(score)).toMatchObject({ verdict: 'within budget', reasons: [] })
})

test('asking the same request again and again is no evidence, but the exchanges are counted', () => {
  const score = open()
  for (let times = 0; times < 5000; times++) score.record(exchange({ target: '/students/1?b=2&a=1' }))
  score.record(exchange({ target: '/students/1?a=1&b=2' }))
  expect(only(score)).toMatchObject({
    outcomes: { matched: 5001 },
    distinct: { compared: 1, mismatched: 0 },
    verdict: 'not enough evidence',
  })
  for (const request of [
    { method: 'GET', target: '/students/1?a=1&a=2', bodyDigest: null },
    { method: 'GET', target: '/students/1?a=2&a=1', bodyDigest: null },
    { method: 'GET', target: '/students/1', bodyDigest: null },
    { method: 'POST', target: '/students/1', bodyDigest: null },
    { method: 'POST', target: '/students/1', bodyDigest: 'aa' },
    { method: 'POST', target: '/students/1', bodyDigest: 'bb' },
  ])
    score.record(exchange({ request }))
  expect(only(score).distinct.compared).toBe(7)
})

test('a request that has mismatched once stays mismatched, however often it matches later', () => {
  const score = open()
  ask(score, 3)
  score.record(exchange({ target: '/students/1', outcome: { groups: ['price'] } }))
  ask(score, 3)
  expect(only(score)).toMatchObject({
    outcomes: { matched: 6, mismatched: 1 },
    distinct: { compared: 3, mismatched: 1 },
  })
})

test('what is learned to be noise later is ignored from the first exchange on, and counts again where it is not noise', () => {
  const score = open()
  ask(score, 10, { outcome: { groups: ['time'] } })
  ask(score, 5, { outcome: { groups: ['time', 'price'] } }, 5)
  expect(only(score)).toMatchObject({
    outcomes: { matched: 0, ignored: 0, mismatched: 15 },
    distinct: { compared: 10, mismatched: 10 },
  })
  expect(only(score, ['time'])).toMatchObject({
    outcomes: { matched: 0, ignored: 10, mismatched: 5 },
    distinct: { compared: 10, mismatched: 5 },
  })
  expect(only(score, ['time', 'price'])).toMatchObject({
    outcomes: { ignored: 15, mismatched: 0 },
    distinct: { compared: 10, mismatched: 0 },
  })
  expect(only(score, []).outcomes.mismatched).toBe(15)
})

test('a request that has differed in two ways on two days is explained only where both are', () => {
  const score = open()
  score.record(exchange({ outcome: { groups: ['a'] } }))
  score.record(exchange({ outcome: { groups: ['b'] } }))
  for (const explained of [[], ['a'], ['b']]) expect(only(score, explained).distinct.mismatched).toBe(1)
  expect(only(score, ['a', 'b']).distinct).toEqual({ compared: 1, mismatched: 0 })
})

test('a difference without a group is one that nothing explains', () => {
  const score = open()
  score.record(exchange({ outcome: { groups: [] } }))
  const { endpoints } = snapshot(score, { isExplained: () => true })
  expect(endpoints[0]).toMatchObject({ outcomes: { mismatched: 1 }, distinct: { mismatched: 1 } })
})

test('more ways of differing than are kept apart never make a difference look explained', () => {
  const score = open()
  for (let way = 0; way < 1000; way++)
    score.record(exchange({ target: `/students/${way}`, outcome: { groups: [`noise ${way}`] } }))
  const noise = Array.from({ length: 1000 }, (_, way) => `noise ${way}`)
  expect(only(score, noise).outcomes).toMatchObject({ ignored: 1000, mismatched: 0 })
  score.record(exchange({ target: '/students/x', outcome: { groups: ['true', 'noise 3'] } }))
  const board = snapshot(score, { explained: noise })
  expect(board.outcomes.mismatched).toBeGreaterThan(0)
  expect(board.endpoints[0]!.distinct.mismatched).toBeGreaterThan(0)
  expect(board.notes.join()).toContain('differ in more ways than are kept apart')
  for (let way = 0; way < 2000; way++) score.record(exchange({ outcome: { groups: [`${way}`] } }))
  const { outcomes } = snapshot(score, { isExplained: () => true })
  expect(outcomes.mismatched).toBeGreaterThan(0)
  expect(outcomes.ignored + outcomes.mismatched).toBe(3001)
})

test('what cannot be compared is neither a match nor a request compared, and too much of it is over budget', () => {
  const score = open()
  ask(score, 2000)
  expect(only(score).verdict).toBe('within budget')
  const timeouts = (count: number) => {
    for (let times = 0; times < count; times++)
      score.record(
        exchange({ target: `/students/x${times}`, outcome: { unscorable: 'timeout' }, shadowMs: null }),
      )
  }
  timeouts(90)
  for (let times = 0; times < 20; times++) score.record(exchange({ outcome: { unscorable: 'queue full' } }))
  // Slightly more than the budget, and so few that it may be chance.
  expect(only(score)).toMatchObject({
    verdict: 'not enough evidence',
    reasons: ['5.2 % of the exchanges could not be compared, the budget is 5 %'],
  })
  timeouts(40)
  const board = snapshot(score)
  expect(board).toMatchObject({
    exchanges: 2150,
    unscorable: { timeout: 130, 'queue full': 20 },
    verdict: 'over budget',
    reasons: ['over budget: GET /students/{id}'],
  })
  expect(board.endpoints[0]).toMatchObject({
    outcomes: { matched: 2000, unscorable: 150 },
    distinct: { compared: 2000 },
    verdict: 'over budget',
    reasons: ['7 % of the exchanges could not be compared, the budget is 5 %'],
    latency: { shadow: { count: 2000 } },
  })
})

test('an endpoint of which nothing could be compared lacks evidence even where all may be unscorable', () => {
  const score = open({ unscorable: 1, mismatch_rate: 1, unseen: 1 })
  score.record(exchange({ outcome: { unscorable: 'timeout' } }))
  expect(only(score).verdict).toBe('not enough evidence')
  expect(snapshot(score).verdict).toBe('not enough evidence')
})

test('mismatches that rule the budget out are over it, few ones only lack evidence', () => {
  const score = open()
  ask(score, 300)
  ask(score, 1, { outcome: { groups: ['price'] } }, 300)
  expect(only(score).verdict).toBe('not enough evidence')
  ask(score, 20, { outcome: { groups: ['price'] } }, 301)
  const { verdict, reasons } = only(score)
  expect(verdict).toBe('over budget')
  expect(reasons).toEqual([expect.stringContaining('21 of 321 distinct requests mismatch')])
})

test('a shadow that is slower than the budget allows is over it, though every answer matches', () => {
  const score = open()
  ask(score, 3000, { shadowMs: 15 })
  expect(only(score)).toMatchObject({
    verdict: 'over budget',
    reasons: [expect.stringMatching(/^p95 of the shadow/), expect.stringMatching(/^p99 of the shadow/)],
  })
})

test('exchanges without known times leave the latency, and so the verdict, without evidence', () => {
  const score = open()
  ask(score, 3000, { shadowMs: null })
  const board = snapshot(score)
  expect(board.endpoints[0]!.verdict).toBe('not enough evidence')
  expect(board.notes).toEqual(['3000 exchanges have no known times: GET /students/{id}'])
})

test('kinds of answers seen once keep the whole from being within budget', () => {
  const score = open()
  ask(score, 2000)
  for (let kind = 0; kind < 30; kind++) score.record(exchange({ shape: `rare ${kind}` }))
  const board = snapshot(score)
  expect(board.endpoints[0]!.verdict).toBe('within budget')
  expect(board.coverage).toMatchObject({ exchanges: 2030, kinds: 31, singletons: 30 })
  expect(board).toMatchObject({ verdict: 'not enough evidence' })
  for (let kind = 0; kind < 30; kind++) score.record(exchange({ shape: `rare ${kind}` }))
  expect(snapshot(score).verdict).toBe('within budget')
})

test('more kinds of answers than are kept make coverage look worse, never better', () => {
  const score = open()
  for (let kind = 0; kind < 40_000; kind++) {
    const shape = `kind ${kind}`
    score.record(exchange({ shape }))
    score.record(exchange({ shape }))
  }
  const { coverage, notes } = snapshot(score)
  expect(coverage.kinds).toBeLessThanOrEqual(32_768)
  expect(coverage.singletons).toBe(2 * (40_000 - coverage.kinds))
  expect(notes.join()).toContain('more kinds of answers than are kept')
  // Another endpoint still has room for its own.
  for (let times = 0; times < 2; times++) score.record(exchange({ endpoint: 'GET /new', shape: 'kind 1' }))
  expect(snapshot(score).coverage.singletons).toBe(coverage.singletons)
})

test('one endpoint whose requests never end leaves room for others, and for those of its own that mismatch', () => {
  const score = open()
  ask(score, 140_000, { endpoint: 'GET /search' })
  const full = snapshot(score)
  expect(full.endpoints[0]!.distinct.compared).toBe(131_072)
  expect(full.notes).toEqual([
    expect.stringMatching(/^8928 exchanges are of requests beyond .*: GET \/search$/),
  ])
  ask(score, 1000, { endpoint: 'GET /search', outcome: { groups: ['price'] } }, 200_000)
  ask(score, 5000, { endpoint: 'GET /other' }, 300_000)
  const [other, search] = snapshot(score).endpoints
  expect(other!.distinct.compared).toBe(5000)
  expect(search!.distinct).toEqual({ compared: 132_072, mismatched: 1000 })
})

test('endpoints that become one count as one, also for requests asked under both names', () => {
  const score = open()
  const [one, two] = ['GET /students/1', 'GET /students/2']
  ask(score, 3, { endpoint: one })
  score.record(exchange({ endpoint: one, target: '/students/0', outcome: { groups: ['one.price'] } }))
  ask(score, 4, { endpoint: two, outcome: { groups: ['two.price'] } }, 10)
  score.record(exchange({ endpoint: two, outcome: { unscorable: 'timeout' } }))
  for (const from of [one, two]) score.merge(from, 'GET /students/{id}', () => 'price')
  score.merge('GET /nobody', 'GET /students/{id}')
  ask(score, 1, { outcome: { groups: ['price'] } }, 11)
  const { endpoints, coverage } = snapshot(score)
  expect(endpoints).toHaveLength(1)
  expect(endpoints[0]).toMatchObject({
    endpoint: 'GET /students/{id}',
    outcomes: { matched: 3, ignored: 0, mismatched: 6, unscorable: 1 },
    unscorable: { timeout: 1 },
    distinct: { compared: 7, mismatched: 5 },
    latency: { primary: { count: 9 } },
  })
  expect(coverage).toMatchObject({ kinds: 1, singletons: 0 })
  expect(only(score, ['price']).distinct.mismatched).toBe(0)
})

test('a request that is asked under another endpoint moves there with what it has differed in', () => {
  const score = open()
  score.record(exchange({ endpoint: 'GET /a', outcome: { groups: ['price'] } }))
  score.record(exchange({ endpoint: 'GET /b' }))
  expect(snapshot(score).endpoints.map(({ distinct }) => distinct)).toEqual([
    { compared: 0, mismatched: 0 },
    { compared: 1, mismatched: 1 },
  ])
})

test('rules that never matched and expired ones are told, with what they have excused', () => {
  const rule = (number: number, changes: Partial<Rule> = {}): Rule => ({
    number,
    where: `cutover.yaml:${number}:5`,
    route: null,
    reason: 'known',
    expires: null,
    excuse: { kind: 'ignore', path: '$.at' },
    ...changes,
  })
  const score = open()
  ask(score, 3, { outcome: 'ignored', asked: [1, 2, 3], excusedBy: [1, 3] })
  ask(score, 2, { asked: [1, 2] }, 3)
  const { rules, outcomes, notes } = snapshot(score, {
    rules: [rule(1, { expires: '2026-05-04' }), rule(2), rule(3, { expires: '2026-05-03' }), rule(4)],
  })
  expect(outcomes).toEqual({ matched: 2, ignored: 3, mismatched: 0, unscorable: 0 })
  expect(rules.map(({ number, excused, seen, expired }) => [number, excused, seen, expired])).toEqual([
    [1, 3, 5, false],
    [2, 0, 5, false],
    [3, 3, 3, true],
    [4, 0, 0, false],
  ])
  expect(rules[0]!.rule).toBe('ignore $.at')
  expect(notes).toEqual([
    'rule 3 held until 2026-05-03: 3 exchanges it excused until then still count as ignored',
  ])
})

test('a tolerance is told as the plan has it', () => {
  const told = (absolute: number | null, relative: number | null) => {
    const excuse = { kind: 'tolerance', path: '$.price', absolute, relative } as const
    const rule = { number: 1, where: 'cutover.yaml:1:1', route: null, reason: 'known', expires: null, excuse }
    return snapshot(open(), { rules: [rule] }).rules[0]!.rule
  }
  expect(told(0.01, 0.07)).toBe('tolerance $.price ± 0.01 or ± 7 %')
  expect(told(null, 0.00125)).toBe('tolerance $.price ± 0.125 %')
})

test('groups, switch and notes are handed on as they are given', () => {
  const score = open()
  const context = {
    standings: [group('price')],
    mirroring: { on: false, why: 'the shadow is being deployed', at: '2026-05-04T09:00:00.000Z' },
    notes: ['the judge was behind'],
  }
  expect(snapshot(score, context)).toMatchObject({
    groups: context.standings,
    mirroring: context.mirroring,
    notes: context.notes,
  })
})

test('a time no calendar has is taken for now', () => {
  const score = open()
  for (const at of [Number.NaN, Number.POSITIVE_INFINITY, -1, 9e15]) score.record(exchange({ at }))
  expect(snapshot(score).since).toBe('2026-05-04T10:00:00.000Z')
  score.record(exchange({ at: NOW - 1000.5 }))
  expect(snapshot(score).since).toBe('2026-05-04T09:59:58.999Z')
})

test('what is kept does not grow while a hundred thousand exchanges more are counted', () => {
  const score = open()
  const run = (from: number) => {
    for (let times = 0; times < 100_000; times++) {
      const endpoint = `GET /e${times % 50}`
      const groups = [`g${times % 7}`, `h${times % 11}`]
      score.record(exchange({ endpoint, target: `/x/${from + (times % 5000)}`, outcome: { groups } }))
    }
    return score.changes().parts.reduce((sum, [, { length }]) => sum + length, 0)
  }
  const first = run(0)
  expect(run(0)).toBeLessThan(first * 1.1)
})

test('an exchange of a rare endpoint that could not be compared is a lack of evidence, and rules nothing out', async () => {
  const score = await open()
  score.record(exchange({ outcome: { unscorable: 'timeout' } }))
  expect(only(score)).toMatchObject({ verdict: 'not enough evidence' })
})
