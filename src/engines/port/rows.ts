import type { LogicalType } from '../../model/logical-type.ts'

/** Rows to be read: a table, or a SELECT standing for one. */
export interface Relation {
  /** SQL that can stand after FROM: a quoted table name, or a SELECT in parentheses under a name, and what is joined to it. */
  from: string
  /** SQLite: the column by which the table can be read piece by piece; null where it cannot. */
  rowid: string | null
  /** SQL condition of the plan; null for all rows. */
  where: string | null
  /** Keeps the rows of one chunk. */
  chunk?: Chunk
}

/** Half open, by SQL literals of the column; null is open. */
export interface Chunk {
  /** SQL that is never NULL; of SQLite the rowid. */
  column: string
  from: string | null
  to: string | null
}

/** Where a table is cut into chunks. */
export interface Cuts {
  /** SQL whose values are cut. */
  cutBy: string
  /** SQL literals: chunk n, from 1 on, has values from cut n-1 to before cut n. */
  cuts: string[]
}

/** A half-open range of an integer key; null is open. One that is open at its start holds NULL too. */
export interface KeyRange {
  from: bigint | null
  to: bigint | null
}

/** One column of a row line. */
export interface Field {
  /** SQL of this side giving the value. */
  expression: string
  /** The type in which the value is written: the same on both sides. */
  type: LogicalType
  /** The type the expression has by itself, where that is known. */
  own?: LogicalType | undefined
  /** Both sides are of one engine and the column of one type: a load keeps each value exactly as it is stored. */
  native?: boolean
  /** A value `type` has no room for is rounded to it; otherwise it is refused by a load, and differs when compared. */
  rounded?: boolean
  /** Written as for a comparison by a load too: what is made of the value must be the same for both. */
  canonical?: boolean
  /** Made here of other values instead of by SQL; `expression` then only names it to people. */
  derived?: Derived
}

/** A value made of others of the row, at least one, which are asked for in its place. */
export type Derived = { inputs: DerivedInput[] } & (
  | {
      kind: 'uuid'
      /** A UUID as text. */
      namespace: string
      /**
       * The UUID is version 5 (RFC 9562, section 5.5) of the name `table:key`, the key being the inputs joined by `:`. Before
       * `:` and `\` in the table's name and in each input stands a `\`. NULL where an input is NULL.
       */
      table: string
      /** Inputs that SQL has marked as refused stand for the value, mark and all. */
      marked?: boolean
    }
  | {
      kind: 'function'
      /** Inputs as canonical text to the text of a value of the field's type; null is NULL. A row it throws for is refused. */
      compute(values: (string | null)[]): string | null
    }
)

export type UuidOf = Derived & { kind: 'uuid' }

/** A value that another is made of. */
export type DerivedInput = Pick<Field, 'expression' | 'own' | 'type'>

export interface LoadColumn {
  name: string
  type: LogicalType
  /** As in `Field`. */
  native?: boolean
  /** A value with the mark of refusal is refused whatever the type, for this reason. */
  screened?: string
}

export interface LoadOptions {
  /** Rows sent at a time, where fewer are wanted than the engine would take by itself. */
  batchRows?: number
  reject(rejected: RejectedLine): void
  progress(rows: number): void
  /** Awaited before this many bytes of rows are handed over by a `Transfer`; for `load`, whoever gives the lines sees to it. */
  pace?(bytes: number): Promise<void>
  signal?: AbortSignal
}

/**
 * Loads rows of a relation, or a chunk of it, faster than by row lines; null, with nothing loaded, where the target refused a
 * row: row lines tell which.
 */
export type Transfer = (
  chunk: Chunk | undefined,
  options: Omit<LoadOptions, 'batchRows' | 'reject'>,
) => Promise<number | null>

export interface RejectedLine {
  /** The row as it would have been loaded, by column. */
  row: Record<string, string | null>
  column: string | null
  reason: string
}
