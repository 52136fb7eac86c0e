import { describe, expect, test } from 'vitest'
import { dualRunWithinBudget } from '../src/gate/dual-run.ts'
import type { Scoreboard } from '../src/model/scoreboard.ts'

const budget = {
  mismatch_rate: 0.001,
  confidence: 0.95,
  unscorable: 0.05,
  unseen: 0.01,
  p95_ratio: 1.1,
  p99_ratio: 1.2,
}

function scoreboard(changes: Partial<Scoreboard> = {}): Scoreboard {
  return {
    since: '2030-01-01T10:00:00.000Z',
    updated_at: '2030-01-01T12:00:00.000Z',
    verdict: 'within budget',
    reasons: [],
    mirroring: { on: true, why: null, at: null },
    exchanges: 10_000,
    outcomes: { matched: 9_990, ignored: 10, mismatched: 0, unscorable: 0 },
    unscorable: {},
    endpoints: [],
    groups: [],
    rules: [],
    coverage: { exchanges: 10_000, kinds: 12, singletons: 0, unseen: 0 },
    budget,
    notes: [],
    ...changes,
  }
}

const at = {
  lastWrite: '2030-01-01T09:00:00.000Z',
  oldestMs: 3_600_000,
  now: new Date('2030-01-01T12:30:00Z'),
}

const status = (board: Scoreboard | null, context = at) =>
  dualRunWithinBudget({ scoreboard: board, budget }, context).map(one => one.status)

describe('a plan with a pilot is a GO only where both stacks have been seen to answer alike', () => {
  test('a scoreboard within budget meets the criterion', () => {
    expect(status(scoreboard())).toEqual(['met'])
  })
  test('one over budget decides, whatever else is wrong with it', () => {
    const over = scoreboard({ verdict: 'over budget', reasons: ['over budget: GET /a'] })
    expect(status(over, { ...at, lastWrite: '2030-01-02T00:00:00.000Z' })).toEqual(['not met'])
  })
  test.each([
    ['no pilot has run', null, at],
    ['too little evidence', scoreboard({ verdict: 'not enough evidence', reasons: ['few'] }), at],
    ['the data has been written since', scoreboard(), { ...at, lastWrite: '2030-01-01T11:00:00.000Z' }],
    ['it is older than the plan allows', scoreboard(), { ...at, now: new Date('2030-01-01T13:00:01Z') }],
    ['it was held to another budget', scoreboard({ budget: { ...budget, mismatch_rate: 0.5 } }), at],
  ])('%s: no evidence', (_, board, context) => {
    expect(status(board, context)).toEqual(['no evidence'])
  })
  test('a plan without a pilot has no such criterion', () => {
    expect(dualRunWithinBudget(null, at)).toEqual([])
  })
})
