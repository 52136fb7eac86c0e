import type { ForeignKey } from '../model/catalog.ts'
import type { Mapping } from './mapping.ts'

/** A foreign key in the names of one side. */
export type Reference = Pick<ForeignKey, 'columns' | 'referencedTable' | 'referencedColumns'>

/** The source's foreign keys in the target's names, each with its counterpart there. Keys whose columns are not all mapped are left out. */
export function pairedReferences(
  mapping: Mapping,
  mappings: Mapping[],
): { reference: Reference; declared: ForeignKey | undefined }[] {
  return mapping.source.foreignKeys.flatMap(key => {
    const parent = mappings.find(one => one.source.name === key.referencedTable)
    const targetName = (of: Mapping | undefined, name: string) =>
      of?.columns.find(column => column.source === name)?.name
    const columns = key.columns.map(name => targetName(mapping, name))
    const referencedColumns = key.referencedColumns.map(name => targetName(parent, name))
    if (!parent || [...columns, ...referencedColumns].includes(undefined)) return []
    const reference = { columns, referencedTable: parent.table, referencedColumns } as Reference
    const declared = mapping.target.foreignKeys.find(
      one =>
        one.referencedTable === parent.table &&
        one.columns.length === columns.length &&
        columns.every(
          (name, index) => one.referencedColumns[one.columns.indexOf(name!)] === referencedColumns[index],
        ),
    )
    return [{ reference, declared }]
  })
}
