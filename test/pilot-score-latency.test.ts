import { expect, test } from 'vitest'
import { openLatency, restoreLatency } from '../src/proxy/score/latency.ts'
import { anytimeRanks, fixedRanks } from '../src/proxy/score/quantile-ranks.ts'
import { seeded } from './pilot-seeded.ts'

/** Latencies of a log-normal distribution, by Box–Muller. */
function logNormal(random: () => number, median: number, sigma: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return median * Math.exp(sigma * normal)
}

/** P(X ≤ x) of Bin(n, p), term by term. */
function binomialTail(x: number, n: number, p: number): number {
  let term = (1 - p) ** n
  let sum = term
  for (let i = 1; i <= x; i++) {
    term *= ((n - i + 1) / i) * (p / (1 - p))
    sum += term
  }
  return sum
}

test('quantiles of both legs are those recorded, to one part in a hundred', () => {
  const latency = openLatency()
  for (let ms = 1; ms <= 1000; ms++) latency.record(ms, ms * 3)
  const { primary, shadow, ratio } = latency.measure(0.95)
  expect(primary.count).toBe(1000)
  expect(primary.p50! / 500).toBeCloseTo(1, 1.9)
  expect(primary.p95! / 950).toBeCloseTo(1, 1.9)
  expect(shadow.p99! / 2970).toBeCloseTo(1, 1.9)
  expect(ratio.p95.ratio! / 3).toBeCloseTo(1, 1.7)
  expect(ratio.p95.lower!).toBeLessThan(3)
  expect(ratio.p95.upper.fixed!).toBeGreaterThan(3)
  expect(ratio.p95.upper.anytime!).toBeGreaterThan(ratio.p95.upper.fixed!)
})

test('59 pairs are enough for a bound of p95 and 299 for one of p99, and one fewer is not', () => {
  for (const [quantile, enough] of [
    [0.95, 59],
    [0.99, 299],
  ] as const) {
    expect(fixedRanks(enough - 1, quantile, 0.95)).toEqual({ lower: null, upper: null })
    expect(fixedRanks(enough, quantile, 0.95)).toMatchObject({ upper: enough, lower: expect.any(Number) })
  }
  const latency = openLatency()
  for (let pair = 0; pair < 58; pair++) latency.record(10, 10)
  expect(latency.measure(0.95).ratio.p95.upper.fixed).toBeNull()
  latency.record(10, 10)
  expect(latency.measure(0.95).ratio.p95.upper.fixed).toBeGreaterThan(1)
  expect(latency.measure(0.95).ratio.p95.upper.fixed).toBeLessThan(1.02)
  expect(latency.measure(0.95).ratio.p99.upper.fixed).toBeNull()
  expect(latency.measure(0.95).ratio.p95.upper.anytime).toBeNull()
})

test('both ranks together are wrong with at most the error allowed, by the exact binomial tail', () => {
  for (const quantile of [0.95, 0.99])
    for (let n = 1; n < 2500; n += 7) {
      const { lower, upper } = fixedRanks(n, quantile, 0.95)
      if (upper === null || lower === null) continue
      const tooLow = binomialTail(n - upper, n, 1 - quantile)
      const tooHigh = binomialTail(lower - 1, n, quantile)
      expect(tooLow + tooHigh).toBeLessThanOrEqual(0.05 + 1e-9)
      expect(lower).toBeLessThanOrEqual(Math.ceil(quantile * n))
      expect(upper).toBeGreaterThanOrEqual(Math.ceil(quantile * n))
    }
})

test('ranks are found for a million and a billion values, ever nearer to the quantile', () => {
  let width = 1
  for (const n of [1e4, 1e6, 1e9]) {
    for (const ranks of [fixedRanks(n, 0.99, 0.95), anytimeRanks(n, 0.99, 0.95)]) {
      expect(ranks.lower!).toBeLessThan(0.99 * n)
      expect(ranks.upper!).toBeGreaterThan(0.99 * n)
    }
    const { lower, upper } = anytimeRanks(n, 0.99, 0.95)
    expect((upper! - lower!) / n).toBeLessThan(width)
    width = (upper! - lower!) / n
  }
})

test.each([0.95, 0.99])(
  'the bound of the ratio at %f covers a true ratio of 1.3 in nineteen of twenty samples, whether times of a pair go together or not',
  quantile => {
    const random = seeded(99)
    for (const together of [0, 0.9]) {
      const samples = 200
      const missed = { upper: 0, lower: 0 }
      for (let sample = 0; sample < samples; sample++) {
        const latency = openLatency()
        for (let pair = 0; pair < 500; pair++) {
          const primary = logNormal(random, 10, 0.5)
          const shadow = random() < together ? primary * 1.3 : logNormal(random, 13, 0.5)
          latency.record(primary, shadow)
        }
        const bound = latency.measure(0.95).ratio[quantile === 0.95 ? 'p95' : 'p99']
        if (bound.upper.fixed! < 1.3) missed.upper++
        if (bound.lower! > 1.3) missed.lower++
      }
      expect(missed.upper / samples).toBeLessThanOrEqual(0.05)
      expect(missed.lower / samples).toBeLessThanOrEqual(0.05)
    }
  },
)

test('ranks for any number of looks hold the quantile in at least 95 % of paths looked at after every value', () => {
  const random = seeded(7)
  const ranks = Array.from({ length: 1501 }, (_, n) => anytimeRanks(n, 0.95, 0.95))
  let violated = 0
  const paths = 400
  for (let path = 0; path < paths; path++) {
    let below = 0
    let wrong = false
    for (let n = 1; n <= 1500; n++) {
      // Of uniform values, the true quantile is 0.95, and the value of a rank lies above it where fewer are below.
      if (random() < 0.95) below++
      const { lower, upper } = ranks[n]!
      wrong ||= (upper !== null && below >= upper) || (lower !== null && below < lower)
    }
    if (wrong) violated++
  }
  expect(violated / paths).toBeLessThanOrEqual(0.05)
  expect(violated).toBeGreaterThan(0)
})

test('merging two endpoints gives the histograms of all their pairs, of whatever length', () => {
  const whole = openLatency()
  const short = openLatency()
  const long = openLatency()
  for (let pair = 1; pair <= 400; pair++) {
    const [primary, shadow] = [pair / 100, pair * 100]
    const part = pair % 3 === 0 ? short : long
    whole.record(primary, pair % 3 === 0 ? primary : shadow)
    part.record(primary, pair % 3 === 0 ? primary : shadow)
  }
  short.merge(long)
  expect(short.measure(0.95)).toEqual(whole.measure(0.95))
  const none = openLatency()
  none.merge(whole)
  expect(none.measure(0.95)).toEqual(whole.measure(0.95))
})

test('what is kept gives the same quantiles again, and goes on counting', () => {
  const latency = openLatency()
  for (let pair = 1; pair <= 500; pair++) latency.record(pair / 7, pair * pair)
  const restored = restoreLatency(JSON.parse(JSON.stringify(latency.encode())))
  expect(restored.measure(0.95)).toEqual(latency.measure(0.95))
  for (const each of [latency, restored]) each.record(86_400_000 * 3, 0)
  expect(restored.measure(0.95)).toEqual(latency.measure(0.95))
  expect(restoreLatency(null).encode()).toBeNull()
})

test('a pair of which one time is unknown or impossible is not measured, and nothing is where nothing was', () => {
  const latency = openLatency()
  expect(latency.measure(0.95).ratio.p95).toEqual({
    ratio: null,
    lower: null,
    upper: { fixed: null, anytime: null },
  })
  for (const [primary, shadow] of [
    [null, 1],
    [1, null],
    [Number.NaN, 1],
    [1, Number.POSITIVE_INFINITY],
    [-1, 1],
  ] as const)
    expect(latency.record(primary, shadow)).toBe(false)
  expect(latency.measure(0.95).primary).toEqual({ count: 0, p50: null, p95: null, p99: null })
  expect(latency.record(0, 1e12)).toBe(true)
  expect(latency.measure(0.95).shadow.p99).toBeGreaterThan(80_000_000)
})
