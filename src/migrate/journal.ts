import type { TargetSession } from '../engines/port/target-session.ts'
import type { WorkEntry } from '../model/ledger.ts'
import type { Checkpoint, Copy, CopyStatus } from './copy-record.ts'
import { JournalTables } from './journal-tables.ts'
import { PlanHold } from './plan-hold.ts'

/** Something that was made beside tables, and the SQL that takes it back. */
export interface Made {
  what: string
  undo: string
}

/** A script or command of a phase: `begun` where it is not known how far it came, `interrupted` where we have ended it ourselves. */
export interface Work {
  /** As `PhaseWork.key`. */
  key: string
  status: 'begun' | 'interrupted' | 'finished'
  fingerprint: string
  entry: WorkEntry
}

/**
 * What the target itself knows of a plan's rows, written in the transactions that write them: who is at work, which table
 * is in which state, which chunks of it are there, and what was made. However a run ends, this is true.
 */
export class Journal {
  readonly plan: string
  readonly main: TargetSession
  readonly #tables: JournalTables
  readonly #hold: PlanHold

  private constructor(tables: JournalTables, command: string) {
    this.main = tables.main
    this.plan = tables.plan
    this.#tables = tables
    this.#hold = new PlanHold(tables, command)
  }

  /**
   * Takes hold of a plan in the target for as long as the session lives. Whoever held it before and is gone is shut out: none
   * of its transactions can be committed any more.
   *
   * @param command for people: `migrate`
   * @throws {ParitygateError} plan.held, where another process is at work
   */
  static async open(main: TargetSession, plan: string, command: string): Promise<Journal> {
    if (!(await PlanHold.lock(main, plan))) {
      // Who holds it may be keeping others from reading, too.
      const tables = await JournalTables.find(main, plan).catch(() => new JournalTables(main, plan, []))
      throw await new PlanHold(tables, command).atWork()
    }
    const journal = await Journal.read(main, plan, command)
    if (journal.#tables.isComplete) await journal.#hold.claim()
    // Whoever made it died in the midst, or knew of fewer tables.
    else if (journal.isPresent) await journal.prepare()
    return journal
  }

  /** A journal only to be read, whoever writes it. */
  static async read(main: TargetSession, plan: string, command: string): Promise<Journal> {
    return new Journal(await JournalTables.find(main, plan), command)
  }

  /**
   * Makes the journal's tables where they are missing; to be done before anything else is written.
   *
   * @throws {ParitygateError} target.read-only, where they cannot be made
   */
  async prepare(): Promise<void> {
    if (this.#tables.isComplete) return
    await this.#tables.create()
    await this.#hold.claim()
  }

  /**
   * To be the first in each transaction: until that ends nobody else can take hold of the plan.
   *
   * @throws {ParitygateError} plan.held, where somebody has
   */
  async requireHold(session: TargetSession): Promise<void> {
    await this.#hold.require(session)
  }

  /** Whether any of it is here. */
  get isPresent(): boolean {
    return this.#tables.isPresent
  }

  async copies(): Promise<Copy[]> {
    const rows = await this.#tables.rows('copy', 'place, fingerprint, status, record', 'place')
    return rows.map(toCopy)
  }

  async put(session: TargetSession, { table, fingerprint, status, record }: Copy): Promise<void> {
    const row = { place: table, fingerprint, status, record: JSON.stringify(record) }
    await session.execute(this.#tables.deletion('copy', table))
    await session.execute(this.#tables.insertion('copy', row))
  }

  /** Forgets a table and its chunks. */
  async remove(session: TargetSession, table: string): Promise<void> {
    for (const own of ['chunk', 'copy']) await session.execute(this.#tables.deletion(own, table))
  }

  async checkpoints(table: string): Promise<Checkpoint[]> {
    const rows = await this.#tables.rows('chunk', 'chunk, written, quarantined', 'chunk', table)
    return rows.map(({ chunk, written, quarantined }) => ({
      chunk: Number(chunk),
      written: Number(written),
      quarantined: Number(quarantined),
    }))
  }

  async addCheckpoint(
    session: TargetSession,
    table: string,
    { chunk, written, quarantined }: Checkpoint,
  ): Promise<void> {
    const row = { place: table, chunk, written, quarantined }
    await session.execute(this.#tables.insertion('chunk', row))
  }

  /** In the order in which it was made. */
  async made(): Promise<Made[]> {
    const rows = await this.#tables.rows('made', 'what, takes_back', 'number')
    return rows.map(({ what, takes_back }) => ({ what: what!, undo: takes_back! }))
  }

  async addMade(session: TargetSession, { what, undo }: Made): Promise<void> {
    const { ofPlan } = this.#tables
    const made = this.#tables.named('made')
    const values = [what, undo].map(value => this.#tables.text(value)).join(', ')
    await session.execute(
      `INSERT INTO ${made} (plan, number, what, takes_back)
       SELECT ${this.#tables.text(this.plan)}, coalesce(max(number), 0) + 1, ${values} FROM ${made} WHERE ${ofPlan}`,
    )
  }

  /** SQL that brings triggers back which are off, by the table they were turned off for. */
  async triggers(): Promise<{ table: string; on: string[] }[]> {
    const rows = await this.#tables.rows('trigger_off', 'place, brings_back', 'place')
    return rows.map(({ place, brings_back }) => ({ table: place!, on: JSON.parse(brings_back!) }))
  }

  async putTriggers(session: TargetSession, table: string, on: string[]): Promise<void> {
    const row = { place: table, brings_back: JSON.stringify(on) }
    await session.execute(this.#tables.insertion('trigger_off', row))
  }

  async removeTriggers(session: TargetSession, table: string): Promise<void> {
    await session.execute(this.#tables.deletion('trigger_off', table))
  }

  async work(): Promise<Work[]> {
    const rows = await this.#tables.rows('work', 'place, status, fingerprint, entry', 'place')
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
    const row = { place: key, status, fingerprint, entry: JSON.stringify(entry) }
    await session.execute(this.#tables.insertion('work', row))
  }

  async removeWork(session: TargetSession, key: string): Promise<void> {
    await session.execute(this.#tables.deletion('work', key))
  }

  /** What other plans have copied into this target. */
  async others(): Promise<Copy[]> {
    if (!this.#tables.has('copy')) return []
    const rows = await this.main.query(
      `SELECT place, fingerprint, status, record FROM ${this.#tables.named('copy')} WHERE NOT (${this.#tables.ofPlan}) ORDER BY plan, place`,
    )
    return rows.map(toCopy)
  }

  /** Forgets what was made. Where it is still in use it becomes another plan's to take back, if there is one; false if not. */
  async dropMade(session: TargetSession, { what }: Made, { inUse }: { inUse: boolean }): Promise<boolean> {
    const { ofPlan } = this.#tables
    const made = this.#tables.named('made')
    const these = `FROM ${made} WHERE ${ofPlan} AND what = ${this.#tables.text(what)}`
    const [other] = inUse
      ? await session.query(
          `SELECT min(plan) AS plan FROM ${this.#tables.named('copy')} WHERE NOT (${ofPlan}) HAVING min(plan) IS NOT NULL`,
        )
      : []
    if (other) {
      const heir = this.#tables.text(other.plan!)
      await session.execute(
        `INSERT INTO ${made} (plan, number, what, takes_back)
         SELECT ${heir}, 1 + coalesce((SELECT max(number) FROM ${made} WHERE plan = ${heir}), 0), what, takes_back ${these}`,
      )
    }
    await session.execute(`DELETE ${these}`)
    return !inUse || other !== undefined
  }

  /** Forgets the plan; drops the journal where no other plan has one here. */
  async close(): Promise<void> {
    if (!this.#tables.isComplete) return
    const { main } = this
    await inTransaction(this, main, () => this.#tables.clear())
    for (const sql of main.own.unlock) await main.execute(sql)
  }
}

/** Where the engine ends transactions by itself, each statement can be repeated, and the journal's is the last. */
export async function inTransaction(
  journal: Journal,
  session: TargetSession,
  work: () => Promise<void>,
): Promise<void> {
  await session.begin()
  try {
    await journal.requireHold(session)
    await work()
    await session.commit()
  } catch (error) {
    await session.rollback().catch(() => {})
    throw error
  }
}

function toCopy({ place, fingerprint, status, record }: Record<string, string | null>): Copy {
  return {
    table: place!,
    fingerprint: fingerprint!,
    status: status as CopyStatus,
    record: JSON.parse(record!),
  }
}
