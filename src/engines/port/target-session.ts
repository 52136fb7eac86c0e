import type { ForeignKey, Table } from '../../model/catalog.ts'
import type { Lines } from '../../model/row-line.ts'
import type { OwnTables } from '../own-tables.ts'
import type { Field, LoadColumn, LoadOptions, Relation, Transfer } from './rows.ts'
import type { Session } from './session.ts'
import type { Statement, StatementOutcome } from './statement.ts'
import type { BrokenKeys, SuspendedKeys } from './suspended-keys.ts'

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

/** A foreign key and the table that declares it. */
export interface TableKey {
  table: string
  key: ForeignKey
}

/** A foreign key as those see it whom it refers to. */
export interface ReferenceTo {
  /** The schema of the table that declares it; null where the engine has none. */
  schema: string | null
  table: string
  columns: string[]
  referenced: string
  referencedColumns: string[]
}

export interface TriggerInfo {
  name: string
  /** What sets it off, of what a load or its undoing does. */
  events: TriggerEvent[]
  /** Whether what this session does sets it off. */
  enabled: boolean
}

export type TriggerEvent = 'insert' | 'delete' | 'truncate'

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
