import { setTimeout } from 'node:timers/promises'
import type { TargetSession } from '../engines/port/target-session.ts'
import { ParitygateError } from '../model/error.ts'
import { type Holder, holderText, mayBeAtWork, thisHolder } from './holder.ts'
import type { JournalTables } from './journal-tables.ts'

/** A server takes a moment to see that a process is gone, and the next command is often given at once. */
const HOLD_MS = 3000
const AGAIN_MS = 100

/**
 * A plan is held by a lock of the server, which ends with the session, and by a token in the journal: so nothing that somebody
 * began before can be committed once another has taken hold.
 */
export class PlanHold {
  readonly #tables: JournalTables
  readonly #holder: Holder

  /** @param command for people: `migrate` */
  constructor(tables: JournalTables, command: string) {
    this.#tables = tables
    this.#holder = thisHolder(command, tables.main.id)
  }

  /** False where another process has the lock. */
  static async lock(main: TargetSession, plan: string): Promise<boolean> {
    for (const deadline = performance.now() + HOLD_MS; ; await setTimeout(AGAIN_MS)) {
      if (await main.hold(plan)) return true
      if (performance.now() > deadline) return false
    }
  }

  /** Shuts out whoever has claimed it before. */
  async claim(): Promise<void> {
    const { main } = this.#tables
    await main.begin()
    await main.execute(this.#tables.deletion('plan'))
    await main.execute(
      this.#tables.insertion('plan', { token: this.#holder.token, holder: JSON.stringify(this.#holder) }),
    )
    await main.commit()
  }

  /** @throws {ParitygateError} plan.held, where somebody else has claimed it since */
  async require(session: TargetSession): Promise<void> {
    const { ofPlan } = this.#tables
    const own = `SELECT holder FROM ${this.#tables.named('plan')} WHERE ${ofPlan} AND token = ${this.#tables.text(this.#holder.token)}`
    if ((await session.query(`${own} ${session.sharedLock}`.trim())).length === 0)
      throw await this.#held(session)
  }

  async #held(session: TargetSession): Promise<ParitygateError> {
    const [holder] = await this.#holders(session, `WHERE ${this.#tables.ofPlan}`)
    return this.#heldBy(session, holder ?? null)
  }

  /** The lock is somebody's who may not have said yet who it is; where it is that of a whole file, another plan's as well. */
  async atWork(): Promise<ParitygateError> {
    const { main, ofPlan } = this.#tables
    const holders = await this.#holders(main, main.concurrentWriters ? `WHERE ${ofPlan}` : '')
    return this.#heldBy(main, holders.find(holder => holder && mayBeAtWork(holder)) ?? null)
  }

  async #holders(session: TargetSession, where: string): Promise<(Holder | null)[]> {
    if (!this.#tables.has('plan')) return []
    const rows = await session
      .query(`SELECT holder FROM ${this.#tables.named('plan')} ${where}`)
      .catch(() => [])
    return rows.map(({ holder }) => JSON.parse(holder!))
  }

  async #heldBy(session: TargetSession, holder: Holder | null): Promise<ParitygateError> {
    const known = holder ? null : await session.holderOf(this.#tables.plan)
    const text = holder
      ? holderText(holder)
      : `another process holds it${known ? `: ${known}, says the target's server` : ''}`
    return new ParitygateError('plan.held', text, { where: session.describe })
  }
}
