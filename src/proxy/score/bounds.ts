import quantile from '@stdlib/stats-base-dists-beta-quantile'
import { logBeta } from './log-beta.ts'

/** An upper bound of a rate, from 0 to 1, by the mismatches among so many requests. */
export type UpperBound = (mismatches: number, requests: number, confidence: number) => number

/**
 * One-sided exact upper bound for one look at a number of requests that was fixed beforehand; 1 without evidence.
 * Source: C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
 * Biometrika 26 (1934)
 */
export const fixedUpperBound: UpperBound = (mismatches, requests, confidence) => {
  if (!isEvidence(mismatches, requests, confidence) || mismatches === requests) return 1
  return atLeast(mismatches / requests, quantile(confidence, mismatches + 1, requests - mismatches))
}

/** The lower bound of the same source; 0 without evidence. */
export function fixedLowerBound(mismatches: number, requests: number, confidence: number): number {
  if (!isEvidence(mismatches, requests, confidence) || mismatches === 0) return 0
  const bound = quantile(1 - confidence, mismatches, requests - mismatches + 1)
  return Number.isNaN(bound) ? 0 : Math.min(bound, mismatches / requests)
}

/**
 * Upper bound that holds at all numbers of requests at once, so however often it is looked at; 1 without evidence. It is the
 * largest rate p at which the likelihood ratio of all rates, weighed by Beta(1/2, 1/2), against p has not reached
 * 1 / (1 - confidence): B(k + 1/2, n - k + 1/2) / π / (p^k (1 - p)^(n - k)).
 * Source: H. Robbins, "Statistical methods related to the law of the iterated logarithm", Ann. Math. Statist. 41 (1970), by
 * Ville's inequality; as beta-binomial mixture in S. R. Howard et al., "Time-uniform, nonparametric, nonasymptotic confidence
 * sequences", Ann. Statist. 49 (2021), section 3
 */
export const anytimeUpperBound: UpperBound = (mismatches, requests, confidence) => {
  if (!isEvidence(mismatches, requests, confidence)) return 1
  let low = mismatches / requests
  let high = 1
  const limit = -Math.log1p(-confidence)
  for (let step = 0; step < 100 && high - low > 1e-15 + 1e-12 * high; step++) {
    const middle = (low + high) / 2
    if (logMixtureRatio(mismatches, requests, middle) < limit) low = middle
    else high = middle
  }
  return high
}

/** ln of the mixture's likelihood ratio against a rate; a martingale in `requests` where that rate is true. */
export function logMixtureRatio(mismatches: number, requests: number, rate: number): number {
  const others = requests - mismatches
  return (
    logBeta(mismatches + 0.5, others + 0.5) -
    Math.log(Math.PI) -
    (mismatches > 0 ? mismatches * Math.log(rate) : 0) -
    (others > 0 ? others * Math.log1p(-rate) : 0)
  )
}

/**
 * The smallest number of requests with so many mismatches whose bound is within the budget; null where no number is.
 *
 * @param budget a rate from 0 to 1
 */
export function requestsNeeded(
  bound: UpperBound,
  mismatches: number,
  budget: number,
  confidence: number,
): number | null {
  if (!(budget > 0)) return null
  const enough = (requests: number) => bound(mismatches, requests, confidence) <= budget
  // No bound is below the share that has mismatched.
  let low = Math.max(mismatches, Math.ceil(mismatches / budget) - 1)
  let step = Math.ceil(1 / budget)
  while (!enough(low + step)) {
    low += step
    step *= 2
    if (!(low + step < MOST_REQUESTS)) return null
  }
  let high = low + step
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (enough(middle)) high = middle
    else low = middle
  }
  return high
}

/** No pilot is ever asked so often. */
const MOST_REQUESTS = 1e12

function isEvidence(mismatches: number, requests: number, confidence: number): boolean {
  return requests > 0 && mismatches >= 0 && mismatches <= requests && confidence > 0 && confidence < 1
}

/** A quantile that could not be computed is no evidence. */
function atLeast(rate: number, bound: number): number {
  return Number.isNaN(bound) ? 1 : Math.max(rate, bound)
}
