import type { PlanDocument } from './schema.ts'
import type { ColumnDocument } from './schema-columns.ts'
import type { TableMappingDocument } from './schema-tables.ts'

/** A plan as `cutover.yaml` says it, in which columns may be computed by functions. */
export interface CutoverDefinition extends Omit<PlanDocument, 'tables'> {
  /** By target table. */
  tables: Record<string, TableDefinition>
}

export interface TableDefinition extends Omit<TableMappingDocument, 'columns'> {
  /** By target column; columns not named map by name. */
  columns?: Record<string, ColumnDefinition>
}

/** The source column of another name, or how the value is made. */
export type ColumnDefinition = string | Omit<ColumnDocument, 'code'>

export type Environment = Record<string, string | undefined>

/** Gives the plan, which may depend on environment variables. */
export type CutoverFactory = (env: Environment) => CutoverDefinition | Promise<CutoverDefinition>

/**
 * The plan of a `cutover.ts`: `export default defineCutover({ … })`. It returns what it is given, and lets the compiler and
 * the editor know what that is.
 */
export function defineCutover(plan: CutoverDefinition | CutoverFactory): CutoverDefinition | CutoverFactory {
  return plan
}
