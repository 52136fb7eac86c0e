import type { Catalog, Column, EngineName, EnumType, ForeignKey, Table } from '../model/catalog.ts'
import type { ParitygateError } from '../model/error.ts'
import type { FidelityNote } from '../model/ledger.ts'
import type { LogicalType } from '../model/logical-type.ts'
import type { Lines } from '../model/row-line.ts'
import type { OwnTables } from './own-tables.ts'

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

/** A half-open range of an integer key; null is open. One that is open at its start holds NULL too. */
export interface KeyRange {
  from: bigint | null
  to: bigint | null
}

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

/** A session that may write. Everything between `begin` and `commit` happens or does not. */
export interface TargetSession extends Session {
  /**
   * False where creating a table ends a transaction: tables are then created, with their keys, before it begins, and
   * dropped where it fails. The checks of foreign keys are put off for all tables at once there.
   */
  transactionalDdl: boolean
  /** Whether several sessions can write at the same time. */
  concurrentWriters: boolean
  /** Where Paritygate keeps what belongs to the target's rows. */
  own: OwnTables
  /**
   * Takes the lock of this name, which the engine gives back when the session ends, however it does; false where another
   * session holds it.
   */
  hold(name: string): Promise<boolean>
  /** Who holds the lock of this name, for people, as the server knows them; null where it cannot say. */
  holderOf(name: string): Promise<string | null>
  /** What a SELECT ends with so that its rows stay as they are until the transaction ends; empty where only one can write. */
  sharedLock: string
  /** What other sessions of the server know this one by, for people: `connection 4711`. */
  id: string
  /** SQL that puts the counters behind automatic columns of the table back to where they are now; none where it has none. */
  counterStatements(table: string): Promise<string[]>
  begin(): Promise<void>
  commit(): Promise<void>
  rollback(): Promise<void>
  execute(sql: string): Promise<void>
  /** Runs one statement of somebody else's script in the transaction; a refusal is in the outcome. */
  runStatement(statement: Statement): Promise<StatementOutcome>
  /**
   * Loads row lines into `columns`. Rows the target refuses are handed to `reject` and left out; the rest is
   * loaded.
   */
  load(
    table: string,
    columns: LoadColumn[],
    lines: AsyncIterable<Lines>,
    options: LoadOptions,
  ): Promise<number>
  /** Makes ready to load rows straight from a session of the same engine; null where that cannot be done. */
  openTransfer?(
    source: Session,
    relation: Relation,
    fields: Field[],
    table: string,
    columns: LoadColumn[],
  ): Promise<Transfer | null>
  /**
   * Drops keys and indexes of empty tables within the transaction, so that rows go in faster; those that could not be put
   * back exactly as they were stay. Null, with nothing dropped, where about `rows` rows are too few for that to pay, where
   * a lock cannot be had soon, or where a foreign key would stay between these tables. It comes before `deferForeignKeys`,
   * which then has nothing to do. `restoreKeys` puts them back.
   */
  suspendKeys?(tables: string[], rows: number): Promise<SuspendedKeys | null>
  /**
   * Puts suspended keys back in another transaction than the one that suspended them, with the rows checked as they ask.
   * Why not, with nothing done, where the rows break one of them in a way the handlers cannot mend; else null. What may pass,
   * as a lock that is not had in time, is thrown.
   */
  restoreKeys?(keys: SuspendedKeys, handlers: BrokenKeys): Promise<string | null>
  /**
   * Puts off the checks of foreign keys until `restoreForeignKeys`, so that rows may come before their parents. Of these
   * keys, or of every key of the session where there is no deferring of one; an engine that enforces none does nothing.
   */
  deferForeignKeys(keys: TableKey[]): Promise<void>
  /**
   * Takes `deferForeignKeys` back and leaves the keys as they were declared. Rows loaded meanwhile are checked only where the
   * engine can defer a key; elsewhere nothing but `removeOrphans` has looked at them.
   */
  restoreForeignKeys(keys: TableKey[]): Promise<void>
  /**
   * Takes rows out of the table that have no parent under `key`, in the current transaction, handing each to `reject`;
   * returns how many. An engine that enforces no foreign key leaves them, and returns 0.
   */
  removeOrphans(key: TableKey, columns: LoadColumn[], reject: LoadOptions['reject']): Promise<number>
  /**
   * Sees to it that a table that was created and loaded has a foreign key: adds it, or looks at the rows where the table was
   * created with it. False where rows are orphans, and the key holds for later rows only; an engine that enforces no foreign
   * key does not look, and returns true.
   */
  addForeignKey(key: TableKey): Promise<boolean>
  /** Puts every automatic column's sequence past the highest value in the table. */
  advanceSequences(table: Table): Promise<void>
  /** Triggers of a table that rows set off when they are loaded, taken out or emptied away. */
  triggersOn(table: string): Promise<TriggerInfo[]>
  /**
   * What turns these triggers of a table off. Nothing is done: `off` is executed one by one, `on` handed to
   * `restoreTriggers`, in one transaction where `transactionalDdl`; elsewhere each is committed at once, so that `on` has to be
   * kept before anything is executed.
   *
   * @throws {ParitygateError} target.read-only where they could not be turned off and brought back exactly as they are
   */
  plannedTriggers(table: string, names: string[]): Promise<PlannedTriggers>
  /** Brings triggers back, whichever of them are off; of one that is on already nothing is changed. */
  restoreTriggers(on: string[]): Promise<void>
  /**
   * Starts a process that outlives this one, and restores triggers where this one ends without having called it off. It is
   * there where no rollback brings them back. One at a time guards a database: this waits for one that is at work.
   *
   * @throws {ParitygateError} target.refused where it cannot be started
   */
  guardTriggers?(on: string[]): Promise<TriggerGuard>
  /** Why this session cannot write into these tables, or create others; null where it can. */
  writeObstacle(tables: string[], create: boolean): Promise<string | null>
  /** Empties tables, whatever refers to them among themselves; in a transaction of its own where none has begun. */
  truncate(tables: string[]): Promise<void>
  /** Drops tables that are there, whatever refers to them among themselves. */
  dropTables(tables: string[]): Promise<void>
  /** Why tables that are there cannot be dropped: what else needs them; null where they can. Changes nothing. */
  dropObstacle(tables: string[]): Promise<string | null>
  /** Keeps everybody else out of tables until the transaction ends, where the engine can. */
  lockTables(tables: string[]): Promise<void>
  /** The foreign keys by which any table of the database, in whatever schema, refers to one of these. */
  referencesTo(tables: string[]): Promise<ReferenceTo[]>
}

/**
 * Loads rows of a relation, or a chunk of it, faster than by row lines; null, with nothing loaded, where the target refused a
 * row: row lines tell which.
 */
export type Transfer = (
  chunk: Chunk | undefined,
  options: Omit<LoadOptions, 'batchRows' | 'reject'>,
) => Promise<number | null>

/** A foreign key as those see it whom it refers to. */
export interface ReferenceTo {
  /** The schema of the table that declares it; null where the engine has none. */
  schema: string | null
  table: string
  columns: string[]
  referenced: string
  referencedColumns: string[]
}

export type TriggerEvent = 'insert' | 'delete' | 'truncate'

export interface TriggerInfo {
  name: string
  /** What sets it off, of what a load or its undoing does. */
  events: TriggerEvent[]
  /** Whether what this session does sets it off. */
  enabled: boolean
}

/** SQL, one statement each. */
export interface PlannedTriggers {
  off: string[]
  on: string[]
}

export interface TriggerGuard {
  /** Has it restore these instead, as `PlannedTriggers.on`. */
  change(on: string[]): Promise<void>
  /** Ends the guard: the triggers are back. */
  callOff(): Promise<void>
  /** Leaves it to the guard to bring them back, once the session is gone; may wait for that, for some seconds. */
  handOver(options: { wait: boolean }): Promise<void>
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

export interface SuspendedKey {
  table: string
  name: string
  unique: boolean
  drop: string
  /** One statement after the other. */
  restore: string[]
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

/** A foreign key and the table that declares it. */
export interface TableKey {
  table: string
  key: ForeignKey
}

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

export interface RejectedLine {
  /** The row as it would have been loaded, by column. */
  row: Record<string, string | null>
  column: string | null
  reason: string
}

/** One statement of an SQL script. */
export interface Statement {
  /** As it stands in the script, without the comments before it and what ends it. */
  sql: string
  /** Of its first character, both from 1; a column is one UTF-16 code unit. */
  line: number
  column: number
  /** The lines that follow COPY … FROM stdin. */
  data?: string
  /** What it does with transactions: begins one, commits one, or ends one in another way. */
  control?: 'begin' | 'commit' | 'end'
  /** Sets something for what follows, and may stand before a transaction begins. */
  setting?: boolean
  /** Why it cannot be run. */
  refused?: string
  /** Why it is left out. */
  skipped?: string
  /** What is to be said where it is run. */
  notice?: string
}

export interface StatementOutcome {
  /** The transaction was committed by the statement, before it and, where it ran, after it; a new one has begun. */
  committed: boolean
  /** Null where the statement ran. */
  failure: StatementFailure | null
}

export interface StatementFailure {
  error: unknown
  /** Where the server says it happened: `COPY users, line 3, column month`. */
  context?: string
  hint?: string
  /** What no rollback takes back. */
  lasting?: string
}

/** SQL of one engine that needs no connection to be written. */
export interface Dialect {
  quote(identifier: string): string
  /** A text literal. */
  literal(text: string): string
  /** Whether a database holds tables in schemas of several names. */
  hasSchemas: boolean
  /** Makes a schema where there is none of the name; null where a database holds no more than one. */
  createSchema(name: string): string | null
  /** Names with one key are one name to the engine, which may fold letters or cut what is too long. */
  nameKey(name: string, of: 'table' | 'column'): string
  table(schema: string | null, name: string): string
  /** Columns are written with their `declared` type. */
  createTable(table: Table): { sql: string; notes: FidelityNote[] }
  /** The type a column is created with, and what is to be said about it; keys limit the length of text in some engines. */
  declaredFor(type: LogicalType, options: { inKey: boolean }): { declared: string; note?: string }
  /** What a declared type means; null where the engine has no such type. */
  parseType(written: string): LogicalType | null
  /** Whether a foreign key joins a column of this type only with one of the very same, its length and sign included. */
  keysJoinOneType(type: LogicalType): boolean
  /** An expression as text that compares by its bytes. */
  asText(expression: string): string
  /** Creates an enum type; null where the engine has none. */
  createEnum(type: EnumType): string | null
  /** Keys and indexes of a loaded table, in order. */
  createIndexes(table: Table): string[]
  /** A condition that finds the row of a redacted key by what `redactKey` shows of it; null where SQL cannot say it. */
  matchesFingerprint(expression: string, fingerprint: string): string | null
  /** A SELECT to be joined, written so that its rows are computed once and looked up, and not once for each row it joins. */
  computedOnce(select: string): string
  /** One JSON object of these values by name. */
  jsonObject(entries: [name: string, expression: string][]): string
  /** A JSON array of the parts of a text between separators, without spaces around them and without empty ones. */
  splitList(expression: string, separator: string): string
  /** The items of an array, of PostgreSQL or of JSON, as one text. */
  joinList(expression: string, separator: string, type: LogicalType): string
  /** A condition that a text expression is JSON. */
  isJson(expression: string): string
  /** A query of the columns `column`, `next` and `highest`: what each sequence gives next; null where there are none. */
  sequencePositions(table: Table): string | null
  /** The text of a value that was read as it is stored (`Field.native`); bytes that are no text as `\\x` and hexadecimal digits. */
  storedText(field: Uint8Array): string
  /** The statements of a script, each as it would be sent to the server. */
  splitStatements(text: string): Statement[]
}
