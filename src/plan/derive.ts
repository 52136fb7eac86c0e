import { findColumn, type Index, type Table } from '../model/catalog.ts'
import type { MappedColumn } from './mapping.ts'

/**
 * The target table as it is to be created: the mapped columns with the source's keys, indexes and constraints under
 * their new names. Foreign keys still name source tables.
 */
export function deriveTable(
  name: string,
  source: Table,
  columns: MappedColumn[],
  { sameEngine, enforcesTypes }: { sameEngine: boolean; enforcesTypes: boolean },
): Table {
  const rename = (column: string) => columns.find(one => one.made.carries === column)?.name
  const renameAll = (names: string[]) => {
    const renamed = names.map(rename)
    return renamed.includes(undefined) ? null : (renamed as string[])
  }
  return {
    name,
    kind: 'table',
    columns: columns.map(column => {
      const original = column.source === null ? undefined : findColumn(source, column.source)
      const { carries } = column.made
      const stood = carries === null ? original : findColumn(source, carries)
      return {
        name: column.name,
        type: column.targetType,
        declared: column.declared,
        typeEnforced: enforcesTypes,
        collation: sameEngine ? (original?.collation ?? null) : null,
        onUpdate: original?.onUpdate ?? null,
        // What stands for a value is there wherever that is.
        nullable: stood?.nullable ?? true,
        default: original?.default ?? null,
        generated: original?.generated ?? null,
        automatic: original?.automatic ?? false,
        always: false,
        sequence: null,
      }
    }),
    primaryKey: renameAll(source.primaryKey) ?? [],
    uniques: source.uniques.map(renameAll).filter(unique => unique !== null),
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
