import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import type { DatabaseMaker, FaultDatabase } from './databases.ts'
import type { Dump } from './dump.ts'

/** @param folder where the files are made; each has a folder of its own */
export function sqliteDatabases(folder: string): DatabaseMaker {
  return { serverUrl: null, create: async () => database(join(mkdtempSync(join(folder, 'db-')), 'data.db')) }
}

function database(file: string): FaultDatabase {
  const within = <T>(action: (database: Database.Database) => T): T => {
    const database = new Database(file)
    database.pragma('foreign_keys = OFF')
    database.pragma('synchronous = OFF')
    database.defaultSafeIntegers()
    try {
      return action(database)
    } finally {
      database.close()
    }
  }
  return {
    engine: 'sqlite',
    url: `sqlite:${file}`,
    execute: async sql => within(database => void database.exec(sql)),
    async insert(table, rows) {
      within(database => {
        const places = rows[0]?.map(() => '?').join(', ')
        const insert = database.prepare(`INSERT INTO ${table} VALUES (${places})`)
        database.transaction(() => rows.forEach(row => void insert.run(...row)))()
      })
    },
    dump: async () => within(dump),
    async leftBehind() {
      const left = within(database => {
        const health = database.pragma('integrity_check', { simple: true }) as string
        database.exec('BEGIN EXCLUSIVE; ROLLBACK')
        return health === 'ok' ? [] : [health]
      })
      for (const name of ['-journal', '-wal'])
        if (existsSync(file + name)) left.push(`${file}${name} is left`)
      return left
    },
    cutSessions: async () => 0,
    drop: async () => rmSync(dirname(file), { recursive: true, force: true }),
  }
}

function dump(database: Database.Database): Dump {
  const tables = new Map<string, string[]>()
  const rows = (sql: string) =>
    (database.prepare(sql).raw().all() as unknown[][])
      .map(row => JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)))
      .sort()
  const names = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .pluck()
    .all() as string[]
  for (const name of names) if (!name.startsWith('sqlite_')) tables.set(name, rows(`SELECT * FROM "${name}"`))
  return {
    tables,
    schema: rows('SELECT type, name, tbl_name, sql FROM sqlite_schema'),
    sequences: names.includes('sqlite_sequence') ? rows('SELECT * FROM sqlite_sequence') : [],
  }
}
