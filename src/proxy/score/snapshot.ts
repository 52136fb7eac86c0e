import type {
  DifferenceGroup,
  EndpointLatency,
  EndpointScore,
  OutcomeCounts,
  ScoreBudget,
  Scoreboard,
  UnscorableCause,
} from '../../model/scoreboard.ts'
import type { Rule } from '../../plan/pilot.ts'
import { coverageOf } from './coverage.ts'
import { endpointScorer } from './endpoint-score.ts'
import { type EndpointTally, isMismatch, signaturesOf } from './endpoint-tally.ts'
import { ruleUses } from './rule-use.ts'
import type { Tallies } from './score-state.ts'
import { judgeAll, some } from './verdict.ts'

export interface SnapshotContext {
  /** The groups as they stand. */
  standings: DifferenceGroup[]
  /** Whether the differences of a group are noise; false for a group nobody knows. */
  isExplained(group: string): boolean
  rules: Rule[]
  mirroring: Scoreboard['mirroring']
  /** 2026-12-31 (UTC) */
  today: string
  /** What else makes the evidence less than it seems. */
  notes: string[]
}

/** Derives scoreboards from what was counted. What takes long is kept for the next time, as long as its counts stay the same. */
export function openSnapshots(
  tallies: Tallies,
  budget: ScoreBudget,
  now: () => number,
): (context: SnapshotContext) => Scoreboard {
  const latencies = new WeakMap<EndpointTally, { count: number; latency: EndpointLatency }>()
  const latencyOf = (tally: EndpointTally) => {
    const count = tally.latency.pair()?.primary.totalCount ?? 0
    const known = latencies.get(tally)
    if (known?.count === count) return known.latency
    const latency = tally.latency.measure(budget.confidence)
    latencies.set(tally, { count, latency })
    return latency
  }
  const score = endpointScorer(budget)

  return ({ standings, isExplained, rules, mirroring, today, notes }) => {
    const all = [...tallies.endpoints.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
    const endpoints = all.map(tally =>
      score({
        endpoint: tally.name,
        ...countsOf(tally, isExplained),
        unscorable: { ...tally.unscorable },
        latency: latencyOf(tally),
      }),
    )
    const outcomes = sumOf(endpoints.map(each => each.outcomes))
    const compared = outcomes.matched + outcomes.ignored + outcomes.mismatched
    const coverage = coverageOf(
      all.map(({ kinds }) => kinds),
      compared,
    )
    const uses = ruleUses(rules, tallies.rules, today)
    const time = new Date(now()).toISOString()
    return {
      since: tallies.since === null ? time : new Date(tallies.since).toISOString(),
      updated_at: time,
      ...judgeAll(endpoints, coverage, budget),
      mirroring,
      exchanges: compared + outcomes.unscorable,
      outcomes,
      unscorable: sumOfCauses(endpoints),
      endpoints,
      groups: standings,
      rules: uses,
      coverage,
      budget,
      notes: [
        ...notes,
        ...uses
          .filter(({ expired, excused }) => expired && excused > 0)
          .map(
            ({ number, excused, expires }) =>
              `rule ${number} held until ${expires}: ${excused} exchanges it excused until then still count as ignored`,
          ),
        ...notesOf(all),
      ],
    }
  }
}

/** What is a mismatch by what is explained now. */
function countsOf(
  tally: EndpointTally,
  isExplained: (group: string) => boolean,
): Pick<EndpointScore, 'outcomes' | 'distinct'> {
  let { ignored } = tally
  let mismatched = 0
  const distinct = { compared: 0, mismatched: 0 }
  for (const signature of signaturesOf(tally)) {
    distinct.compared += signature.requests
    if (signature === tally.clean) continue
    if (isMismatch(signature, isExplained)) {
      mismatched += signature.exchanges
      distinct.mismatched += signature.requests + signature.unkept
      distinct.compared += signature.unkept
    } else ignored += signature.exchanges
  }
  const unscorable = Object.values(tally.unscorable).reduce((sum, count) => sum + count, 0)
  return { outcomes: { matched: tally.matched, ignored, mismatched, unscorable }, distinct }
}

/** What makes the evidence less than it seems, each with the endpoints it is about. */
function notesOf(all: EndpointTally[]): string[] {
  const note = (countOf: (tally: EndpointTally) => number, what: string) => {
    const about = all.filter(tally => countOf(tally) > 0)
    const exchanges = about.reduce((sum, tally) => sum + countOf(tally), 0)
    return exchanges === 0 ? [] : [`${exchanges} exchanges ${what}: ${some(about.map(({ name }) => name))}`]
  }
  return [
    ...note(
      ({ clean }) => clean.unkept,
      'are of requests beyond those that can be told apart, and no evidence for the bounds',
    ),
    ...note(
      tally => signaturesOf(tally).reduce((sum, { unkept }) => sum + unkept, -tally.clean.unkept),
      'that differ are of requests beyond those that can be told apart, and count as one request each',
    ),
    ...note(
      ({ folded }) => folded?.exchanges ?? 0,
      'differ in more ways than are kept apart, and are explained only where all these differences are',
    ),
    ...note(
      ({ kinds }) => kinds.untracked,
      'are of more kinds of answers than are kept, and count as seen once each',
    ),
    ...note(({ untimed }) => untimed, 'have no known times'),
  ]
}

function sumOf(all: OutcomeCounts[]): OutcomeCounts {
  const sum = { matched: 0, ignored: 0, mismatched: 0, unscorable: 0 }
  for (const each of all)
    for (const outcome of ['matched', 'ignored', 'mismatched', 'unscorable'] as const)
      sum[outcome] += each[outcome]
  return sum
}

function sumOfCauses(endpoints: EndpointScore[]): Scoreboard['unscorable'] {
  const sum: Scoreboard['unscorable'] = {}
  for (const { unscorable } of endpoints)
    for (const [cause, count] of Object.entries(unscorable) as [UnscorableCause, number][])
      sum[cause] = (sum[cause] ?? 0) + count
  return sum
}
