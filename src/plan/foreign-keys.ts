import type { ForeignKey } from '../model/catalog.ts'
import type { MappedColumn, Mapping } from './mapping.ts'

/** A foreign key in the names of one side. */
export type Reference = Pick<ForeignKey, 'columns' | 'referencedTable' | 'referencedColumns'>

/**
 * The source's foreign keys in the target's names, each with its counterpart there; the referenced table is called as the
 * plan calls it. Keys whose columns are not all mapped are left out.
 */
export function pairedReferences(
  mapping: Mapping,
  mappings: Mapping[],
): { reference: Reference; declared: ForeignKey | undefined }[] {
  return mapping.source.foreignKeys.flatMap(key => {
    const parent = parentOf(mapping, key, mappings)
    const carriers = key.columns.map(name => carriersOf(mapping, name))
    const referencedColumns = parent && key.referencedColumns.map(name => carriersOf(parent, name)[0])
    if (!parent || carriers.some(one => one.length === 0) || referencedColumns!.includes(undefined)) return []
    const referenced = referencedColumns!.map(column => column!.name)
    // Where several columns carry the value, one of them is enough.
    const declared = mapping.target.foreignKeys.find(
      one =>
        one.referencedTable === parent.target.name &&
        one.columns.length === key.columns.length &&
        carriers.every((columns, index) =>
          columns.some(({ name }) => one.referencedColumns[one.columns.indexOf(name)] === referenced[index]),
        ),
    )
    const columns = declared?.columns ?? carriers.map(([first]) => first!.name)
    return [
      { reference: { columns, referencedTable: parent.table, referencedColumns: referenced }, declared },
    ]
  })
}

/** Foreign keys of tables still to be created refer to source names; give them the target's. */
export function nameReferences(mappings: Mapping[]): void {
  for (const mapping of mappings.filter(({ toBeCreated }) => toBeCreated)) {
    mapping.target.foreignKeys = mapping.target.foreignKeys.flatMap(key => {
      const parent = parentOf(mapping, key, mappings)
      const columns = key.referencedColumns.map(name => parent && carriersOf(parent, name)[0]?.name)
      if (!parent || columns.includes(undefined)) return []
      return [{ ...key, referencedTable: parent.target.name, referencedColumns: columns as string[] }]
    })
  }
}

/** The target columns that hold the value of a source column, or the new id that stands for it. */
function carriersOf({ columns }: Mapping, name: string): MappedColumn[] {
  return columns.filter(({ made }) => made.carries === name)
}

/** Of the tables a source table is split into, the one whose rows the key means. */
function parentOf(mapping: Mapping, key: Reference, mappings: Mapping[]): Mapping | undefined {
  const candidates = mappings.filter(
    one => one.source.name === key.referencedTable && one.schema === mapping.schema && one.kind !== 'list',
  )
  const said = mapping.columns.find(
    ({ made, name }) =>
      made.refersTo !== undefined && (key.columns.includes(made.carries ?? '') || key.columns.includes(name)),
  )?.made.refersTo
  const isKey = (one: Mapping) =>
    one.key.length > 0 &&
    one.key.every(name => {
      const carries = one.columns.find(column => column.name === name)?.made.carries
      return carries !== undefined && carries !== null && key.referencedColumns.includes(carries)
    })
  return (
    candidates.find(({ table }) => table === said) ??
    candidates.find(({ table }) => table === key.referencedTable) ??
    candidates.find(isKey) ??
    candidates[0]
  )
}
