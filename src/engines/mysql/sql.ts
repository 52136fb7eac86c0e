import type { Dialect } from '../port/dialect.ts'
import { storedText } from '../stored-text.ts'
import { createTable } from './create-table.ts'
import { literal, qualified, quote } from './quoting.ts'
import { splitStatements } from './statements.ts'
import { declaredFor, parseType } from './types.ts'

export function mysqlDialect(server: { mariadb: boolean }): Dialect {
  return {
    quote,
    literal,
    hasSchemas: false,
    createSchema: () => null,
    // Whether tables are told apart by letter case is a setting of the server, which refuses those it does not tell apart.
    nameKey: (name, of) => (of === 'column' ? name.slice(0, 64).toLowerCase() : name.slice(0, 64)),
    table: qualified,
    createTable: table => createTable(table, server),
    declaredFor,
    parseType: written => parseType(written, server),
    keysJoinOneType: () => true,
    asText: expression => `CAST(CONVERT(${expression} USING utf8mb4) AS BINARY)`,
    createEnum: () => null,
    // They are part of the table's own statement.
    createIndexes: () => [],
    matchesFingerprint: (expression, fingerprint) =>
      `LEFT(SHA2(CONVERT(${expression} USING utf8mb4), 256), ${fingerprint.length}) = '${fingerprint}'`,
    // With a limit it is not merged (https://mariadb.com/kb/en/derived-table-merge-optimization/), and gets a key.
    computedOnce: select => `${select} LIMIT 18446744073709551615`,
    jsonObject: entries =>
      `JSON_OBJECT(${entries.map(([name, value]) => `${literal(name)}, ${value}`).join(', ')})`,
    splitList,
    joinList: (x, separator) =>
      `(SELECT GROUP_CONCAT(item ORDER BY place SEPARATOR ${literal(separator)})
        FROM JSON_TABLE(${x}, '$[*]' COLUMNS (place FOR ORDINALITY, item LONGTEXT PATH '$')) AS list)`,
    isJson: expression => `JSON_VALID(${expression})`,
    sequencePositions(table) {
      const column = table.columns.find(({ sequence }) => sequence !== null)
      if (!column) return null
      // MySQL 8 keeps the number for a day unless information_schema_stats_expiry is 0.
      return `SELECT ${literal(column.name)} AS \`column\`, COALESCE(t.AUTO_INCREMENT, 1) AS next,
        (SELECT MAX(${quote(column.name)}) FROM ${quote(table.name)}) AS highest FROM information_schema.TABLES t
        WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_NAME = ${literal(table.name)}`
    },
    storedText,
    splitStatements,
  }
}

/** By way of a JSON array of the untrimmed items: neither server has an array, nor a function that makes one of a text. */
function splitList(x: string, separator: string): string {
  const items = `REPLACE(JSON_QUOTE(CONVERT(${x} USING utf8mb4)), ${literal(JSON.stringify(separator).slice(1, -1))}, '","')`
  return `(SELECT NULLIF(JSON_ARRAYAGG(TRIM(item)), '[]')
    FROM JSON_TABLE(CONCAT('[', ${items}, ']'), '$[*]' COLUMNS (item LONGTEXT PATH '$')) AS list WHERE TRIM(item) <> '')`
}
