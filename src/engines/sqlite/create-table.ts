import type { Column, ForeignKey, Table } from '../../model/catalog.ts'
import type { FidelityNote } from '../../model/ledger.ts'
import { type DefaultForms, defaultSql, standardNow } from '../default-sql.ts'
import { list, literal, quote } from './quoting.ts'

/** The table with its keys: SQLite adds none to a table that is there. */
export function createTable(table: Table): { sql: string; notes: FidelityNote[] } {
  const notes: FidelityNote[] = []
  const alias = table.columns.find(
    ({ name, declared }) =>
      table.primaryKey.length === 1 && name === table.primaryKey[0] && rowid.test(declared),
  )
  const lines = table.columns.map(column => columnDefinition(table, column, column === alias, notes))
  if (table.primaryKey.length > 0 && !alias) lines.push(`PRIMARY KEY (${list(table.primaryKey)})`)
  for (const columns of table.uniques) lines.push(`UNIQUE (${list(columns)})`)
  for (const key of table.foreignKeys) lines.push(foreignKeyClause(key))
  for (const check of table.checks) {
    notes.push({ table: table.name, column: null, note: `check not carried over: ${check.definition}` })
  }
  return { sql: `CREATE TABLE ${quote(table.name)} (\n  ${lines.join(',\n  ')}\n)`, notes }
}

const rowid = /^INTEGER( AUTOINCREMENT)?$/i

function columnDefinition(table: Table, column: Column, alias: boolean, notes: FidelityNote[]): string {
  const note = (text: string) => notes.push({ table: table.name, column: column.name, note: text })
  const type = column.declared.replace(/ AUTOINCREMENT$/i, '')
  const words = [quote(column.name), alias ? rowidType(column) : type].filter(word => word !== '')
  if (!column.nullable && !alias) words.push('NOT NULL')
  if (column.generated) note('generated column becomes an ordinary one: its values are copied')
  if (column.onUpdate !== null) note(`ON UPDATE not carried over: ${column.onUpdate}`)
  if (column.automatic && !alias) note('no longer filled by itself: it is not an INTEGER PRIMARY KEY')
  if (column.default !== null && !column.automatic) {
    const value = own.test(column.default)
      ? `(${column.default})`
      : defaultSql(column.default, column.type, defaultForms)
    if (value === null) note(`default not carried over: ${column.default}`)
    else words.push(`DEFAULT ${value}`)
  }
  if (column.collation !== null) {
    if (/^(NOCASE|RTRIM)$/i.test(column.collation)) words.push(`COLLATE ${column.collation}`)
    else note(`collation not carried over: ${column.collation}`)
  }
  return words.join(' ')
}

/** With DESC the key is no alias of the rowid and may be NULL (https://www.sqlite.org/lang_createtable.html#rowid). */
function rowidType({ declared, nullable }: Column): string {
  if (nullable) return 'INTEGER PRIMARY KEY DESC'
  return `INTEGER PRIMARY KEY${/AUTOINCREMENT$/i.test(declared) ? ' AUTOINCREMENT' : ''}`
}

/** Functions of SQLite alone: such a default is its own, and is kept. */
const own = /\b(strftime|datetime|julianday|unixepoch|randomblob)\s*\(/i

const defaultForms: DefaultForms = {
  boolean: value => (value ? '1' : '0'),
  bits: literal,
  // A statement ends at NUL.
  text: text => (text.includes('\0') ? null : literal(text)),
  now: standardNow,
  uuid: () => null,
}

function foreignKeyClause(key: ForeignKey): string {
  const actions = [key.onDelete && ` ON DELETE ${key.onDelete}`, key.onUpdate && ` ON UPDATE ${key.onUpdate}`]
  return `FOREIGN KEY (${list(key.columns)}) REFERENCES ${quote(key.referencedTable)} (${list(key.referencedColumns)})${actions.filter(Boolean).join('')}`
}
