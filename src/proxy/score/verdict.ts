import { percent } from '../../model/percent.ts'
import type {
  Coverage,
  EndpointLatency,
  EndpointScore,
  EndpointVerdict,
  OutcomeCounts,
  RatioBound,
  ScoreBudget,
} from '../../model/scoreboard.ts'

/** What an endpoint is judged by. */
export interface EndpointEvidence {
  outcomes: OutcomeCounts
  distinct: EndpointScore['distinct']
  /** Bounds of the mismatch rate of distinct requests, and the lower one of the share of exchanges that could not be compared. */
  bounds: { lower: number; anytime: number; unscorable: number }
  /** Distinct requests still missing; null where no number is enough. */
  missing: number | null
  latency: EndpointLatency
}

export interface Judged {
  verdict: EndpointVerdict
  /** What keeps it from being within budget; none where it is. */
  reasons: string[]
}

/**
 * Within budget is only what the bounds that hold at any look say is; over budget what those of one look rule out. Everything
 * else lacks evidence.
 */
export function judgeEndpoint(evidence: EndpointEvidence, budget: ScoreBudget): Judged {
  const over = overBudget(evidence, budget)
  if (over.length > 0) return { verdict: 'over budget', reasons: over }
  const lacking = lackingEvidence(evidence, budget)
  if (lacking.length > 0) return { verdict: 'not enough evidence', reasons: lacking }
  return { verdict: 'within budget', reasons: [] }
}

function overBudget(
  { outcomes, distinct, bounds, latency }: EndpointEvidence,
  budget: ScoreBudget,
): string[] {
  const reasons: string[] = []
  if (bounds.lower > budget.mismatch_rate)
    reasons.push(
      `${distinct.mismatched} of ${distinct.compared} distinct requests mismatch: at least ${percent(bounds.lower)}, the budget is ${percent(budget.mismatch_rate)}`,
    )
  // One of one has a lower bound of just 5 % at 95 %, but for the last digit of a double.
  if (bounds.unscorable > budget.unscorable + 1e-9) reasons.push(unscorableReason(outcomes, budget))
  for (const [name, bound, most] of ratios(latency, budget))
    if (bound.lower !== null && bound.lower > most)
      reasons.push(
        `${name} of the shadow is at least ${times(bound.lower)} the primary's, the budget is ${times(most)}`,
      )
  return reasons
}

function unscorableReason(outcomes: OutcomeCounts, budget: ScoreBudget): string {
  const share = percent(unscorableShare(outcomes))
  return `${share} of the exchanges could not be compared, the budget is ${percent(budget.unscorable)}`
}

function lackingEvidence(
  { outcomes, distinct, bounds, missing, latency }: EndpointEvidence,
  budget: ScoreBudget,
): string[] {
  const reasons: string[] = []
  if (unscorableShare(outcomes) > budget.unscorable) reasons.push(unscorableReason(outcomes, budget))
  if (distinct.compared === 0) reasons.push('nothing was compared')
  else if (!(bounds.anytime <= budget.mismatch_rate))
    reasons.push(
      missing === null
        ? `no number of requests can show a mismatch rate of ${percent(budget.mismatch_rate)} at a confidence of ${percent(budget.confidence)}`
        : `${missing} more distinct requests without a mismatch are needed`,
    )
  for (const [name, bound, most] of ratios(latency, budget)) {
    const { anytime } = bound.upper
    if (anytime === null) reasons.push(`${name}: too few exchanges for a bound of the ratio`)
    else if (!(anytime <= most))
      reasons.push(
        `${name} of the shadow may be ${times(anytime)} the primary's, the budget is ${times(most)}`,
      )
  }
  return reasons
}

/** The whole is within budget where every endpoint is, and enough of the traffic has been seen. */
export function judgeAll(
  endpoints: Pick<EndpointScore, 'endpoint' | 'verdict'>[],
  coverage: Coverage,
  budget: ScoreBudget,
): Judged {
  const named = (verdict: EndpointVerdict) =>
    endpoints.filter(each => each.verdict === verdict).map(({ endpoint }) => endpoint)
  const over = named('over budget')
  if (over.length > 0) return { verdict: 'over budget', reasons: [`over budget: ${some(over)}`] }
  const reasons: string[] = []
  if (endpoints.length === 0) reasons.push('nothing was compared')
  const lacking = named('not enough evidence')
  if (lacking.length > 0) reasons.push(`not enough evidence: ${some(lacking)}`)
  if (endpoints.length > 0 && !(coverage.unseen <= budget.unseen))
    reasons.push(
      `${percent(coverage.unseen)} of the traffic is estimated to be of kinds not seen yet, the budget is ${percent(budget.unseen)}`,
    )
  return { verdict: reasons.length > 0 ? 'not enough evidence' : 'within budget', reasons }
}

export function exchangesOf({ matched, ignored, mismatched, unscorable }: OutcomeCounts): number {
  return matched + ignored + mismatched + unscorable
}

function unscorableShare(outcomes: OutcomeCounts): number {
  const all = exchangesOf(outcomes)
  return all === 0 ? 0 : outcomes.unscorable / all
}

function ratios(latency: EndpointLatency, budget: ScoreBudget): [string, RatioBound, number][] {
  return [
    ['p95', latency.ratio.p95, budget.p95_ratio],
    ['p99', latency.ratio.p99, budget.p99_ratio],
  ]
}

const MOST_NAMED = 5

/** The first of many names, and how many there are besides. */
export function some(names: string[]): string {
  const rest = names.length - MOST_NAMED
  return [...names.slice(0, MOST_NAMED), ...(rest > 0 ? [`${rest} more`] : [])].join(', ')
}

function times(ratio: number): string {
  return `${Number(ratio.toPrecision(3))} ×`
}
