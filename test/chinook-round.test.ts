import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { openReader } from '../src/engines/open.ts'
import type { Table } from '../src/model/catalog.ts'
import { cutover } from './cutover.ts'
import { mysqlDatabase, postgresDatabase, temporaryFolder } from './databases.ts'
import { noMysql } from './no-mysql.ts'
import { chinook } from './real-data.ts'

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`

const tablesOf = async (path: string): Promise<Table[]> => {
  const session = await openReader({ engine: 'sqlite', path, schema: null })
  const { tables } = await session.introspect()
  await session.close()
  return tables.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** What SQLite makes of a declared type (https://www.sqlite.org/datatype3.html, 3.1). */
function affinity(declared: string): string {
  const type = declared.toUpperCase()
  if (type.includes('INT')) return 'INTEGER'
  if (/CHAR|CLOB|TEXT/.test(type)) return 'TEXT'
  if (type.includes('BLOB') || type === '') return 'BLOB'
  return /REAL|FLOA|DOUB/.test(type) ? 'REAL' : 'NUMERIC'
}

// Real data that stands beside the checkout where it is there, and a MySQL server; pairs.test.ts asks the same of data of our own.
describe.skipIf(!existsSync(chinook) || noMysql)('Chinook on a round trip', () => {
  test('SQLite → MySQL → PostgreSQL → SQLite comes back the same, types included', async () => {
    const first = await tablesOf(chinook)
    const tables = Object.fromEntries(first.map(({ name }) => [name, {}]))
    const last = join(temporaryFolder(), 'last.db')
    const mysql = await mysqlDatabase()
    const postgres = await postgresDatabase()
    const stops = [chinook, mysql.url, postgres.url, last]
    for (const [index, target] of stops.slice(1).entries()) {
      const leg = cutover(stops[index]!, target, { tables })
      expect(await leg.migrate({ createSchema: true })).toMatchObject({ status: 'finished', not_covered: [] })
      expect(await leg.verify()).toMatchObject({ verdict: 'match', differences: [] })
      expect(leg.gate().verdict).toBe('GO')
    }

    const whole = await cutover(chinook, last, { tables }).verify()
    expect(whole).toMatchObject({ verdict: 'match', differences: [], not_covered: [] })
    expect(whole.tables.reduce((sum, table) => sum + table.matched, 0)).toBe(15_607)

    const types = (all: Table[]) =>
      all.map(({ name, columns }) => [
        name,
        columns.map(column => [column.name, column.nullable, affinity(column.declared), column.type]),
      ])
    expect(types(await tablesOf(last))).toEqual(types(first))
    const keys = (all: Table[]) =>
      all.map(({ name, primaryKey, foreignKeys }) => [
        name,
        primaryKey,
        foreignKeys.map(key => `${key.columns} → ${key.referencedTable} ${key.referencedColumns}`).sort(),
      ])
    expect(keys(await tablesOf(last))).toEqual(keys(first))

    // By plain SQL, so that nothing of Paritygate's own is asked.
    const database = new Database(last, { readonly: true })
    database.prepare('ATTACH ? AS first').run(chinook)
    for (const { name, columns } of first) {
      const values = columns.map(column => `${quote(column.name)}, typeof(${quote(column.name)})`).join(', ')
      const [here, there] = ['main', 'first'].map(schema => `SELECT ${values} FROM ${schema}.${quote(name)}`)
      const rows = (sql: string) => database.prepare(sql).all()
      expect.soft(rows(`${here} EXCEPT ${there}`), name).toEqual([])
      expect.soft(rows(`${there} EXCEPT ${here}`), name).toEqual([])
      const count = (sql: string) => rows(`SELECT count(*) AS n FROM (${sql})`)
      expect(count(here!)).toEqual(count(there!))
    }
    database.close()
  })
})
