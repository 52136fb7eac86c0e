import { createOwnTable, OWN, type OwnTables } from '../own-tables.ts'
import { literal, qualified, quote } from './quoting.ts'

const types = { key: 'varchar(255) COLLATE "C"', text: 'text', integer: 'bigint' }
const named = (table: string) => qualified(OWN, table)

export const ownTables: OwnTables = {
  named,
  present: table => `SELECT 1 AS one WHERE to_regclass(${literal(named(table))}) IS NOT NULL`,
  create: tables => [
    // Its own IF NOT EXISTS asks for the right to make it even where it is there.
    `DO $$ BEGIN IF to_regnamespace(${literal(OWN)}) IS NULL THEN CREATE SCHEMA ${quote(OWN)}; END IF; END $$`,
    ...tables.map(table => createOwnTable(named(table.name), table, types)),
  ],
  lock: tables => [`LOCK TABLE ${tables.map(({ name }) => named(name)).join(', ')} IN ACCESS EXCLUSIVE MODE`],
  unlock: [],
  // Whatever else somebody has put there keeps the schema.
  drop: tables => [
    `DROP TABLE IF EXISTS ${tables.map(({ name }) => named(name)).join(', ')}`,
    `DO $$ BEGIN DROP SCHEMA IF EXISTS ${quote(OWN)}; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END $$`,
  ],
}
