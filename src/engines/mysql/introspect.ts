import type { Catalog, EnumType, ForeignKey, Index, Table } from '../../model/catalog.ts'
import { ownNames } from '../own-tables.ts'
import { portableNames } from './names.ts'
import { quote } from './quoting.ts'
import { readColumn, unescapedExpression } from './read-column.ts'
import type { Server } from './server.ts'
import type { Row } from './statement.ts'

/** The name every primary key has. */
const PRIMARY = 'PRIMARY'

const tableQuery = `
  SELECT TABLE_NAME AS name, TABLE_TYPE AS kind FROM information_schema.TABLES
  WHERE TABLE_SCHEMA = ? AND TABLE_TYPE IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED') ORDER BY TABLE_TYPE = 'VIEW', TABLE_NAME`

const columnQuery = `
  SELECT TABLE_NAME AS \`table\`, COLUMN_NAME AS name, COLUMN_TYPE AS declared, COLUMN_DEFAULT AS \`default\`,
    IS_NULLABLE AS nullable, EXTRA AS extra, COLLATION_NAME AS collation
  FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME, ORDINAL_POSITION`

const indexQuery = (expression: string) => `
  SELECT TABLE_NAME AS \`table\`, INDEX_NAME AS name, NON_UNIQUE AS repeated, COLUMN_NAME AS \`column\`,
    ${expression} AS expression, SUB_PART AS part, COLLATION AS direction, INDEX_TYPE AS type
  FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`

const foreignKeyQuery = `
  SELECT k.TABLE_NAME AS \`table\`, k.CONSTRAINT_NAME AS name, k.COLUMN_NAME AS \`column\`,
    k.REFERENCED_TABLE_NAME AS parent, k.REFERENCED_COLUMN_NAME AS parentColumn,
    r.DELETE_RULE AS onDelete, r.UPDATE_RULE AS onUpdate
  FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r
    ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.TABLE_NAME = k.TABLE_NAME AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
  WHERE k.TABLE_SCHEMA = ? AND k.REFERENCED_TABLE_SCHEMA = k.TABLE_SCHEMA
  ORDER BY k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION`

/** MySQL names no table there, because names of checks are of the whole schema; MariaDB's are of their table. */
const checkQuery = {
  mariadb: `SELECT TABLE_NAME AS \`table\`, CONSTRAINT_NAME AS name, CHECK_CLAUSE AS clause
    FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ? ORDER BY TABLE_NAME, CONSTRAINT_NAME`,
  // https://dev.mysql.com/doc/refman/8.0/en/information-schema-check-constraints-table.html
  mysql: `SELECT t.TABLE_NAME AS \`table\`, c.CONSTRAINT_NAME AS name, c.CHECK_CLAUSE AS clause
    FROM information_schema.CHECK_CONSTRAINTS c JOIN information_schema.TABLE_CONSTRAINTS t
      ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME AND t.CONSTRAINT_TYPE = 'CHECK'
    WHERE c.CONSTRAINT_SCHEMA = ? ORDER BY t.TABLE_NAME, c.CONSTRAINT_NAME`,
}

/**
 * Reads the catalog of one database. Sequences of MariaDB are no tables; of a system-versioned one the rows of now are
 * read, and of an invisible column its values as of any other.
 *
 * @param rows gives every value as text, NULL as null
 */
export async function introspect(
  rows: (sql: string, params?: unknown[]) => Promise<Row[]>,
  server: Server,
): Promise<Catalog> {
  const all = (sql: string) => rows(sql, [server.schema])
  const found = await all(tableQuery)
  const columns = grouped(await all(columnQuery))
  const own = ownNames(
    found.map(({ name }) => ({
      name: name!,
      columns: (columns.get(name!) ?? []).map(column => column.name!),
    })),
  )
  const objects = found.filter(({ name }) => !own.includes(name!))
  // Functional key parts came with MySQL 8.0.13 (https://dev.mysql.com/doc/refman/8.0/en/create-index.html).
  const indexes = grouped(await all(indexQuery(server.mariadb ? 'NULL' : 'EXPRESSION')))
  const keys = grouped(await all(foreignKeyQuery))
  const checks = grouped(await all(checkQuery[server.mariadb ? 'mariadb' : 'mysql']))
  const expression = server.mariadb ? (given: string) => given : unescapedExpression
  const names = portableNames(
    objects.map(({ name }) => name!),
    [...indexes].flatMap(([table, parts]) =>
      [...new Set(parts.map(part => part.name!))]
        .filter(name => name !== PRIMARY)
        .map(name => ({ table, name })),
    ),
  )
  const tables = objects.map((object): Table => {
    const table = object.name!
    const held = checks.get(table) ?? []
    const json = new Set(held.map(jsonColumn))
    const parts = (indexes.get(table) ?? []).map(part =>
      part.expression ? { ...part, expression: expression(part.expression) } : part,
    )
    const read = readIndexes(parts, index => names.index(table, index))
    return {
      name: table,
      kind: object.kind === 'VIEW' ? 'view' : 'table',
      columns: (columns.get(table) ?? []).map(row =>
        readColumn(row, server, json.has(row.name!), () => names.enum(table, row.name!)),
      ),
      primaryKey: read.find(({ primary }) => primary)?.columns ?? [],
      uniques: read
        .filter(({ primary, constraint }) => constraint && !primary)
        .map(({ columns: whole }) => whole as string[]),
      foreignKeys: readForeignKeys(keys.get(table) ?? [], objects),
      indexes: read.filter(({ primary }) => !primary).map(({ primary, ...index }) => index),
      checks: held
        .filter(row => jsonColumn(row) === null)
        .map(({ name, clause }) => ({ name: name!, definition: `CHECK (${expression(clause!)})` })),
      rowid: null,
    }
  })
  const enums = tables
    .flatMap(table => table.columns)
    .flatMap(({ type }): EnumType[] =>
      type.kind === 'enum' ? [{ name: type.name, labels: type.labels }] : [],
    )
  return {
    engine: 'mysql',
    schema: server.schema,
    rounding: server.rounding,
    enforcesTypes: true,
    tables,
    own,
    enums,
  }
}

/** MariaDB's JSON is a LONGTEXT with such a check (https://mariadb.com/kb/en/json/). */
function jsonColumn({ clause }: Row): string | null {
  return /^json_valid\(`((?:[^`]|``)+)`\)$/i.exec(clause!)?.[1]?.replaceAll('``', '`') ?? null
}

/**
 * A part of a column, an expression, and an index for words or places are no columns: what such an index finds, and what
 * it holds unique, other engines would not.
 */
function readIndexes(
  parts: Row[],
  nameOf: (index: string) => string,
): (Index & { columns: string[]; primary: boolean })[] {
  const indexes = new Map<string, Row[]>()
  for (const part of parts) indexes.set(part.name!, [...(indexes.get(part.name!) ?? []), part])
  return [...indexes].map(([name, own]) => {
    const ordered = ['BTREE', 'HASH'].includes(own[0]!.type!)
    const primary = name === PRIMARY
    // What is unique by its beginning is unique.
    const columns = own.map(({ column, part }) => (ordered && (primary || part === null) ? column! : null))
    const unique = own[0]!.repeated === '0'
    const written = own.map(
      ({ column, expression, part, direction }) =>
        `${column === null ? `(${expression})` : quote(column!)}${part === null ? '' : `(${part})`}${direction === 'D' ? ' DESC' : ''}`,
    )
    const kind = unique ? 'UNIQUE ' : ordered ? '' : `${own[0]!.type} `
    return {
      name: primary ? name : nameOf(name),
      columns: columns as string[],
      unique,
      partial: false,
      constraint: unique && !columns.includes(null),
      definition: `${kind}KEY ${quote(name)} (${written.join(', ')})`,
      primary,
    }
  })
}

function readForeignKeys(rows: Row[], objects: Row[]): ForeignKey[] {
  const keys = new Map<string, ForeignKey>()
  // RESTRICT is what NO ACTION means here (https://dev.mysql.com/doc/refman/8.0/en/create-table-foreign-keys.html).
  const action = (rule: string) => (/^(NO ACTION|RESTRICT)$/.test(rule) ? null : rule)
  for (const row of rows) {
    const key = keys.get(row.name!) ?? {
      name: row.name!,
      columns: [],
      referencedTable: spelled(row.parent!, objects),
      referencedColumns: [],
      onDelete: action(row.onDelete!),
      onUpdate: action(row.onUpdate!),
      deferrable: false,
      validated: true,
    }
    key.columns.push(row.column!)
    key.referencedColumns.push(row.parentColumn!)
    keys.set(row.name!, key)
  }
  return [...keys.values()]
}

/** With lower_case_table_names the catalog may write a table in more than one way. */
function spelled(name: string, objects: Row[]): string {
  if (objects.some(object => object.name === name)) return name
  return objects.find(object => object.name!.toLowerCase() === name.toLowerCase())?.name ?? name
}

function grouped(rows: Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.table!)
    if (group) group.push(row)
    else groups.set(row.table!, [row])
  }
  return groups
}
