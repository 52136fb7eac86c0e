import xxhash from 'xxhash-wasm'
import type { KeyRange } from '../engines/port/rows.ts'
import { TAB } from '../model/row-line.ts'

const { h32Raw } = await xxhash()

/**
 * How rows are spread over buckets: by ranges of an integer key, which both sides can then read again by
 * themselves, or by a hash of the key, which depends on no collation and no type.
 */
export type Buckets =
  | { kind: 'range'; count: number; least: number; width: number }
  | { kind: 'hash'; count: number }

const ROWS_PER_BUCKET = 50

/** Rows of one bucket that are still held in memory without regret, and how many times as many as of others. */
const MOST_ROWS = 20_000
const TIMES_AVERAGE = 10

/** Whether ranges hold the rows so unevenly, because a few keys lie far from all others, that a hash is to spread them. */
export function isCrowded(inBucket: number, rows: number, { count }: { count: number }): boolean {
  return inBucket > Math.max(MOST_ROWS, (TIMES_AVERAGE * rows) / count)
}

/** Buckets for about `rows` rows; by ranges where the least and greatest key are given as safe integers. */
export function chooseBuckets(
  rows: number,
  keys: { least: number; greatest: number } | null,
  most = 65_536,
): Buckets {
  const count = Math.max(1, Math.min(most, Math.ceil(rows / ROWS_PER_BUCKET)))
  if (keys === null) return { kind: 'hash', count }
  const width = Math.max(1, Math.ceil((keys.greatest - keys.least + 1) / count))
  return { kind: 'range', count, least: keys.least, width }
}

const BACKSLASH = 0x5c

/**
 * The bucket of the line in `piece[start, end)`. Keys outside the range they were chosen for go to its ends, and NULL to
 * its start.
 *
 * @param keyFields how many leading fields form the key; the first alone decides between ranges
 */
export function bucketOf(
  buckets: Buckets,
  piece: Uint8Array,
  start: number,
  end: number,
  keyFields: number,
): number {
  if (buckets.kind === 'hash')
    return h32Raw(piece.subarray(start, keyEnd(piece, start, end, keyFields))) % buckets.count
  if (piece[start] === BACKSLASH) return 0
  const bucket = Math.floor((parseKey(piece, start, end) - buckets.least) / buckets.width)
  return bucket < 0 ? 0 : bucket >= buckets.count ? buckets.count - 1 : bucket
}

/** Where the first `fields` fields of a line end. */
export function keyEnd(piece: Uint8Array, start: number, end: number, fields: number): number {
  let at = start
  for (let field = 0; field < fields; field++) {
    while (at < end && piece[at] !== TAB) at++
    if (at === end || field === fields - 1) return at
    at++
  }
  return end
}

/**
 * Ranges that hold the keys of some buckets, given in ascending order; the first and last bucket are open, as `bucketOf`
 * has them. Buckets no further apart than `near` are in one range, with the keys of others that lie between.
 */
export function rangesOf(buckets: Buckets & { kind: 'range' }, wanted: number[], near: number): KeyRange[] {
  const ranges: KeyRange[] = []
  const edge = (bucket: number) => BigInt(buckets.least) + BigInt(bucket) * BigInt(buckets.width)
  let last: number | null = null
  for (const bucket of wanted) {
    const to = bucket === buckets.count - 1 ? null : edge(bucket + 1)
    if (last !== null && bucket - last <= near) ranges.at(-1)!.to = to
    else ranges.push({ from: bucket === 0 ? null : edge(bucket), to })
    last = bucket
  }
  return ranges
}

/** The integer a line begins with. */
function parseKey(piece: Uint8Array, start: number, end: number): number {
  const negative = piece[start] === 0x2d
  let value = 0
  for (let at = negative ? start + 1 : start; at < end && piece[at] !== TAB; at++)
    value = value * 10 + (piece[at]! - 0x30)
  return negative ? -value : value
}
