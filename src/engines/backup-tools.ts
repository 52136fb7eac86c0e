import type { EngineName } from '../model/catalog.ts'
import type { NotCovered } from '../model/finding.ts'
import type { Connection } from './connection-url.ts'

export interface BackupToolsOptions {
  /** Where the engine's client programs are; by default on PATH. */
  clientDir?: string
  signal?: AbortSignal
}

/** What writes backups of one database and reads them back. It holds connections until it is closed. */
export interface BackupTools {
  engine: EngineName
  /** What its files are called by: `dump`, `sql.gz`, `db`. */
  ending: string
  /** Name and version of what writes the file. */
  tool: string
  /** Engine and version of the server. */
  server: string
  /** Whether a restore happens or does not; where not, a failed one leaves a part of the database. */
  atomic: boolean
  /** What no file of this engine holds, or nothing here can compare. */
  notCovered: NotCovered[]
  /**
   * The database for a reader: at the moment the backup is of, where the engine can hold that, and so for as long as these
   * tools are open.
   */
  original: Connection
  /** Whether `original` is the database at the moment of the backup; where not, what is written meanwhile differs. */
  oneMoment: boolean
  /** Schemas that hold tables; null for the one of an engine that has no more. */
  schemas(): Promise<(string | null)[]>
  /** Writes the backup to a file that exists and is empty. */
  dump(file: string): Promise<void>
  /**
   * Reads the file to its end: how many tables the database has, of which none may be missing.
   *
   * @throws {ParitygateError} backup.failed
   */
  list(file: string): Promise<{ tables: number }>
  /** Puts back what the file holds, and takes away whatever else is there. */
  restore(file: string, options?: { scratch?: Connection }): Promise<void>
  /** Another, empty database, as this one is: on the same server, or in a folder of files. */
  createScratch(folder: string): Promise<Scratch>
  /** An empty database that somebody else has made, which is emptied in the end. */
  useScratch(connection: Connection): Promise<Scratch>
  /** The definitions of everything that is no row, as text: databases made alike have one text. */
  definitions(of: Connection): Promise<string>
  close(): Promise<void>
}

export interface Scratch {
  connection: Connection
  /** For people, without secrets. */
  name: string
  drop(): Promise<void>
}
