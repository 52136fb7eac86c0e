export { type BackupOptions, backup } from './backup/backup.ts'
export { type RestoreOptions, type RestoreResult, restoreBackup } from './backup/restore.ts'
export { gate } from './gate/gate.ts'
export { migrate } from './migrate/migrate.ts'
export type { MigrateOptions } from './migrate/options.ts'
export { type RetryOptions, type RetryResult, retryQuarantine } from './migrate/retry-quarantine.ts'
export type { BackupRecord, RestoreCheck } from './model/backup.ts'
export type { Coverage } from './model/coverage.ts'
export { errorTable, ParitygateError } from './model/error.ts'
export type { CheckResult, Difference, NotCovered, TableResult, VerifyResult } from './model/finding.ts'
export type { FidelityNote, LedgerEntry, MigrateResult, QuarantinedRow } from './model/ledger.ts'
export type { OnProgress, ProgressEvent } from './model/progress.ts'
export type { ExportedTable, PreviewedRollback, RollbackPreview, RollbackResult } from './model/rollback.ts'
export type { CriterionResult, GateResult, Verdict } from './model/verdict.ts'
export {
  type ColumnDefinition,
  type CutoverDefinition,
  type CutoverFactory,
  defineCutover,
  type Environment,
  type TableDefinition,
} from './plan/define.ts'
export { type Diagnosis, doctor } from './plan/doctor.ts'
export { pairFingerprint } from './plan/fingerprint.ts'
export { loadPlan, type Plan, readPlan } from './plan/load-plan.ts'
export type { ComputeColumn } from './plan/schema-columns.ts'
export type { ReportModel } from './report/model.ts'
export { buildReport, type ReportFormat, renderings } from './report/report.ts'
export { previewRollback, rollback } from './rollback/rollback.ts'
export type { RollbackOptions } from './rollback/rollback-context.ts'
export type { QuarantineReason } from './store/quarantine.ts'
export { type RecentBackup, recentBackup } from './store/recent-backup.ts'
export { openStore, type Store } from './store/store.ts'
export { type VerifyOptions, verify } from './verify/verify.ts'
