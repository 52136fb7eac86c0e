import { compare } from '../../src/compare/compare.ts'
import { pairOf } from '../../src/compare/mapping-pair.ts'
import { fieldsOf, type RelationPair } from '../../src/compare/relation-pair.ts'
import { openReader } from '../../src/engines/open.ts'
import type { RowHashing, Session } from '../../src/engines/port/session.ts'
import { decodeLine } from '../../src/model/row-line.ts'
import { resolvePlan } from '../../src/plan/resolve.ts'
import type { Cell } from './cells.ts'
import { type Judged, type Migrated, rowOf } from './judge.ts'
import { nameOf, shown } from './tables.ts'

/**
 * Asks the engines to hash each column by itself, row by row, where they can: verify lets them do so only where they can hash
 * every column of a table, and reads all rows of a part of the table whose hashes differ, so that one row found there would
 * hide another one. Then compares all these columns both ways. Pushes what is not as it should be to the failures.
 *
 * @returns how many columns the engines hashed
 */
export async function judgeHashedColumns({ run, tables }: Migrated, judged: Judged): Promise<number> {
  const { plan } = run
  const sessions = await Promise.all(
    [plan.connections.source, plan.connections.target].map(connection => openReader(connection)),
  )
  const [source, target] = sessions as [Session, Session]
  let columns = 0
  try {
    const { resolved } = await resolvePlan(
      plan,
      { session: source, catalog: await source.introspect() },
      { session: target, catalog: await target.introspect() },
    )
    for (const mapping of resolved.mappings) {
      const pair = pairOf(mapping)
      const table = tables.find(({ name }) => name === mapping.table)!
      const hashed: string[] = []
      for (const column of table.columns.keys()) {
        const cells = table.cells.filter(cell => cell.column === column)
        const [ofSource, ofTarget] = [
          await hashingOf(source, 'source', pair, column, cells),
          await hashingOf(target, 'target', pair, column, cells),
        ]
        if (ofSource === null || ofSource.name !== ofTarget?.name) continue
        hashed.push(column)
        const [before, after] = [await hashes(ofSource, cells), await hashes(ofTarget, cells)]
        for (const cell of cells) {
          const differs = before.get(cell.id) !== after.get(cell.id)
          const shouldDiffer = judged.expected.has(rowOf(table.name, cell.id))
          // Where equal values may have two hashes, only equal ones say something.
          if (differs === shouldDiffer || (differs && !ofSource.exact)) continue
          judged.failures.push(
            `${differs ? 'two hashes' : 'one hash'}: ${nameOf(cell.pair.source)} → ${nameOf(cell.pair.target)}: ` +
              `${shown(cell.value)}, in the target ${shown(cell.mutated ?? cell.spelling ?? cell.arrives)}`,
          )
        }
      }
      columns += hashed.length
      const fields = [
        pair.fields[0]!,
        ...hashed.map(column => pair.fields.find(({ name }) => name === column)!),
      ]
      const expected = table.cells
        .filter(cell => hashed.includes(cell.column) || cell.arrives === undefined)
        .flatMap(({ id }) => (judged.expected.has(rowOf(table.name, id)) ? [id] : []))
      for (const hashHere of hashed.length > 0 ? [true, false] : [])
        judged.failures.push(
          ...(await differingRows(source, target, { ...pair, fields }, hashHere, expected)).map(
            what => `${table.name}, ${hashHere ? 'hashed here' : 'hashed in the database'}: ${what}`,
          ),
        )
    }
  } finally {
    await Promise.all(sessions.map(session => session.close()))
  }
  return columns
}

/** What a comparison finds and should not, and the other way round. */
async function differingRows(
  source: Session,
  target: Session,
  pair: RelationPair,
  hashHere: boolean,
  expected: number[],
): Promise<string[]> {
  const found = new Set<number>()
  const { hashed } = await compare(source, target, pair, {
    hashHere,
    onDifference: lines => {
      const [id] = decodeLine(Buffer.from((lines.source ?? lines.target)!, 'latin1'))
      found.add(Number(id))
    },
  })
  return [
    ...(hashed === (hashHere ? 'here' : 'in the database') ? [] : [`it was hashed ${hashed}`]),
    ...expected.filter(id => !found.has(id)).map(id => `row ${id} is not found`),
    ...[...found].filter(id => !expected.includes(id)).map(id => `row ${id} is found`),
  ]
}

async function hashingOf(
  session: Session,
  side: 'source' | 'target',
  pair: RelationPair,
  column: string,
  cells: Cell[],
): Promise<RowHashing | null> {
  const where = `"id" BETWEEN ${cells[0]!.id} AND ${cells.at(-1)!.id}`
  const fields = [pair.fields[0]!, pair.fields.find(({ name }) => name === column)!]
  const relation = { ...pair[side], where }
  return (await session.hashing?.(relation, fieldsOf({ ...pair, fields }, side))) ?? null
}

/** The hash of each row: of a bucket for every key. */
async function hashes(hashing: RowHashing, cells: Cell[]): Promise<Map<number, bigint>> {
  const least = cells[0]!.id
  const buckets = await hashing.parts!.inBuckets({ kind: 'range', count: cells.length, least, width: 1 })
  return new Map(buckets.map(({ bucket, sum }) => [least + bucket, sum]))
}
