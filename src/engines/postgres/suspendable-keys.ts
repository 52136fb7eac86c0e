import type pg from 'pg'
import type { SuspendedKey, SuspendedKeys } from '../port/suspended-keys.ts'
import { uniqueKeys } from './duplicates.ts'
import { literal, qualified, quote } from './quoting.ts'

type Row = Record<string, string | null>

/**
 * Tables that can do without their keys for a while: ordinary ones of a role's own, whose rows set off nothing that could
 * rely on a key or be undone wrongly by taking an orphan out.
 */
const tableQuery = `
  SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = ANY ($2) AND c.relkind = 'r' AND NOT c.relispartition AND NOT c.relhassubclass
    AND NOT c.relhasrules AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid)
    AND pg_has_role(c.relowner, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'DELETE')
    AND current_setting('session_replication_role') = 'origin'
    AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D'
      AND t.tgtype & 12 <> 0 /* INSERT or DELETE */)`

/** An extension's object, or one that goes with an extension. */
const ofExtension = (classOf: string, oid: string) =>
  `EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${classOf}'::regclass AND d.objid = ${oid} AND d.deptype IN ('e', 'x'))`

/**
 * Foreign keys that the server checks as `removeOrphans` does: by the plain `=` of columns of one type, whole or NULL,
 * against one table.
 */
const foreignKeyQuery = `
  SELECT k.oid, c.relname AS table, k.conname AS name, pg_get_constraintdef(k.oid) AS definition,
    obj_description(k.oid, 'pg_constraint') AS comment
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid
  WHERE k.contype = 'f' AND k.conrelid = ANY ($1::oid[]) AND k.conparentid = 0
    AND p.relkind = 'r' AND NOT p.relispartition AND NOT p.relhassubclass AND p.relnamespace = c.relnamespace
    AND has_table_privilege(p.oid, 'REFERENCES') AND has_table_privilege(p.oid, 'SELECT')
    AND (k.confmatchtype <> 'f' OR cardinality(k.conkey) = 1)
    AND to_jsonb(k) ->> 'conperiod' IS DISTINCT FROM 'true' AND to_jsonb(k) ->> 'conenforced' IS DISTINCT FROM 'false'
    AND NOT EXISTS (SELECT FROM unnest(k.conpfeqop) o(id) JOIN pg_operator e ON e.oid = o.id
      WHERE e.oprnamespace <> 'pg_catalog'::regnamespace)
    AND NOT EXISTS (SELECT FROM unnest(k.conkey, k.confkey) u(own, other)
      JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.own
      JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = u.other
      WHERE a.attcollation <> b.attcollation OR a.atttypid <> b.atttypid
        AND NOT (a.atttypid = ANY ('{int2,int4,int8}'::regtype[]) AND b.atttypid = ANY ('{int2,int4,int8}'::regtype[]))
        AND NOT (a.atttypid = ANY ('{text,varchar}'::regtype[]) AND b.atttypid = ANY ('{text,varchar}'::regtype[])))
    AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgconstraint = k.oid AND t.tgenabled <> 'O')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_constraint'::regclass AND d.refobjid = k.oid
      AND d.classid <> 'pg_trigger'::regclass)
    AND NOT ${ofExtension('pg_constraint', 'k.oid')}
  ORDER BY k.oid`

/** Whether foreign keys stay that nothing could be loaded under, or altered beside: those within the circle, deferred checks. */
const hindranceQuery = `
  SELECT 1 FROM pg_constraint k WHERE k.conrelid = ANY ($1::oid[]) AND k.oid <> ALL ($2::oid[])
    AND (k.condeferred OR k.contype = 'f' AND k.confrelid = ANY ($1::oid[]))`

/** Indexes nothing depends on, but foreign keys that go before them. */
const indexQuery = `
  SELECT i.indexrelid AS oid, t.relname AS table, c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition,
    coalesce(s.spcname, '') AS tablespace, obj_description(i.indexrelid, 'pg_class') AS comment, k.contype AS constraint,
    obj_description(k.oid, 'pg_constraint') AS "constraintComment", i.indisclustered AS clustered,
    i.indisreplident AS identity, i.indisunique AS unique,
    (SELECT json_agg(json_build_array(a.attnum, a.attstattarget)) FROM pg_attribute a
      WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0) AS statistics
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
  LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
  LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
  WHERE i.indrelid = ANY ($1::oid[]) AND i.indisvalid AND i.indisready AND i.indislive AND i.indimmediate
    AND NOT i.indisexclusion AND k.condeferrable IS NOT TRUE
    AND NOT EXISTS (SELECT FROM pg_depend d
      WHERE (d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indexrelid
          OR d.refclassid = 'pg_constraint'::regclass AND d.refobjid = k.oid)
        AND NOT (d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid)
        AND NOT (d.classid = 'pg_constraint'::regclass AND d.objid = ANY ($2::oid[])))
    AND NOT ${ofExtension('pg_class', 'i.indexrelid')} AND NOT ${ofExtension('pg_constraint', 'k.oid')}
  ORDER BY NOT i.indisunique, i.indexrelid`

/** What of these tables' keys can be dropped and made again as it was; null where they had better stay. */
export async function suspendableKeys(
  client: pg.Client,
  schema: string,
  tables: string[],
): Promise<Omit<SuspendedKeys, 'tables'> | null> {
  const rows = async (sql: string, values: unknown[]) => (await client.query<Row>(sql, values)).rows
  const oids = (await rows(tableQuery, [schema, tables])).map(({ oid }) => oid)
  if (oids.length < tables.length) return null
  const foreign = await rows(foreignKeyQuery, [oids])
  const foreignKeys = foreign.map(row => foreignKey(schema, row))
  const suspended = foreign.map(({ oid }) => oid)
  if ((await rows(hindranceQuery, [oids, suspended])).length > 0) return null
  const found = await rows(indexQuery, [oids, suspended])
  const indexes = found.map(row => index(schema, row))
  if (foreignKeys.length + indexes.length === 0) return null
  const unique: SuspendedKeys['unique'] = []
  for (const table of tables) {
    const own = found.filter(row => row.table === table && row.unique === 't')
    unique.push({
      table,
      keys: await uniqueKeys(
        client,
        own.map(({ oid }) => oid!),
      ),
    })
  }
  return { foreignKeys, indexes, unique }
}

function foreignKey(schema: string, row: Row): SuspendedKey {
  const { table, name, definition, comment } = row
  const altered = `ALTER TABLE ${qualified(schema, table!)}`
  const restore = [`${altered} ADD CONSTRAINT ${quote(name!)} ${definition}`]
  if (comment !== null)
    restore.push(commentOn(`CONSTRAINT ${quote(name!)} ON ${qualified(schema, table!)}`, comment!))
  return {
    table: table!,
    name: name!,
    unique: false,
    drop: `${altered} DROP CONSTRAINT ${quote(name!)}`,
    restore,
  }
}

function index(schema: string, row: Row): SuspendedKey {
  const { table, name, definition, tablespace, comment, constraint, constraintComment } = row
  const own = qualified(schema, name!)
  const altered = `ALTER TABLE ${qualified(schema, table!)}`
  // The definition leaves out where the index lies.
  const restore = [`SET LOCAL default_tablespace = ${literal(tablespace!)}`, definition!]
  if (constraint !== null) {
    const kind = constraint === 'p' ? 'PRIMARY KEY' : 'UNIQUE'
    restore.push(`${altered} ADD CONSTRAINT ${quote(name!)} ${kind} USING INDEX ${quote(name!)}`)
  }
  for (const [column, target] of JSON.parse(row.statistics ?? '[]') as [number, number][])
    restore.push(`ALTER INDEX ${own} ALTER COLUMN ${column} SET STATISTICS ${target}`)
  if (row.clustered === 't') restore.push(`${altered} CLUSTER ON ${quote(name!)}`)
  if (row.identity === 't') restore.push(`${altered} REPLICA IDENTITY USING INDEX ${quote(name!)}`)
  if (comment !== null) restore.push(commentOn(`INDEX ${own}`, comment!))
  if (constraintComment !== null)
    restore.push(commentOn(`CONSTRAINT ${quote(name!)} ON ${qualified(schema, table!)}`, constraintComment!))
  const drop = constraint === null ? `DROP INDEX ${own}` : `${altered} DROP CONSTRAINT ${quote(name!)}`
  return { table: table!, name: name!, unique: row.unique === 't', drop, restore }
}

function commentOn(what: string, comment: string): string {
  return `COMMENT ON ${what} IS ${literal(comment)}`
}
