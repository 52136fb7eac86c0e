import { openReader } from '../../src/engines/open.ts'
import { decodeLine } from '../../src/model/row-line.ts'
import { resolvePlan } from '../../src/plan/resolve.ts'
import { compare } from '../../src/verify/compare.ts'
import { pairOf } from '../../src/verify/pair.ts'
import { type Judged, type Migrated, rowOf } from './judge.ts'

/**
 * Compares each column by itself once more, the engines hashing the rows where they can: verify does so only where they can
 * hash every column of a table. Pushes what is not found as it should be to the failures.
 *
 * @returns how many columns the engines hashed
 */
export async function judgeHashedColumns({ run, tables }: Migrated, judged: Judged): Promise<number> {
  const { plan } = run
  const [source, target] = await Promise.all(
    [plan.connections.source, plan.connections.target].map(connection => openReader(connection)),
  )
  let hashed = 0
  try {
    const { resolved } = resolvePlan(
      plan,
      { session: source!, catalog: await source!.introspect() },
      { session: target!, catalog: await target!.introspect() },
    )
    for (const mapping of resolved.mappings) {
      const whole = pairOf(mapping, target!)
      const table = tables.find(({ name }) => name === mapping.table)!
      for (const column of table.columns.keys()) {
        const own = table.cells.filter(cell => cell.column === column)
        const where = `"id" BETWEEN ${own[0]!.id} AND ${own.at(-1)!.id}`
        const found: string[] = []
        const result = await compare(
          source!,
          target!,
          {
            ...whole,
            source: { ...whole.source, where },
            target: { ...whole.target, where },
            fields: [whole.fields[0]!, whole.fields.find(({ name }) => name === column)!],
          },
          {
            onDifference: ({ kind, ...lines }) => {
              const [id] = decodeLine(Buffer.from((lines.source ?? lines.target)!, 'latin1'))
              found.push(`${rowOf(table.name, id!)} ${kind === 'changed' ? `changed ${column}` : kind}`)
            },
          },
        )
        if (result.hashed === 'here') continue
        hashed++
        const expected = own.flatMap(({ id }) => {
          const row = rowOf(table.name, id)
          return judged.expected.has(row) ? [`${row} ${judged.expected.get(row)}`] : []
        })
        const differing = [
          ...expected.filter(row => !found.includes(row)).map(row => `not found: ${row}`),
          ...found.filter(row => !expected.includes(row)).map(row => `found: ${row}`),
        ]
        judged.failures.push(...differing.map(what => `hashed in the database: ${what}`))
      }
    }
  } finally {
    await Promise.all([source!.close(), target!.close()])
  }
  return hashed
}
