import { OWN_TABLES } from '../engines/own-tables.ts'
import type { TargetSession } from '../engines/port/target-session.ts'
import { ParitygateError } from '../model/error.ts'

/** The tables of the journal in a target, as far as they are there, and SQL for the rows of one plan in them. */
export class JournalTables {
  readonly main: TargetSession
  readonly plan: string
  readonly #present: Set<string>

  constructor(main: TargetSession, plan: string, present: string[]) {
    this.main = main
    this.plan = plan
    this.#present = new Set(present)
  }

  static async find(main: TargetSession, plan: string): Promise<JournalTables> {
    const present: string[] = []
    for (const { name } of OWN_TABLES)
      if ((await main.query(main.own.present(name))).length > 0) present.push(name)
    return new JournalTables(main, plan, present)
  }

  /** Whether any of them is there. */
  get isPresent(): boolean {
    return this.#present.size > 0
  }

  get isComplete(): boolean {
    return this.#present.size === OWN_TABLES.length
  }

  has(own: string): boolean {
    return this.#present.has(own)
  }

  /** @throws {ParitygateError} target.read-only, where they cannot be made */
  async create(): Promise<void> {
    try {
      for (const sql of this.main.own.create(OWN_TABLES)) await this.main.execute(sql)
    } catch (error) {
      throw this.#noPlace(error)
    }
    for (const { name } of OWN_TABLES) this.#present.add(name)
  }

  /** Forgets the plan, and drops the tables where no other has one here; in a transaction, and to be unlocked after it. */
  async clear(): Promise<void> {
    for (const { name } of OWN_TABLES.toReversed()) await this.main.execute(this.deletion(name))
    if (await this.#isUnclaimed()) await this.#drop()
  }

  /** Unless another plan claims its place just now. */
  async #drop(): Promise<void> {
    const { own, execute } = this.main
    // MySQL has a right of its own for it (LOCK TABLES); without, the moment is only short.
    for (const sql of own.lock(OWN_TABLES)) await execute(sql).catch(() => {})
    if (!(await this.#isUnclaimed())) return
    for (const sql of own.drop(OWN_TABLES)) await execute(sql)
    this.#present.clear()
  }

  async #isUnclaimed(): Promise<boolean> {
    const [plans] = await this.main.query(`SELECT count(*) AS n FROM ${this.named('plan')}`)
    return plans!.n === '0'
  }

  /** The plan's rows, or those of one of its tables; none where the table of ours is not there. */
  async rows(own: string, columns: string, order: string, table?: string) {
    if (!this.has(own)) return []
    return this.main.query(
      `SELECT ${columns} FROM ${this.named(own)} WHERE ${this.#of(table)} ORDER BY ${order}`,
    )
  }

  /** @param row without the plan */
  insertion(own: string, row: Record<string, string | number>): string {
    const values = Object.values(row).map(value => (typeof value === 'number' ? value : this.text(value)))
    return `INSERT INTO ${this.named(own)} (plan, ${Object.keys(row).join(', ')}) VALUES (${[this.text(this.plan), ...values].join(', ')})`
  }

  /** Of all the plan's rows, or those of one of its tables. */
  deletion(own: string, table?: string): string {
    return `DELETE FROM ${this.named(own)} WHERE ${this.#of(table)}`
  }

  named(own: string): string {
    return this.main.own.named(own)
  }

  get ofPlan(): string {
    return `plan = ${this.text(this.plan)}`
  }

  #of(table: string | undefined): string {
    return table === undefined ? this.ofPlan : `${this.ofPlan} AND place = ${this.text(table)}`
  }

  text(value: string): string {
    return this.main.dialect.literal(value)
  }

  #noPlace(error: unknown): ParitygateError {
    const { main } = this
    const failure = main.failure(error, main.describe)
    if (failure.code === 'connection.lost') return failure
    return new ParitygateError(
      'target.read-only',
      `the checkpoints stand beside the rows, in ${this.named('plan')} and others, which could not be made: ${failure.message}`,
      {
        where: main.describe,
        hint: main.dialect.hasSchemas
          ? 'Let the role make the schema (GRANT CREATE ON DATABASE … TO …), or make it for the role: CREATE SCHEMA _paritygate AUTHORIZATION ….'
          : 'Let the user create tables in the database.',
      },
    )
  }
}
