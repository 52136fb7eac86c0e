import { existsSync, realpathSync, rmSync, statSync } from 'node:fs'
import { ParitygateError } from '../../model/error.ts'
import { defectOf } from '../defect.ts'
import type { Relation } from '../port/rows.ts'
import type { TargetSession } from '../port/target-session.ts'
import { selectedFrom } from '../selected-from.ts'
import type { TimeLimits } from '../time-limits.ts'
import { digestLines } from './digest.ts'
import { columnsOf, introspect } from './introspect.ts'
import { loadLines } from './load.ts'
import { ownTables } from './own-tables.ts'
import { literal } from './quoting.ts'
import { readLines } from './read.ts'
import { runStatement } from './run-statement.ts'
import { sqliteDialect } from './sql.ts'
import { SqliteFailure, type SqliteThread, startThread } from './thread.ts'
import { plannedTriggers, triggersOn } from './triggers.ts'

/** `preview` stands for a target that may not be there yet. */
type Mode = 'read' | 'write' | 'create' | 'preview'

/** Who writes holds the whole file, and rarely for long. */
const LOCK_MS = 5000

/**
 * Opens a SQLite file. For reading it is opened read-only and one read transaction is held until the session is
 * closed, so that everything read is of one moment; only `create` makes a file that is not there, and `preview` looks at
 * an empty database in memory instead.
 */
export async function openSqlite(
  path: string,
  mode: Mode,
  { lockMs = LOCK_MS }: TimeLimits = {},
): Promise<TargetSession> {
  const absent = !existsSync(path)
  if (mode === 'read' || !absent || mode === 'write') requireFile(path, mode)
  const place = mode === 'preview' && absent ? ':memory:' : path
  const thread = startThread()
  try {
    await thread.request({
      kind: 'open',
      path: place,
      readonly: mode === 'read',
      create: mode === 'create' || place !== path,
      lockMs,
    })
    const [encoding] = await thread.request<{ encoding: string }[]>({ kind: 'all', sql: 'PRAGMA encoding' })
    if (encoding!.encoding !== 'UTF-8') {
      throw new ParitygateError('source.encoding', `${path} is ${encoding!.encoding}`)
    }
    // The transaction begins with its first read.
    if (mode === 'read')
      await thread.request({ kind: 'run', sql: 'BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1' })
    return await session(thread, path, mode)
  } catch (error) {
    await thread.end()
    throw openFailure(error, path)
  }
}

async function session(thread: SqliteThread, path: string, mode: Mode): Promise<TargetSession> {
  const run = (sql: string) => thread.request<void>({ kind: 'run', sql })
  const all = (sql: string) => thread.request<Record<string, unknown>[]>({ kind: 'all', sql })
  const count = async (relation: Relation) => {
    const [row] = await all(`SELECT count(*) AS n FROM ${selectedFrom(relation)}`)
    return Number(row!.n)
  }
  const [version] = await all('SELECT sqlite_version() AS v')
  let held: string | null = null
  return {
    engine: 'sqlite',
    describe: `sqlite:${path}`,
    identity: `sqlite:${fileIdentity(path)}`,
    version: `SQLite ${version!.v}`,
    dialect: sqliteDialect,
    sharedReading: true,
    introspect: () => introspect(thread),
    count,
    // Nothing is estimated of a file that was never analysed, and counting is fast.
    estimate: count,
    columnsOf: select => columnsOf(thread, select),
    read: (relation, fields, signal) => readLines(thread, relation, fields, signal),
    digestLines: (relation, fields, options) => digestLines(thread, relation, fields, options),
    async query(sql) {
      return (await all(sql)).map(row =>
        Object.fromEntries(Object.entries(row).map(([name, value]) => [name, asText(value)])),
      )
    },
    failure: (error, where) => failure(error, where, mode),
    interrupt: () => void thread.end(),
    async close() {
      // While the lock is still held: nobody else has it.
      if (held !== null) rmSync(held, { force: true })
      await thread.end()
    },
    transactionalDdl: true,
    notices: [],
    concurrentWriters: false,
    own: ownTables,
    async hold() {
      // Whatever path leads to the file, and whatever plan writes it.
      const lockFile = `${realpathSync(path)}-paritygate-lock`
      if (!(await thread.request<boolean>({ kind: 'hold', path: lockFile }))) return false
      held = lockFile
      return true
    },
    holderOf: async () => null,
    sharedLock: '',
    id: `process ${process.pid}`,
    async counterStatements(table) {
      const [counters] = await all(`SELECT count(*) AS n FROM sqlite_schema WHERE name = 'sqlite_sequence'`)
      if (Number(counters!.n) === 0) return []
      const name = literal(table)
      const [row] = await all(`SELECT seq FROM sqlite_sequence WHERE name = ${name}`)
      const gone = `DELETE FROM sqlite_sequence WHERE name = ${name}`
      return row ? [gone, `INSERT INTO sqlite_sequence (name, seq) VALUES (${name}, ${row.seq})`] : [gone]
    },
    begin: () => run('BEGIN IMMEDIATE'),
    commit: () => run('COMMIT'),
    rollback: () => run('ROLLBACK'),
    execute: run,
    runStatement: statement => runStatement(thread, statement),
    load: (table, columns, lines, options) => loadLines(thread, table, columns, lines, options),
    // This connection holds no row to a foreign key (`worker.ts`), and SQLite declares them with the table only.
    deferForeignKeys: async () => {},
    restoreForeignKeys: async () => {},
    removeOrphans: async () => 0,
    addForeignKey: async () => true,
    // AUTOINCREMENT and rowids continue from the highest value by themselves.
    advanceSequences: async () => {},
    async truncate(tables) {
      for (const table of tables) await run(`DELETE FROM ${sqliteDialect.quote(table)}`)
    },
    async dropTables(tables) {
      for (const table of tables) await run(`DROP TABLE IF EXISTS ${sqliteDialect.quote(table)}`)
    },
    triggersOn: table => triggersOn(thread, table),
    plannedTriggers: (table, names) => plannedTriggers(thread, table, names),
    async restoreTriggers(on) {
      for (const sql of on) await run(sql)
    },
    // Views and triggers stay as they are, and no key hinders it.
    dropObstacle: async () => null,
    // BEGIN IMMEDIATE keeps every other writer out of the file.
    lockTables: async () => {},
    async referencesTo(tables) {
      return (await introspect(thread)).tables.flatMap(table =>
        table.foreignKeys
          .filter(({ referencedTable }) => tables.includes(referencedTable))
          .map(({ columns, referencedTable: referenced, referencedColumns }) => {
            return { schema: null, table: table.name, columns, referenced, referencedColumns }
          }),
      )
    },
    async writeObstacle() {
      try {
        await run('BEGIN IMMEDIATE')
        await run('ROLLBACK')
        return null
      } catch (error) {
        // It is not that it may not.
        if (isBusy((error as SqliteFailure).code)) throw failure(error, path, mode)
        return (error as Error).message
      }
    },
  }
}

function requireFile(path: string, mode: Mode): void {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) throw new ParitygateError('source.missing', `${path}: no such file`)
  if (stat.isDirectory()) throw new ParitygateError('source.not-a-database', `${path} is a folder`)
  // Nothing has been written to it yet, which is no evidence of anything where it is to be read.
  if (stat.size === 0 && mode === 'read')
    throw new ParitygateError('source.not-a-database', `${path} is empty`)
}

/** The file itself, whatever path leads to it. */
function fileIdentity(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat ? `${stat.dev}:${stat.ino}` : path
}

function openFailure(error: unknown, path: string): unknown {
  if (!(error instanceof SqliteFailure)) return error
  if (error.code === 'SQLITE_NOTADB')
    return new ParitygateError('source.not-a-database', `${path}: ${error.message}`)
  if (isBusy(error.code))
    return new ParitygateError('lock.timeout', error.message, { where: path, transient: true })
  return new ParitygateError('connection.rejected', `${path}: ${error.message} (${error.code})`, {
    hint: 'Check that this user may read the file and, for a database in WAL mode, write its folder.',
  })
}

function failure(error: unknown, where: string, mode: Mode): ParitygateError {
  if (error instanceof ParitygateError) return error
  const defect = defectOf(error, where)
  if (defect) return defect
  const { message, code } = error as { message: string; code?: string }
  const options = { where, cause: error }
  if (code === undefined || code === 'CLOSED') return new ParitygateError('connection.lost', message, options)
  if (isBusy(code)) return new ParitygateError('lock.timeout', message, { ...options, transient: true })
  if (mode === 'read') return new ParitygateError('source.refused', message, options)
  const readOnly = code.startsWith('SQLITE_READONLY')
  return new ParitygateError(readOnly ? 'target.read-only' : 'target.refused', message, options)
}

/** Another connection holds the lock. */
function isBusy(code: string | undefined): boolean {
  return code?.startsWith('SQLITE_BUSY') ?? false
}

function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : String(value)
}
