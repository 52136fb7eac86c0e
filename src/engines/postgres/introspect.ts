import type pg from 'pg'
import type { Catalog, Column, EnumType, ForeignKey, Index, Table } from '../../model/catalog.ts'
import { columnOfQuery } from '../query-column.ts'
import { quote } from './quoting.ts'
import { single } from './read.ts'
import { parseType } from './types.ts'

type Row = Record<string, string | null>

const tableQuery = `
  SELECT c.oid, c.relname AS name, c.relkind AS kind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition ORDER BY c.oid`

/** A column of a domain is one of the domain's base, which may again be a domain. */
const columnQuery = `
  WITH RECURSIVE base(oid, root, typmod, mandatory, "default") AS (
    SELECT oid, oid, -1, false, NULL::text FROM pg_type WHERE typtype <> 'd'
    UNION ALL
    SELECT d.oid, b.root, CASE WHEN b.typmod < 0 THEN d.typtypmod ELSE b.typmod END, b.mandatory OR d.typnotnull,
      coalesce(pg_get_expr(d.typdefaultbin, 0) COLLATE "default", b."default")
    FROM base b JOIN pg_type d ON d.typtype = 'd' AND d.typbasetype = b.oid
  )
  SELECT a.attrelid AS oid, a.attname AS name, b.root AS type,
    format_type(b.root, CASE WHEN t.typtype = 'd' THEN b.typmod ELSE a.atttypmod END) AS declared,
    a.attnotnull OR b.mandatory AS notnull, a.attidentity AS identity, a.attgenerated AS generated,
    CASE WHEN d.adbin IS NULL THEN b."default" ELSE pg_get_expr(d.adbin, d.adrelid) END AS "default",
    pg_get_serial_sequence(quote_ident($1) || '.' || quote_ident(c.relname), a.attname) AS sequence,
    CASE WHEN l.oid IS NULL THEN NULL WHEN l.collnamespace = 'pg_catalog'::regnamespace THEN l.collname
      ELSE l.oid::regcollation::text END AS collation
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
  JOIN base b ON b.oid = t.oid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  LEFT JOIN pg_collation l ON l.oid = a.attcollation AND a.attcollation <> t.typcollation
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
  ORDER BY a.attrelid, a.attnum`

const constraintQuery = `
  SELECT k.conrelid AS oid, k.conname AS name, k.contype AS type, k.convalidated AS validated, k.condeferrable AS deferrable,
    (SELECT json_agg(a.attname ORDER BY u.i) FROM unnest(k.conkey) WITH ORDINALITY u(n, i)
      JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n) AS columns,
    f.relname AS "referencedTable",
    (SELECT json_agg(a.attname ORDER BY u.i) FROM unnest(k.confkey) WITH ORDINALITY u(n, i)
      JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n) AS "referencedColumns",
    k.confdeltype AS "onDelete", k.confupdtype AS "onUpdate", pg_get_constraintdef(k.oid) AS definition
  FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace LEFT JOIN pg_class f ON f.oid = k.confrelid
  WHERE n.nspname = $1 AND k.conrelid <> 0 AND k.conparentid = 0 ORDER BY k.conrelid, k.oid`

/** A copy's columns are of the domain's base, so what the domain checks is a check of each table that uses it. */
const domainQuery = `
  WITH RECURSIVE used(relation, domain) AS (
    SELECT a.attrelid, a.atttypid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped
    UNION SELECT u.relation, t.typbasetype FROM used u JOIN pg_type t ON t.oid = u.domain AND t.typtype = 'd'
  )
  SELECT u.relation AS oid, k.conname AS name, 'c' AS type,
    pg_get_constraintdef(k.oid) || ' of domain ' || format_type(k.contypid, NULL) AS definition
  FROM used u JOIN pg_constraint k ON k.contypid = u.domain WHERE k.contype = 'c' ORDER BY u.relation, k.oid`

const indexQuery = `
  SELECT i.indrelid AS oid, c.relname AS name, i.indisunique AS unique, i.indpred IS NOT NULL AS partial,
    EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) AS constraint,
    pg_get_indexdef(i.indexrelid) AS definition,
    (SELECT json_agg(a.attname ORDER BY u.i) FROM unnest(i.indkey) WITH ORDINALITY u(n, i)
      LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.n AND u.n > 0 WHERE u.i <= i.indnkeyatts) AS columns
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 ORDER BY i.indrelid, c.relname`

const enumQuery = `
  SELECT t.oid, t.typname AS name, json_agg(e.enumlabel ORDER BY e.enumsortorder) AS labels,
    t.typnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AS own
  FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY t.oid, t.typname`

export async function introspect(client: pg.Client, schema: string): Promise<Catalog> {
  const rows = async (sql: string) => (await client.query<Row>(sql, [schema])).rows
  const enums = new Map<string, EnumType>()
  // Columns may be of types of another schema; a table to be created has those of its own.
  const own: EnumType[] = []
  for (const row of await rows(enumQuery)) {
    const type = { name: row.name!, labels: names(row.labels) }
    enums.set(row.oid!, type)
    if (row.own === 't') own.push(type)
  }
  const columns = grouped(await rows(columnQuery))
  const constraints = grouped([...(await rows(constraintQuery)), ...(await rows(domainQuery))])
  const indexes = grouped(await rows(indexQuery))
  const tables = (await rows(tableQuery)).map((row): Table => {
    const held = constraints.get(row.oid!) ?? []
    return {
      name: row.name!,
      kind: row.kind === 'v' || row.kind === 'm' ? 'view' : 'table',
      columns: (columns.get(row.oid!) ?? []).map(column => readColumn(column, enums)),
      primaryKey: names(held.find(constraint => constraint.type === 'p')?.columns),
      uniques: held
        .filter(constraint => constraint.type === 'u')
        .map(constraint => names(constraint.columns)),
      foreignKeys: held.filter(constraint => constraint.type === 'f').map(readForeignKey),
      indexes: (indexes.get(row.oid!) ?? []).map(
        (index): Index => ({
          name: index.name!,
          columns: JSON.parse(index.columns ?? '[]'),
          unique: index.unique === 't',
          partial: index.partial === 't',
          constraint: index.constraint === 't',
          definition: index.definition!,
        }),
      ),
      checks: held
        .filter(constraint => constraint.type === 'c')
        .map(constraint => ({ name: constraint.name!, definition: constraint.definition! })),
      rowid: null,
    }
  })
  return {
    engine: 'postgres',
    schema,
    rounding: 'from_2000',
    enforcesTypes: true,
    tables,
    // They are in a schema of their own.
    own: [],
    enums: own,
  }
}

/** The columns a SELECT gives, by what the server says of its result; a domain is the type under it. */
export async function columnsOf(client: pg.Client, select: string): Promise<Column[]> {
  const { fields } = await client.query(single(`SELECT * FROM (${select}\n) AS probe LIMIT 0`))
  if (fields.length === 0) return []
  const { rows } = await client.query<Row>(
    `SELECT t.oid AS type, format_type(t.oid, u.modifier) AS declared,
       CASE WHEN t.typtype = 'e' THEN (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid) END AS labels,
       t.typname AS name
     FROM unnest($1::oid[], $2::int[]) WITH ORDINALITY AS u(oid, modifier, place) JOIN pg_type t ON t.oid = u.oid ORDER BY u.place`,
    [fields.map(({ dataTypeID }) => dataTypeID), fields.map(({ dataTypeModifier }) => dataTypeModifier)],
  )
  return rows.map((row, index): Column => {
    const labels = row.labels === null ? null : names(row.labels)
    return {
      name: fields[index]!.name,
      type: labels
        ? { kind: 'enum', name: row.name!, labels }
        : (parseType(row.declared!) ?? { kind: 'other', name: row.declared! }),
      declared: labels ? quote(row.name!) : row.declared!,
      ...columnOfQuery,
      typeEnforced: true,
    }
  })
}

function readColumn(row: Row, enums: Map<string, EnumType>): Column {
  // A default may draw from a sequence that its column does not own.
  const drawn = /^nextval\('(.+)'::regclass\)$/.exec(row.default ?? '')?.[1]?.replaceAll("''", "'")
  const sequence = row.identity !== '' || drawn !== undefined ? (row.sequence ?? drawn ?? null) : null
  const labels = enums.get(row.type!)
  return {
    name: row.name!,
    type: labels
      ? { kind: 'enum', ...labels }
      : (parseType(row.declared!) ?? { kind: 'other', name: row.declared! }),
    declared: labels ? quote(labels.name) : row.declared!,
    typeEnforced: true,
    collation: row.collation!,
    onUpdate: null,
    nullable: row.notnull !== 't',
    default: row.generated === '' ? row.default! : null,
    generated: row.generated === 's' ? 'stored' : row.generated === 'v' ? 'virtual' : null,
    automatic: sequence !== null,
    always: row.identity === 'a',
    sequence,
  }
}

const actions: Record<string, string | null> = {
  a: null,
  r: 'RESTRICT',
  c: 'CASCADE',
  n: 'SET NULL',
  d: 'SET DEFAULT',
}

function readForeignKey(row: Row): ForeignKey {
  return {
    name: row.name!,
    columns: names(row.columns),
    referencedTable: row.referencedTable!,
    referencedColumns: names(row.referencedColumns),
    onDelete: actions[row.onDelete ?? 'a'] ?? null,
    onUpdate: actions[row.onUpdate ?? 'a'] ?? null,
    deferrable: row.deferrable === 't',
    validated: row.validated === 't',
  }
}

function names(json: string | null | undefined): string[] {
  return json ? JSON.parse(json) : []
}

function grouped(rows: Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) groups.set(row.oid!, [...(groups.get(row.oid!) ?? []), row])
  return groups
}
