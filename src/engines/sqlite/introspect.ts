import type { Catalog, Column, ForeignKey, Index, Table } from '../../model/catalog.ts'
import type { LogicalType } from '../../model/logical-type.ts'
import type { SqliteThread } from './thread.ts'

type Row = Record<string, string | bigint | null>

export async function introspect(thread: SqliteThread): Promise<Catalog> {
  const all = (sql: string, ...params: unknown[]) => thread.request<Row[]>({ kind: 'all', sql, params })
  const objects = await all(
    `SELECT l.name, l.type, l.wr, s.sql FROM pragma_table_list l JOIN sqlite_schema s ON s.name = l.name
     WHERE l.schema = 'main' AND l.type IN ('table', 'view', 'virtual') AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
     ORDER BY s.rowid`,
  )
  const tables: Table[] = []
  for (const object of objects) tables.push(await readTable(all, object))
  resolveReferencedKeys(tables)
  return { engine: 'sqlite', schema: null, tables, enums: [] }
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
  const columns = info.map((row): Column => {
    const alias = keyIsRowid && row.name === primaryKey[0]
    return {
      name: String(row.name),
      type: logicalType(String(row.type)),
      declared: String(row.type),
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
    checks: readChecks(String(object.sql ?? '')),
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

/** The text of each CHECK in a CREATE TABLE; SQLite keeps no catalog of them. */
function readChecks(sql: string): { name: string | null; definition: string }[] {
  const checks: { name: string | null; definition: string }[] = []
  for (const match of sql.matchAll(/\bCHECK\s*\(/gi)) {
    const start = match.index + match[0].length
    let depth = 1
    let quoted: string | null = null
    let end = start
    for (; end < sql.length && depth > 0; end++) {
      const character = sql[end]!
      if (quoted) quoted = character === quoted ? null : quoted
      else if (character === "'" || character === '"') quoted = character
      else if (character === '(') depth++
      else if (character === ')') depth--
    }
    checks.push({ name: null, definition: sql.slice(start, end - 1).trim() })
  }
  return checks
}

/** What a declared type means; SQLite itself only derives an affinity from it. */
export function logicalType(declared: string): LogicalType {
  const type = declared.trim().toUpperCase()
  const [, name = '', first, second] = /^([A-Z_ 0-9]*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?$/.exec(
    type,
  ) ?? [null, type]
  const length = first === undefined ? undefined : Number(first)
  if (name === '') return { kind: 'any' }
  if (/^BOOL/.test(name)) return { kind: 'boolean' }
  if (/^JSONB?$/.test(name)) return { kind: 'json', binary: true }
  if (/^(UUID|GUID|UNIQUEIDENTIFIER)$/.test(name)) return { kind: 'uuid' }
  if (/^TIMESTAMP ?(TZ|WITH TIME ZONE)|^TIMESTAMPTZ|^DATETIMEOFFSET/.test(name))
    return { kind: 'timestamp', precision: 6, zone: true }
  if (/^(DATETIME|TIMESTAMP)/.test(name)) return { kind: 'timestamp', precision: 6, zone: false }
  if (name === 'DATE') return { kind: 'date' }
  if (name === 'TIME') return { kind: 'time', precision: 6 }
  if (/^(NUMERIC|DECIMAL|MONEY)/.test(name)) {
    return length === undefined
      ? { kind: 'decimal' }
      : { kind: 'decimal', precision: length, scale: Number(second ?? 0) }
  }
  if (name.includes('INT')) return { kind: 'integer', bits: 64 }
  if (/CHAR|CLOB|TEXT|STRING/.test(name))
    return length === undefined || /CLOB|TEXT/.test(name) ? { kind: 'text' } : { kind: 'text', length }
  if (name.includes('BLOB') || /^(VAR)?BINARY|^BYTEA/.test(name)) return { kind: 'bytes' }
  if (/REAL|FLOA|DOUB/.test(name)) return { kind: 'float', bits: 64 }
  return { kind: 'other', name: declared }
}
