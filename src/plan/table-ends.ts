import type { Table } from '../model/catalog.ts'
import type { Merge } from './merge.ts'
import type { TableMappingDocument } from './schema-tables.ts'
import type { Side } from './side.ts'
import type { TableKind } from './table-kind.ts'
import type { TableSource } from './table-source.ts'

/** One table of the plan with both its ends, as far as they are there. */
export interface TableEnds {
  /** As the plan calls it. */
  table: string
  kind: TableKind
  document: TableMappingDocument
  /** Source columns that are left behind on purpose. */
  ignored: Set<string>
  source: TableSource
  /** Rows of the source that are merged into others; null where none are. */
  merge: Merge | null
  /** The column that holds the table's own new ids, and the source columns they are made of. */
  ownId: { column: string; of: string[] } | null
  /** Null where the table is still to be created. */
  target: Table | null
  sides: { source: Side; target: Side }
  sameEngine: boolean
  /** In which ids are made. */
  namespace: string | undefined
  /** Every table of the plan that has a source, by name. */
  tables: Map<string, TableEnds>
  /** The name of what is joined to the source for a column: the same each time, for it is part of what the mapping is. */
  joinName(column: string): string
}
