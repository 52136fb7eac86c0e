import type pg from 'pg'
import type { ReferenceTo } from '../port/target-session.ts'
import type { ServerError } from './failure.ts'
import { qualified } from './quoting.ts'

/** dependent_objects_still_exist */
const NEEDED = '2BP01'

/** Why tables cannot be dropped, as the server says when it is asked to; what it did is taken back. */
export async function dropObstacle(
  client: pg.Client,
  schema: string,
  tables: string[],
): Promise<string | null> {
  if (tables.length === 0) return null
  await client.query('BEGIN')
  try {
    await client.query(`DROP TABLE IF EXISTS ${tables.map(table => qualified(schema, table)).join(', ')}`)
    return null
  } catch (error) {
    const { code, message, detail } = error as ServerError
    if (code !== NEEDED) throw error
    return detail ?? message
  } finally {
    await client.query('ROLLBACK')
  }
}

/** In the current transaction, and until it ends. */
export async function lockTables(client: pg.Client, schema: string, tables: string[]): Promise<void> {
  if (tables.length === 0) return
  await client.query(
    `LOCK TABLE ${tables.map(table => qualified(schema, table)).join(', ')} IN ACCESS EXCLUSIVE MODE`,
  )
}

/** See `TargetSession.referencesTo`; keys of partitions are those of their table. */
export async function referencesTo(
  client: pg.Client,
  schema: string,
  tables: string[],
): Promise<ReferenceTo[]> {
  const names = (of: string, places: string) =>
    `(SELECT json_agg(a.attname ORDER BY u.i) FROM unnest(${places}) WITH ORDINALITY u(n, i)
      JOIN pg_attribute a ON a.attrelid = ${of} AND a.attnum = u.n)`
  const { rows } = await client.query<Record<string, string>>(
    `SELECT n.nspname AS schema, c.relname AS table, p.relname AS referenced,
       ${names('k.conrelid', 'k.conkey')} AS columns, ${names('k.confrelid', 'k.confkey')} AS "referencedColumns"
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace m ON m.oid = p.relnamespace
     WHERE k.contype = 'f' AND k.conparentid = 0 AND m.nspname = $1 AND p.relname = ANY ($2) ORDER BY 1, 2, k.oid`,
    [schema, tables],
  )
  return rows.map(row => ({
    schema: row.schema!,
    table: row.table!,
    columns: JSON.parse(row.columns!),
    referenced: row.referenced!,
    referencedColumns: JSON.parse(row.referencedColumns!),
  }))
}
