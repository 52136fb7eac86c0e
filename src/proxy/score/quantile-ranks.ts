import { logMixtureRatio } from './bounds.ts'
import { logBeta } from './log-beta.ts'

/**
 * Of n sorted values of one distribution, the ranks (from 1) between which its quantile lies: not below the value at
 * `lower`, not above that at `upper`. null where n is too small for it.
 */
export interface QuantileRanks {
  lower: number | null
  upper: number | null
}

/**
 * For one look at a number of values fixed beforehand. Each side may be wrong with a probability; what of `1 - confidence` the
 * upper side does not use up goes to the lower side, so that both together hold at `confidence` and 59 values are enough for
 * p95, 299 for p99, at 95 %.
 * Source: distribution-free bounds by order statistics, H. A. David, H. N. Nagaraja, "Order Statistics" (3rd ed. 2003), 7.1
 */
export function fixedRanks(values: number, quantile: number, confidence: number): QuantileRanks {
  const error = 1 - confidence
  const none = { lower: null, upper: null }
  const allBelow = quantile ** values
  if (!(values > 0 && error > 0 && error < 1) || allBelow > error) return none
  // Of the values above the quantile; the least there can be is none, whose probability comes from two formulas.
  const above = lowerTailWithin(values, 1 - quantile, Math.max(error / 2, allBelow * (1 + 1e-9)))
  const below = lowerTailWithin(values, quantile, error - above.probability)
  return { lower: below.count === 0 ? null : below.count, upper: values - above.count + 1 }
}

/**
 * For any number of looks: the ranks at which the mixture of `anytimeUpperBound` does not speak against the quantile.
 * Source: see there; that counts below a quantile make such a sequence of bounds, S. R. Howard, A. Ramdas, "Sequential
 * estimation of quantiles with applications to A/B testing and best-arm identification", Bernoulli 28 (2022)
 */
export function anytimeRanks(values: number, quantile: number, confidence: number): QuantileRanks {
  const error = 1 - confidence
  if (!(values > 0 && error > 0 && error < 1)) return { lower: null, upper: null }
  const limit = -Math.log(error)
  const possible = (below: number) => logMixtureRatio(below, values, quantile) < limit
  const middle = Math.min(values, Math.max(0, Math.round(values * quantile)))
  const fewest = firstWhere(0, middle, possible)
  const most = values - firstWhere(0, values - middle, above => possible(values - above))
  return { lower: fewest === 0 ? null : fewest, upper: most >= values ? null : most + 1 }
}

/** The smallest whole number in [low, high] at which a condition holds that holds from there on, as it does at `high`. */
function firstWhere(low: number, high: number, holds: (value: number) => boolean): number {
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}

interface Tail {
  /** How many outcomes, from 0 on, are in it. */
  count: number
  probability: number
}

/** The outcomes 0, 1, … of Bin(n, p) that are together at most as probable as `most`. */
function lowerTailWithin(n: number, p: number, most: number): Tail {
  const mode = Math.min(n, Math.floor((n + 1) * p))
  const spread = Math.ceil(12 * Math.sqrt(n * p * (1 - p)) + 40)
  const first = Math.max(0, mode - spread)
  const probabilities = new Float64Array(mode - first + 1)
  let probability = Math.exp(
    mode * Math.log(p) + (n - mode) * Math.log1p(-p) - Math.log(n + 1) - logBeta(mode + 1, n - mode + 1),
  )
  for (let outcome = mode; outcome >= first; outcome--) {
    probabilities[outcome - first] = probability
    probability *= (outcome * (1 - p)) / ((n - outcome + 1) * p)
  }
  let sum = 0
  for (const [index, each] of probabilities.entries()) {
    // What was cut off below is beyond what a double can add.
    if (sum + each > most) return { count: first + index, probability: sum }
    sum += each
  }
  return { count: mode + 1, probability: sum }
}
