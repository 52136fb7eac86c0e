import type { Chunk, Cuts } from '../engines/port/rows.ts'
import type { Session } from '../engines/port/session.ts'
import { findColumn } from '../model/catalog.ts'
import type { Mapping } from '../plan/mapping.ts'

/** Rows of a chunk where nothing else is said: a few seconds' work. */
export const CHUNK_ROWS = 500_000

const MOST_CHUNKS = 10_000

/**
 * Cuts a table into chunks of about `rows` rows: by where its rows are stored, or by the first column of its primary key; null
 * where there is neither, no integer there, where the rows are those of a query, or where one chunk would hold them all.
 *
 * @param total about how many rows there are
 */
export async function cutsOf(
  source: Session,
  mapping: Mapping,
  total: number,
  rows: number,
): Promise<Cuts | null> {
  const { select, sourceRelation, sourceName } = mapping
  const count = Math.min(Math.max(Math.ceil(total / rows), 1), MOST_CHUNKS)
  if (select !== null || sourceRelation.from !== sourceName) return null
  try {
    return (await source.cutBlocks?.(sourceName, count)) ?? (await cutKeys(source, mapping, count))
  } catch (error) {
    throw source.failure(error, `table "${mapping.table}"`)
  }
}

async function cutKeys(
  source: Session,
  { source: table, sourceName, sourceRelation: { from, where } }: Mapping,
  count: number,
): Promise<Cuts | null> {
  if (count < 2) return null
  const first = findColumn(table, table.primaryKey[0] ?? '')
  if (first?.type.kind !== 'integer' || !first.typeEnforced || first.nullable) return null
  const cutBy = `${sourceName}.${source.dialect.quote(first.name)}`
  const kept = where === null ? '' : ` WHERE ${where}`
  // SQLite looks either up, but reads the whole table for both at once.
  const end = (of: 'min' | 'max') => `(SELECT ${of}(${cutBy}) FROM ${from}${kept})`
  const [ends] = await source.query(`SELECT ${end('min')} AS least, ${end('max')} AS greatest`)
  if (!ends?.least || !ends.greatest) return null
  const least = BigInt(ends.least)
  const span = BigInt(ends.greatest) - least + 1n
  const cuts = Array.from(
    { length: count - 1 },
    (_, index) => least + (span * BigInt(index + 1)) / BigInt(count),
  )
  return { cutBy, cuts: [...new Set(cuts)].map(String) }
}

/** Chunk n, from 1 on. */
export function chunkOf({ cutBy, cuts }: Cuts, n: number): Chunk {
  return { column: cutBy, from: cuts[n - 2] ?? null, to: cuts[n - 1] ?? null }
}
