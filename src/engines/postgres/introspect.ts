import type pg from 'pg'
import type { Catalog, Column, EnumType, ForeignKey, Index, Table } from '../../model/catalog.ts'
import type { LogicalType } from '../../model/logical-type.ts'

type Row = Record<string, string | null>

const tableQuery = `
  SELECT c.oid, c.relname AS name, c.relkind AS kind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition ORDER BY c.oid`

const columnQuery = `
  SELECT a.attrelid AS oid, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS declared,
    t.typname, t.typtype, t.typcategory, b.typname AS basename, b.oid AS baseoid, b.typtype AS basetype,
    CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END AS typmod,
    a.attnotnull OR t.typnotnull AS notnull, a.attidentity AS identity, a.attgenerated AS generated,
    pg_get_expr(d.adbin, d.adrelid) AS "default",
    pg_get_serial_sequence(quote_ident($1) || '.' || quote_ident(c.relname), a.attname) AS sequence
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
  JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
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

const indexQuery = `
  SELECT i.indrelid AS oid, c.relname AS name, i.indisunique AS unique, i.indpred IS NOT NULL AS partial,
    EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) AS constraint,
    pg_get_indexdef(i.indexrelid) AS definition,
    (SELECT json_agg(a.attname ORDER BY u.i) FROM unnest(i.indkey) WITH ORDINALITY u(n, i)
      LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.n AND u.n > 0 WHERE u.i <= i.indnkeyatts) AS columns
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 ORDER BY i.indrelid, c.relname`

const enumQuery = `
  SELECT t.oid, t.typname AS name, json_agg(e.enumlabel ORDER BY e.enumsortorder) AS labels
  FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY t.oid, t.typname`

export async function introspect(client: pg.Client, schema: string): Promise<Catalog> {
  const rows = async (sql: string) => (await client.query<Row>(sql, [schema])).rows
  const enums = new Map<string, EnumType>()
  for (const row of (await client.query<Row>(enumQuery)).rows) {
    enums.set(row.oid!, { name: row.name!, labels: names(row.labels) })
  }
  const columns = grouped(await rows(columnQuery))
  const constraints = grouped(await rows(constraintQuery))
  const indexes = grouped(await rows(indexQuery))
  const tables = (await rows(tableQuery)).map((row): Table => {
    const own = constraints.get(row.oid!) ?? []
    return {
      name: row.name!,
      kind: row.kind === 'v' || row.kind === 'm' ? 'view' : 'table',
      columns: (columns.get(row.oid!) ?? []).map(column => readColumn(column, enums)),
      primaryKey: names(own.find(constraint => constraint.type === 'p')?.columns),
      uniques: own.filter(constraint => constraint.type === 'u').map(constraint => names(constraint.columns)),
      foreignKeys: own.filter(constraint => constraint.type === 'f').map(readForeignKey),
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
      checks: own
        .filter(constraint => constraint.type === 'c')
        .map(constraint => ({ name: constraint.name!, definition: constraint.definition! })),
      rowid: null,
    }
  })
  return { engine: 'postgres', schema, tables, enums: [...enums.values()] }
}

function readColumn(row: Row, enums: Map<string, EnumType>): Column {
  // A default may draw from a sequence that its column does not own.
  const drawn = /^nextval\('(.+)'::regclass\)$/.exec(row.default ?? '')?.[1]?.replaceAll("''", "'")
  const sequence = row.identity !== '' || drawn !== undefined ? (row.sequence ?? drawn ?? null) : null
  return {
    name: row.name!,
    type: logicalType(row, enums),
    declared: row.declared!,
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

function logicalType(row: Row, enums: Map<string, EnumType>): LogicalType {
  const typmod = Number(row.typmod)
  const fractional = typmod < 0 ? 6 : typmod
  const labels = enums.get(row.baseoid!)
  if (row.basetype === 'e' && labels) return { kind: 'enum', name: labels.name, labels: labels.labels }
  switch (row.basename) {
    case 'bool':
      return { kind: 'boolean' }
    case 'int2':
      return { kind: 'integer', bits: 16 }
    case 'int4':
      return { kind: 'integer', bits: 32 }
    case 'int8':
      return { kind: 'integer', bits: 64 }
    case 'numeric': {
      if (typmod < 0) return { kind: 'decimal' }
      // Since PostgreSQL 15 the scale is a signed 11-bit number (numeric_typmod_scale, numeric.c).
      const packed = (typmod - 4) & 0x7ff
      return {
        kind: 'decimal',
        precision: (typmod - 4) >> 16,
        scale: packed > 1023 ? packed - 2048 : packed,
        strict: true,
      }
    }
    case 'float4':
      return { kind: 'float', bits: 32 }
    case 'float8':
      return { kind: 'float', bits: 64 }
    case 'text':
    case 'citext':
    case 'name':
      return { kind: 'text' }
    case 'varchar':
      return typmod < 0 ? { kind: 'text' } : { kind: 'text', length: typmod - 4 }
    case 'bpchar':
      return typmod < 0 ? { kind: 'text', padded: true } : { kind: 'text', length: typmod - 4, padded: true }
    case 'bytea':
      return { kind: 'bytes' }
    case 'uuid':
      return { kind: 'uuid' }
    case 'date':
      return { kind: 'date' }
    case 'time':
      return { kind: 'time', precision: fractional }
    case 'timestamp':
      return { kind: 'timestamp', precision: fractional, zone: false }
    case 'timestamptz':
      return { kind: 'timestamp', precision: fractional, zone: true }
    case 'json':
      return { kind: 'json', binary: false }
    case 'jsonb':
      return { kind: 'json', binary: true }
    default:
      return { kind: 'other', name: row.declared! }
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
