import type { LoadColumn, RejectedLine } from './rows.ts'

/** Keys and indexes that are not there, and how they come back; plain data, which outlives the session. */
export interface SuspendedKeys {
  tables: string[]
  /** No others join the tables that were asked for. */
  foreignKeys: SuspendedKey[]
  /** Those of constraints among them; unique ones come first. */
  indexes: SuspendedKey[]
  /** What the unique ones among them hold rows to, by table; null where that cannot be said. */
  unique: { table: string; keys: UniqueKey[] | null }[]
}

export interface SuspendedKey {
  table: string
  name: string
  unique: boolean
  drop: string
  /** One statement after the other. */
  restore: string[]
}

/** What no two rows of a table may share. */
export interface UniqueKey {
  /** Of the constraint or index, as the server names it. */
  name: string
  /** The key as the server shows it: `a, lower(b)`. */
  shown: string
  parts: KeyPart[]
  /** SQL that is true of the rows it holds for; null where those are all. */
  predicate: string | null
  nullsDistinct: boolean
}

export interface KeyPart {
  /** SQL of what is compared, which names columns alone. */
  expression: string
  /** `OPERATOR(pg_catalog.=)`, the one the index goes by. */
  equals: string
}

/** What is done about rows that break a key. */
export interface BrokenKeys {
  /** Takes out the rows without a parent. */
  removeOrphans(): Promise<void>
  /** Given each row that is taken out because another has its key. */
  reject(table: string, rejected: RejectedLine): void
  /** The columns of a table that were loaded. */
  columnsOf(table: string): LoadColumn[]
}
