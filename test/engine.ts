import Database from 'better-sqlite3'
import { describe, onTestFinished } from 'vitest'
import { parseConnectionUrl } from '../src/engines/connection-url.ts'
import { openReader, openTarget } from '../src/engines/open.ts'
import type { Field, KeyRange, LoadColumn, LoadOptions, Relation } from '../src/engines/port/rows.ts'
import type { Session } from '../src/engines/port/session.ts'
import type { TargetSession } from '../src/engines/port/target-session.ts'
import type { EngineName } from '../src/model/catalog.ts'
import { mysqlDatabase, postgresDatabase, sqliteDatabase } from './databases.ts'
import { noMysql } from './no-mysql.ts'

/** One database of one engine, for tests that ask the same of every engine. */
export interface Side {
  url: string
  reader(): Promise<Session>
  target(): Promise<TargetSession>
  /** Runs SQL on a connection of the test's own. */
  run(sql: string): Promise<void>
}

export interface Engine {
  name: EngineName
  /** The tests have no server of it: see `noMysql`. */
  noServer: boolean
  create(sql?: string, fill?: (database: Database.Database) => void): Promise<Side>
}

export const engines: [sqlite: Engine, postgres: Engine, mysql: Engine] = [
  {
    name: 'sqlite',
    noServer: false,
    async create(sql = '', fill) {
      const url = sqliteDatabase(sql, fill)
      return {
        ...openers(url),
        async run(statements) {
          const database = new Database(url)
          database.pragma('foreign_keys = OFF')
          try {
            database.exec(statements)
          } finally {
            database.close()
          }
        },
      }
    },
  },
  {
    name: 'postgres',
    noServer: false,
    async create(sql = '') {
      const { url, client } = await postgresDatabase(sql)
      return { ...openers(url), run: async statements => void (await client.query(statements)) }
    },
  },
  {
    name: 'mysql',
    noServer: noMysql,
    async create(sql = '') {
      const { url, client } = await mysqlDatabase(sql)
      return { ...openers(url), run: async statements => void (await client.query(statements)) }
    },
  },
]

/** A suite for each engine; `$name` in the title is the engine's. Where there is no server of it, it is shown as skipped. */
export function describeEngines(title: string, suite: (engine: Engine) => void): void {
  for (const engine of engines)
    describe.skipIf(engine.noServer)(title.replace('$name', engine.name), () => suite(engine))
}

function openers(url: string) {
  const closing = async <T extends Session>(opening: Promise<T>): Promise<T> => {
    const session = await opening
    onTestFinished(() => session.close())
    return session
  }
  const connection = parseConnectionUrl(url, '/')
  return {
    url,
    reader: () => closing(openReader(connection)),
    target: () => closing(openTarget(connection, null, { create: true })),
  }
}

/** Every canonical line of a relation, one character a byte, in the order the engine gives them. */
export async function digested(
  session: Session,
  relation: Relation,
  fields: Field[],
  ranges?: KeyRange[],
): Promise<string[]> {
  const pieces: Buffer[] = []
  for await (const piece of session.digestLines(relation, fields, ranges ? { ranges } : {}))
    pieces.push(piece)
  return split(pieces)
}

/** The same of the lines a load takes; the pieces' own count of rows must be right. */
export async function readAll(session: Session, relation: Relation, fields: Field[]): Promise<string[]> {
  const pieces: Buffer[] = []
  let rows = 0
  for await (const piece of session.read(relation, fields)) {
    pieces.push(piece.bytes)
    rows += piece.rows
  }
  const lines = split(pieces)
  if (rows !== lines.length) throw new Error(`${lines.length} lines counted as ${rows}`)
  return lines
}

/** Rows of one session sent to another past row lines: how many, or null where that could not be done. */
export async function transferred(
  target: TargetSession,
  source: Session,
  relation: Relation,
  fields: Field[],
  table: string,
  columns: LoadColumn[],
  options: Omit<LoadOptions, 'reject' | 'batchRows'>,
): Promise<number | null> {
  const transfer = await target.openTransfer?.(source, relation, fields, table, columns)
  return transfer ? transfer(undefined, options) : null
}

function split(pieces: Buffer[]): string[] {
  if (pieces.some(piece => piece.at(-1) !== 0x0a)) throw new Error('a piece ends within a line')
  return Buffer.concat(pieces).toString('latin1').split('\n').slice(0, -1)
}
