import type pg from 'pg'
import type { CopyTarget } from './copy-in.ts'
import { qualified } from './quoting.ts'

/** How `BinaryRows` writes a field. */
export type BinaryForm =
  | 'boolean'
  | 'bytes'
  | 'int2'
  | 'int4'
  | 'int8'
  | 'text'
  | 'date'
  | 'timestamp'
  | 'timestamptz'
  | 'numeric'
  | 'float8'
  | 'uuid'
  | 'jsonb'
  | 'label'

/** Types whose binary form is made here, by their number in pg_type. */
const forms: Record<number, BinaryForm> = {
  16: 'boolean',
  17: 'bytes',
  20: 'int8',
  21: 'int2',
  23: 'int4',
  25: 'text',
  114: 'text',
  701: 'float8',
  1042: 'text',
  1043: 'text',
  1082: 'date',
  1114: 'timestamp',
  1184: 'timestamptz',
  1700: 'numeric',
  2950: 'uuid',
  3802: 'jsonb',
}

/** A column as `BinaryRows` writes it: what the server is sure to refuse it leaves to text. */
export interface BinaryColumn {
  form: BinaryForm
  notNull: boolean
  /** How many characters a text has room for; null where as many as there are. */
  characters: number | null
  /** Of an enum, each one character a byte. */
  labels: Set<string>
}

/** A table's columns; null where one is of a type that only the server can read from text. */
export async function binaryColumns(
  client: pg.Client,
  { schema, table, columns }: CopyTarget,
): Promise<BinaryColumn[] | null> {
  const { rows } = await client.query<Record<string, string | null>>(
    `SELECT a.attname AS name, t.oid, t.typtype AS kind, a.attnotnull::text AS "notNull",
       CASE WHEN t.oid IN (1042, 1043) AND a.atttypmod > 4 THEN a.atttypmod - 4 END AS characters,
       (SELECT coalesce(json_agg(e.enumlabel), '[]')::text FROM pg_enum e WHERE e.enumtypid = t.oid) AS labels
     FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
     WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped`,
    [qualified(schema, table)],
  )
  const found = columns.map((column): BinaryColumn | null => {
    const row = rows.find(({ name }) => name === column)
    const form = row?.kind === 'e' ? 'label' : forms[Number(row?.oid)]
    if (row === undefined || form === undefined) return null
    const labels = (JSON.parse(row.labels!) as string[]).map(label => Buffer.from(label).toString('latin1'))
    const characters = row.characters === null ? null : Number(row.characters)
    return { form, notNull: row.notNull === 'true', characters, labels: new Set(labels) }
  })
  return found.every(column => column !== null) ? found : null
}
