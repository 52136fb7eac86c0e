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
import { judgeAll } from './verdict.ts'

export interface SnapshotContext {
  /** The groups as they stand. */
  standings: DifferenceGroup[]
  /** Whether the differences of a group are noise or follow from another; false for a group nobody knows. */
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
        ...all.flatMap(notesOf),
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

function notesOf(tally: EndpointTally): string[] {
  const { name, clean, differing, folded, kinds, untimed } = tally
  const unkept = [...differing.values(), folded].reduce((sum, each) => sum + (each?.unkept ?? 0), 0)
  const notes: string[] = []
  if (clean.unkept > 0)
    notes.push(
      `${name}: ${clean.unkept} exchanges of requests beyond those that can be told apart are no evidence for the bounds`,
    )
  if (unkept > 0)
    notes.push(
      `${name}: ${unkept} differing exchanges of requests beyond those that can be told apart count as one request each`,
    )
  if (folded !== null)
    notes.push(
      `${name}: it differs in more ways than are kept apart: ${folded.exchanges} exchanges are explained only where all their differences are`,
    )
  if (kinds.untracked > 0)
    notes.push(
      `${name}: ${kinds.untracked} exchanges of more kinds of answers than are kept count as seen once each`,
    )
  if (untimed > 0) notes.push(`${name}: the times of ${untimed} exchanges are not known`)
  return notes
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
