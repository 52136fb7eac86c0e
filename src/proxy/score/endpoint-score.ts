import { isDeepStrictEqual } from 'node:util'
import type {
  EndpointLatency,
  EndpointScore,
  RatioBound,
  ScoreBudget,
  Scoreboard,
} from '../../model/scoreboard.ts'
import {
  anytimeUpperBound,
  fixedLowerBound,
  fixedUpperBound,
  requestsNeeded,
  type UpperBound,
} from './bounds.ts'
import { exchangesOf, judgeAll, judgeEndpoint } from './verdict.ts'

/** What was found at an endpoint, before it is held to a budget. */
export type EndpointFacts = Pick<
  EndpointScore,
  'endpoint' | 'outcomes' | 'unscorable' | 'distinct' | 'latency'
>

/** Holds endpoints to a budget. What takes long is remembered by the counts it depends on. */
export function endpointScorer(budget: ScoreBudget): (facts: EndpointFacts) => EndpointScore {
  const { confidence, mismatch_rate } = budget
  const boundsOf = remembered((mismatched, compared) => ({
    lower: fixedLowerBound(mismatched, compared, confidence),
    fixed: fixedUpperBound(mismatched, compared, confidence),
    anytime: anytimeUpperBound(mismatched, compared, confidence),
  }))
  const leastShare = remembered((part, whole) => fixedLowerBound(part, whole, confidence))
  const neededBy = remembered(mismatched => {
    const needed = (bound: UpperBound) => requestsNeeded(bound, mismatched, mismatch_rate, confidence)
    return { fixed: needed(fixedUpperBound), anytime: needed(anytimeUpperBound) }
  })
  return ({ endpoint, outcomes, unscorable, distinct, latency }) => {
    const { lower, fixed, anytime } = boundsOf(distinct.mismatched, distinct.compared)
    const needed = neededBy(distinct.mismatched, 0)
    const missing = (requests: number | null) =>
      requests === null ? null : Math.max(0, requests - distinct.compared)
    const missing_requests = { fixed: missing(needed.fixed), anytime: missing(needed.anytime) }
    const evidence = {
      outcomes,
      distinct,
      bounds: { lower, anytime, unscorable: leastShare(outcomes.unscorable, exchangesOf(outcomes)) },
      missing: missing_requests.anytime,
      latency,
    }
    return {
      endpoint,
      outcomes,
      unscorable,
      distinct,
      upper_bound: { fixed, anytime },
      missing_requests,
      latency,
      ...judgeEndpoint(evidence, budget),
    }
  }
}

/**
 * A scoreboard that was kept, held to the budget the plan has now. Bounds of the latency's ratio are only known at the
 * confidence they were made at.
 */
export function judgeAgain(scoreboard: Scoreboard, budget: ScoreBudget): Scoreboard {
  if (isDeepStrictEqual(scoreboard.budget, budget)) return scoreboard
  const score = endpointScorer(budget)
  const known = scoreboard.budget.confidence === budget.confidence
  const endpoints = scoreboard.endpoints.map(each =>
    score(known ? each : { ...each, latency: withoutBounds(each.latency) }),
  )
  return { ...scoreboard, endpoints, budget, ...judgeAll(endpoints, scoreboard.coverage, budget) }
}

function withoutBounds({ primary, shadow, ratio }: EndpointLatency): EndpointLatency {
  const unbounded = (bound: RatioBound) => ({
    ratio: bound.ratio,
    lower: null,
    upper: { fixed: null, anytime: null },
  })
  return { primary, shadow, ratio: { p95: unbounded(ratio.p95), p99: unbounded(ratio.p99) } }
}

const MOST_REMEMBERED = 10_000

function remembered<T>(compute: (one: number, other: number) => T): (one: number, other: number) => T {
  const known = new Map<string, T>()
  return (one, other) => {
    const key = `${one}/${other}`
    const found = known.get(key)
    if (found !== undefined) return found
    if (known.size >= MOST_REMEMBERED) known.clear()
    const computed = compute(one, other)
    known.set(key, computed)
    return computed
  }
}
