import type { Session } from '../engines/port/session.ts'
import { askBoth, hasBoth } from './both-sides.ts'
import { compareHere } from './compare-here.ts'
import { compareInDatabase } from './compare-in-database.ts'
import { type CompareOptions, type Comparison, fieldsOf, type RelationPair } from './relation-pair.ts'

/**
 * Compares two relations: one digest of each side in a single pass, then only the buckets whose count or sum differ
 * are read again, and their rows compared byte by byte. Where both engines hash the same rows alike, they make the
 * digests themselves, and no row that is equal is read; where UUIDs are made here, the source sends a hash and the keys of each
 * row, and rows that differ are found by reading both sides here.
 *
 * @throws {ParitygateError} internal, where the rows read and the differences found do not account for the digests
 */
export async function compare(
  source: Session,
  target: Session,
  pair: RelationPair,
  options: CompareOptions = {},
): Promise<Comparison> {
  const sessions = { source, target }
  if (!options.hashHere && source.hashing && target.hashing) {
    const hashing = await askBoth(
      async side => (await sessions[side].hashing?.(pair[side], fieldsOf(pair, side))) ?? null,
    )
    if (hasBoth(hashing) && hashing.source.name === hashing.target.name) {
      const found = await compareInDatabase(sessions, hashing, pair, options)
      if (found !== null && explains(found)) return found
    }
  }
  return compareHere(sessions, pair, options)
}

/** Hashes that say more than the values are no checksums of them where they differ and no row does. */
function explains({ source, target, missing, extra, changed, excused }: Comparison): boolean {
  return source.sum === target.sum || missing + extra + changed + excused > 0
}
