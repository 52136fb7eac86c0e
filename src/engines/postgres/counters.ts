import type pg from 'pg'
import { literal, qualified } from './quoting.ts'

/**
 * SQL that puts the sequences behind columns of a table, owned or only taken from, back to where they are now. Those that other
 * tables own or take from are left out: these may hold rows by then with what comes later.
 */
export async function counterStatements(client: pg.Client, schema: string, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `WITH RECURSIVE own(oid) AS (
       SELECT to_regclass($1)::oid UNION SELECT i.inhrelid FROM pg_inherits i JOIN own ON i.inhparent = own.oid
     ), used AS (
       SELECT d.objid AS sequence, d.refobjid AS relation FROM pg_depend d
       WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
         AND d.refobjsubid > 0
       UNION SELECT d.refobjid, a.adrelid FROM pg_attrdef a
       JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = a.oid
       WHERE d.refclassid = 'pg_class'::regclass
     )
     SELECT format('%I.%I', n.nspname, s.relname) AS name
     FROM pg_class s JOIN pg_namespace n ON n.oid = s.relnamespace
     WHERE s.relkind = 'S' AND s.oid IN (SELECT sequence FROM used WHERE relation = to_regclass($1))
       AND NOT EXISTS (SELECT 1 FROM used WHERE sequence = s.oid AND relation NOT IN (SELECT oid FROM own))
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
