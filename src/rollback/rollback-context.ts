import type { Session } from '../engines/port/session.ts'
import type { Journal } from '../migrate/journal.ts'
import type { ExportedTable, RollbackPreview } from '../model/rollback.ts'
import type { Plan } from '../plan/load-plan.ts'
import type { Store } from '../store/store.ts'
import type { TargetSessions } from './target-sessions.ts'

export interface RollbackOptions {
  /** Asked before anything is changed; false ends the rollback. */
  confirm(preview: RollbackPreview): Promise<boolean>
  /** Told what has been saved before anything is removed. */
  onExport?(tables: ExportedTable[]): void | Promise<void>
  /** Restore a backup of the target instead of taking away what was copied. */
  restore?: RestoreChoice
  signal?: AbortSignal
}

export interface RestoreChoice {
  /** The file of one the state knows; default: the latest from before the first copy. */
  backup?: string
  /** Where the database's own client programs are; default: on PATH. */
  clientDir?: string
}

export interface RollbackContext {
  plan: Plan
  store: Store
  journal: Journal
  sessions: TargetSessions
  options: RollbackOptions
  /** Told of further sessions, which end with the run. */
  opened(session: Session): void
}
