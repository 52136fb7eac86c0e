import type { Session } from '../engines/port.ts'
import type { Journal } from '../migrate/journal.ts'
import type { ExportedTable, RollbackPreview } from '../model/rollback.ts'
import type { Plan } from '../plan/load-plan.ts'
import type { Store } from '../store/store.ts'
import type { TargetSessions } from './target-sessions.ts'

export interface RollbackOptions {
  /** Asked before anything is changed; false ends the rollback. */
  confirm(preview: RollbackPreview): Promise<boolean>
  /** Told what has been saved before anything is removed. */
  onExport?(tables: ExportedTable[]): void
  signal?: AbortSignal
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
