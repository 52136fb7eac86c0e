import { describe, expect, test } from 'vitest'
import { decideNoise, excessBound, LEAST_ASKED, mcnemar, type NoiseCounts } from '../src/proxy/learn/noise.ts'

const counts = (asked: number, both: number, onlyShadow: number, onlyControl: number): NoiseCounts => ({
  asked,
  both,
  onlyShadow,
  onlyControl,
})
const isNoise = (...given: Parameters<typeof counts>) => decideNoise(counts(...given)).noise

describe('the exact McNemar test', () => {
  test.each([
    [0, 0, 1],
    [1, 0, 0.5],
    [5, 0, 1 / 32],
    [3, 1, 5 / 16],
    // R: binom.test(c(20, 8), alternative = "greater")
    [20, 8, 0.01784907],
    [60, 40, 0.02844397],
  ])('%d against %d is %f', (onlyShadow, onlyControl, p) => {
    expect(mcnemar(onlyShadow, onlyControl)).toBeCloseTo(p, 7)
  })

  test('counts of millions are no harder', () => {
    expect(mcnemar(1_000_000, 1_000_000)).toBe(1)
    expect(mcnemar(1_001_645, 1_000_000)).toBeCloseTo(0.1224, 2)
    expect(mcnemar(2_000_000, 1)).toBe(0)
  })
})

describe('what is noise', () => {
  test('a field that always differs by itself is, once it was asked often enough', () => {
    expect(isNoise(LEAST_ASKED, LEAST_ASKED, 0, 0)).toBe(true)
    expect(isNoise(LEAST_ASKED - 1, LEAST_ASKED - 1, 0, 0)).toBe(false)
  })

  test('nothing is without evidence', () => {
    expect(isNoise(0, 0, 0, 0)).toBe(false)
    expect(isNoise(1_000_000, 0, 0, 0)).toBe(false)
    expect(isNoise(1_000_000, 0, 1, 0)).toBe(false)
    expect(isNoise(1000, 0, 0, 4)).toBe(false)
  })

  test('what differs more often on the new stack is not, though it differs by itself as well', () => {
    expect(isNoise(1000, 20, 30, 10)).toBe(false)
    expect(isNoise(1000, 20, 11, 10)).toBe(true)
    expect(isNoise(100_000, 5, 60, 40)).toBe(false)
  })

  test('what differs by itself and no more on the new stack is, however rare', () => {
    expect(isNoise(10_000, 3, 4, 5)).toBe(true)
  })

  test('few requests that prove nothing either way are not', () => {
    expect(mcnemar(10, 8)).toBeGreaterThan(0.05)
    expect(isNoise(40, 10, 10, 8)).toBe(false)
  })

  test('the reason is told in numbers', () => {
    expect(decideNoise(counts(40, 37, 0, 0))).toEqual({
      noise: true,
      explanation:
        'differs between two old stacks in 37 of 40 asked twice, and on the new stack no more (at most 3.9 % of requests, at 95 %)',
    })
    expect(decideNoise(counts(40, 0, 9, 0)).explanation).toBe(
      'never differs between two old stacks in 40 asked twice',
    )
    expect(decideNoise(counts(12, 12, 0, 0)).explanation).toMatch(/12 of 12 asked twice: too few/)
    expect(decideNoise(counts(1000, 20, 30, 10)).explanation).toMatch(
      /but between old and new in 50 \(p = 0.0011\)/,
    )
    expect(decideNoise(counts(40, 10, 10, 8)).explanation).toMatch(/cannot be ruled out yet$/)
  })
})

/** Fields that differ by themselves with one probability, and on the new stack in a further share of the requests. */
describe('in simulated traffic', () => {
  const random = generator(20261122)
  const simulate = (requests: number, own: number, excess: number): NoiseCounts => {
    const given = counts(requests, 0, 0, 0)
    for (let n = 0; n < requests; n++) {
      const shadow = random() < own || random() < excess / (1 - own)
      const control = random() < own
      if (shadow && control) given.both++
      else if (shadow) given.onlyShadow++
      else if (control) given.onlyControl++
    }
    return given
  }
  const shareOfNoise = (requests: number, own: number, excess: number, rounds = 400) => {
    let noise = 0
    for (let round = 0; round < rounds; round++)
      if (decideNoise(simulate(requests, own, excess)).noise) noise++
    return noise / rounds
  }

  test.each([
    [60, 0.98],
    [700, 0.5],
    [1000, 0.5],
    [1000, 0.05],
    [4000, 0.01],
  ])('after %d requests pure noise of probability %f is called so at nearly any look', (requests, own) => {
    expect(shareOfNoise(requests, own, 0)).toBeGreaterThan(0.92)
  })

  test.each([
    [30, 0.5],
    [60, 0.3],
    [100, 0.1],
    [200, 0.5],
    [400, 0.5],
    [1000, 0.5],
    [400, 0.05],
    [1000, 0.9],
  ])(
    'after %d requests a regression in a tenth of them hides behind noise of %f in at most 5 of 100',
    (requests, own) => {
      const excess = Math.min(0.1, 1 - own)
      // 400 rounds: three standard errors above 5 %.
      expect(shareOfNoise(requests, own, excess)).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / 400))
    },
  )

  test.each([
    [1500, 0.5, 0.05],
    [300, 0.01, 0.05],
    [4000, 0.01, 0.01],
  ])(
    'after %d requests behind noise of %f, a regression of %f is seen in most rounds',
    (requests, own, excess) => {
      expect(shareOfNoise(requests, own, excess)).toBeLessThan(0.2)
    },
  )

  test('the bound of the excess lies below it in at most 5 of 100', () => {
    for (const [requests, own, excess] of [
      [40, 0.3, 0.1],
      [200, 0.5, 0.05],
      [1000, 0.02, 0.01],
    ] as const) {
      let below = 0
      for (let round = 0; round < 1000; round++)
        if (excessBound(simulate(requests, own, excess)) < excess) below++
      expect(below / 1000).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / 1000))
    }
  })
})

/** mulberry32 */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
