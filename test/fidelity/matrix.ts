import type { EngineName } from '../../src/model/catalog.ts'
import { cutover } from '../cutover.ts'
import { type Cell, cellsOf } from './cells.ts'
import { type ColumnPair, columnPairs, formsOf, valuesOf } from './columns.ts'
import { createDatabase } from './database.ts'
import type { SqliteForm } from './forms-sqlite.ts'
import { judgeHashedColumns } from './in-database.ts'
import { type Judged, judge } from './judge.ts'
import { landing } from './landing.ts'
import { createTable, fill, inTables, nameOf, type TestTable } from './tables.ts'

/** A refused row costs much more than one that is loaded. */
const MOST_REFUSED = 4

/** Every pair of declared types, with tables made by hand on both sides. */
export async function declaredPairs(from: EngineName, to: EngineName): Promise<Judged> {
  const tables = inTables(columnPairs(from, to), (pair, column, id) =>
    cellsOf(pair, column, id, MOST_REFUSED),
  )
  const [source, target] = [await createDatabase(from), await createDatabase(to)]
  for (const table of tables) {
    await createTable(source, table, 'source')
    await createTable(target, table, 'target')
    await fill(source, table)
  }
  const run = cutover(source.url, target.url, { tables: planned(tables) })
  await run.migrate()
  const migrated = { run, source, target, tables }
  const judged = await judge(migrated)
  if (from === 'postgres' && to === 'postgres') judged.hashed = await judgeHashedColumns(migrated, judged)
  return judged
}

/** Every type of one engine, in tables the product makes. */
export async function createdPairs(from: EngineName, to: EngineName): Promise<Judged> {
  const sources = formsOf(from).filter(form => !(form as SqliteForm).loose)
  // What the target will be, nobody knows yet; the values do not depend on it.
  const drafts = inTables(
    sources.map(source => ({ source, target: source, values: valuesOf(source) })),
    valueCells,
  )
  const [source, target] = [await createDatabase(from), await createDatabase(to)]
  for (const table of drafts) {
    await createTable(source, table, 'source')
    await fill(source, table)
  }
  const run = cutover(source.url, target.url, { tables: planned(drafts) })
  await run.migrate({ createSchema: true })
  const tables: TestTable[] = []
  for (const draft of drafts) {
    const forms = await target.forms(draft.name)
    const columns = new Map<string, ColumnPair>()
    const cells: Cell[] = []
    for (const [column, pair] of draft.columns) {
      const created = { ...pair, target: forms.get(column)! }
      if (landing(created.source, created.target) === null)
        throw new Error(`${nameOf(pair.source)} was created as ${nameOf(created.target)}`)
      columns.set(column, created)
      cells.push(...valueCells(created, column, draft.cells.find(cell => cell.column === column)!.id))
    }
    tables.push({ name: draft.name, cells, columns })
  }
  return judge({ run, source, target, tables })
}

function planned(tables: TestTable[]): Record<string, object> {
  return Object.fromEntries(tables.map(({ name }) => [name, {}]))
}

function valueCells(pair: ColumnPair, column: string, firstId: number): Cell[] {
  return cellsOf(pair, column, firstId).filter(cell => cell.spelling === undefined)
}
