import type { Relation } from '../engines/port/rows.ts'
import type { Catalog, Table } from '../model/catalog.ts'
import type { FidelityNote } from '../model/ledger.ts'
import type { LogicalType } from '../model/logical-type.ts'
import type { Plan } from './load-plan.ts'
import type { Loss } from './losses.ts'
import type { Made } from './made.ts'
import type { Merge } from './merge.ts'
import type { PlanPath } from './parse.ts'
import type { RuleDocument } from './schema-columns.ts'
import type { TableMappingDocument } from './schema-tables.ts'
import type { TableKind } from './table-kind.ts'

export interface MappedColumn {
  /** Target column. */
  name: string
  /** The source column whose value it is; null for any other. */
  source: string | null
  made: Made
  /** SQL on the source; of a derived value, what it is made of. */
  expression: string
  /** The type the value has on the source; undefined for an expression. */
  ownType: LogicalType | undefined
  /** The type both sides are read in. */
  type: LogicalType
  /** The target's own type. */
  targetType: LogicalType
  /** SQL on the target: the column itself, or what stands for it when it is compared. */
  targetExpression: string
  /** The type that has. */
  targetOwn: LogicalType
  /** An id nobody can recompute: it is not compared. */
  discovered: boolean
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
  /** As the plan calls it: with its schema, where that is not the one of the connection. */
  table: string
  document: TableMappingDocument
  /** Where the plan asks for it. */
  path: PlanPath
  /** The schema of the target the table is in; null for the one of the connection. */
  schema: string | null
  phase: number
  kind: TableKind
  /** False where somebody else writes the rows. */
  copied: boolean
  /** A table of the source, or the columns of a query. */
  source: Table
  /** The SELECT that stands for the source; null where that is a table. */
  select: string | null
  sourceRelation: Relation
  /** SQL that can stand before a dot and a column of the source. */
  sourceName: string
  /** The source columns the table's own new ids are made of; null where it has none. */
  ownId: { column: string; of: string[] } | null
  merge: Merge | null
  /** Source tables a query reads, and their columns it takes. */
  reads: TableUse[]
  /** As the target has it, or as it will be created. */
  target: Table
  targetRelation: Relation
  /** SQL of the target table alone, without what is joined to it. */
  targetName: string
  /** True where the target does not have the table yet. */
  toBeCreated: boolean
  columns: MappedColumn[]
  /** Target columns that identify a row; empty where nothing does. */
  key: string[]
  /** What values can lose on their way into the target's types. */
  fidelity: (FidelityNote & Loss)[]
}

/** What a query takes from one source table. */
export interface TableUse {
  table: string
  columns: string[]
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
