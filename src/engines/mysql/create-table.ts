import { createHash } from 'node:crypto'
import type { ForeignKey, Table } from '../../model/catalog.ts'
import type { FidelityNote } from '../../model/ledger.ts'
import { type DefaultForms, defaultSql } from '../default-sql.ts'
import { type FittedColumn, fitColumns, type Note } from './fit-columns.ts'
import { isIndexable, type Keys, keyClauses } from './keys.ts'
import { list, literal, quote } from './quoting.ts'

/**
 * One statement with all keys, indexes and foreign keys: adding them later would build the table again, and each
 * statement would end the transaction.
 */
export function createTable(
  table: Table,
  server: { mariadb: boolean },
): { sql: string; notes: FidelityNote[] } {
  const notes: FidelityNote[] = []
  const note: Note = (column, text) => notes.push({ table: table.name, column, note: text })
  const collation = binaryCollation(server)
  const columns = fitColumns(table, server, collation, note)
  const keys = keyClauses(table, columns, server, note)
  const counted = automaticColumn(columns, keys, note)
  const lines = [
    ...columns.map(column => columnDefinition(table, column, column === counted, note)),
    ...keys.clauses,
    ...table.foreignKeys.flatMap(key => foreignKeyClause(table, key, columns, note)),
  ]
  for (const check of table.checks) note(null, `check not carried over: ${check.definition}`)
  const options = `ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE ${collation}`
  return { sql: `CREATE TABLE ${quote(table.name)} (\n  ${lines.join(',\n  ')}\n) ${options}`, notes }
}

/** Compares bytes and pads nothing, so that what is unique elsewhere is unique here; MySQL has it since 8.0.17. */
export function binaryCollation({ mariadb }: { mariadb: boolean }): string {
  return mariadb ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin'
}

/** A table counts in one column, which must come first in a key. */
function automaticColumn(columns: FittedColumn[], keys: Keys, note: Note): FittedColumn | undefined {
  const automatic = columns.filter(({ column }) => column.automatic)
  const counted = automatic.find(
    ({ column, type }) => type?.kind === 'integer' && keys.first.has(column.name),
  )
  for (const other of automatic.filter(one => one !== counted)) {
    const why = counted
      ? 'a table has one AUTO_INCREMENT column'
      : 'AUTO_INCREMENT is for an integer that comes first in a key'
    note(other.column.name, `no longer filled by itself: ${why}`)
  }
  return counted
}

function columnDefinition(table: Table, fitted: FittedColumn, counted: boolean, note: Note): string {
  const { column, declared, type, collation } = fitted
  const words = [quote(column.name), declared]
  if (collation !== null) words.push(`COLLATE ${collation}`)
  const keyed = table.primaryKey.includes(column.name)
  if (keyed && column.nullable)
    note(column.name, 'part of the primary key and so NOT NULL here; rows with NULL are quarantined')
  // NULL is said too: an old setting makes a TIMESTAMP without it NOT NULL.
  words.push(column.nullable && !keyed ? 'NULL' : 'NOT NULL')
  if (column.generated) note(column.name, 'generated column becomes an ordinary one: its values are copied')
  if (counted) words.push('AUTO_INCREMENT')
  else if (column.default !== null && !column.automatic) {
    const value = type && defaultSql(column.default, type, defaultForms)
    if (value === null) note(column.name, `default not carried over: ${column.default}`)
    else if (value !== 'NULL' || column.nullable) words.push(`DEFAULT ${value}`)
  }
  if (column.onUpdate !== null) words.push(`ON UPDATE ${column.onUpdate}`)
  return words.join(' ')
}

/** A default in parentheses came with MySQL 8.0.13; text and JSON can have no other. */
const defaultForms: DefaultForms = {
  boolean: value => (value ? '1' : '0'),
  bits: bits => `b'${bits}'`,
  text(text, type) {
    if (type.kind === 'time' && !/^-?\d{2,3}:\d\d(:\d\d(\.\d+)?)?$/.test(text)) return null
    if (type.kind === 'json' || (type.kind === 'text' && type.length === undefined))
      return `(${literal(text)})`
    return literal(text)
  },
  now(type) {
    if (type.kind === 'timestamp')
      return `CURRENT_TIMESTAMP${type.precision === 0 ? '' : `(${type.precision})`}`
    return type.kind === 'date' ? '(CURRENT_DATE)' : null
  },
  uuid: () => '(uuid())',
}

function foreignKeyClause(table: Table, key: ForeignKey, columns: FittedColumn[], note: Note): string[] {
  const names = key.columns.join(', ')
  const parts = columns.filter(({ column }) => key.columns.includes(column.name))
  if (!isIndexable(parts)) {
    note(
      names,
      `foreign key to "${key.referencedTable}" not carried over: its columns are too long for a key`,
    )
    return []
  }
  if (key.deferrable)
    note(names, `foreign key to "${key.referencedTable}" is checked at once, and not deferrable`)
  const required = parts.some(({ column }) => !column.nullable || table.primaryKey.includes(column.name))
  const action = (event: string, wanted: string | null) => {
    if (wanted === null) return ''
    const unknown = wanted === 'SET DEFAULT' || (wanted === 'SET NULL' && required)
    if (unknown)
      note(names, `foreign key to "${key.referencedTable}": ON ${event} ${wanted} is not possible here`)
    return unknown ? '' : ` ON ${event} ${wanted}`
  }
  return [
    `${constraintName(table, key)}FOREIGN KEY (${list(key.columns)}) REFERENCES ${quote(key.referencedTable)} (${list(key.referencedColumns)})` +
      action('DELETE', key.onDelete) +
      action('UPDATE', key.onUpdate),
  ]
}

/** The name the server would make of a long table name is too long for it. */
function constraintName(table: Table, key: ForeignKey): string {
  if ([...table.name].length <= 56) return ''
  const digest = createHash('sha256')
    .update(`${table.name}\t${key.columns.join('\t')}`)
    .digest('hex')
  return `CONSTRAINT ${quote(`fk_${digest.slice(0, 24)}`)} `
}
