import { type Cell, literalIn } from './cells.ts'
import type { ColumnPair } from './columns.ts'
import type { TestDatabase } from './database.ts'
import type { Form } from './form.ts'

export type Side = 'source' | 'target'

/** A table of both sides with an integer key `id` and a column for each pair of columns; each row has one value. */
export interface TestTable {
  name: string
  cells: Cell[]
  columns: Map<string, ColumnPair>
}

const COLUMNS_OF_A_TABLE = 40

export function inTables(
  pairs: ColumnPair[],
  cells: (pair: ColumnPair, column: string, firstId: number) => Cell[],
): TestTable[] {
  const tables: TestTable[] = []
  for (const [index, pair] of pairs.entries()) {
    if (index % COLUMNS_OF_A_TABLE === 0)
      tables.push({ name: `m${tables.length}`, cells: [], columns: new Map() })
    const table = tables.at(-1)!
    const column = `c${index}`
    table.columns.set(column, pair)
    table.cells.push(...cells(pair, column, table.cells.length + 1))
  }
  return tables
}

export async function createTable(database: TestDatabase, table: TestTable, side: Side): Promise<void> {
  const columns = [...table.columns].map(([column, pair]) => `"${column}" ${pair[side].declared} NULL`)
  const key = database.engine === 'sqlite' ? 'INTEGER' : 'bigint'
  await database.execute(`CREATE TABLE "${table.name}" ("id" ${key} PRIMARY KEY, ${columns.join(', ')})`)
}

/** Writes the values of the source. */
export function fill(database: TestDatabase, { name, cells }: TestTable): Promise<void> {
  return insert(database, name, 'source', cells, ({ pair, value }) =>
    literalIn(pair.source, value, pair.source.kind),
  )
}

/** Puts other values into rows of the target. */
export async function rewrite(
  database: TestDatabase,
  table: string,
  cells: Cell[],
  sql: (cell: Cell) => string,
): Promise<void> {
  if (cells.length === 0) return
  await database.execute(`DELETE FROM "${table}" WHERE "id" IN (${cells.map(({ id }) => id).join(', ')})`)
  await insert(database, table, 'target', cells, sql)
}

/** One statement a column. */
async function insert(
  database: TestDatabase,
  table: string,
  side: Side,
  cells: Cell[],
  sql: (cell: Cell) => string,
): Promise<void> {
  const columns = new Map<string, Cell[]>()
  for (const cell of cells) {
    const own = columns.get(cell.column)
    if (own) own.push(cell)
    else columns.set(cell.column, [cell])
  }
  for (const [column, own] of columns) {
    const rows = own.map(cell => `(${cell.id}, ${sql(cell)})`)
    await database
      .execute(`INSERT INTO "${table}" ("id", "${column}") VALUES ${rows.join(', ')}`)
      .catch(error => {
        throw new Error(`${nameOf(own[0]!.pair[side])} cannot be written by hand: ${error.message}`)
      })
  }
}

/** The stored value of each row's one column, as the engine's own driver gives it. */
export async function stored(
  database: TestDatabase,
  { name, columns }: TestTable,
  side: Side,
): Promise<Map<number, string | null>> {
  const values = new Map<number, string | null>()
  const list = [...columns].map(([column, pair]) => `${pair[side].show(`"${column}"`)} AS "${column}"`)
  for (const row of await database.rows(`SELECT "id", ${list.join(', ')} FROM "${name}"`)) {
    const column = [...columns.keys()].find(one => row[one] !== null)
    values.set(Number(row.id), column === undefined ? null : columns.get(column)![side].read(row[column]!))
  }
  return values
}

export function nameOf(form: Form): string {
  return `${form.engine} ${form.name}`
}

export function shown(value: string | null | undefined): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 120 ? `${text.slice(0, 100)}… (${text.length})` : text
}
