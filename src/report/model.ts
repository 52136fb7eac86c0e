import type { Coverage } from '../model/coverage.ts'
import type { VerifyResult } from '../model/finding.ts'
import type { MigrateResult, QuarantinedRow } from '../model/ledger.ts'
import type { GateResult } from '../model/verdict.ts'

/** Everything a report says; the four renderings add nothing and leave nothing out. */
export interface ReportModel {
  plan: string
  /** ISO 8601, UTC. */
  generated_at: string
  /** Connection URLs without secrets. */
  source: string
  target: string
  gate: GateResult
  coverage: Coverage
  /** Null where no such run is in the state, or the migration was rolled back. */
  verify: (VerifyResult & RunTimes) | null
  migrate: (MigrateResult & RunTimes) | null
  /** The first rows in quarantine, as the latest load of each table left them; secrets already redacted. */
  quarantined: QuarantinedRow[]
  /** How many there are in all. */
  quarantined_total: number
}

export interface RunTimes {
  /** ISO 8601, UTC. */
  started_at: string
  finished_at: string
}
