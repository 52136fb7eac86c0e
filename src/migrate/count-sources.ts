import type { Relation } from '../engines/port/rows.ts'
import type { Session } from '../engines/port/session.ts'
import type { CountedRows } from '../model/ledger.ts'
import type { Mapping } from '../plan/mapping.ts'
import { UNION_SOURCE } from '../plan/union.ts'

/** By table, about how many rows it will get; null where the source cannot say. */
export async function estimateSources(
  source: Session,
  mappings: Mapping[],
): Promise<Map<string, number | null>> {
  const totals = new Map<string, number | null>()
  for (const { table, sourceRelation } of mappings)
    totals.set(table, await source.estimate(sourceRelation).catch(() => null))
  return totals
}

/** The rows of each table, whether or not they were given to the target. */
export async function countSources(source: Session, mappings: Mapping[]): Promise<CountedRows[]> {
  const counted: CountedRows[] = []
  for (const mapping of mappings) {
    try {
      counted.push(await countSource(source, mapping))
    } catch (error) {
      throw source.failure(error, `table "${mapping.table}"`)
    }
  }
  return counted
}

async function countSource(
  source: Session,
  { sourceRelation, document: { union } }: Mapping,
): Promise<CountedRows> {
  const read = await source.count({ ...sourceRelation, where: null })
  const selected = sourceRelation.where === null ? read : await source.count(sourceRelation)
  const sources = union ? { sources: await countBranches(source, sourceRelation) } : {}
  return { read, excluded: read - selected, ...sources }
}

/** Which of its sources each row of a union came from. */
async function countBranches(
  source: Session,
  { from, where }: Relation,
): Promise<NonNullable<CountedRows['sources']>> {
  const kept = where === null ? 'count(*)' : `sum(CASE WHEN ${where} THEN 1 ELSE 0 END)`
  const rows = await source.query(
    `SELECT ${UNION_SOURCE} AS name, count(*) AS found, ${kept} AS kept FROM ${from} GROUP BY ${UNION_SOURCE} ORDER BY 1`,
  )
  return rows.map(row => ({ name: row.name!, read: Number(row.found), kept: Number(row.kept) }))
}
