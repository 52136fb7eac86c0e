import { findColumn, type Index, type Table } from '../model/catalog.ts'
import type { MappedColumn } from './mapping.ts'
import type { TableEnds } from './table-ends.ts'

/**
 * The target table as it is to be created: the mapped columns with the source's keys, indexes and constraints under
 * their new names. Foreign keys still name source tables.
 */
export function deriveTable(
  name: string,
  source: Table,
  columns: MappedColumn[],
  { ownId, sameEngine, enforcesTypes }: Pick<TableEnds, 'ownId' | 'sameEngine'> & { enforcesTypes: boolean },
): Table {
  const rename = (column: string) => columns.find(one => one.made.carries === column)?.name
  const renameAll = (names: string[]) => {
    const renamed = names.map(rename)
    return renamed.includes(undefined) ? null : (renamed as string[])
  }
  const sourceKey = renameAll(source.primaryKey) ?? []
  const primaryKey = ownId ? [ownId.column] : sourceKey
  const others = sourceKey.length > 0 && sourceKey.join('\t') !== primaryKey.join('\t') ? [sourceKey] : []
  return {
    name,
    kind: 'table',
    columns: columns.map(column => {
      const original = column.source === null ? undefined : findColumn(source, column.source)
      const carried = column.made.carries === null ? undefined : findColumn(source, column.made.carries)
      return {
        name: column.name,
        type: column.targetType,
        declared: column.declared,
        typeEnforced: enforcesTypes,
        collation: sameEngine ? (original?.collation ?? null) : null,
        onUpdate: original?.onUpdate ?? null,
        nullable: primaryKey.includes(column.name) ? false : ((original ?? carried)?.nullable ?? true),
        default: original?.default ?? null,
        generated: original?.generated ?? null,
        automatic: original?.automatic ?? false,
        always: false,
        sequence: null,
      }
    }),
    primaryKey,
    uniques: [...others, ...source.uniques.map(renameAll).filter(unique => unique !== null)],
    foreignKeys: source.foreignKeys.flatMap(key => {
      const renamed = renameAll(key.columns)
      return renamed === null ? [] : [{ ...key, name: null, columns: renamed }]
    }),
    indexes: source.indexes.flatMap((index): Index[] => {
      const renamed = index.columns.map(column => (column === null ? null : (rename(column) ?? null)))
      return [{ ...index, columns: renamed }]
    }),
    checks: source.checks,
    rowid: null,
  }
}
