import type Database from 'better-sqlite3'
import type { LoadColumn } from '../port/rows.ts'

/** Which values SQLite turns into others when they are stored (https://www.sqlite.org/datatype3.html#type_affinity). */
export type Affinity = 'INTEGER' | 'TEXT' | 'BLOB' | 'REAL' | 'NUMERIC'

export function affinitiesOf(database: Database.Database, table: string, columns: LoadColumn[]): Affinity[] {
  const sql = `SELECT i.name, i.type, l.strict FROM pragma_table_xinfo(?) i, pragma_table_list l
    WHERE l.schema = 'main' AND l.name = ?`
  const rows = database.prepare(sql).all(table, table) as { name: string; type: string; strict: bigint }[]
  return columns.map(({ name }) => {
    const row = rows.find(one => one.name === name)
    // In a STRICT table ANY keeps every value as it is.
    if (row?.strict === 1n && row.type.toUpperCase() === 'ANY') return 'BLOB'
    return affinityOf(row?.type ?? '')
  })
}

/** By the words in a declared type, in this order. */
function affinityOf(declared: string): Affinity {
  const type = declared.toUpperCase()
  if (type.includes('INT')) return 'INTEGER'
  if (/CHAR|CLOB|TEXT/.test(type)) return 'TEXT'
  if (type === '' || type.includes('BLOB')) return 'BLOB'
  return /REAL|FLOA|DOUB/.test(type) ? 'REAL' : 'NUMERIC'
}
