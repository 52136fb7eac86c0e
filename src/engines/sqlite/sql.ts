import type { Column, ForeignKey, Table } from '../../model/catalog.ts'
import type { FidelityNote } from '../../model/ledger.ts'
import { type LogicalType, typeName } from '../../model/logical-type.ts'
import type { Dialect } from '../port.ts'

export function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

export const sqliteDialect: Dialect = {
  quote,
  literal,
  table: (_schema, name) => quote(name),
  createTable(table) {
    const notes: FidelityNote[] = []
    const alone = table.primaryKey.length === 1 ? table.primaryKey[0] : undefined
    const lines = table.columns.map(column => {
      const alias = column.name === alone && column.type.kind === 'integer'
      return columnDefinition(table, column, alias, notes)
    })
    const inlineKey = table.columns.some(column => column.name === alone && column.type.kind === 'integer')
    if (table.primaryKey.length > 0 && !inlineKey) lines.push(`PRIMARY KEY (${list(table.primaryKey)})`)
    for (const columns of table.uniques) lines.push(`UNIQUE (${list(columns)})`)
    for (const key of table.foreignKeys) lines.push(foreignKeyClause(key))
    for (const check of table.checks) {
      notes.push({ table: table.name, column: null, note: `check not carried over: ${check.definition}` })
    }
    return { sql: `CREATE TABLE ${quote(table.name)} (\n  ${lines.join(',\n  ')}\n)`, notes }
  },
  createEnum: () => null,
  createIndexes(table) {
    return table.indexes
      .filter(index => !index.constraint && !index.partial && index.columns.every(name => name !== null))
      .map(index => ({
        sql: `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${quote(index.name)} ON ${quote(table.name)} (${list(index.columns as string[])})`,
        what: `index ${index.name}`,
      }))
  },
  matchesFingerprint: () => null,
  isJson: expression => `json_valid(${expression})`,
  sequencePositions: () => null,
}

function columnDefinition(table: Table, column: Column, alias: boolean, notes: FidelityNote[]): string {
  const { declared, note } = declaredType(column.type)
  if (note) notes.push({ table: table.name, column: column.name, note })
  if (column.generated) {
    notes.push({ table: table.name, column: column.name, note: 'generated column becomes an ordinary one' })
  }
  if (column.default !== null && !column.automatic) {
    notes.push({
      table: table.name,
      column: column.name,
      note: `default not carried over: ${column.default}`,
    })
  }
  const words = [quote(column.name), alias ? 'INTEGER PRIMARY KEY' : declared]
  if (!column.nullable && !alias) words.push('NOT NULL')
  return words.join(' ')
}

/** Declared so that SQLite's affinity rules (https://www.sqlite.org/datatype3.html) keep every value as it is. */
function declaredType(type: LogicalType): { declared: string; note?: string } {
  switch (type.kind) {
    case 'boolean':
      return { declared: 'BOOLEAN' }
    case 'integer':
      return { declared: 'INTEGER' }
    case 'decimal':
      return {
        declared: 'TEXT',
        note: `${typeName(type)} becomes TEXT: SQLite would keep it as an inexact REAL`,
      }
    case 'float':
      return { declared: 'REAL' }
    case 'bytes':
      return { declared: 'BLOB' }
    case 'timestamp':
      return { declared: 'DATETIME', note: `${typeName(type)} becomes text in UTC` }
    case 'date':
      return { declared: 'DATE' }
    case 'json':
      return { declared: 'TEXT', note: 'JSON becomes text' }
    case 'any':
      return { declared: 'BLOB' }
    case 'text':
      return { declared: type.length === undefined ? 'TEXT' : `VARCHAR(${type.length})` }
    default:
      return { declared: 'TEXT', note: `${typeName(type)} becomes text` }
  }
}

function foreignKeyClause(key: ForeignKey): string {
  const actions = [key.onDelete && ` ON DELETE ${key.onDelete}`, key.onUpdate && ` ON UPDATE ${key.onUpdate}`]
  return `FOREIGN KEY (${list(key.columns)}) REFERENCES ${quote(key.referencedTable)} (${list(key.referencedColumns)})${actions.filter(Boolean).join('')}`
}

function list(names: string[]): string {
  return names.map(quote).join(', ')
}
