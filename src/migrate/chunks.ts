import type { KeyRange } from '../engines/port/rows.ts'
import type { Session } from '../engines/port/session.ts'
import { findColumn } from '../model/catalog.ts'
import type { Mapping } from '../plan/mapping.ts'

/** Rows of a chunk where nothing else is said: some seconds' work. */
export const CHUNK_ROWS = 250_000

const MOST_CHUNKS = 10_000

/** Where a table is cut into chunks. */
export interface Cuts {
  /** SQL of the source whose values are cut: a column that holds whole numbers only. */
  cutBy: string
  /** Chunk n, from 1 on, has values from cut n-1 to before cut n. */
  cuts: string[]
}

/**
 * Cuts a table by the first column of its primary key into chunks of about `rows` rows; null where that is no integer, where
 * the rows are those of a query, or where one chunk would hold them all.
 *
 * @param total about how many rows there are
 */
export async function cutsOf(
  source: Session,
  mapping: Mapping,
  total: number,
  rows: number,
): Promise<Cuts | null> {
  const count = Math.min(Math.ceil(total / rows), MOST_CHUNKS)
  const cutBy = cutColumn(source, mapping)
  if (cutBy === null || count < 2) return null
  const { from, where } = mapping.sourceRelation
  const kept = where === null ? '' : ` WHERE ${where}`
  const [ends] = await source
    .query(`SELECT min(${cutBy}) AS least, max(${cutBy}) AS greatest FROM ${from}${kept}`)
    .catch((error: unknown) => {
      throw source.failure(error, `table "${mapping.table}"`)
    })
  if (!ends?.least || !ends.greatest) return null
  const least = BigInt(ends.least)
  const span = BigInt(ends.greatest) - least + 1n
  const cuts = Array.from(
    { length: count - 1 },
    (_, index) => least + (span * BigInt(index + 1)) / BigInt(count),
  )
  return { cutBy, cuts: [...new Set(cuts)].map(String) }
}

function cutColumn(
  source: Session,
  { select, sourceRelation, sourceName, source: table }: Mapping,
): string | null {
  const first = findColumn(table, table.primaryKey[0] ?? '')
  const isWhole = first?.type.kind === 'integer' && first.typeEnforced
  if (select !== null || sourceRelation.from !== sourceName || !isWhole) return null
  return `${sourceName}.${source.dialect.quote(first.name)}`
}

/** What chunk n holds, from 1 on. */
export function rangeOf(cuts: string[], chunk: number): KeyRange {
  const at = (index: number) => (cuts[index] === undefined ? null : BigInt(cuts[index]))
  return { from: chunk === 1 ? null : at(chunk - 2), to: at(chunk - 1) }
}
