import type { Connection } from 'mysql2'
import { ParitygateError } from '../../model/error.ts'
import { orphanLine } from '../orphan.ts'
import type { LoadColumn, LoadOptions } from '../port/rows.ts'
import type { ReferenceTo, TableKey } from '../port/target-session.ts'
import { qualified, quote } from './quoting.ts'
import { run, select } from './statement.ts'

/** Puts off the checks of every foreign key of the session, if it is to be of any: there is no deferring of one. */
export async function deferForeignKeys(connection: Connection, keys: TableKey[]): Promise<void> {
  if (keys.length > 0) await setChecks(connection, false)
}

/** Takes `deferForeignKeys` back. The server never checks what was written meanwhile. */
export async function restoreForeignKeys(connection: Connection): Promise<void> {
  await setChecks(connection, true)
}

async function setChecks(connection: Connection, on: boolean): Promise<void> {
  await run(connection, `SET SESSION foreign_key_checks = ${on ? 1 : 0}`)
}

/** Deletes the rows of a table without a parent and hands each to `reject`; returns how many. */
export async function removeOrphans(
  connection: Connection,
  { schema }: { schema: string },
  { table, key }: TableKey,
  columns: LoadColumn[],
  reject: LoadOptions['reject'],
): Promise<number> {
  const orphans = `FROM ${orphansOf(schema, { table, key })}`
  let removed = 0
  for (;;) {
    const names = columns.map(({ name }) => `c.${quote(name)}`).join(', ')
    const rows = await select(connection, `SELECT ${names} ${orphans}`)
    for (const row of rows) reject(orphanLine(key, row))
    removed += rows.length
    if (rows.length === 0) return removed
    const { affectedRows } = await run(connection, `DELETE c ${orphans}`)
    if (affectedRows !== rows.length) {
      throw new ParitygateError(
        'data.unbalanced',
        `${rows.length} rows had no parent, and ${affectedRows} were there to be taken out: does somebody else write to "${key.referencedTable}"?`,
        { where: `table "${table}"` },
      )
    }
    // Rows that refer to an orphan in the same table go with it by name.
    if (key.referencedTable !== table) return removed
  }
}

/** The key was declared with the table, and holds for later rows: true where it holds for those loaded as well. */
export async function addForeignKey(
  connection: Connection,
  { schema }: { schema: string },
  key: TableKey,
): Promise<boolean> {
  const orphans = await select(connection, `SELECT 1 FROM ${orphansOf(schema, key)} LIMIT 1`)
  return orphans.length === 0
}

/** The rows `c` without a parent `p`; one with a NULL in its key refers to none. */
function orphansOf(schema: string, { table, key }: TableKey): string {
  const pairs = key.columns.map(
    (column, index) => `p.${quote(key.referencedColumns[index]!)} = c.${quote(column)}`,
  )
  const present = key.columns.map(column => `c.${quote(column)} IS NOT NULL`)
  return `${qualified(schema, table)} c LEFT JOIN ${qualified(schema, key.referencedTable)} p ON ${pairs.join(' AND ')}
    WHERE ${present.join(' AND ')} AND p.${quote(key.referencedColumns[0]!)} IS NULL`
}

/**
 * Empties tables. Where others refer to them they must be empty too: TRUNCATE looks at no foreign key here, and would
 * leave their rows without parents.
 */
export async function truncate(
  connection: Connection,
  { schema }: { schema: string },
  tables: string[],
): Promise<void> {
  const referring = await select(
    connection,
    `SELECT DISTINCT TABLE_SCHEMA AS \`schema\`, TABLE_NAME AS name FROM information_schema.KEY_COLUMN_USAGE
     WHERE REFERENCED_TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME IN (?) AND NOT (TABLE_SCHEMA = ? AND TABLE_NAME IN (?))`,
    [schema, tables, schema, tables],
  )
  const held: string[] = []
  for (const one of referring) {
    const name = qualified(one.schema!, one.name!)
    if ((await select(connection, `SELECT 1 FROM ${name} LIMIT 1`)).length > 0) held.push(name)
  }
  if (held.length > 0) {
    throw new ParitygateError(
      'target.refused',
      `${held.join(', ')} refer to tables that are to be emptied, and hold rows`,
      { hint: 'Add them to the plan, or empty them yourself first. Nothing was emptied.' },
    )
  }
  await withoutForeignKeys(connection, async () => {
    // One statement for each: there is no TRUNCATE of several, and it ends every transaction.
    for (const table of tables) await run(connection, `TRUNCATE TABLE ${qualified(schema, table)}`)
  })
}

/** Drops tables that refer to each other in any way. */
export async function dropTables(
  connection: Connection,
  { schema }: { schema: string },
  tables: string[],
): Promise<void> {
  if (tables.length === 0) return
  await withoutForeignKeys(connection, async () => {
    await run(connection, `DROP TABLE IF EXISTS ${tables.map(table => qualified(schema, table)).join(', ')}`)
  })
}

async function withoutForeignKeys(connection: Connection, work: () => Promise<void>): Promise<void> {
  await setChecks(connection, false)
  try {
    await work()
  } finally {
    await setChecks(connection, true)
  }
}

/** See `TargetSession.referencesTo`: tables of other databases may refer to these, too. */
export async function referencesTo(
  connection: Connection,
  { schema }: { schema: string },
  tables: string[],
): Promise<ReferenceTo[]> {
  if (tables.length === 0) return []
  const rows = await select(
    connection,
    `SELECT TABLE_SCHEMA AS \`schema\`, TABLE_NAME AS name, CONSTRAINT_NAME AS \`key\`, COLUMN_NAME AS \`column\`,
       REFERENCED_TABLE_NAME AS parent, REFERENCED_COLUMN_NAME AS parentColumn
     FROM information_schema.KEY_COLUMN_USAGE WHERE REFERENCED_TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME IN (?)
     ORDER BY TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION`,
    [schema, tables],
  )
  const found = new Map<string, ReferenceTo>()
  for (const row of rows) {
    const name = JSON.stringify([row.schema, row.name, row.key])
    const key = found.get(name) ?? {
      schema: row.schema!,
      table: row.name!,
      columns: [],
      referenced: row.parent!,
      referencedColumns: [],
    }
    key.columns.push(row.column!)
    key.referencedColumns.push(row.parentColumn!)
    found.set(name, key)
  }
  return [...found.values()]
}
