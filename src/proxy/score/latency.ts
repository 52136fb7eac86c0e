import {
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  Float64Histogram,
  JsHistogram,
} from 'hdr-histogram-js'
import type { EndpointLatency, Quantiles, RatioBound } from '../../model/scoreboard.ts'
import { anytimeRanks, fixedRanks } from './quantile-ranks.ts'

/** How long both legs took to answer the same requests, as histograms of microseconds. */
export interface Latency {
  /** @returns whether it was kept: a pair of which one is unknown is not */
  record(primaryMs: number | null, shadowMs: number | null): boolean
  merge(other: Latency): void
  /** @param confidence of the ratios' bounds */
  measure(confidence: number): EndpointLatency
  /** The histograms; null before the first pair. */
  pair(): { primary: JsHistogram; shadow: JsHistogram } | null
  /** Compressed, for `restoreLatency`; null before the first pair. */
  encode(): EncodedLatency | null
}

export interface EncodedLatency {
  primary: string
  shadow: string
}

/** Two digits are a precision of 1 %, and 1 KB per doubling of the longest time: some 15 KB for a second. */
const DIGITS = 2
const LONGEST_US = 24 * 3_600_000_000

/** Nothing is allocated before the first pair. */
export function openLatency(): Latency {
  return latencyOf(null)
}

/** @throws {Error} where it is not what `encode` has written */
export function restoreLatency(encoded: EncodedLatency | null): Latency {
  if (encoded === null) return openLatency()
  const primary = decode(encoded.primary)
  const shadow = decode(encoded.shadow)
  if (primary.totalCount !== shadow.totalCount) throw new Error('histograms of pairs count differently')
  return latencyOf({ primary, shadow })
}

function latencyOf(kept: { primary: JsHistogram; shadow: JsHistogram } | null): Latency {
  let pair = kept
  const opened = () => {
    pair ??= { primary: emptyHistogram(), shadow: emptyHistogram() }
    return pair
  }
  return {
    record(primaryMs, shadowMs) {
      if (!isTime(primaryMs) || !isTime(shadowMs)) return false
      const { primary, shadow } = opened()
      primary.recordValue(microseconds(primaryMs))
      shadow.recordValue(microseconds(shadowMs))
      return true
    },
    merge(other) {
      const others = other.pair()
      if (others === null) return
      const { primary, shadow } = opened()
      primary.add(others.primary)
      shadow.add(others.shadow)
    },
    measure: confidence => measure(pair, confidence),
    pair: () => pair,
    encode: () =>
      pair && {
        primary: encodeIntoCompressedBase64(pair.primary),
        shadow: encodeIntoCompressedBase64(pair.shadow),
      },
  }
}

function emptyHistogram(): JsHistogram {
  const histogram = new Float64Histogram(1, 1 << 16, DIGITS)
  histogram.autoResize = true
  return histogram
}

function decode(text: string): JsHistogram {
  const histogram = decodeFromCompressedBase64(text, 64)
  if (!(histogram instanceof JsHistogram)) throw new Error('no histogram of this program')
  histogram.autoResize = true
  return histogram
}

function isTime(ms: number | null): ms is number {
  return ms !== null && Number.isFinite(ms) && ms >= 0
}

function microseconds(ms: number): number {
  return Math.min(LONGEST_US, Math.max(1, Math.round(ms * 1000)))
}

function measure(
  pair: { primary: JsHistogram; shadow: JsHistogram } | null,
  confidence: number,
): EndpointLatency {
  if (pair === null) {
    const none: Quantiles = { count: 0, p50: null, p95: null, p99: null }
    const noBound: RatioBound = { ratio: null, lower: null, upper: { fixed: null, anytime: null } }
    return { primary: none, shadow: { ...none }, ratio: { p95: noBound, p99: structuredClone(noBound) } }
  }
  const { primary, shadow } = pair
  return {
    primary: quantilesOf(primary),
    shadow: quantilesOf(shadow),
    ratio: {
      p95: ratioBound(primary, shadow, 0.95, confidence),
      p99: ratioBound(primary, shadow, 0.99, confidence),
    },
  }
}

function quantilesOf(histogram: JsHistogram): Quantiles {
  const count = histogram.totalCount
  const [p50, p95, p99] = valuesAt(
    histogram,
    [0.5, 0.95, 0.99].map(quantile => rankOf(quantile, count)),
  ).map(value => value!.highest / 1000)
  return { count, p50: p50!, p95: p95!, p99: p99! }
}

function rankOf(quantile: number, count: number): number {
  return Math.max(1, Math.ceil(quantile * count - 1e-9))
}

/**
 * The ratio of a quantile of both legs and its bounds. With a half of the error each (Bonferroni, so whatever joins the two
 * legs of a request), the shadow's quantile is not above the value at its upper rank and the primary's not below that at
 * its lower rank; where this holds, so does their quotient. Values are rounded away from the ratio, by the 1 % of the histogram.
 */
function ratioBound(
  primary: JsHistogram,
  shadow: JsHistogram,
  quantile: number,
  confidence: number,
): RatioBound {
  const count = primary.totalCount
  const fixed = fixedRanks(count, quantile, confidence)
  const anytime = anytimeRanks(count, quantile, (1 + confidence) / 2)
  const ranks = [rankOf(quantile, count), fixed.lower, fixed.upper, anytime.lower, anytime.upper]
  const ofPrimary = valuesAt(primary, ranks)
  const ofShadow = valuesAt(shadow, ranks)
  const quotient = (over: number | undefined, under: number | undefined) =>
    over === undefined || under === undefined ? null : over / Math.max(1, under)
  return {
    ratio: quotient(ofShadow[0]?.highest, ofPrimary[0]?.highest),
    lower: quotient(ofShadow[1]?.lowest, ofPrimary[2]?.highest),
    upper: {
      fixed: quotient(ofShadow[2]?.highest, ofPrimary[1]?.lowest),
      anytime: quotient(ofShadow[4]?.highest, ofPrimary[3]?.lowest),
    },
  }
}

/** The values of so many ranks, from 1 on; undefined for null. */
function valuesAt(
  histogram: JsHistogram,
  ranks: (number | null)[],
): ({ lowest: number; highest: number } | undefined)[] {
  const found = ranks.map((): { lowest: number; highest: number } | undefined => undefined)
  const wanted = ranks
    .flatMap((rank, index) => (rank === null ? [] : [{ rank, index }]))
    .sort((one, other) => one.rank - other.rank)
  let next = 0
  let passed = 0
  for (let index = 0; index < histogram.countsArrayLength && next < wanted.length; index++) {
    passed += histogram.getCountAtIndex(index)
    while (next < wanted.length && passed >= wanted[next]!.rank) {
      const value = histogram.valueFromIndex(index)
      found[wanted[next]!.index] = { lowest: value, highest: histogram.highestEquivalentValue(value) }
      next++
    }
  }
  return found
}
