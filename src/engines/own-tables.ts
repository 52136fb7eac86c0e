import { isDeepStrictEqual } from 'node:util'

/** What Paritygate keeps in the target beside the application's tables: a schema of this name, or names that begin with it. */
export const OWN = '_paritygate'

/** A key compares by its bytes and has at most 255 characters; a text has any length. */
export type OwnType = 'key' | 'text' | 'integer'

export interface OwnTable {
  name: string
  columns: Record<string, OwnType>
  primaryKey: string[]
}

/** What the target itself knows of the plans that write into it. */
export const OWN_TABLES: OwnTable[] = [
  { name: 'plan', columns: { plan: 'key', token: 'key', holder: 'text' }, primaryKey: ['plan'] },
  {
    name: 'copy',
    columns: { plan: 'key', place: 'key', fingerprint: 'key', status: 'key', record: 'text' },
    primaryKey: ['plan', 'place'],
  },
  {
    name: 'chunk',
    columns: { plan: 'key', place: 'key', chunk: 'integer', written: 'integer', quarantined: 'integer' },
    primaryKey: ['plan', 'place', 'chunk'],
  },
  {
    name: 'made',
    columns: { plan: 'key', number: 'integer', what: 'text', takes_back: 'text' },
    primaryKey: ['plan', 'number'],
  },
  {
    name: 'trigger_off',
    columns: { plan: 'key', place: 'key', brings_back: 'text' },
    primaryKey: ['plan', 'place'],
  },
  {
    name: 'work',
    columns: { plan: 'key', place: 'key', status: 'key', fingerprint: 'key', entry: 'text' },
    primaryKey: ['plan', 'place'],
  },
]

/** Of a table that keeps the keys of rows that were there before a copy. */
const keys = new RegExp(`^${OWN}_before_[0-9a-f]{12}$`)

/**
 * Which tables are ours, in an engine without schemas: those that are just as we make them, and the keys beside them. Any other
 * that is named alike is somebody's.
 *
 * @param columns of a table, by name
 */
export function ownNames(tables: { name: string; columns: string[] }[]): string[] {
  const journal = OWN_TABLES.flatMap(({ name, columns }) =>
    tables.filter(
      table => table.name === `${OWN}_${name}` && isDeepStrictEqual(table.columns, Object.keys(columns)),
    ),
  )
  const beside = journal.length > 0 ? tables.filter(({ name }) => keys.test(name)) : []
  return [...journal, ...beside].map(({ name }) => name)
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
