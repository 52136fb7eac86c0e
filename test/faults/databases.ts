import type { EngineName } from '../../src/model/catalog.ts'
import type { Dump } from './dump.ts'

/** One database of the suite's own. */
export interface FaultDatabase {
  engine: EngineName
  url: string
  execute(sql: string): Promise<void>
  insert(table: string, rows: (string | number | null)[][]): Promise<void>
  dump(): Promise<Dump>
  /** What still works in the database or holds it, besides the suite: one line each. */
  leftBehind(): Promise<string[]>
  /** Ends every session but the suite's; returns how many there were. */
  cutSessions(): Promise<number>
  drop(): Promise<void>
}

/** Where databases of one engine are made. */
export interface DatabaseMaker {
  /** Null where a database is a file. */
  serverUrl: string | null
  create(): Promise<FaultDatabase>
}

/** Rows for INSERT, some hundred to a statement. */
export function* insertBatches<Row>(rows: Row[], size = 500): Generator<Row[]> {
  for (let from = 0; from < rows.length; from += size) yield rows.slice(from, from + size)
}

/** SQL that any of the engines reads. */
export function literal(cell: string | number | null): string {
  if (cell === null) return 'NULL'
  return typeof cell === 'number' ? String(cell) : `'${cell.replaceAll("'", "''")}'`
}

export function valuesSql(rows: (string | number | null)[][]): string {
  return rows.map(row => `(${row.map(literal).join(', ')})`).join(', ')
}
