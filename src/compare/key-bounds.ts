import type { Session } from '../engines/port/session.ts'
import { selectedFrom } from '../engines/selected-from.ts'
import { askBoth, type BothSides } from './both-sides.ts'
import type { RelationPair } from './relation-pair.ts'

/** The least and greatest key of both sides; null where there is none, or they are no safe integers. */
export async function keyBounds(
  sessions: BothSides<Session>,
  pair: RelationPair,
): Promise<{ least: number; greatest: number } | null> {
  if (!pair.integerKey) return null
  const bounds = await askBoth(async side => {
    const key = pair.fields[0]![side]
    const rows = `FROM ${selectedFrom(pair[side])}`
    // Two queries in one, because SQLite looks up one end of an index and scans for both.
    const [row] = await sessions[side].query(
      `SELECT (SELECT min(${key}) ${rows}) AS least, (SELECT max(${key}) ${rows}) AS greatest`,
    )
    return [row!.least, row!.greatest]
  })
  const values = [...bounds.source, ...bounds.target]
    .filter(value => value !== null && value !== undefined)
    .map(Number)
  if (values.length === 0) return null
  const [least, greatest] = [Math.min(...values), Math.max(...values)]
  const safe = [least, greatest, greatest - least].every(Number.isSafeInteger)
  return safe ? { least, greatest } : null
}
