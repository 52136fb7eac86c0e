import type { Session } from '../engines/port/session.ts'
import { ParitygateError } from '../model/error.ts'
import { askBoth, type BothSides, requireAllRows, type Side } from './both-sides.ts'
import { linesIn } from './bucket-lines.ts'
import { type Buckets, chooseBuckets, isCrowded, rangesOf } from './buckets.ts'
import { type Digest, lineHash } from './digest.ts'
import { digestRows } from './digest-rows.ts'
import { keyBounds } from './key-bounds.ts'
import { locateDifferences, type SpreadPair } from './locate.ts'
import {
  type CompareOptions,
  type Comparison,
  fieldsOf,
  pairingFields,
  type RelationPair,
} from './relation-pair.ts'

/** Buckets hold few rows: to read some between two costs less than to look up another range. */
const NEAR = 8
/** Statistics may not know yet of rows that have just been loaded. */
const LEAST_ESTIMATE = 50_000

/** Reads both sides as canonical lines and hashes them in this process, whatever engines they are. */
export async function compareHere(
  sessions: BothSides<Session>,
  pair: RelationPair,
  options: CompareOptions,
): Promise<Comparison> {
  const spread = await digestBoth(sessions, pair, options)
  const { buckets, digests } = spread
  const rest = { source: restOf(digests.source), target: restOf(digests.target) }
  const found = await locateDifferences(
    spreadPair(sessions, pair, spread, options),
    options,
    (_bucket, source, target) => {
      if (source !== null) rest.source.take(source)
      if (target !== null) rest.target.take(target)
    },
  )
  if (rest.source.text() !== rest.target.text())
    throw new ParitygateError(
      'internal',
      `the differences found do not explain the checksums: without them, ${rest.source.text()} and ${rest.target.text()} are left`,
    )
  const { source, target } = digests
  return {
    source,
    target,
    strategy: pair.keyFields === 0 ? 'multiset' : buckets.kind,
    hashed: 'here',
    ...found,
    matched: source.rows - found.missing - found.changed - found.excused,
  }
}

interface Spread {
  buckets: Buckets
  digests: BothSides<Digest>
}

async function digestBoth(
  sessions: BothSides<Session>,
  pair: RelationPair,
  options: CompareOptions,
): Promise<Spread> {
  const count = (side: Side) => sessions[side].count(pair[side])
  const digest = async (side: Side, buckets: Buckets, counted: number) => {
    const found = await digestRows(
      sessions[side].digestLines(pair[side], fieldsOf(pair, side), signalOf(options)),
      pairingFields(pair),
      buckets,
      side === 'source' ? read => options.onRows?.(read, counted) : undefined,
    )
    requireAllRows(side, found.rows, counted)
    return found
  }
  const bounds = await keyBounds(sessions, pair)
  if (bounds !== null) {
    // Counting takes some engines long, and neither side waits for the other: there are no more rows than keys, and about as
    // many as the engines estimate.
    const estimated = await askBoth(side => sessions[side].estimate(pair[side]).catch(() => null))
    const rows = Math.max(
      LEAST_ESTIMATE,
      ...Object.values(estimated).map(one => one ?? Number.POSITIVE_INFINITY),
    )
    const buckets = chooseBuckets(Math.min(rows, bounds.greatest - bounds.least + 1), bounds)
    const digests = await askBoth(async side => digest(side, buckets, await count(side)))
    const most = Math.max(digests.source.rows, digests.target.rows)
    const crowded = differingOf({ buckets, digests }).some(bucket =>
      isCrowded(Math.max(digests.source.counts[bucket]!, digests.target.counts[bucket]!), most, buckets),
    )
    if (!crowded) return { buckets, digests }
  }
  const counted = await askBoth(count)
  const buckets = chooseBuckets(Math.max(counted.source, counted.target), null)
  return { buckets, digests: await askBoth(side => digest(side, buckets, counted[side])) }
}

function spreadPair(
  sessions: BothSides<Session>,
  pair: RelationPair,
  { buckets, digests }: Spread,
  options: CompareOptions,
): SpreadPair {
  const { source, target } = digests
  const lineBytes = (source.bytes + target.bytes) / Math.max(1, source.rows + target.rows)
  return {
    differing: differingOf({ buckets, digests }),
    near: buckets.kind === 'range' ? NEAR : null,
    rows: (side, bucket) => (side === 'source' ? source : target).counts[bucket]!,
    bytes: bucket => Math.max(source.counts[bucket]!, target.counts[bucket]!) * lineBytes,
    read(side, batch) {
      const lines = sessions[side].digestLines(pair[side], fieldsOf(pair, side), {
        ...(buckets.kind === 'range' ? { ranges: rangesOf(buckets, batch, NEAR) } : {}),
        ...signalOf(options),
      })
      return linesIn(lines, pairingFields(pair), new Set(batch), buckets)
    },
  }
}

function differingOf({ buckets, digests: { source, target } }: Spread): number[] {
  const differing: number[] = []
  for (let bucket = 0; bucket < buckets.count; bucket++) {
    const same =
      source.counts[bucket] === target.counts[bucket] && source.sums[bucket] === target.sums[bucket]
    if (!same) differing.push(bucket)
  }
  return differing
}

function signalOf({ signal }: CompareOptions): { signal?: AbortSignal } {
  return signal ? { signal } : {}
}

/** What is left of a side once the rows found to differ are taken out; it must be the same on both. */
function restOf({ rows, sum }: Digest) {
  return {
    take(line: string): void {
      rows--
      sum = BigInt.asUintN(64, sum - lineHash(line))
    },
    text: () => `${rows} rows of checksum ${sum.toString(16)}`,
  }
}
