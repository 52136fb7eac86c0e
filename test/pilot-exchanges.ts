import type { DifferenceGroup, ScoreBudget, Scoreboard } from '../src/model/scoreboard.ts'
import type { ScoredExchange, ScoreKeeper } from '../src/proxy/score/scoreboard.ts'
import type { SnapshotContext } from '../src/proxy/score/snapshot.ts'

export const budget: ScoreBudget = {
  mismatch_rate: 0.01,
  confidence: 0.95,
  unscorable: 0.05,
  unseen: 0.01,
  p95_ratio: 1.1,
  p99_ratio: 1.2,
}

export const NOW = Date.parse('2026-05-04T10:00:00Z')

/** A matching `GET /students/{id}` of student 1, but for what is said. */
export function exchange(changes: Partial<ScoredExchange> & { target?: string } = {}): ScoredExchange {
  const { target = '/students/1', ...rest } = changes
  return {
    at: NOW,
    endpoint: 'GET /students/{id}',
    request: { method: 'GET', target, bodyDigest: null },
    primaryMs: 10,
    shadowMs: 10,
    outcome: 'matched',
    shape: '200 json',
    excusedBy: [],
    asked: [],
    ...rest,
  }
}

export function group(id: string, changes: Partial<DifferenceGroup> = {}): DifferenceGroup {
  return {
    id,
    endpoint: 'GET /students/{id}',
    status: '200',
    field: 'body $.price',
    kind: 'off by exactly 1',
    exchanges: 1,
    first_seen: '2026-05-04T10:00:00.000Z',
    last_seen: '2026-05-04T10:00:00.000Z',
    standing: 'difference',
    explanation: null,
    samples: [],
    ...changes,
  }
}

/** A snapshot in which these groups are explained. */
export function snapshot(
  score: ScoreKeeper,
  { explained = [], ...context }: Partial<SnapshotContext> & { explained?: string[] } = {},
): Scoreboard {
  return score.snapshot({
    standings: [],
    isExplained: id => explained.includes(id),
    rules: [],
    mirroring: { on: true, why: null, at: null },
    today: '2026-05-04',
    notes: [],
    ...context,
  })
}
