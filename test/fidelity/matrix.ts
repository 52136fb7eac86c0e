import type { EngineName } from '../../src/model/catalog.ts'
import { type Cutover, cutover } from '../cutover.ts'
import { type Cell, cellsOf, literalIn } from './cells.ts'
import { type ColumnPair, columnPairs, formsOf, valuesOf } from './columns.ts'
import { createDatabase, type TestDatabase } from './database.ts'
import type { Form } from './form.ts'
import type { SqliteForm } from './forms-sqlite.ts'
import { canonical } from './kinds.ts'
import { landing } from './landing.ts'

export interface Figures {
  columns: number
  values: number
  refused: number
  falseDifferences: number
  mutations: number
  killed: number
  spellings: number
  /** Each with its pair of columns, its value, and how that stands on both sides. */
  failures: string[]
}

interface TestTable {
  name: string
  cells: Cell[]
  columns: Map<string, ColumnPair>
}

const COLUMNS_OF_A_TABLE = 40

/** Every pair of declared types, with tables made by hand on both sides. */
export async function declaredPairs(from: EngineName, to: EngineName): Promise<Figures> {
  const tables = inTables(columnPairs(from, to), (pair, column, id) => cellsOf(pair, column, id))
  const [source, target] = [await createDatabase(from), await createDatabase(to)]
  for (const table of tables) {
    await createTable(source, table, 'source')
    await createTable(target, table, 'target')
    await insert(source, table.name, 'source', table.cells)
  }
  const run = cutover(source.url, target.url, { tables: Object.fromEntries(tables.map(({ name }) => [name, {}])) })
  return judge(run, source, target, tables, await migrated(run, false))
}

/** Every type of one engine in tables the product makes. */
export async function createdPairs(from: EngineName, to: EngineName): Promise<Figures> {
  const sources = formsOf(from).filter(form => !(form as SqliteForm).loose)
  // What the target is, nobody knows yet; the values do not depend on it.
  const drafts = inTables(
    sources.map(source => ({ source, target: source, values: valuesOf(source) })),
    (pair, column, id) => valueCells(pair, column, id),
  )
  const [source, target] = [await createDatabase(from), await createDatabase(to)]
  for (const table of drafts) {
    await createTable(source, table, 'source')
    await insert(source, table.name, 'source', table.cells)
  }
  const run = cutover(source.url, target.url, { tables: Object.fromEntries(drafts.map(({ name }) => [name, {}])) })
  const failures = await migrated(run, true)
  const tables: TestTable[] = []
  for (const draft of drafts) {
    const forms = await target.forms(draft.name)
    const columns = new Map<string, ColumnPair>()
    const cells: Cell[] = []
    for (const [column, pair] of draft.columns) {
      const form = forms.get(column)
      if (!form || landing(pair.source, form) === null) {
        failures.push(`${nameOf(pair.source)} was created as ${form ? nameOf(form) : 'nothing'}`)
        continue
      }
      const firstId = draft.cells.find(cell => cell.column === column)!.id
      columns.set(column, { ...pair, target: form })
      cells.push(...valueCells({ ...pair, target: form }, column, firstId))
    }
    tables.push({ name: draft.name, cells, columns })
  }
  return judge(run, source, target, tables, failures)
}

function valueCells(pair: ColumnPair, column: string, firstId: number): Cell[] {
  return cellsOf(pair, column, firstId).filter(cell => cell.spelling === undefined)
}

function inTables(pairs: ColumnPair[], cells: (pair: ColumnPair, column: string, firstId: number) => Cell[]): TestTable[] {
  const tables: TestTable[] = []
  for (const [index, pair] of pairs.entries()) {
    if (index % COLUMNS_OF_A_TABLE === 0) tables.push({ name: `m${tables.length}`, cells: [], columns: new Map() })
    const table = tables.at(-1)!
    const column = `c${index}`
    table.columns.set(column, pair)
    table.cells.push(...cells(pair, column, table.cells.length + 1))
  }
  return tables
}

async function createTable(database: TestDatabase, table: TestTable, side: 'source' | 'target'): Promise<void> {
  const columns = [...table.columns].map(([column, pair]) => `"${column}" ${pair[side].declared} NULL`)
  const key = database.engine === 'sqlite' ? 'INTEGER' : 'bigint'
  await database.execute(`CREATE TABLE "${table.name}" ("id" ${key} PRIMARY KEY, ${columns.join(', ')})`)
}

/** One statement a column. `what` is the value of a cell, or SQL for it. */
async function insert(
  database: TestDatabase,
  table: string,
  side: 'source' | 'target',
  cells: Cell[],
  what: (cell: Cell) => string = cell => literalIn(cell.pair.source, cell.value, cell.pair.source.kind),
): Promise<void> {
  const columns = new Map<string, Cell[]>()
  for (const cell of cells) {
    const own = columns.get(cell.column)
    if (own) own.push(cell)
    else columns.set(cell.column, [cell])
  }
  for (const [column, own] of columns) {
    const rows = own.map(cell => `(${cell.id}, ${what(cell)})`)
    await database.execute(`INSERT INTO "${table}" ("id", "${column}") VALUES ${rows.join(', ')}`).catch(error => {
      throw new Error(`${nameOf(own[0]!.pair[side])}: ${error.message}`)
    })
  }
}

/** What migrate itself fails with is the first of the failures. */
async function migrated(run: Cutover, createSchema: boolean): Promise<string[]> {
  await run.migrate({ createSchema })
  return []
}

async function judge(
  run: Cutover,
  source: TestDatabase,
  target: TestDatabase,
  tables: TestTable[],
  failures: string[],
): Promise<Figures> {
  const figures: Figures = { columns: 0, values: 0, refused: 0, falseDifferences: 0, mutations: 0, killed: 0, spellings: 0, failures }
  const quarantine = new Map([...run.store.currentQuarantine()].map(row => [`${row.table} ${row.key.id}`, row]))
  const lost = new Set<Cell>()
  for (const { name, cells, columns } of tables) {
    figures.columns += columns.size
    const [before, after] = [await stored(source, name, columns, 'source'), await stored(target, name, columns, 'target')]
    for (const cell of cells) {
      const { id, column, pair, value, arrives } = cell
      const say = (what: string) => {
        failures.push(`${nameOf(pair.source)} → ${nameOf(pair.target)}: ${shown(value)}, stored as ${shown(before.get(id))}: ${what}`)
        lost.add(cell)
      }
      if (value !== null && !sameValue(pair.source, pair.source.kind, value, before.get(id)))
        say('the source itself does not hold it')
      const refused = quarantine.get(`${name} ${id}`)
      quarantine.delete(`${name} ${id}`)
      if (arrives === undefined) {
        figures.refused++
        if (!refused) say(`is to be refused, and is there as ${shown(after.get(id))}`)
        else if (refused.column !== column) say(`refused for column ${refused.column}, not ${column}: ${refused.reason}`)
        continue
      }
      figures.values++
      if (refused) say(`refused: ${refused.reason}`)
      else if (!after.has(id)) say('is not there')
      else if (cell.altered) continue
      else if (!sameValue(pair.target, landing(pair.source, pair.target)!.kind, arrives, after.get(id)))
        say(`is there as ${shown(after.get(id))}, not ${shown(arrives)}`)
    }
  }
  for (const row of quarantine.values()) failures.push(`quarantined, and not known: ${row.table} ${JSON.stringify(row.key)}`)
  await judgeVerify(run, target, tables, lost, figures)
  return figures
}

async function judgeVerify(
  run: Cutover,
  target: TestDatabase,
  tables: TestTable[],
  lost: Set<Cell>,
  figures: Figures,
): Promise<void> {
  const arrived = (table: TestTable) => table.cells.filter(cell => cell.arrives !== undefined && !lost.has(cell))
  for (const table of tables) {
    const spelled = arrived(table).filter(cell => cell.spelling !== undefined)
    figures.spellings += spelled.length
    await rewrite(target, table.name, spelled, cell => cell.spelling!)
  }
  const before = await differences(run, figures)
  for (const table of tables) {
    for (const cell of table.cells) {
      const found = before.get(`${table.name} ${cell.id}`)
      before.delete(`${table.name} ${cell.id}`)
      if (lost.has(cell)) continue
      const expected = cell.arrives === undefined ? 'missing' : cell.altered ? `changed ${cell.column}` : undefined
      if (found?.what === expected) continue
      if (expected === undefined) figures.falseDifferences++
      figures.failures.push(
        `${expected === undefined ? 'false difference' : 'survivor'}: ${about(cell)}: ${told(found)}`,
      )
      lost.add(cell)
    }
  }
  for (const [row, found] of before) figures.failures.push(`a row nobody made: ${row}: ${told(found)}`)
  for (const table of tables) {
    const mutated = arrived(table).filter(cell => cell.mutated !== undefined)
    await rewrite(target, table.name, mutated, cell => literalIn(cell.pair.target, cell.mutated!, landing(cell.pair.source, cell.pair.target)!.kind))
  }
  const after = await differences(run, figures)
  for (const table of tables) {
    for (const cell of arrived(table)) {
      const found = after.get(`${table.name} ${cell.id}`)
      if (cell.mutated === undefined) {
        if (found !== undefined && !cell.altered) figures.failures.push(`false difference: ${about(cell)}: ${told(found)}`)
        continue
      }
      figures.mutations++
      if (found?.what === `changed ${cell.column}`) figures.killed++
      else figures.failures.push(`survivor: ${about(cell)} became ${shown(cell.mutated)}: ${told(found)}`)
    }
  }
}

interface Found {
  /** `missing`, or `changed` and the columns. */
  what: string
  /** What verify says of the values. */
  values: string
}

/** What verify says of each row that differs. */
async function differences(run: Cutover, figures: Figures): Promise<Map<string, Found>> {
  const result = await run.verify({ limitDiffs: 1_000_000 })
  for (const { subject, reason } of result.not_covered) figures.failures.push(`not covered: ${subject}: ${reason}`)
  return new Map(
    result.differences.map(({ table, key, kind, columns }) => [
      `${table} ${key.id}`,
      {
        what: kind === 'changed' ? `changed ${Object.keys(columns).join(' ')}` : kind,
        values: Object.values(columns)
          .filter(({ source, target }) => source !== target)
          .map(({ source, target }) => `${shown(source)} against ${shown(target)}`)
          .join(', '),
      },
    ]),
  )
}

async function rewrite(database: TestDatabase, table: string, cells: Cell[], what: (cell: Cell) => string): Promise<void> {
  if (cells.length === 0) return
  await database.execute(`DELETE FROM "${table}" WHERE "id" IN (${cells.map(cell => cell.id).join(', ')})`)
  await insert(database, table, 'target', cells, what)
}

/** The stored value of each row's one column. */
async function stored(
  database: TestDatabase,
  table: string,
  columns: Map<string, ColumnPair>,
  side: 'source' | 'target',
): Promise<Map<number, string | null>> {
  const values = new Map<number, string | null>()
  const list = [...columns].map(([column, pair]) => `${pair[side].show(`"${column}"`)} AS "${column}"`)
  for (const row of await database.rows(`SELECT "id", ${list.join(', ')} FROM "${table}"`)) {
    const column = [...columns.keys()].find(name => row[name] !== null)
    values.set(Number(row.id), column === undefined ? null : columns.get(column)![side].read(row[column]!))
  }
  return values
}

function sameValue(form: Form, kind: ColumnPair['source']['kind'], value: string | null, found: string | null | undefined): boolean {
  if (value === null || found === null || found === undefined) return value === found
  const trimmed = (text: string) => (form.padded && kind === 'text' ? text.replace(/ +$/, '') : text)
  return canonical(kind, trimmed(value)) === canonical(kind, trimmed(found))
}

function nameOf(form: Form): string {
  return `${form.engine} ${form.name}`
}

function about({ pair, value, arrives }: Cell): string {
  return `${nameOf(pair.source)} → ${nameOf(pair.target)}: ${shown(value)}, there ${shown(arrives)}`
}

function told(found: Found | undefined): string {
  return found ? `${found.what}: ${found.values}` : 'not reported'
}

function shown(value: string | null | undefined): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 120 ? `${text.slice(0, 100)}… (${text.length})` : text
}
