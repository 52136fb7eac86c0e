import type { Relation } from '../engines/port.ts'
import type { Catalog, Table } from '../model/catalog.ts'
import type { LogicalType } from '../model/logical-type.ts'
import type { Plan } from './load-plan.ts'

export interface MappedColumn {
  /** Target column. */
  name: string
  /** Source column; null for an SQL expression. */
  source: string | null
  /** SQL on the source. */
  expression: string
  /** The type both sides are read in. */
  type: LogicalType
  /** The target's own type. */
  targetType: LogicalType
  /** False for a column the target computes itself: compared, not loaded. */
  loaded: boolean
  redacted: boolean
}

/** One target table, its source, and how each column is made: the plan held against both catalogs. */
export interface Mapping {
  table: string
  source: Table
  sourceRelation: Relation
  /** As the target has it, or as it will be created. */
  target: Table
  targetRelation: Relation
  /** True where the target does not have the table yet. */
  toBeCreated: boolean
  columns: MappedColumn[]
  /** Target columns that identify a row; empty where nothing does. */
  key: string[]
}

export interface ResolvedPlan {
  plan: Plan
  sourceCatalog: Catalog
  targetCatalog: Catalog
  mappings: Mapping[]
}

/** Something that keeps a plan from fitting the databases. */
export interface PlanProblem {
  where: string
  message: string
}
