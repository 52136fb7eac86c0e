import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { ParitygateError } from '../model/error.ts'
import { redactRow } from '../model/ledger.ts'
import { backupTable } from './backups.ts'
import { discoveredTables } from './discovered-ids.ts'
import { finishedTable, workTable } from './finished.ts'
import { pilotTables } from './pilot.ts'
import { quarantineTable } from './quarantine.ts'
import { progressTable, runsTable } from './runs.ts'

const VERSION = 7
/** "PGAT", in the header of the file (https://www.sqlite.org/pragma.html#pragma_application_id). */
const APPLICATION = 0x50474154

/** What brings a state of an older version to the next. */
const upgrades: Record<number, (database: Database.Database) => void> = {
  2: database => database.exec(workTable),
  3: database => database.exec(discoveredTables),
  4: database => {
    renewQuarantine(database)
    database.exec(backupTable)
  },
  5: database => database.exec(progressTable),
  6: database => database.exec(pilotTables),
}

/** Rows used to be kept with their secrets, by run. */
function renewQuarantine(database: Database.Database): void {
  database.pragma('secure_delete = ON')
  database.exec(
    `ALTER TABLE quarantine RENAME TO old_quarantine; DROP INDEX quarantine_run; ${quarantineTable}`,
  )
  const rows = database
    .prepare(
      `SELECT f.pair, q.* FROM old_quarantine q JOIN finished_tables f ON f.run = q.run AND f.name = q.name ORDER BY q.id`,
    )
    .all() as Record<string, string>[]
  const insert = database.prepare(
    'INSERT INTO quarantine (pair, name, chunk, key, column_name, reason, row) VALUES (?, ?, 0, ?, ?, ?, ?)',
  )
  for (const { pair, name, key, column_name, reason, row, redacted } of rows) {
    const shown = redactRow(JSON.parse(key!), JSON.parse(row!), JSON.parse(redacted!))
    insert.run(pair, name, JSON.stringify(shown.key), column_name, reason, JSON.stringify(shown.row))
  }
  database.exec('DROP TABLE old_quarantine')
}

const schema = `
  ${runsTable}
  ${finishedTable}
  ${quarantineTable}
  ${workTable}
  ${discoveredTables}
  ${backupTable}
  ${progressTable}
  ${pilotTables}
  PRAGMA application_id = ${APPLICATION};
  PRAGMA user_version = ${VERSION};`

/** The state of a plan that nothing is to be written of. */
export const IN_MEMORY = ':memory:'

/** @throws {ParitygateError} state.unusable */
export function openStateFile(file: string): Database.Database {
  let database: Database.Database | undefined
  try {
    const inFile = file !== IN_MEMORY
    if (inFile) {
      mkdirSync(dirname(file), { recursive: true })
      requireOwnFile(file)
    }
    database = new Database(file)
    // Quarantined rows are the customer's data.
    if (inFile) chmodSync(file, 0o600)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = NORMAL')
    database.transaction(bringUpToDate).immediate(database)
    return database
  } catch (error) {
    database?.close()
    throw new ParitygateError('state.unusable', `${file}: ${(error as Error).message}`)
  }
}

function bringUpToDate(database: Database.Database): void {
  const found = database.pragma('user_version', { simple: true }) as number
  if (found === VERSION) return
  if (found === 0) database.exec(schema)
  else if (found > VERSION || upgrades[found] === undefined)
    throw new Error(`it has version ${found}, this program knows ${VERSION}`)
  for (let version = found; version > 0 && version < VERSION; version++) upgrades[version]!(database)
  database.pragma(`user_version = ${VERSION}`)
}

/** Any other file, a database of the cutover itself above all, is left as it is. */
function requireOwnFile(file: string): void {
  const stat = statSync(file, { throwIfNoEntry: false })
  if (stat === undefined || (stat.isFile() && stat.size === 0)) return
  if (!stat.isFile()) throw new Error('it is no file')
  // Whoever made it may have died before anything was in it, and have left a journal that only one who may write can read.
  const found = new Database(file, { fileMustExist: true })
  const application = found.pragma('application_id', { simple: true })
  const [tables] = found.prepare('SELECT count(*) FROM sqlite_schema').pluck().all()
  found.close()
  if (application !== APPLICATION && (application !== 0 || tables !== 0))
    throw new Error('it is no state of Paritygate, and was left as it is')
}
