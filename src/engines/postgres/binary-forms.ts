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

/** The forms of a table's columns; null where one is of a type that only the server can read from text. */
export async function binaryForms(
  client: pg.Client,
  { schema, table, columns }: CopyTarget,
): Promise<BinaryForm[] | null> {
  const { rows } = await client.query<Record<string, string>>(
    `SELECT a.attname AS name, t.oid, t.typtype AS kind FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
     WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped`,
    [qualified(schema, table)],
  )
  const found = columns.map(column => {
    const type = rows.find(({ name }) => name === column)
    // An enum travels as its label.
    return type?.kind === 'e' ? 'text' : forms[Number(type?.oid)]
  })
  return found.every(form => form !== undefined) ? found : null
}
