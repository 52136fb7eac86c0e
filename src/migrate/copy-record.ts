import type { SuspendedKeys } from '../engines/port/suspended-keys.ts'
import type { Table } from '../model/catalog.ts'
import type { FidelityNote, LedgerEntry } from '../model/ledger.ts'

/**
 * - `emptied`: `--truncate` has emptied the table, and no copy has finished since
 * - `begun`: no row of it is there, but counters may have moved on, which no rollback takes back
 * - `creating`: its table may be there, without rows (engines where creating one ends a transaction)
 * - `loading`: chunks of it are there
 * - `finished`: all rows, keys and counters are
 * - `removing`: what is left of it is being taken away
 */
export type CopyStatus = 'emptied' | 'begun' | 'creating' | 'loading' | 'finished' | 'removing'

/** One table as the target knows it. */
export interface Copy {
  /** As the plan calls it. */
  table: string
  fingerprint: string
  status: CopyStatus
  record: CopyRecord
}

export interface CopyRecord {
  /** As `Mapping.schema`. */
  schema: string | null
  /** What that schema is called, where the engine has any: other plans may begin from another one. */
  schemaName: string | null
  /** In its schema. */
  name: string
  /** As the target's catalog had it before; null where there was no such table. */
  before: Table | null
  /** How many rows it held before. */
  rowsBefore: number
  /** Rows that `--truncate` removed from it before. */
  truncated: number
  /** The table of ours that holds the keys of the rows it held before; null where it was empty, or has no key. */
  keysBefore: string | null
  /** What it knows them by; none where nothing tells every row from every other. */
  key: string[]
  /** SQL that puts its counters back. */
  counters: string[]
  suspended: SuspendedKeys | null
  /** SQL of the source whose values are cut into chunks; null where it is all one. */
  cutBy: string | null
  /** As in `Cuts`. */
  cuts: string[]
  /** When its first chunk was read (ISO 8601). */
  startedAt: string
  /** How often it went on after an interruption, from another snapshot of the source. */
  resumed: number
  notes: FidelityNote[]
  /** Triggers that the rows set off: what they did is not known here. */
  fired: string[]
  /** Once it is finished. */
  entry: LedgerEntry | null
  /** An earlier copy is in the table, and what was before that one is in this record. */
  again?: boolean
  /** Of one that is being removed: what it had written is gone, and what is there now is somebody else's. */
  gone?: boolean
}

export interface Checkpoint {
  chunk: number
  written: number
  quarantined: number
}
