import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { ParitygateError, throwIfAborted } from '../../model/error.ts'
import type { BackupTools, BackupToolsOptions, Scratch } from '../backup-tools.ts'
import type { Connection } from '../connection-url.ts'
import type { Session } from '../port/session.ts'
import { openSqlite } from './connect.ts'

/** Pages at a time, some milliseconds of work: between them, everything else in this process goes on. */
const PAGES = 256
/** How long others may keep a file that is to be written. */
const BUSY_MS = 60_000
const RETRY_MS = 200

/**
 * Backups by SQLite's own backup of pages, which goes through whatever others have open
 * (https://www.sqlite.org/backup.html).
 *
 * @throws {ParitygateError} source.missing, source.not-a-database, connection.rejected
 */
export async function openSqliteBackup(
  { path }: Extract<Connection, { engine: 'sqlite' }>,
  { signal }: BackupToolsOptions,
): Promise<BackupTools> {
  const connection: Connection = { engine: 'sqlite', path, schema: null }
  const { version } = await withReader(connection, async session => session)
  return {
    engine: 'sqlite',
    ending: 'db',
    tool: version,
    server: version,
    atomic: true,
    notCovered: await withReader(connection, async session => {
      const views = await session.query(`SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name`)
      const reason = 'a view: its definition is compared, its rows are not'
      return views.map(({ name }) => ({ subject: name!, reason }))
    }),
    original: connection,
    oneMoment: false,
    schemas: async () => [null],
    async dump(file) {
      await copyPages(path, file, signal)
      const copy = new Database(file)
      // One that has a write-ahead log would get files beside it wherever it is read.
      copy.pragma('journal_mode = DELETE')
      copy.close()
    },
    async list(file) {
      const copy: Connection = { engine: 'sqlite', path: file, schema: null }
      return withReader(copy, async session => {
        const found = await session.query('PRAGMA integrity_check')
        if (found[0]?.integrity_check !== 'ok')
          throw failed(
            `the copy is damaged, and so may the database be: ${found.map(row => row.integrity_check).join('; ')}`,
          )
        const own = await withReader(connection, schemaOf)
        if (fingerprint(own) !== fingerprint(await schemaOf(session)))
          throw failed('the copy has another schema than the database: was that changed meanwhile?')
        return { tables: own.filter(({ type }) => type === 'table').length }
      })
    },
    async restore(file, { scratch } = {}) {
      await copyPages(file, scratch?.engine === 'sqlite' ? scratch.path : path, signal)
    },
    async createScratch(folder): Promise<Scratch> {
      const place = mkdtempSync(join(folder, 'paritygate_scratch_'))
      const copy = join(place, 'scratch.db')
      return {
        connection: { engine: 'sqlite', path: copy, schema: null },
        name: copy,
        drop: async () => rmSync(place, { recursive: true, force: true }),
      }
    },
    async useScratch() {
      throw new ParitygateError(
        'usage.invalid',
        '--scratch is for servers: a backup of SQLite is tried in a file beside it',
      )
    },
    definitions: of =>
      withReader(of, async session => (await schemaOf(session)).map(row => row.sql ?? row.name).join(';\n')),
    close: async () => {},
  }
}

function failed(reason: string): ParitygateError {
  return new ParitygateError('backup.failed', reason)
}

async function withReader<T>(of: Connection, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await openSqlite((of as { path: string }).path, 'read')
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}

function schemaOf(session: Session): Promise<Record<string, string | null>[]> {
  return session.query('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name')
}

function fingerprint(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex')
}

/**
 * Copies one database into another in one transaction of each. A copy that others kept from being committed looks like one
 * that was, so that the version of the target's schema, which each copy raises, has to tell.
 */
async function copyPages(from: string, into: string, signal: AbortSignal | undefined): Promise<void> {
  throwIfAborted(signal)
  const source = new Database(from, { readonly: true, fileMustExist: true })
  const witness = new Database(into, { timeout: 0 })
  try {
    // Without a transaction of its own every write of others would begin the copy anew.
    source.exec('BEGIN')
    source.prepare('SELECT count(*) FROM sqlite_schema').get()
    const before = await schemaVersion(witness)
    const deadline = performance.now() + BUSY_MS
    for (;;) {
      await source.backup(into, { progress: steps(into, signal) })
      if ((await schemaVersion(witness)) !== before) return
      if (performance.now() > deadline) throw busy(into)
      throwIfAborted(signal)
      await wait(RETRY_MS)
    }
  } finally {
    source.close()
    witness.close()
  }
}

/** Waits without keeping anything else in this process waiting. */
async function schemaVersion(database: Database.Database): Promise<number> {
  const deadline = performance.now() + BUSY_MS
  for (;;) {
    try {
      return database.pragma('schema_version', { simple: true }) as number
    } catch (error) {
      const { code } = error as { code?: string }
      if (!code?.startsWith('SQLITE_BUSY') || performance.now() > deadline) throw error
      await wait(RETRY_MS)
    }
  }
}

function steps(into: string, signal: AbortSignal | undefined) {
  let left = Number.POSITIVE_INFINITY
  let moved = performance.now()
  return ({ remainingPages }: { remainingPages: number }) => {
    throwIfAborted(signal)
    if (remainingPages < left) {
      left = remainingPages
      moved = performance.now()
    } else if (performance.now() - moved > BUSY_MS) {
      throw busy(into)
    }
    return PAGES
  }
}

function busy(path: string): ParitygateError {
  return failed(`${path} was in use by others for ${BUSY_MS / 1000} s`)
}
