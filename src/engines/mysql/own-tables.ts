import { createOwnTable, OWN, type OwnTables } from '../own-tables.ts'
import { literal, qualified } from './quoting.ts'

const types = {
  key: 'VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
  text: 'LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
  integer: 'BIGINT',
}

/** @param schema the database */
export function ownTables(schema: string): OwnTables {
  const named = (table: string) => qualified(schema, `${OWN}_${table}`)
  return {
    named,
    present: table =>
      `SELECT 1 AS one FROM information_schema.TABLES
       WHERE TABLE_SCHEMA = ${literal(schema)} AND TABLE_NAME = ${literal(`${OWN}_${table}`)}`,
    create: tables =>
      tables.map(
        table => `${createOwnTable(named(table.name), table, types)} ENGINE = InnoDB ROW_FORMAT = DYNAMIC`,
      ),
    // It ends the transaction, as dropping a table does.
    lock: tables => [`LOCK TABLES ${tables.map(({ name }) => `${named(name)} WRITE`).join(', ')}`],
    unlock: ['UNLOCK TABLES'],
    drop: tables => tables.map(({ name }) => `DROP TABLE IF EXISTS ${named(name)}`),
  }
}
