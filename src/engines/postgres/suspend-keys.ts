import type pg from 'pg'
import type { RejectedLine } from '../port/rows.ts'
import type { BrokenKeys, SuspendedKey, SuspendedKeys } from '../port/suspended-keys.ts'
import { removeDuplicates } from './duplicates.ts'
import { isTransient, type ServerError } from './failure.ts'
import { qualified } from './quoting.ts'
import { suspendableKeys } from './suspendable-keys.ts'

/** Fewer rows go in faster with their keys than keys are dropped and made. */
const FEWEST_ROWS = 20_000

/** Somebody who reads the table, or one it refers to, is not kept waiting longer for keys to be dropped. */
const LOCK_MS = 2000

/**
 * Drops the keys and indexes of empty tables in the current transaction, as far as they can come back exactly as they were;
 * see `TargetSession.suspendKeys`. That they can is tried first, while there are no rows.
 */
export async function suspendKeys(
  client: pg.Client,
  schema: string,
  tables: string[],
  rows: number,
  notices: string[],
): Promise<SuspendedKeys | null> {
  if (rows < FEWEST_ROWS) return null
  const keys = await suspendableKeys(client, schema, tables)
  if (keys === null) return null
  const { foreignKeys, indexes, unique } = keys
  const session = await sessionSettings(client)
  const takeBack = () => client.query('ROLLBACK TO SAVEPOINT suspension; RELEASE SAVEPOINT suspension')
  await client.query('SAVEPOINT suspension')
  try {
    // The session's own limit may be less; 0 is none.
    await client.query(
      `SELECT set_config(name, least(nullif(setting::int, 0), ${LOCK_MS}) || 'ms', true) FROM pg_settings WHERE name = 'lock_timeout'`,
    )
    const relations = tables.map(table => qualified(schema, table))
    await client.query(`LOCK TABLE ${relations.join(', ')} IN ACCESS EXCLUSIVE MODE`)
    const before = await picture(client, schema, tables)
    const drop = [...foreignKeys, ...indexes].map(key => key.drop)
    await run(client, drop)
    await run(client, restoring(indexes, foreignKeys))
    const same = (await picture(client, schema, tables)) === before
    if (!same || (await holdRows(client, relations))) {
      await takeBack()
      return null
    }
    await run(client, [...drop, session, 'RELEASE SAVEPOINT suspension'])
  } catch (error) {
    if (isBeyondRepair(error)) throw error
    await takeBack()
    const { code } = error as ServerError
    // lock_not_available
    if (code === '55P03') {
      notices.push(
        `table ${tables.map(table => `"${table}"`).join(', ')} kept keys and indexes while rows were loaded, which takes longer: others hold locks there, or on tables referred to`,
      )
    }
    return null
  }
  return { tables, foreignKeys, indexes, unique }
}

/** See `TargetSession.restoreKeys`. */
export async function restoreKeys(
  client: pg.Client,
  schema: string,
  { foreignKeys, indexes, unique }: SuspendedKeys,
  handlers: BrokenKeys,
): Promise<string | null> {
  const session = await sessionSettings(client)
  const giveUp = async (reason: string) => {
    await client.query('ROLLBACK TO SAVEPOINT restoration; RELEASE SAVEPOINT restoration')
    return reason
  }
  await client.query('SAVEPOINT restoration')
  try {
    await client.query('SAVEPOINT indexes')
    const shared = await addIndexes(client, indexes)
    if (shared !== null) {
      for (const { table, keys } of unique) {
        const reject = (rejected: RejectedLine) => handlers.reject(table, rejected)
        const removed =
          keys && (await removeDuplicates(client, schema, table, keys, handlers.columnsOf(table), reject))
        if (removed === null) return await giveUp(shared)
      }
      await run(client, restoring(indexes, []))
    }
    await client.query('SAVEPOINT foreign_keys')
    const notValid = foreignKeys.some(key => key.restore[0]!.endsWith(' NOT VALID'))
    if (notValid || !(await addForeignKeys(client, foreignKeys))) {
      await handlers.removeOrphans()
      await run(client, restoring([], foreignKeys))
    }
    await client.query(`${session}; RELEASE SAVEPOINT restoration`)
    return null
  } catch (error) {
    // A lock that is not had, or a deadlock, says nothing about the rows.
    if (isBeyondRepair(error) || isTransient(error as ServerError)) throw error
    return giveUp((error as ServerError).message)
  }
}

/** What the server says, with none of them added, where rows share a key. */
async function addIndexes(client: pg.Client, indexes: SuspendedKey[]): Promise<string | null> {
  try {
    await run(client, restoring(indexes, []))
    return null
  } catch (error) {
    // unique_violation
    if ((error as ServerError).code !== '23505') throw error
    await client.query('ROLLBACK TO SAVEPOINT indexes')
    return (error as ServerError).message
  }
}

/** False, with none of them added, where rows are orphans. */
async function addForeignKeys(client: pg.Client, foreignKeys: SuspendedKey[]): Promise<boolean> {
  try {
    await run(client, restoring([], foreignKeys))
    return true
  } catch (error) {
    // foreign_key_violation
    if ((error as ServerError).code !== '23503') throw error
    await client.query('ROLLBACK TO SAVEPOINT foreign_keys')
    return false
  }
}

function restoring(indexes: SuspendedKey[], foreignKeys: SuspendedKey[]): string[] {
  return [...indexes, ...foreignKeys].flatMap(({ restore }) => restore)
}
async function run(client: pg.Client, statements: string[]): Promise<void> {
  for (const sql of statements) await client.query(sql)
}

async function holdRows(client: pg.Client, relations: string[]): Promise<boolean> {
  const held = relations.map(relation => `EXISTS (SELECT FROM ${relation})`).join(' OR ')
  const { rows } = await client.query<{ held: string }>(`SELECT ${held} AS held`)
  return rows[0]!.held === 't'
}

/** SQL that brings the session's own settings back. */
async function sessionSettings(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ sql: string }>(
    `SELECT string_agg(format('SET LOCAL %s = %L', name, current_setting(name)), '; ') AS sql
     FROM unnest('{lock_timeout,default_tablespace}'::text[]) name`,
  )
  return rows[0]!.sql
}

/** Without the keys there is no going on, and with them neither: the connection, the server or its disk is at fault, or it was told to stop. */
function isBeyondRepair(error: unknown): boolean {
  const { code } = error as ServerError
  return code === undefined || !/^[0-9A-Z]{5}$/.test(code) || /^(08|53|57|58|XX)/.test(code)
}

/** All that is said of these tables' keys and indexes by the catalog, but for what has a new number. */
async function picture(client: pg.Client, schema: string, tables: string[]): Promise<string> {
  const { rows } = await client.query<{ picture: string }>(
    `SELECT json_agg(json_build_array(t.relname, t.relreplident,
       (SELECT json_agg(json_build_array(to_jsonb(i) - '{indexrelid,indexprs,indpred,indcheckxmin}'::text[], c.relname,
            pg_get_indexdef(c.oid), c.relowner, c.relam, c.reltablespace, c.reloptions, c.relpersistence,
            obj_description(c.oid, 'pg_class'),
            (SELECT json_agg(json_build_array(a.attstattarget, a.attoptions, a.attcollation) ORDER BY a.attnum)
              FROM pg_attribute a WHERE a.attrelid = c.oid)) ORDER BY c.relname)
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = t.oid),
       (SELECT json_agg(json_build_array(to_jsonb(k) - '{oid,conindid,conbin}'::text[], k.conindid::regclass,
            pg_get_constraintdef(k.oid), obj_description(k.oid, 'pg_constraint')) ORDER BY k.conname)
         FROM pg_constraint k WHERE k.conrelid = t.oid),
       (SELECT json_agg(a.attnotnull ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0)
     ) ORDER BY t.relname)::text AS picture
     FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = $1 AND t.relname = ANY ($2)`,
    [schema, tables],
  )
  return rows[0]!.picture
}
