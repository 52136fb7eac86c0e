import type { Catalog, Column, EngineName } from '../../model/catalog.ts'
import type { ParitygateError } from '../../model/error.ts'
import type { Lines } from '../../model/row-line.ts'
import type { Dialect } from './dialect.ts'
import type { Cuts, Field, KeyRange, Relation } from './rows.ts'

export interface Session {
  engine: EngineName
  /** The connection without secrets, for people. */
  describe: string
  /** Two sessions with the same identity look at the same tables. */
  identity: string
  /** Engine and version, for reports. */
  version: string
  dialect: Dialect
  /** What is worth saying once about how this session reads or writes. */
  notices: string[]
  /** Whether several `read` can be under way at a time. */
  sharedReading: boolean
  introspect(): Promise<Catalog>
  count(relation: Relation): Promise<number>
  /** About how many rows: not counted where that takes long; null where the engine cannot say. */
  estimate(relation: Relation): Promise<number | null>
  /** The columns a SELECT gives. */
  columnsOf(select: string): Promise<Column[]>
  /**
   * Cuts a table into about so many chunks by where its rows are stored, which is faster to read than by a key; they hold the
   * same rows for whoever reads the same moment. Null where it is not stored so, or too small.
   *
   * @param from the table, as in `Relation`
   */
  cutBlocks?(from: string, chunks: number): Promise<Cuts | null>
  /** Rows in the form a load takes; which rows come in which piece is the engine's business. */
  read(relation: Relation, fields: Field[], signal?: AbortSignal): AsyncIterable<Lines>
  /** Rows in canonical form. `ranges` keeps those whose first field, an integer, lies in one of them. */
  digestLines(
    relation: Relation,
    fields: Field[],
    options?: { ranges?: KeyRange[]; signal?: AbortSignal },
  ): AsyncIterable<Buffer>
  /** Small results: every value as text, null as null. */
  query(sql: string): Promise<Record<string, string | null>[]>
  /**
   * The failure an error of this session is: `connection.lost`, else `source.refused` of one that reads, and
   * `target.read-only` or `target.refused` of one that writes. A ParitygateError is itself.
   */
  failure(error: unknown, where: string): ParitygateError
  /** Ends whatever is under way, so that the call waiting for it fails; only `close` may follow. */
  interrupt(): void
  close(): Promise<void>
  /**
   * How the engine hashes rows of these fields, those made here included where it can; null where it cannot so that equal
   * hashes mean equal canonical lines.
   */
  hashing?(relation: Relation, fields: Field[]): Promise<RowHashing | null>
}

/** Rows of one relation, hashed inside the database, but for UUIDs that are made here, which are mixed in here. */
export interface RowHashing {
  /** Names the projection and the hash functions: where two sides have one name, they give the same rows the same hash. */
  name: string
  /** Whether rows of equal canonical lines always have equal hashes; where not, only their lines tell that they are equal. */
  exact: boolean
  whole(options?: WholeOptions): Promise<HashSum>
  /** Null where fields are made here: SQL hashes only rows it holds whole. */
  parts: HashedParts | null
}

/** What only a hashing that reads rows has a use for. */
export interface WholeOptions {
  /** Told how many rows have been read so far, where any have to be. */
  onRows?: ((rows: number) => void) | undefined
  signal?: AbortSignal | undefined
}

/** Rows hashed bucket by bucket. */
export interface HashedParts {
  /** Every bucket that has rows. */
  inBuckets(buckets: HashBuckets): Promise<BucketHash[]>
  /** SQL for the bucket a row lies in, an integer. */
  bucketOf(buckets: HashBuckets): string
}

/**
 * How rows are spread inside the database: by ranges of the first field, an integer, or by a hash of the first fields.
 * Keys lie in the ranges or are NULL, which is in the first.
 */
export type HashBuckets =
  | { kind: 'range'; count: number; least: number; width: number }
  | { kind: 'hash'; count: number; keyFields: number }

export interface HashSum {
  rows: number
  /** Of signed 64-bit hashes, exact. */
  sum: bigint
}

export interface BucketHash extends HashSum {
  bucket: number
  /** About how long its canonical lines are. */
  bytes: number
}

/**
 * Asks how busy a server is, on a connection of its own that holds no transaction. What cannot be measured is thrown, and
 * never 0.
 */
export interface Monitor {
  /** Host and port. */
  server: string
  /** Connections that are at work, without those of this process. */
  active(): Promise<number>
  /** Seconds this server, a replica, is behind what it replicates. */
  lag(): Promise<number>
  /** Seconds the slowest of the replicas of this server is behind it. It is not there where a server does not know. */
  replicasLag?(): Promise<number>
  /** Ends whatever is under way. */
  close(): void
}
