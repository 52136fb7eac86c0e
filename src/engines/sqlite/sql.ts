import type { Dialect } from '../port.ts'
import { createTable } from './create-table.ts'
import { list, literal, quote } from './quoting.ts'
import { declaredFor, parseType } from './types.ts'

export const sqliteDialect: Dialect = {
  quote,
  literal,
  table: (_schema, name) => quote(name),
  createTable,
  declaredFor,
  parseType,
  asText: expression => `CAST(${expression} AS TEXT)`,
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
