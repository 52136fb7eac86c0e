import type { Session } from '../engines/port/session.ts'
import type { TargetSession } from '../engines/port/target-session.ts'
import type { FidelityNote, LedgerEntry } from '../model/ledger.ts'
import type { Store } from '../store/store.ts'
import type { Copy } from './copy-record.ts'
import type { Journal } from './journal.ts'
import type { Attempt } from './options.ts'
import type { Quarantine } from './quarantine.ts'
import type { TriggersOff } from './triggers-off.ts'

/** A connection to each side. All lanes read one moment of the source. */
export interface Lane {
  source: Session
  target: TargetSession
}

export interface CopyContext {
  /** The first of the lanes. */
  source: Session
  target: TargetSession
  /** At least one, and at most as many as are asked for. */
  lanes(most: number): Promise<Lane[]>
  journal: Journal
  store: Store
  run: number
  options: Attempt
  triggers: TriggersOff
  quarantine: Quarantine
  /** The target's enum types, and whatever else was there before: what is made beside tables is recorded. */
  known: KnownObjects
  /** By table, about how many rows it will get; null where the source cannot say. */
  totals: Map<string, number | null>
  /** Tables an earlier run has left unfinished. */
  unfinished: Map<string, Copy>
}

export interface KnownObjects {
  schema: string | null
  enums: Set<string>
}

export interface CopiedGroup {
  entries: LedgerEntry[]
  created: string[]
  fidelity: FidelityNote[]
  /** What is to be said about how it was copied. */
  notices: string[]
}
