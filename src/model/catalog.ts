import type { LogicalType, Rounding } from './logical-type.ts'

export interface Column {
  name: string
  type: LogicalType
  /** The type as the engine's own catalog spells it; of a table to be created, as it is to be written. */
  declared: string
  /** False where the engine lets values of other types stand in the column (SQLite, but for an INTEGER PRIMARY KEY). */
  typeEnforced: boolean
  nullable: boolean
  /** The collation of a text column where it is not the engine's plain comparison of bytes. */
  collation: string | null
  /** The default as SQL text of its engine. */
  default: string | null
  /** What the engine sets the column to whenever its row changes, as SQL text (MySQL's ON UPDATE). */
  onUpdate: string | null
  generated: 'stored' | 'virtual' | null
  /** Filled by the engine when a row leaves it out: identity, serial, or SQLite's rowid alias. */
  automatic: boolean
  /** `GENERATED ALWAYS`: the engine refuses values for it unless told to override. */
  always: boolean
  /** The sequence behind an automatic column, quoted for SQL; null where the engine has none. */
  sequence: string | null
}

export interface ForeignKey {
  name: string | null
  columns: string[]
  referencedTable: string
  referencedColumns: string[]
  /** `CASCADE`, `SET NULL` and the like; null for the default. */
  onDelete: string | null
  onUpdate: string | null
  deferrable: boolean
  /** False where the engine has not checked the rows already there (`NOT VALID`). */
  validated: boolean
}

export interface Index {
  name: string
  /** Column names; an entry is null where the index is over an expression. */
  columns: (string | null)[]
  unique: boolean
  /** True for a partial index. */
  partial: boolean
  /** True where the index only carries out a declared primary key or unique constraint. */
  constraint: boolean
  definition: string
}

/** Whether an index is over whole columns of all rows, which every engine can have. */
export function isOverWholeColumns(index: Index): index is Index & { columns: string[] } {
  return !index.partial && !index.columns.includes(null)
}

export interface Table {
  name: string
  kind: 'table' | 'view'
  columns: Column[]
  primaryKey: string[]
  uniques: string[][]
  foreignKeys: ForeignKey[]
  indexes: Index[]
  checks: { name: string | null; definition: string }[]
  /** SQLite: the spelling under which the hidden rowid can be read; null where the table has none. */
  rowid: string | null
}

export interface EnumType {
  name: string
  labels: string[]
}

export type EngineName = 'sqlite' | 'postgres' | 'mysql'

/** What one side holds: read once per run, never changed. */
export interface Catalog {
  engine: EngineName
  schema: string | null
  /** What the engine does with fractions of a second that a column has no room for. */
  rounding: Rounding
  /** Whether the engine holds every column to its type; see `Column.typeEnforced`. */
  enforcesTypes: boolean
  tables: Table[]
  /** Tables that Paritygate keeps there for itself, by name; none of `tables`. */
  own: string[]
  /** Those a bare name finds. */
  enums: EnumType[]
}

export function findTable(catalog: Catalog, name: string): Table | undefined {
  return catalog.tables.find(table => table.name === name)
}

export function findColumn(table: Table, name: string): Column | undefined {
  return table.columns.find(column => column.name === name)
}

/** True where a row cannot be written without a value for the column. */
export function mustBeGiven(column: Column): boolean {
  return !column.nullable && column.default === null && !column.automatic && column.generated === null
}
