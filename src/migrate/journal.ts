import { setTimeout } from 'node:timers/promises'
import type { OwnTable } from '../engines/own-tables.ts'
import type { SuspendedKeys } from '../engines/port/suspended-keys.ts'
import type { TargetSession } from '../engines/port/target-session.ts'
import type { Table } from '../model/catalog.ts'
import { ParitygateError } from '../model/error.ts'
import type { FidelityNote, LedgerEntry, WorkEntry } from '../model/ledger.ts'
import { type Holder, holderText, mayBeAtWork, thisHolder } from './holder.ts'

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
  /** Chunk n has values from cut n-1 to before cut n, the first NULL too: whole numbers as text. */
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

export interface Chunk {
  chunk: number
  written: number
  quarantined: number
}

/** Something that was made beside tables, and the SQL that takes it back. */
export interface Made {
  what: string
  undo: string
}

/** A script or command of a phase: `begun` where it is not known how far it came. */
export interface Work {
  /** As `PhaseWork.key`. */
  key: string
  status: 'begun' | 'finished'
  fingerprint: string
  entry: WorkEntry
}

const tables: OwnTable[] = [
  { name: 'plan', columns: { plan: 'key', token: 'key', holder: 'text' }, primaryKey: ['plan'] },
  {
    name: 'copy',
    columns: { plan: 'key', place: 'key', fingerprint: 'key', status: 'key', record: 'text' },
    primaryKey: ['plan', 'place'],
  },
  {
    name: 'chunk',
    columns: { plan: 'key', place: 'key', chunk: 'integer', written: 'integer', quarantined: 'integer' },
    primaryKey: ['plan', 'place', 'chunk'],
  },
  {
    name: 'made',
    columns: { plan: 'key', number: 'integer', what: 'text', takes_back: 'text' },
    primaryKey: ['plan', 'number'],
  },
  {
    name: 'trigger_off',
    columns: { plan: 'key', place: 'key', brings_back: 'text' },
    primaryKey: ['plan', 'place'],
  },
  {
    name: 'work',
    columns: { plan: 'key', place: 'key', status: 'key', fingerprint: 'key', entry: 'text' },
    primaryKey: ['plan', 'place'],
  },
]

/** A server takes a moment to see that a process is gone, and the next command is often given at once. */
const HOLD_MS = 3000
const AGAIN_MS = 100

async function isHeldSoon(main: TargetSession, plan: string): Promise<boolean> {
  for (const deadline = performance.now() + HOLD_MS; ; await setTimeout(AGAIN_MS)) {
    if (await main.hold(plan)) return true
    if (performance.now() > deadline) return false
  }
}

/**
 * What the target itself knows of a plan's rows, written in the transactions that write them: who is at work, which table
 * is in which state, which chunks of it are there, and what was made. However a run ends, this is true.
 */
export class Journal {
  readonly plan: string
  readonly main: TargetSession
  readonly #holder: Holder
  /** The journal's tables that are there. */
  readonly #present: Set<string>

  private constructor(main: TargetSession, plan: string, holder: Holder, present: string[]) {
    this.main = main
    this.plan = plan
    this.#holder = holder
    this.#present = new Set(present)
  }

  /**
   * Takes hold of a plan in the target for as long as the session lives. Whoever held it before and is gone is shut out: none
   * of its transactions can be committed any more.
   *
   * @param command for people: `migrate`
   * @throws {ParitygateError} plan.held, where another process is at work
   */
  static async open(main: TargetSession, plan: string, command: string): Promise<Journal> {
    if (!(await isHeldSoon(main, plan))) {
      // Who holds it may be keeping others from reading, too.
      const journal = await Journal.read(main, plan, command).catch(() => null)
      throw await (journal ?? new Journal(main, plan, thisHolder(command, main.id), [])).#atWork()
    }
    const journal = await Journal.read(main, plan, command)
    if (journal.#isComplete) await journal.#claim()
    // Whoever made it died in the midst, or knew of fewer tables.
    else if (journal.#present.size > 0) await journal.prepare()
    return journal
  }

  /** A journal only to be read, whoever writes it. */
  static async read(main: TargetSession, plan: string, command: string): Promise<Journal> {
    const present: string[] = []
    for (const { name } of tables)
      if ((await main.query(main.own.present(name))).length > 0) present.push(name)
    return new Journal(main, plan, thisHolder(command, main.id), present)
  }

  /**
   * Makes the journal's tables where they are missing; to be done before anything else is written.
   *
   * @throws {ParitygateError} target.read-only, where they cannot be made
   */
  async prepare(): Promise<void> {
    if (this.#isComplete) return
    try {
      for (const sql of this.main.own.create(tables)) await this.main.execute(sql)
    } catch (error) {
      throw this.#noPlace(error)
    }
    for (const { name } of tables) this.#present.add(name)
    await this.#claim()
  }

  /**
   * To be the first in each transaction: until that ends nobody else can take hold of the plan.
   *
   * @throws {ParitygateError} plan.held, where somebody has
   */
  async requireHold(session: TargetSession): Promise<void> {
    const own = `SELECT holder FROM ${this.#named('plan')} WHERE ${this.#ofPlan} AND token = ${this.#text(this.#holder.token)}`
    if ((await session.query(`${own} ${session.sharedLock}`.trim())).length === 0)
      throw await this.#held(session)
  }

  /** Whether any of it is here. */
  get isPresent(): boolean {
    return this.#present.size > 0
  }

  async copies(): Promise<Copy[]> {
    const rows = await this.#rows('copy', 'place, fingerprint, status, record', 'place')
    return rows.map(toCopy)
  }

  async put(session: TargetSession, { table, fingerprint, status, record }: Copy): Promise<void> {
    await session.execute(`DELETE FROM ${this.#named('copy')} WHERE ${this.#ofTable(table)}`)
    const values = [this.plan, table, fingerprint, status, JSON.stringify(record)].map(this.#text).join(', ')
    await session.execute(
      `INSERT INTO ${this.#named('copy')} (plan, place, fingerprint, status, record) VALUES (${values})`,
    )
  }

  /** Forgets a table and its chunks. */
  async remove(session: TargetSession, table: string): Promise<void> {
    for (const own of ['chunk', 'copy'])
      await session.execute(`DELETE FROM ${this.#named(own)} WHERE ${this.#ofTable(table)}`)
  }

  async chunks(table: string): Promise<Chunk[]> {
    const rows = await this.#rows('chunk', 'chunk, written, quarantined', 'chunk', table)
    return rows.map(({ chunk, written, quarantined }) => ({
      chunk: Number(chunk),
      written: Number(written),
      quarantined: Number(quarantined),
    }))
  }

  async addChunk(session: TargetSession, table: string, chunk: Chunk): Promise<void> {
    const numbers = [chunk.chunk, chunk.written, chunk.quarantined].join(', ')
    await session.execute(
      `INSERT INTO ${this.#named('chunk')} (plan, place, chunk, written, quarantined)
       VALUES (${this.#text(this.plan)}, ${this.#text(table)}, ${numbers})`,
    )
  }

  /** In the order in which it was made. */
  async made(): Promise<Made[]> {
    const rows = await this.#rows('made', 'what, takes_back', 'number')
    return rows.map(({ what, takes_back }) => ({ what: what!, undo: takes_back! }))
  }

  async addMade(session: TargetSession, { what, undo }: Made): Promise<void> {
    const values = [what, undo].map(this.#text).join(', ')
    await session.execute(
      `INSERT INTO ${this.#named('made')} (plan, number, what, takes_back)
       SELECT ${this.#text(this.plan)}, coalesce(max(number), 0) + 1, ${values} FROM ${this.#named('made')} WHERE ${this.#ofPlan}`,
    )
  }

  /** SQL that brings triggers back which are off, by the table they were turned off for. */
  async triggers(): Promise<{ table: string; on: string[] }[]> {
    const rows = await this.#rows('trigger_off', 'place, brings_back', 'place')
    return rows.map(({ place, brings_back }) => ({ table: place!, on: JSON.parse(brings_back!) }))
  }

  async putTriggers(session: TargetSession, table: string, on: string[]): Promise<void> {
    const values = [this.plan, table, JSON.stringify(on)].map(this.#text).join(', ')
    await session.execute(
      `INSERT INTO ${this.#named('trigger_off')} (plan, place, brings_back) VALUES (${values})`,
    )
  }

  async removeTriggers(session: TargetSession, table: string): Promise<void> {
    await session.execute(`DELETE FROM ${this.#named('trigger_off')} WHERE ${this.#ofTable(table)}`)
  }

  async work(): Promise<Work[]> {
    const rows = await this.#rows('work', 'place, status, fingerprint, entry', 'place')
    return rows.map(({ place, status, fingerprint, entry }) => {
      return {
        key: place!,
        status: status as Work['status'],
        fingerprint: fingerprint!,
        entry: JSON.parse(entry!),
      }
    })
  }

  async putWork(session: TargetSession, { key, status, fingerprint, entry }: Work): Promise<void> {
    await this.removeWork(session, key)
    const values = [this.plan, key, status, fingerprint, JSON.stringify(entry)].map(this.#text).join(', ')
    await session.execute(
      `INSERT INTO ${this.#named('work')} (plan, place, status, fingerprint, entry) VALUES (${values})`,
    )
  }

  async removeWork(session: TargetSession, key: string): Promise<void> {
    await session.execute(`DELETE FROM ${this.#named('work')} WHERE ${this.#ofTable(key)}`)
  }

  /** What other plans have copied into this target. */
  async others(): Promise<Copy[]> {
    if (!this.#present.has('copy')) return []
    const rows = await this.main.query(
      `SELECT place, fingerprint, status, record FROM ${this.#named('copy')} WHERE NOT (${this.#ofPlan}) ORDER BY plan, place`,
    )
    return rows.map(toCopy)
  }

  /** Forgets what was made. Where it is still in use it becomes another plan's to take back, if there is one; false if not. */
  async dropMade(session: TargetSession, { what }: Made, { inUse }: { inUse: boolean }): Promise<boolean> {
    const made = `FROM ${this.#named('made')} WHERE ${this.#ofPlan} AND what = ${this.#text(what)}`
    const [other] = inUse
      ? await session.query(
          `SELECT min(plan) AS plan FROM ${this.#named('copy')} WHERE NOT (${this.#ofPlan}) HAVING min(plan) IS NOT NULL`,
        )
      : []
    if (other) {
      const heir = this.#text(other.plan!)
      await session.execute(
        `INSERT INTO ${this.#named('made')} (plan, number, what, takes_back)
         SELECT ${heir}, 1 + coalesce((SELECT max(number) FROM ${this.#named('made')} WHERE plan = ${heir}), 0), what, takes_back ${made}`,
      )
    }
    await session.execute(`DELETE ${made}`)
    return !inUse || other !== undefined
  }

  /** Forgets the plan; drops the journal where no other plan has one here. */
  async close(): Promise<void> {
    if (!this.#isComplete) return
    const { main } = this
    await main.begin()
    try {
      await this.requireHold(main)
      for (const { name } of tables.toReversed())
        await main.execute(`DELETE FROM ${this.#named(name)} WHERE ${this.#ofPlan}`)
      if (await this.#isUnclaimed()) await this.#drop()
      await main.commit()
      for (const sql of main.own.unlock) await main.execute(sql)
    } catch (error) {
      await main.rollback().catch(() => {})
      throw error
    }
  }

  /** Unless another plan claims its place just now. */
  async #drop(): Promise<void> {
    const { own, execute } = this.main
    // MySQL has a right of its own for it (LOCK TABLES); without, the moment is only short.
    for (const sql of own.lock(tables)) await execute(sql).catch(() => {})
    if (!(await this.#isUnclaimed())) return
    for (const sql of own.drop(tables)) await execute(sql)
    this.#present.clear()
  }

  async #isUnclaimed(): Promise<boolean> {
    const [plans] = await this.main.query(`SELECT count(*) AS n FROM ${this.#named('plan')}`)
    return plans!.n === '0'
  }

  get #isComplete(): boolean {
    return this.#present.size === tables.length
  }

  async #claim(): Promise<void> {
    const { main } = this
    const values = [this.plan, this.#holder.token, JSON.stringify(this.#holder)].map(this.#text).join(', ')
    await main.begin()
    await main.execute(`DELETE FROM ${this.#named('plan')} WHERE ${this.#ofPlan}`)
    await main.execute(`INSERT INTO ${this.#named('plan')} (plan, token, holder) VALUES (${values})`)
    await main.commit()
  }

  async #held(session: TargetSession): Promise<ParitygateError> {
    const [row] = this.#present.has('plan')
      ? await session.query(`SELECT holder FROM ${this.#named('plan')} WHERE ${this.#ofPlan}`).catch(() => [])
      : []
    return this.#heldBy(session, row ? JSON.parse(row.holder!) : null)
  }

  /** The lock is somebody's who may not have said yet who it is; where it is that of a whole file, another plan's as well. */
  async #atWork(): Promise<ParitygateError> {
    const { main } = this
    const where = main.concurrentWriters ? `WHERE ${this.#ofPlan}` : ''
    const rows = this.#present.has('plan')
      ? await main.query(`SELECT holder FROM ${this.#named('plan')} ${where}`).catch(() => [])
      : []
    const holders = rows.map((row): Holder | null => JSON.parse(row.holder!))
    return this.#heldBy(main, holders.find(holder => holder && mayBeAtWork(holder)) ?? null)
  }

  async #heldBy(session: TargetSession, holder: Holder | null): Promise<ParitygateError> {
    const known = holder ? null : await session.holderOf(this.plan)
    const text = holder
      ? holderText(holder)
      : `another process holds it${known ? `: ${known}, says the target's server` : ''}`
    return new ParitygateError('plan.held', text, { where: session.describe })
  }

  #noPlace(error: unknown): ParitygateError {
    const { main } = this
    const failure = main.failure(error, main.describe)
    if (failure.code === 'connection.lost') return failure
    return new ParitygateError(
      'target.read-only',
      `the checkpoints stand beside the rows, in ${this.#named('plan')} and others, which could not be made: ${failure.message}`,
      {
        where: main.describe,
        hint: main.dialect.hasSchemas
          ? 'Let the role make the schema (GRANT CREATE ON DATABASE … TO …), or make it for the role: CREATE SCHEMA _paritygate AUTHORIZATION ….'
          : 'Let the user create tables in the database.',
      },
    )
  }

  async #rows(own: string, columns: string, order: string, table?: string) {
    if (!this.#present.has(own)) return []
    const where = table === undefined ? this.#ofPlan : this.#ofTable(table)
    return this.main.query(`SELECT ${columns} FROM ${this.#named(own)} WHERE ${where} ORDER BY ${order}`)
  }

  #named(own: string): string {
    return this.main.own.named(own)
  }

  get #ofPlan(): string {
    return `plan = ${this.#text(this.plan)}`
  }

  #ofTable(table: string): string {
    return `${this.#ofPlan} AND place = ${this.#text(table)}`
  }

  #text = (value: string): string => this.main.dialect.literal(value)
}

function toCopy({ place, fingerprint, status, record }: Record<string, string | null>): Copy {
  return {
    table: place!,
    fingerprint: fingerprint!,
    status: status as CopyStatus,
    record: JSON.parse(record!),
  }
}
