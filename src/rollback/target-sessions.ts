import type { TargetSession } from '../engines/port/target-session.ts'
import type { Copy } from '../migrate/copy-record.ts'
import type { Table } from '../model/catalog.ts'

/** A session of the target for each schema that copies are in, the first being that of the connection. */
export class TargetSessions {
  readonly main: TargetSession
  readonly #open: (schema: string | null) => Promise<TargetSession>
  readonly #sessions: Map<string | null, TargetSession>

  private constructor(main: TargetSession, open: (schema: string | null) => Promise<TargetSession>) {
    this.main = main
    this.#open = open
    this.#sessions = new Map([[null, main]])
  }

  static async begin(open: (schema: string | null) => Promise<TargetSession>): Promise<TargetSessions> {
    return new TargetSessions(await open(null), open)
  }

  async openFor(copies: Copy[]): Promise<void> {
    for (const { record } of copies) await this.open(record.schema)
  }

  async open(schema: string | null): Promise<void> {
    if (!this.#sessions.has(schema)) this.#sessions.set(schema, await this.#open(schema))
  }

  /** Of a schema some copy is in. */
  of = ({ schema }: { schema: string | null }): TargetSession => this.#sessions.get(schema)!

  /** Tables of copies as they are now; those that are not there any more are left out. */
  async tablesOf(copies: Copy[]): Promise<Map<Copy, Table>> {
    const found = new Map<Copy, Table>()
    for (const schema of new Set(copies.map(({ record }) => record.schema))) {
      const { tables } = await this.of({ schema }).introspect()
      for (const copy of copies.filter(({ record }) => record.schema === schema)) {
        const table = tables.find(({ name }) => name === copy.record.name)
        if (table) found.set(copy, table)
      }
    }
    return found
  }

  interrupt(): void {
    for (const session of this.#sessions.values()) session.interrupt()
  }

  async close(): Promise<void> {
    for (const session of this.#sessions.values()) await session.close()
  }
}
