import type { Catalog, Column, ForeignKey, Index, Table } from '../../model/catalog.ts'
import { ownNames } from '../own-tables.ts'
import { columnOfQuery } from '../query-column.ts'
import { readTableSql } from './table-sql.ts'
import type { SqliteThread } from './thread.ts'
import { parseType } from './types.ts'

type Row = Record<string, string | bigint | null>

export async function introspect(thread: SqliteThread): Promise<Catalog> {
  const all = (sql: string, ...params: unknown[]) => thread.request<Row[]>({ kind: 'all', sql, params })
  const objects = await all(
    `SELECT l.name, l.type, l.wr, s.sql FROM pragma_table_list l JOIN sqlite_schema s ON s.name = l.name
     WHERE l.schema = 'main' AND l.type IN ('table', 'view', 'virtual') AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
     ORDER BY s.rowid`,
  )
  const found: Table[] = []
  for (const object of objects) found.push(await readTable(all, object))
  const own = ownNames(
    found.map(({ name, columns }) => ({ name, columns: columns.map(column => column.name) })),
  )
  const tables = found.filter(({ name }) => !own.includes(name))
  resolveReferencedKeys(tables)
  return {
    engine: 'sqlite',
    schema: null,
    rounding: 'from_2000',
    enforcesTypes: false,
    tables,
    own,
    enums: [],
  }
}

/** The columns a SELECT gives, with the declared types of those that are a table's. */
export async function columnsOf(thread: SqliteThread, select: string): Promise<Column[]> {
  const columns = await thread.request<{ name: string; type: string | null }[]>({
    kind: 'columns',
    sql: `SELECT * FROM (${select}\n)`,
  })
  return columns.map(({ name, type }) => {
    const declared = type ?? ''
    const meant = parseType(declared) ?? { kind: 'other', name: declared }
    return { name, type: meant, declared, ...columnOfQuery, typeEnforced: false }
  })
}

async function readTable(
  all: (sql: string, ...params: unknown[]) => Promise<Row[]>,
  object: Row,
): Promise<Table> {
  const name = String(object.name)
  // hidden: 1 hides a virtual table's column, 2 is a virtual and 3 a stored generated column.
  const info = (await all('SELECT * FROM pragma_table_xinfo(?)', name)).filter(row => row.hidden !== 1n)
  const primaryKey = info
    .filter(row => Number(row.pk) > 0)
    .sort((a, b) => Number(a.pk) - Number(b.pk))
    .map(row => String(row.name))
  const indexes = await readIndexes(all, name)
  const keyIsRowid = isRowidAlias(
    info,
    primaryKey,
    object,
    await all('SELECT 1 FROM pragma_index_list(?) WHERE origin = ?', name, 'pk'),
  )
  const written = readTableSql(String(object.sql ?? ''))
  const columns = info.map((row): Column => {
    const alias = keyIsRowid && row.name === primaryKey[0]
    const { collation = null, autoincrement = false } =
      written.columns.get(String(row.name).toLowerCase()) ?? {}
    const declared = String(row.type)
    return {
      name: String(row.name),
      type: parseType(declared) ?? { kind: 'other', name: declared },
      // Not a word of the type, but part of what a copy is to be created with.
      declared: alias && autoincrement ? `${declared} AUTOINCREMENT` : declared,
      typeEnforced: alias,
      collation: collation === 'BINARY' ? null : collation,
      onUpdate: null,
      // Outside a WITHOUT ROWID table SQLite lets the columns of a primary key be NULL.
      nullable: row.notnull === 0n && !alias && !(object.wr === 1n && primaryKey.includes(String(row.name))),
      default: row.dflt_value === null ? null : String(row.dflt_value),
      generated: row.hidden === 2n ? 'virtual' : row.hidden === 3n ? 'stored' : null,
      automatic: alias,
      always: false,
      sequence: null,
    }
  })
  return {
    name,
    kind: object.type === 'view' ? 'view' : 'table',
    columns,
    primaryKey,
    uniques: indexes
      .filter(index => index.origin === 'u' && index.columns.every(column => column !== null))
      .map(index => index.columns as string[]),
    foreignKeys: readForeignKeys(
      await all('SELECT * FROM pragma_foreign_key_list(?) ORDER BY id, seq', name),
    ),
    indexes: indexes.map(({ origin, ...index }) => index),
    checks: written.checks,
    rowid: object.type !== 'table' || object.wr === 1n ? null : freeRowidName(columns),
  }
}

async function readIndexes(
  all: (sql: string, ...params: unknown[]) => Promise<Row[]>,
  table: string,
): Promise<(Index & { origin: string })[]> {
  const list = await all(
    `SELECT i.name, i."unique", i.origin, i.partial, s.sql FROM pragma_index_list(?) i
     LEFT JOIN sqlite_schema s ON s.type = 'index' AND s.name = i.name ORDER BY i.seq DESC`,
    table,
  )
  const indexes: (Index & { origin: string })[] = []
  for (const row of list) {
    const columns = await all('SELECT name FROM pragma_index_info(?) ORDER BY seqno', row.name)
    indexes.push({
      name: String(row.name),
      columns: columns.map(column => (column.name === null ? null : String(column.name))),
      unique: row.unique === 1n,
      partial: row.partial === 1n,
      constraint: row.origin !== 'c',
      definition: String(row.sql ?? ''),
      origin: String(row.origin),
    })
  }
  return indexes
}

function readForeignKeys(rows: Row[]): ForeignKey[] {
  const keys = new Map<bigint, ForeignKey>()
  for (const row of rows) {
    const action = (value: unknown) => (value === 'NO ACTION' ? null : String(value))
    const key = keys.get(row.id as bigint) ?? {
      name: null,
      columns: [],
      referencedTable: String(row.table),
      referencedColumns: [],
      onDelete: action(row.on_delete),
      onUpdate: action(row.on_update),
      deferrable: false,
      validated: true,
    }
    key.columns.push(String(row.from))
    if (row.to !== null) key.referencedColumns.push(String(row.to))
    keys.set(row.id as bigint, key)
  }
  return [...keys.values()]
}

/** `REFERENCES parent` without columns means its primary key; table names match whatever their case. */
function resolveReferencedKeys(tables: Table[]): void {
  for (const table of tables) {
    for (const key of table.foreignKeys) key.columns = key.columns.map(name => spelled(name, table))
  }
  for (const key of tables.flatMap(table => table.foreignKeys)) {
    const parent = tables.find(table => table.name.toLowerCase() === key.referencedTable.toLowerCase())
    if (!parent) continue
    key.referencedTable = parent.name
    if (key.referencedColumns.length === 0) key.referencedColumns = parent.primaryKey
    key.referencedColumns = key.referencedColumns.map(name => spelled(name, parent))
  }
}

/** Foreign keys may write a column in another case than its table does. */
function spelled(name: string, table: Table): string {
  return table.columns.find(column => column.name.toLowerCase() === name.toLowerCase())?.name ?? name
}

/**
 * `INTEGER PRIMARY KEY` is the rowid itself (https://www.sqlite.org/lang_createtable.html#rowid); `INT PRIMARY KEY`
 * is not, nor is `INTEGER PRIMARY KEY DESC` on the column. Only then is there no index behind the key.
 */
function isRowidAlias(info: Row[], primaryKey: string[], object: Row, keyIndexes: Row[]): boolean {
  if (primaryKey.length !== 1 || object.wr === 1n || object.type === 'view' || keyIndexes.length > 0)
    return false
  const type = info.find(row => row.name === primaryKey[0])?.type
  return String(type).toUpperCase() === 'INTEGER'
}

function freeRowidName(columns: Column[]): string | null {
  const taken = new Set(columns.map(column => column.name.toLowerCase()))
  return ['rowid', '_rowid_', 'oid'].find(name => !taken.has(name)) ?? null
}
