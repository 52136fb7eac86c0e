import { ParitygateError } from '../model/error.ts'
import { askBoth, type BothSides, type Side } from './both-sides.ts'
import type { BucketLine } from './bucket-lines.ts'
import type { CompareOptions, Comparison, LineDifference } from './relation-pair.ts'

/** Two relations spread over the same buckets, some of which differ. */
export interface SpreadPair {
  /** Buckets whose digests differ, in ascending order. */
  differing: number[]
  /** How many rows of one side lie in a bucket. */
  rows(side: Side, bucket: number): number
  /** About how many bytes the lines of one side in a bucket have. */
  bytes(bucket: number): number
  /** Where buckets are ranges: those no further apart than this are read as one. */
  near: number | null
  /** Reads the rows of some buckets again. */
  read(side: Side, batch: number[]): AsyncIterable<BucketLine[]>
}

export type Located = Pick<Comparison, 'missing' | 'extra' | 'changed' | 'excused'>

/** A row that has no equal one on the other side, or two of one key; null where the row is not there. */
export type OnUnequal = (bucket: number, source: string | null, target: string | null) => void

/** Lines of one side held in memory at a time, and ranges asked for in one statement. */
const BATCH_BYTES = 16 * 1024 * 1024
const BATCH_RANGES = 400
/** What a line kept as text under its key costs beyond its bytes. */
const LINE_OVERHEAD = 150

/**
 * Reads the differing buckets again, some at a time, and pairs their rows by key.
 *
 * @throws {ParitygateError} internal, where a bucket does not give as many rows as it has
 */
export async function locateDifferences(
  spread: SpreadPair,
  options: CompareOptions,
  onUnequal: OnUnequal,
): Promise<Located> {
  const found: Located = { missing: 0, extra: 0, changed: 0, excused: 0 }
  for (const batch of batches(spread)) {
    for (const { bucket, source, target } of await unequalRows(spread, batch)) {
      onUnequal(bucket, source, target)
      if (source !== null && target !== null && options.excuse?.(source, target)) {
        found.excused++
        continue
      }
      const kind: LineDifference['kind'] = source === null ? 'extra' : target === null ? 'missing' : 'changed'
      found[kind]++
      options.onDifference?.({ kind, source, target })
    }
  }
  return found
}

function* batches(spread: SpreadPair): Generator<number[]> {
  let batch: number[] = []
  let size = 0
  let ranges = 0
  for (const bucket of spread.differing) {
    const rows = Math.max(spread.rows('source', bucket), spread.rows('target', bucket))
    const bytes = spread.bytes(bucket) + rows * LINE_OVERHEAD
    const newRange = batch.length === 0 || bucket - batch.at(-1)! > (spread.near ?? 0)
    const full = size + bytes > BATCH_BYTES || (spread.near !== null && newRange && ranges === BATCH_RANGES)
    if (full && batch.length > 0) {
      yield batch
      batch = []
      size = ranges = 0
    }
    batch.push(bucket)
    size += bytes
    if (newRange) ranges++
  }
  if (batch.length > 0) yield batch
}

/** Rows of one key that no equal row of the other side has been found for. */
interface Unmatched {
  bucket: number
  lines: string[]
}

interface Unequal {
  bucket: number
  source: string | null
  target: string | null
}

/** Rows of one key on both sides are one row that changed; what is left over is missing or extra. */
async function unequalRows(spread: SpreadPair, batch: number[]): Promise<Unequal[]> {
  const unmatched: BothSides<Map<string, Unmatched>> = { source: new Map(), target: new Map() }
  await askBoth(side =>
    matchRows(spread, side, batch, unmatched[side], unmatched[side === 'source' ? 'target' : 'source']),
  )
  const result: Unequal[] = []
  // Sorted, because the sides come in whatever order they do, and two runs shall say the same.
  for (const key of [...new Set([...unmatched.source.keys(), ...unmatched.target.keys()])].sort()) {
    const [ofSource, ofTarget] = [unmatched.source.get(key), unmatched.target.get(key)]
    const { bucket } = (ofSource ?? ofTarget)!
    const [sources, targets] = [ofSource?.lines.sort() ?? [], ofTarget?.lines.sort() ?? []]
    for (let index = 0; index < Math.max(sources.length, targets.length); index++)
      result.push({ bucket, source: sources[index] ?? null, target: targets[index] ?? null })
  }
  return result
}

async function matchRows(
  spread: SpreadPair,
  side: Side,
  batch: number[],
  own: Map<string, Unmatched>,
  others: Map<string, Unmatched>,
): Promise<void> {
  const rows = new Map(batch.map(bucket => [bucket, 0]))
  for await (const lines of spread.read(side, batch)) {
    for (const one of lines) {
      rows.set(one.bucket, rows.get(one.bucket)! + 1)
      if (!takeEqual(others, one)) hold(own, one)
    }
  }
  for (const [bucket, read] of rows) {
    const expected = spread.rows(side, bucket)
    if (read !== expected)
      throw new ParitygateError(
        'internal',
        `the ${side} gave ${expected} rows of a part of the table, and ${read} when it was read again`,
      )
  }
}

/** Takes out a row that is equal; false where there is none. */
function takeEqual(rows: Map<string, Unmatched>, { key, line }: BucketLine): boolean {
  const held = rows.get(key)
  const equal = held?.lines.indexOf(line) ?? -1
  if (equal < 0) return false
  const { lines } = held!
  if (lines.length === 1) return rows.delete(key)
  const last = lines.pop()!
  if (equal < lines.length) lines[equal] = last
  return true
}

function hold(rows: Map<string, Unmatched>, { bucket, key, line }: BucketLine): void {
  const held = rows.get(key)
  if (held) held.lines.push(line)
  else rows.set(key, { bucket, lines: [line] })
}
