import { isOverWholeColumns } from '../../model/catalog.ts'
import { cutName } from '../cut-name.ts'
import type { Dialect } from '../port/dialect.ts'
import { storedText } from '../stored-text.ts'
import { createTable } from './create-table.ts'
import { LONGEST_NAME, list, literal, qualified, quote } from './quoting.ts'
import { splitStatements } from './statements.ts'
import { declaredFor, parseType } from './types.ts'

export const postgresDialect: Dialect = {
  quote,
  literal,
  hasSchemas: true,
  createSchema: name => `CREATE SCHEMA IF NOT EXISTS ${quote(name)}`,
  nameKey: name => cutName(name, LONGEST_NAME),
  table: qualified,
  createTable,
  declaredFor,
  parseType,
  // Each enum is a type of its own.
  keysJoinOneType: ({ kind }) => kind === 'enum',
  // A column's own collation may find different bytes equal.
  asText: expression => `((${expression})::text COLLATE "C")`,
  createEnum: ({ name, labels }) => `CREATE TYPE ${quote(name)} AS ENUM (${labels.map(literal).join(', ')})`,
  createIndexes(table) {
    const name = quote(table.name)
    const statements: string[] = []
    if (table.primaryKey.length > 0)
      statements.push(`ALTER TABLE ${name} ADD PRIMARY KEY (${list(table.primaryKey)})`)
    for (const columns of table.uniques) statements.push(`ALTER TABLE ${name} ADD UNIQUE (${list(columns)})`)
    for (const index of table.indexes.filter(isOverWholeColumns)) {
      if (index.constraint) continue
      const indexName = quote(cutName(index.name, LONGEST_NAME))
      statements.push(
        `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${indexName} ON ${name} (${list(index.columns)})`,
      )
    }
    return statements
  },
  matchesFingerprint: (expression, fingerprint) =>
    `left(encode(sha256(convert_to(${expression}::text, 'UTF8')), 'hex'), ${fingerprint.length}) = '${fingerprint}'`,
  // It hashes what it joins.
  computedOnce: select => select,
  jsonObject: entries =>
    `json_build_object(${entries.map(([name, value]) => `${literal(name)}, ${value}`).join(', ')})`,
  splitList: (x, separator) =>
    `(SELECT json_agg(trim(item) ORDER BY place) FILTER (WHERE trim(item) <> '')
      FROM unnest(string_to_array((${x})::text, ${literal(separator)})) WITH ORDINALITY AS list(item, place))`,
  joinList: (x, separator, { kind }) =>
    kind === 'array'
      ? `array_to_string(${x}, ${literal(separator)})`
      : `(SELECT string_agg(item, ${literal(separator)} ORDER BY place)
          FROM jsonb_array_elements_text((${x})::jsonb) WITH ORDINALITY AS list(item, place))`,
  // `IS JSON` came with PostgreSQL 16; jsonb and json columns cannot hold anything else.
  isJson: expression => `(${expression})::jsonb IS NOT NULL`,
  sequencePositions(table) {
    const columns = table.columns.filter(column => column.sequence !== null)
    if (columns.length === 0) return null
    return columns
      .map(
        ({ name, sequence }) =>
          `SELECT ${literal(name)} AS column, CASE WHEN s.is_called THEN s.last_value::numeric + 1 ELSE s.last_value END AS next,
             (SELECT max(${quote(name)}) FROM ${quote(table.name)}) AS highest FROM ${sequence} s`,
      )
      .join(' UNION ALL ')
  },
  storedText,
  splitStatements,
}
