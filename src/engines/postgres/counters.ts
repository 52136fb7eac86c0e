import type pg from 'pg'
import { literal, qualified } from './quoting.ts'

/** SQL that puts the sequences behind columns of a table, owned or only taken from, back to where they are now. */
export async function counterStatements(client: pg.Client, schema: string, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT format('%I.%I', n.nspname, s.relname) AS name
     FROM (
       SELECT d.objid AS oid FROM pg_depend d
       WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
         AND d.refobjid = to_regclass($1) AND d.refobjsubid > 0
       UNION SELECT d.refobjid FROM pg_attrdef a JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = a.oid
       WHERE d.refclassid = 'pg_class'::regclass AND a.adrelid = to_regclass($1)
     ) used JOIN pg_class s ON s.oid = used.oid AND s.relkind = 'S' JOIN pg_namespace n ON n.oid = s.relnamespace
     ORDER BY 1`,
    [qualified(schema, table)],
  )
  const statements: string[] = []
  for (const { name } of rows) {
    const found = await client.query<{ last: string; called: string }>(
      `SELECT last_value AS last, is_called AS called FROM ${name}`,
    )
    const { last, called } = found.rows[0]!
    statements.push(`SELECT setval(${literal(name)}, ${last}, ${called === 't'})`)
  }
  return statements
}
