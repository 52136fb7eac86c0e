/** What Paritygate keeps in the target beside the application's tables: a schema of this name, or names that begin with it. */
export const OWN = '_paritygate'

/** Whether a table of an engine without schemas is one of ours. */
export function isOwn(name: string): boolean {
  return name.startsWith(`${OWN}_`)
}

/** A key compares by its bytes and has at most 255 characters; a text has any length. */
export type OwnType = 'key' | 'text' | 'integer'

export interface OwnTable {
  name: string
  columns: Record<string, OwnType>
  primaryKey: string[]
}

/** SQL for tables of our own in one engine. */
export interface OwnTables {
  /** The name, as SQL of any session of the same database can write it. */
  named(table: string): string
  /** A query that gives a row where a table of this name is there. */
  present(table: string): string
  /** Makes the tables that are missing; outside of a transaction. */
  create(tables: OwnTable[]): string[]
  /** Keeps every other session out of them until the transaction ends, or `unlock`. */
  lock(tables: OwnTable[]): string[]
  unlock: string[]
  /** Drops them all, and what they stand in. */
  drop(tables: OwnTable[]): string[]
}

/** @param types how the engine spells them */
export function createOwnTable(
  named: string,
  { columns, primaryKey }: OwnTable,
  types: Record<OwnType, string>,
): string {
  const written = Object.entries(columns).map(
    ([name, type]) => `${name} ${types[type]}${primaryKey.includes(name) ? ' NOT NULL' : ''}`,
  )
  return `CREATE TABLE IF NOT EXISTS ${named} (${written.join(', ')}, PRIMARY KEY (${primaryKey.join(', ')}))`
}
