import { isOverWholeColumns } from '../../model/catalog.ts'
import type { Dialect } from '../port/dialect.ts'
import { storedText } from '../stored-text.ts'
import { createTable } from './create-table.ts'
import { list, literal, quote } from './quoting.ts'
import { splitStatements } from './statements.ts'
import { declaredFor, parseType } from './types.ts'

const LETTER_B = 0x62

export const sqliteDialect: Dialect = {
  quote,
  literal,
  hasSchemas: false,
  createSchema: () => null,
  // Only the letters of ASCII are folded (https://www.sqlite.org/lang_expr.html).
  nameKey: name => name.replace(/[A-Z]/g, letter => letter.toLowerCase()),
  table: (schema, name) => (schema === null ? quote(name) : `${quote(schema)}.${quote(name)}`),
  createTable,
  declaredFor,
  parseType,
  keysJoinOneType: () => false,
  // A cast keeps the collation of its column (https://www.sqlite.org/datatype3.html#collation).
  asText: expression => `(CAST(${expression} AS TEXT) COLLATE BINARY)`,
  createEnum: () => null,
  createIndexes(table) {
    return table.indexes
      .filter(isOverWholeColumns)
      .filter(({ constraint }) => !constraint)
      .map(
        ({ name, columns, unique }) =>
          `CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${quote(name)} ON ${quote(table.name)} (${list(columns)})`,
      )
  },
  matchesFingerprint: () => null,
  // With a limit it is not flattened (https://www.sqlite.org/optoverview.html#subquery_flattening), and gets an index.
  computedOnce: select => `${select} LIMIT -1`,
  jsonObject: entries =>
    `json_object(${entries.map(([name, value]) => `${literal(name)}, ${value}`).join(', ')})`,
  splitList: (x, separator) => `split_list(${x}, ${literal(separator)})`,
  joinList: (x, separator) =>
    `(SELECT group_concat(value, ${literal(separator)}) FROM (SELECT value FROM json_each(${x}) ORDER BY key))`,
  isJson: expression => `json_valid(${expression})`,
  sequencePositions: () => null,
  // The first letter is the storage class, see `nativeSql`.
  storedText: field =>
    field[0] === LETTER_B
      ? `\\x${Buffer.from(field.subarray(1)).toString('latin1').toLowerCase()}`
      : storedText(field.subarray(1)),
  splitStatements,
}
