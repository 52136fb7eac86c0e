import { percent } from '../../model/percent.ts'

/**
 * Requests that primary, shadow and control have all answered, by whether a field differs in one way between primary and
 * shadow, and between primary and control, which are two old stacks.
 */
export interface NoiseCounts {
  /** All of them. */
  asked: number
  both: number
  onlyShadow: number
  onlyControl: number
}

export interface NoiseDecision {
  noise: boolean
  /** What was counted, for people. */
  explanation: string
}

/** Fewer show nothing, however they came out. */
export const LEAST_ASKED = 30
/** As often the old stacks must have been seen to differ by themselves. */
const LEAST_OWN = 5
/** Chance that the test takes pure noise for a difference, at any one look. */
const NOISE_ALPHA = 0.05
/** Excess of the shadow, as a share of the requests, that must have been ruled out at 95 %. */
const MOST_HIDDEN = 0.1

const Z95 = 1.6448536269514722

/**
 * Whether a difference between old and new stack is the old stack's own noise.
 *
 * It is, if two old stacks differ in this very field and kind often enough to be seen (`LEAST_OWN` of at least
 * `LEAST_ASKED`), if the exact one-sided McNemar test on the requests in which only one pair differs gives no reason to
 * think that the new stack differs more (p ≥ `NOISE_ALPHA`), and if there were enough requests to have seen an excess of
 * `MOST_HIDDEN` (the upper 95 % bound of the excess, Agresti and Min 2005, lies below). The last is there because a test
 * that finds nothing in few requests has said nothing. Everything else stays a difference.
 *
 * Errors, at one look: a shadow that differs in 10 % of the requests or more beyond the noise is called noise in at most
 * 5 %. A smaller excess hides until the test has requests enough for it: in four of five cases after about 1,400 for 5 % on
 * a field that differs in half of the requests by itself, 300 for 5 % on one that differs in a hundredth. Pure noise is
 * called a difference in 5 % once there are requests enough, and more often before: in 13 % after 400, and nearly always
 * after 100, for a field that differs in half of them. Nothing is final: each further request is counted, and the standing
 * goes back. `test/pilot-learn-noise.test.ts` simulates this.
 *
 * It cannot see: a field that always differs by itself in the same kind (a random token, a clock) and is also wrong; a
 * difference is there or not, and how large it is does not count. Where being wrong has a kind of its own (`off by exactly
 * 3600 s`, `absent`, `number became string`) that kind is counted by itself, and is none of the noise's.
 *
 * Diffy calls a field noise unless |r − z| / (r + z) > 20 % and |r − z| / n > 0.03 %, r and z being the differences of both
 * pairs: one of 100 is then a difference, two of 10,000 are none, and a real regression on a noisy field hides for good.
 */
export function decideNoise(counts: NoiseCounts): NoiseDecision {
  const { asked, both, onlyShadow, onlyControl } = counts
  const own = both + onlyControl
  const said = `differs between two old stacks in ${own} of ${asked} asked twice`
  if (own === 0) return { noise: false, explanation: `never ${said.replace(` in ${own} of`, ' in')}` }
  if (asked < LEAST_ASKED || own < LEAST_OWN)
    return { noise: false, explanation: `${said}: too few to call it noise` }
  const p = mcnemar(onlyShadow, onlyControl)
  if (p < NOISE_ALPHA)
    return {
      noise: false,
      explanation: `${said}, but between old and new in ${both + onlyShadow} (p = ${p.toPrecision(2)})`,
    }
  const excess = excessBound(counts)
  if (excess > MOST_HIDDEN)
    return {
      noise: false,
      explanation: `${said}: up to ${percent(excess)} more on the new stack cannot be ruled out yet`,
    }
  return {
    noise: true,
    explanation: `${said}, and on the new stack no more (at most ${percent(excess)} of requests, at 95 %)`,
  }
}

/**
 * P(X ≥ `onlyShadow`) for X binomial of all discordant requests and one half: the exact one-sided test of McNemar (1947).
 */
export function mcnemar(onlyShadow: number, onlyControl: number): number {
  const n = onlyShadow + onlyControl
  // By symmetry at least one half.
  if (onlyShadow <= onlyControl) return 1
  let term = Math.exp(logFactorial(n) - logFactorial(onlyShadow) - logFactorial(onlyControl) - n * Math.LN2)
  let sum = 0
  for (let k = onlyShadow; k <= n && term > sum * 1e-17; k++) {
    sum += term
    term *= (n - k) / (k + 1)
  }
  return Math.min(1, sum)
}

/**
 * Upper one-sided 95 % bound of the share of requests by which the shadow differs more often: Wald's interval for paired
 * proportions with half a request added to each cell (Agresti and Min, Statistics in Medicine 24, 2005).
 */
export function excessBound({ asked, onlyShadow, onlyControl }: NoiseCounts): number {
  const n = asked + 2
  const [b, c] = [onlyShadow + 0.5, onlyControl + 0.5]
  return (b - c) / n + (Z95 * Math.sqrt(b + c - (b - c) ** 2 / n)) / n
}

function logFactorial(n: number): number {
  if (n < 20) {
    let product = 1
    for (let k = 2; k <= n; k++) product *= k
    return Math.log(product)
  }
  // Stirling's series; the next term is below 1e-10 here.
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * n) - 1 / (360 * n ** 3)
}
