import type pg from 'pg'
import { orphanLine } from '../orphan.ts'
import type { LoadColumn, LoadOptions } from '../port/rows.ts'
import type { TableKey } from '../port/target-session.ts'
import type { ServerError } from './failure.ts'
import { list, qualified, quote } from './quoting.ts'

/** Defers the checks of keys to the end of the transaction; those not declared deferrable are made so for its time. */
export async function deferForeignKeys(client: pg.Client, schema: string, keys: TableKey[]): Promise<void> {
  for (const { table, key } of keys) {
    if (key.deferrable) await client.query(`SET CONSTRAINTS ${qualified(schema, key.name!)} DEFERRED`)
    else await client.query(alterKey(schema, table, key.name!, 'DEFERRABLE INITIALLY DEFERRED'))
  }
}

/** Takes `deferForeignKeys` back. */
export async function restoreForeignKeys(client: pg.Client, schema: string, keys: TableKey[]): Promise<void> {
  const altered = keys.filter(({ key }) => !key.deferrable)
  if (altered.length === 0) return
  // Checks every key now; a table cannot be altered while checks are due.
  await client.query('SET CONSTRAINTS ALL IMMEDIATE')
  for (const { table, key } of altered)
    await client.query(alterKey(schema, table, key.name!, 'NOT DEFERRABLE'))
}

function alterKey(schema: string, table: string, name: string, how: string): string {
  return `ALTER TABLE ${qualified(schema, table)} ALTER CONSTRAINT ${quote(name)} ${how}`
}

/** So many orphans are in memory at once, unless they refer to rows of their own table. */
const ORPHANS_AT_ONCE = 20_000

/** Deletes the rows of a table without a parent and hands each to `reject`; returns how many. */
export async function removeOrphans(
  client: pg.Client,
  schema: string,
  { table, key }: TableKey,
  columns: LoadColumn[],
  reject: LoadOptions['reject'],
): Promise<number> {
  const name = qualified(schema, table)
  const pairs = key.columns
    .map((column, index) => `p.${quote(key.referencedColumns[index]!)} = c.${quote(column)}`)
    .join(' AND ')
  const present = key.columns.map(column => `c.${quote(column)} IS NOT NULL`).join(' AND ')
  // Rows that refer to an orphan in the same table go with it by name: ON DELETE would remove or change them unseen.
  const own = key.referencedTable === table
  const descendants = own
    ? `UNION SELECT c.ctid FROM ${name} c JOIN ${name} p ON ${pairs} JOIN gone ON gone.ctid = p.ctid`
    : ''
  // A limit the planner knew of could make it look each parent up; one on what is materialized leaves it a hash join.
  const remove = `WITH RECURSIVE gone AS MATERIALIZED (
       SELECT c.ctid FROM ${name} c WHERE ${present}
         AND NOT EXISTS (SELECT FROM ${qualified(schema, key.referencedTable)} p WHERE ${pairs})
       ${descendants})
     DELETE FROM ${name} c WHERE c.ctid IN (SELECT ctid FROM gone ${own ? '' : `LIMIT ${ORPHANS_AT_ONCE}`})
     RETURNING ${columns.map(one => `c.${quote(one.name)}`).join(', ')}`
  let removed = 0
  for (let more = true; more; ) {
    const { rows } = await client.query<Record<string, string | null>>(remove)
    for (const row of rows) reject(orphanLine(key, row))
    removed += rows.length
    more = !own && rows.length === ORPHANS_AT_ONCE
  }
  return removed
}

/** Adds a foreign key; where rows are orphans NOT VALID, which lets them be, and then returns false. */
export async function addForeignKey(
  client: pg.Client,
  schema: string,
  { table, key }: TableKey,
): Promise<boolean> {
  const actions = [key.onDelete && ` ON DELETE ${key.onDelete}`, key.onUpdate && ` ON UPDATE ${key.onUpdate}`]
  const add = `ALTER TABLE ${qualified(schema, table)} ADD FOREIGN KEY (${list(key.columns)}) REFERENCES ${qualified(schema, key.referencedTable)} (${list(key.referencedColumns)})${actions.filter(Boolean).join('')}`
  await client.query('SAVEPOINT foreign_key')
  const violation = await client.query(add).then(
    () => null,
    (error: ServerError) => error,
  )
  if (violation !== null) {
    if (violation.code !== FOREIGN_KEY_VIOLATION) throw violation
    await client.query('ROLLBACK TO SAVEPOINT foreign_key')
    await client.query(`${add} NOT VALID`)
  }
  await client.query('RELEASE SAVEPOINT foreign_key')
  return violation === null
}

const FOREIGN_KEY_VIOLATION = '23503'
