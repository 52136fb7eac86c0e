import type { Relation } from '../engines/port.ts'
import type { Catalog, Table } from '../model/catalog.ts'
import type { FidelityNote } from '../model/ledger.ts'
import type { LogicalType } from '../model/logical-type.ts'
import type { Plan } from './load-plan.ts'
import type { Loss } from './losses.ts'
import type { RuleDocument } from './schema-columns.ts'

export interface MappedColumn {
  /** Target column. */
  name: string
  /** Source column; null for an SQL expression. */
  source: string | null
  /** SQL on the source. */
  expression: string
  /** The source column's own type; undefined for an expression. */
  ownType: LogicalType | undefined
  /** The type both sides are read in. */
  type: LogicalType
  /** The target's own type. */
  targetType: LogicalType
  /** The target's type as it spells it. */
  declared: string
  /** The plan's `type:` as it is written; null where there is none. It counts only where migrate creates the table. */
  plannedType: string | null
  /** Both sides are of one engine and declare the column alike. */
  native: boolean
  /** The plan accepts that values the target has no room for are rounded. */
  rounded: boolean
  /** What may differ and still counts as equal. */
  rules: RuleDocument[]
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
  /** What values can lose on their way into the target's types. */
  fidelity: (FidelityNote & Loss)[]
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
