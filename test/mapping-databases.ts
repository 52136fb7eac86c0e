import Database from 'better-sqlite3'
import { expect } from 'vitest'
import type { LedgerEntry, MigrateOptions, VerifyResult } from '../src/index.ts'
import type { EngineName } from '../src/model/catalog.ts'
import { type Cutover, cutover } from './cutover.ts'
import { mysqlDatabase, postgresDatabase, sqliteDatabase } from './databases.ts'
import { rfcUuid } from './rfc-uuid.ts'

/** One database, asked and written by the test's own client. */
export interface Probe {
  engine: EngineName
  url: string
  run(sql: string): Promise<void>
  /** Every value as text, in the order of the query. */
  rows(sql: string): Promise<(string | null)[][]>
}

export async function probe(engine: EngineName, sql: string): Promise<Probe> {
  if (engine === 'postgres') {
    const { url, client } = await postgresDatabase(sql)
    const types = { getTypeParser: () => (value: string) => value }
    return {
      engine,
      url,
      run: async statements => void (await client.query(statements)),
      rows: async text => {
        const query = { text, rowMode: 'array' as const, types: types as never }
        return (await client.query<(string | null)[]>(query)).rows
      },
    }
  }
  if (engine === 'mysql') {
    const { url, client } = await mysqlDatabase(`SET foreign_key_checks = 0; ${sql}`)
    const typeCast = (field: { string(): string | null }) => field.string()
    return {
      engine,
      url,
      run: async statements => void (await client.query(statements)),
      rows: async text =>
        (await client.query({ sql: text, rowsAsArray: true, typeCast } as never))[0] as never,
    }
  }
  const url = sqliteDatabase(sql)
  const using = <Result>(work: (database: Database.Database) => Result): Result => {
    const database = new Database(url)
    database.pragma('foreign_keys = OFF')
    try {
      return work(database)
    } finally {
      database.close()
    }
  }
  return {
    engine,
    url,
    run: async statements => void using(database => database.exec(statements)),
    rows: async text =>
      using(database => database.prepare(text).raw().all() as unknown[][]).map(row =>
        row.map(value => (value === null ? null : String(value))),
      ),
  }
}

/** Types in the words of each engine. */
export const words: Record<
  EngineName,
  Record<'int' | 'text' | 'key' | 'exact' | 'uuid' | 'json' | 'date' | 'bool' | 'money', string>
> = {
  sqlite: {
    int: 'INTEGER',
    text: 'TEXT',
    key: 'VARCHAR(40)',
    exact: 'VARCHAR(40)',
    uuid: 'UUID',
    json: 'JSON',
    date: 'DATE',
    bool: 'BOOLEAN',
    money: 'DECIMAL(10,2)',
  },
  postgres: {
    int: 'integer',
    text: 'text',
    key: 'varchar(40)',
    exact: 'varchar(40)',
    uuid: 'uuid',
    json: 'jsonb',
    date: 'date',
    bool: 'boolean',
    money: 'numeric(10,2)',
  },
  mysql: {
    int: 'int',
    text: 'longtext',
    key: 'varchar(40)',
    exact: 'varchar(40) COLLATE utf8mb4_bin',
    uuid: 'char(36)',
    json: 'json',
    date: 'date',
    bool: 'boolean',
    money: 'decimal(10,2)',
  },
}

/** A schema with `:int`, `:uuid` and so on in the place of types. */
export function inWords(engine: EngineName, sql: string): string {
  return sql.replace(
    /(?<!:):(int|text|key|exact|uuid|json|date|bool|money)\b/g,
    (_, word: string) => words[engine][word as 'int'],
  )
}

export const namespace = '5f0c2f6e-7d5b-4c58-9a51-6a0a2b6f4a11'

export const uuid5 = (name: string, of = namespace) => rfcUuid(of, name)

/** Rows of each table: read, written, quarantined, excluded. */
export type Ledger = Record<string, [number, number, number, number]>

export function ledgerOf(tables: LedgerEntry[]): Ledger {
  return Object.fromEntries(
    tables.map(({ table, read, written, quarantined, excluded }) => [
      table,
      [read, written, quarantined, excluded],
    ]),
  )
}

/** What a verify has to say beyond its verdict. */
export function saidBy({ differences, checks, not_covered }: VerifyResult): string[] {
  return [
    ...differences.map(({ kind, table, key }) => `${kind} ${table} ${Object.values(key).join(',')}`),
    ...checks
      .filter(({ status }) => status !== 'pass')
      .map(({ check, table, column, status, detail }) => `${status} ${check} ${table}.${column}: ${detail}`),
    ...not_covered
      .filter(({ accepted }) => accepted === undefined)
      .map(({ subject, reason }) => `not covered ${subject}: ${reason}`),
  ]
}

/** Copies, verifies, and copies again: the second time there is nothing to do. */
export async function carriedOver(
  source: Probe,
  target: Probe,
  plan: Record<string, unknown>,
  ledger: Ledger,
  { said = [], ...options }: MigrateOptions & { said?: string[] } = {},
): Promise<Cutover> {
  const run = cutover(source.url, target.url, { namespace, ...plan })
  const result = await run.migrate(options)
  expect(ledgerOf(result.tables)).toEqual(ledger)
  const verified = await run.verify()
  expect(saidBy(verified)).toEqual(said)
  if (said.length === 0) expect(verified.verdict).toBe('match')
  const again = await run.migrate(options)
  expect(again.tables.filter(({ status }) => status !== 'already finished')).toEqual([])
  expect(again.status).toBe(result.status === 'rejected' ? 'rejected' : 'nothing to do')
  return run
}
