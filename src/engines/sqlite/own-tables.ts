import { createOwnTable, OWN, type OwnTables } from '../own-tables.ts'
import { literal, quote } from './quoting.ts'

const types = { key: 'TEXT', text: 'TEXT', integer: 'INTEGER' }
const named = (table: string) => quote(`${OWN}_${table}`)

export const ownTables: OwnTables = {
  named,
  present: table => `SELECT 1 AS one FROM sqlite_schema WHERE name = ${literal(`${OWN}_${table}`)}`,
  create: tables => tables.map(table => `${createOwnTable(named(table.name), table, types)} WITHOUT ROWID`),
  // Whoever may write in a transaction is the only one.
  lock: () => [],
  unlock: [],
  drop: tables => tables.map(({ name }) => `DROP TABLE IF EXISTS ${named(name)}`),
}
