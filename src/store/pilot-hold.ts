import Database from 'better-sqlite3'
import { ParitygateError } from '../model/error.ts'

/**
 * Sees to it that one pilot at a time writes to a state. The lock is one of SQLite's on a file beside it, which the system
 * gives back where the process dies.
 *
 * @returns what gives it back
 * @throws {ParitygateError} pilot.running, or state.unusable
 */
export function holdPilot(state: string): () => void {
  const file = `${state}.pilot`
  let database: Database.Database | undefined
  try {
    database = new Database(file, { timeout: 0 })
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    const { message } = error as Error
    if (message === 'database is locked')
      throw new ParitygateError('pilot.running', `another process holds ${file}`)
    throw new ParitygateError('state.unusable', `${file}: ${message}`)
  }
  const held = database
  return () => held.close()
}
