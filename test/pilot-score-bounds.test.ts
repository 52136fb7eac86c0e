import { describe, expect, test } from 'vitest'
import {
  anytimeUpperBound,
  fixedLowerBound,
  fixedUpperBound,
  logMixtureRatio,
  requestsNeeded,
} from '../src/proxy/score/bounds.ts'
import { logBeta } from '../src/proxy/score/log-beta.ts'
import { seeded } from './pilot-seeded.ts'

/** P(X ≤ k) of Bin(n, p), summed term by term by the recurrence of the terms: another way than the beta quantile. */
function binomialTail(k: number, n: number, p: number): number {
  let term = Math.exp(n * Math.log1p(-p))
  let sum = term
  for (let x = 1; x <= k; x++) {
    term *= ((n - x + 1) / x) * (p / (1 - p))
    sum += term
  }
  return sum
}

describe('the bound for one look', () => {
  test.each([
    [0, 1],
    [0, 299],
    [1, 100],
    [3, 7752],
    [17, 40],
    [9, 10],
    [12, 5000],
  ])('leaves one in twenty for %i or fewer mismatches of %i, by the exact binomial tail', (k, n) => {
    expect(binomialTail(k, n, fixedUpperBound(k, n, 0.95))).toBeCloseTo(0.05, 9)
    if (k > 0) expect(1 - binomialTail(k - 1, n, fixedLowerBound(k, n, 0.95))).toBeCloseTo(0.05, 9)
  })

  test.each([
    [0, 0.01, 299],
    [0, 0.001, 2995],
    [0, 0.0001, 29_956],
    [1, 0.001, 4742],
    [2, 0.001, 6294],
    [3, 0.001, 7752],
  ])('with %i mismatches needs for a budget of %f just %i requests', (k, budget, n) => {
    expect(requestsNeeded(fixedUpperBound, k, budget, 0.95)).toBe(n)
    expect(fixedUpperBound(k, n, 0.95)).toBeLessThanOrEqual(budget)
    expect(fixedUpperBound(k, n - 1, 0.95)).toBeGreaterThan(budget)
  })
})

describe('the bound for any number of looks', () => {
  test('is 0.082 % for no mismatch of 10,000', () => {
    expect(anytimeUpperBound(0, 10_000, 0.95)).toBeCloseTo(0.00082, 5)
  })

  test('is where the mixture reaches its limit', () => {
    for (const [k, n] of [
      [0, 1],
      [1, 7],
      [250, 100_000],
      [6, 8],
    ] as const)
      expect(Math.exp(logMixtureRatio(k, n, anytimeUpperBound(k, n, 0.95)))).toBeCloseTo(20, 5)
  })

  test.each([0.001, 0.02, 0.3])(
    'is passed by a true rate of %f in at most one in twenty paths that are looked at after every request',
    rate => {
      const random = seeded(4711)
      const paths = 400
      let violated = 0
      let fixedViolated = 0
      for (let path = 0; path < paths; path++) {
        let mismatches = 0
        let anytime = false
        let fixed = false
        for (let requests = 1; requests <= 3000; requests++) {
          if (random() < rate) mismatches++
          // The same as a look at the bound, which `is where the mixture reaches its limit` shows.
          anytime ||=
            mismatches / requests < rate && logMixtureRatio(mismatches, requests, rate) >= Math.log(20)
          // Only looks at some, which is enough to break it.
          if (requests % 50 === 0) fixed ||= fixedUpperBound(mismatches, requests, 0.95) < rate
        }
        if (anytime) violated++
        if (fixed) fixedViolated++
      }
      expect(violated / paths).toBeLessThanOrEqual(0.05)
      // The bound for one look does not hold here, or this test could not fail.
      if (rate > 0.001) expect(fixedViolated / paths).toBeGreaterThan(0.1)
    },
  )

  test('needs more requests than one look does, and just as many as it says', () => {
    for (const [k, budget] of [
      [0, 0.001],
      [1, 0.001],
      [3, 0.01],
      [40, 0.5],
    ] as const) {
      const needed = requestsNeeded(anytimeUpperBound, k, budget, 0.95)!
      expect(needed).toBeGreaterThan(requestsNeeded(fixedUpperBound, k, budget, 0.95)!)
      expect(anytimeUpperBound(k, needed, 0.95)).toBeLessThanOrEqual(budget)
      expect(anytimeUpperBound(k, needed - 1, 0.95)).toBeGreaterThan(budget)
    }
  })
})

test('no evidence, only mismatches, or a confidence nothing can have, bound nothing', () => {
  for (const bound of [fixedUpperBound, anytimeUpperBound]) {
    expect(bound(0, 0, 0.95)).toBe(1)
    expect(bound(7, 7, 0.95)).toBe(1)
    expect(bound(0, 1000, 1)).toBe(1)
    expect(bound(0, 1000, 5)).toBe(1)
    expect(bound(0, 1000, 0)).toBe(1)
    expect(bound(Number.NaN, 1000, 0.95)).toBe(1)
    expect(bound(5, 3, 0.95)).toBe(1)
  }
  expect(fixedLowerBound(0, 0, 0.95)).toBe(0)
  expect(fixedLowerBound(0, 500, 0.95)).toBe(0)
  expect(requestsNeeded(fixedUpperBound, 0, 0, 0.95)).toBeNull()
  expect(requestsNeeded(anytimeUpperBound, 0, 0.001, 1)).toBeNull()
})

test('bounds stay bounds for numbers beyond any pilot', () => {
  for (const bound of [fixedUpperBound, anytimeUpperBound]) {
    for (const n of [1e6, 1e9, 1e12, Number.MAX_SAFE_INTEGER]) {
      expect(bound(0, n, 0.95)).toBeGreaterThan(0)
      expect(bound(0, n, 0.95)).toBeLessThan(60 / n)
      const half = Math.floor(n / 2)
      expect(bound(half, n, 0.95)).toBeGreaterThanOrEqual(half / n)
      expect(bound(half, n, 0.95)).toBeLessThan(0.51)
    }
  }
})

test('ln B is that of exact fractions, and loses nothing beside very large numbers', () => {
  expect(logBeta(1, 1)).toBeCloseTo(0, 13)
  expect(logBeta(0.5, 0.5)).toBeCloseTo(Math.log(Math.PI), 13)
  expect(logBeta(3, 4)).toBeCloseTo(Math.log(1 / 60), 13)
  expect(logBeta(20, 30)).toBeCloseTo(Math.log(1 / (20 * 28_277_527_346_376)), 9)
  expect(logBeta(1, 1e15)).toBeCloseTo(-Math.log(1e15), 9)
  expect(logBeta(2, 1e15)).toBeCloseTo(-2 * Math.log(1e15), 9)
})
