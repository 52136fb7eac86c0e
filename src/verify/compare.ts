import type { Session } from '../engines/port.ts'
import { ParitygateError } from '../model/error.ts'
import { chooseBuckets } from './buckets.ts'
import { type Digest, digestRows } from './digest.ts'
import { locateDifferences } from './locate.ts'
import { type CompareOptions, fieldsOf, pairingFields, type RelationPair } from './relation-pair.ts'

export interface Comparison {
  source: Digest
  target: Digest
  strategy: 'range' | 'hash' | 'multiset'
  missing: number
  extra: number
  changed: number
  matched: number
}

/**
 * Compares two relations: one digest of each side in a single pass, then only the buckets whose count or sum differ
 * are read again, and their rows compared byte by byte.
 *
 * @throws {ParitygateError} internal, where a side did not give as many rows as it counts
 */
export async function compare(
  source: Session,
  target: Session,
  pair: RelationPair,
  options: CompareOptions = {},
): Promise<Comparison> {
  const [sourceCount, targetCount] = await Promise.all([source.count(pair.source), target.count(pair.target)])
  const keys = pair.integerKey ? await keyBounds(source, target, pair) : null
  const buckets = chooseBuckets(Math.max(sourceCount, targetCount), keys)
  const keyFields = pairingFields(pair)
  const signal = options.signal ? { signal: options.signal } : {}
  const [ofSource, ofTarget] = await Promise.all([
    digestRows(source.digestLines(pair.source, fieldsOf(pair, 'source'), signal), keyFields, buckets, rows =>
      options.onRows?.(rows, sourceCount),
    ),
    digestRows(target.digestLines(pair.target, fieldsOf(pair, 'target'), signal), keyFields, buckets),
  ])
  requireAllRows('source', ofSource, sourceCount)
  requireAllRows('target', ofTarget, targetCount)
  const found = await locateDifferences(
    { source, target, pair, buckets, ofSource, ofTarget },
    differingBuckets(ofSource, ofTarget),
    options,
  )
  return {
    source: ofSource,
    target: ofTarget,
    strategy: pair.keyFields === 0 ? 'multiset' : buckets.kind,
    ...found,
    matched: ofSource.rows - found.missing - found.changed,
  }
}

/** Null where the keys are no safe integers: ranges are then computed exactly by nobody here. */
async function keyBounds(
  source: Session,
  target: Session,
  pair: RelationPair,
): Promise<{ least: number; greatest: number } | null> {
  const bounds = await Promise.all(
    (['source', 'target'] as const).map(async side => {
      const { from, where } = pair[side]
      const key = pair.fields[0]![side]
      const session = side === 'source' ? source : target
      const rows = `FROM ${from}${where === null ? '' : ` WHERE (${where})`}`
      // Two queries in one, because SQLite looks up one end of an index and scans for both.
      const [row] = await session.query(
        `SELECT (SELECT min(${key}) ${rows}) AS least, (SELECT max(${key}) ${rows}) AS greatest`,
      )
      return [row!.least, row!.greatest]
    }),
  )
  const values = bounds
    .flat()
    .filter(value => value !== null && value !== undefined)
    .map(Number)
  if (values.length === 0) return null
  const [least, greatest] = [Math.min(...values), Math.max(...values)]
  return Number.isSafeInteger(least) &&
    Number.isSafeInteger(greatest) &&
    Number.isSafeInteger(greatest - least)
    ? { least, greatest }
    : null
}

/** A reader that passes over rows on one side could hide that they differ. */
function requireAllRows(side: string, digest: Digest, counted: number): void {
  if (digest.rows === counted) return
  throw new ParitygateError('internal', `the ${side} counts ${counted} rows and gave ${digest.rows}`)
}

function differingBuckets(source: Digest, target: Digest): number[] {
  const differing: number[] = []
  for (let bucket = 0; bucket < source.counts.length; bucket++) {
    const same =
      source.counts[bucket] === target.counts[bucket] && source.sums[bucket] === target.sums[bucket]
    if (!same) differing.push(bucket)
  }
  return differing
}
