import type {
  BucketHash,
  HashBuckets,
  HashedParts,
  HashSum,
  RowHashing,
  Session,
} from '../engines/port/session.ts'
import { ParitygateError, throwIfAborted } from '../model/error.ts'
import { askBoth, type BothSides, hasBoth, requireAllRows, type Side } from './both-sides.ts'
import { linesIn } from './bucket-lines.ts'
import { chooseBuckets, isCrowded, rangesOf } from './buckets.ts'
import { keyBounds } from './key-bounds.ts'
import { locateDifferences, type SpreadPair } from './locate.ts'
import { narrow } from './narrow.ts'
import {
  type Checksum,
  type CompareOptions,
  type Comparison,
  fieldsOf,
  pairingFields,
  type RelationPair,
} from './relation-pair.ts'

/** A grouped scan with more groups costs more than the rows it saves from being read. */
const MOST_BUCKETS = 16_384
/** Buckets side by side; to look up another range costs less than to read the rows of one between. */
const NEAR = 1

/**
 * Compares by what both engines say of the hashes of their rows: first the whole, and only where that differs, buckets,
 * of which those that differ are read. Null where the whole differs and a side cannot hash by buckets.
 */
export async function compareInDatabase(
  sessions: BothSides<Session>,
  hashing: BothSides<RowHashing>,
  pair: RelationPair,
  options: CompareOptions,
): Promise<Comparison | null> {
  const whole = await wholes(sessions, hashing, pair, options)
  const comparison: Comparison = {
    ...whole,
    strategy: pair.keyFields === 0 ? 'multiset' : pair.integerKey ? 'range' : 'hash',
    hashed: 'in the database',
    missing: 0,
    extra: 0,
    changed: 0,
    excused: 0,
    matched: whole.source.rows,
  }
  const isEqual = isSame(whole.source, whole.target)
  const parts = { source: hashing.source.parts, target: hashing.target.parts }
  // Otherwise the rows are read from the first one again.
  if (isEqual || hasBoth(parts)) options.onRows?.(whole.source.rows, whole.source.rows)
  if (isEqual) return comparison
  throwIfAborted(options.signal)
  if (!hasBoth(parts)) return null
  const hashes = (buckets: HashBuckets) =>
    askBoth(async side => {
      const found = await parts[side].inBuckets(buckets)
      requireSame(side, whole[side], found)
      return new Map(found.map(hash => [hash.bucket, hash]))
    })
  const rows = Math.max(whole.source.rows, whole.target.rows)
  let buckets = hashBuckets(pair, rows, await keyBounds(sessions, pair))
  let spread = spreadPair(sessions, parts, pair, buckets, await hashes(buckets), options)
  if (
    buckets.kind === 'range' &&
    spread.differing.some(bucket => isCrowded(mostOf(spread, bucket), rows, buckets))
  ) {
    buckets = hashBuckets(pair, rows, null)
    spread = spreadPair(sessions, parts, pair, buckets, await hashes(buckets), options)
  }
  const unexplained = new Set(spread.differing)
  const found = await locateDifferences(spread, options, bucket => void unexplained.delete(bucket))
  const { source, target } = whole
  const matched = source.rows - found.missing - found.changed - found.excused
  if (hashing.source.exact && unexplained.size > 0)
    throw new ParitygateError(
      'internal',
      `the hashes of ${unexplained.size} of ${buckets.count} parts of the table differ, but no row of theirs does`,
    )
  if (matched !== target.rows - found.extra - found.changed - found.excused)
    throw new ParitygateError('internal', 'the differences found do not explain the numbers of rows')
  return {
    ...comparison,
    ...found,
    strategy: pair.keyFields === 0 ? 'multiset' : buckets.kind,
    matched,
  }
}

async function wholes(
  sessions: BothSides<Session>,
  hashing: BothSides<RowHashing>,
  pair: RelationPair,
  { onRows, signal }: CompareOptions,
): Promise<BothSides<HashSum>> {
  return askBoth(async side => {
    if (hashing[side].parts !== null) return hashing[side].whole()
    const counted = await sessions[side].count(pair[side])
    const whole = await hashing[side].whole({ onRows: rows => onRows?.(rows, counted), signal })
    requireAllRows(side, whole.rows, counted)
    return whole
  })
}

function mostOf(spread: SpreadPair, bucket: number): number {
  return Math.max(spread.rows('source', bucket), spread.rows('target', bucket))
}

function hashBuckets(
  pair: RelationPair,
  rows: number,
  bounds: { least: number; greatest: number } | null,
): HashBuckets {
  const buckets = chooseBuckets(rows, bounds, MOST_BUCKETS)
  return buckets.kind === 'range' ? buckets : { ...buckets, keyFields: pairingFields(pair) }
}

function spreadPair(
  sessions: BothSides<Session>,
  parts: BothSides<HashedParts>,
  pair: RelationPair,
  buckets: HashBuckets,
  hashes: BothSides<Map<number, BucketHash>>,
  { signal }: CompareOptions,
): SpreadPair {
  const held = (side: Side, bucket: number) =>
    hashes[side].get(bucket) ?? { bucket, rows: 0, sum: 0n, bytes: 0 }
  const all = [...new Set([...hashes.source.keys(), ...hashes.target.keys()])].sort((a, b) => a - b)
  return {
    differing: all.filter(bucket => !isSame(held('source', bucket), held('target', bucket))),
    near: buckets.kind === 'range' ? NEAR : null,
    rows: (side, bucket) => held(side, bucket).rows,
    bytes: bucket => Math.max(held('source', bucket).bytes, held('target', bucket).bytes),
    read(side, batch) {
      const bucket = parts[side].bucketOf(buckets)
      const relation =
        buckets.kind === 'range' ? pair[side] : narrow(pair[side], `${bucket} IN (${batch.join(', ')})`)
      const integer = { kind: 'integer', bits: 64 } as const
      const fields = [...fieldsOf(pair, side), { expression: bucket, type: integer, own: integer }]
      const lines = sessions[side].digestLines(relation, fields, {
        ...(buckets.kind === 'range' ? { ranges: rangesOf(buckets, batch, NEAR) } : {}),
        ...(signal ? { signal } : {}),
      })
      return linesIn(lines, pairingFields(pair), new Set(batch), null)
    },
  }
}

function isSame(source: Checksum, target: Checksum): boolean {
  return source.rows === target.rows && source.sum === target.sum
}

/** A bucket passed over would hide what differs in it. */
function requireSame(side: Side, whole: Checksum, buckets: BucketHash[]): void {
  const sums = buckets.reduce((total, { rows, sum }) => ({ rows: total.rows + rows, sum: total.sum + sum }), {
    rows: 0,
    sum: 0n,
  })
  if (isSame(whole, sums)) return
  throw new ParitygateError('internal', `the parts of the ${side} do not add up to the whole`)
}
