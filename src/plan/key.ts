import { findColumn, isOverWholeColumns, type Table } from '../model/catalog.ts'
import type { MappedColumn } from './mapping.ts'
import { nearest } from './nearest.ts'
import type { Report } from './side.ts'
import type { TableEnds } from './table-ends.ts'

/** The target columns that identify a row; none where nothing does. */
export function chooseKey(
  { table, document, source: { table: source }, ownId }: TableEnds,
  columns: MappedColumn[],
  target: Table,
  report: Report,
): string[] {
  const isMapped = (column: string) => columns.some(one => one.name === column)
  for (const word of ['match_on', 'key'] as const) {
    const said = document[word]
    if (!said) continue
    const unmapped = said.find(column => !isMapped(column))
    // What the plan says of it, and is wrong, has been reported there.
    if (unmapped !== undefined && document.columns?.[unmapped] === undefined)
      report(
        [word],
        `key column "${unmapped}" of table "${table}" is not a mapped column${nearest(unmapped, columns)}`,
      )
    return said
  }
  const targetNames = (names: string[]) =>
    names.map(column => columns.find(one => one.source === column)?.name ?? '')
  const candidates = [
    target.primaryKey,
    ...(ownId ? [[ownId.column]] : []),
    targetNames(source.primaryKey),
    ...uniqueColumns(target).filter(isRequired(target)),
    ...uniqueColumns(source).filter(isRequired(source)).map(targetNames),
  ]
  return candidates.find(candidate => candidate.length > 0 && candidate.every(isMapped)) ?? []
}

/** Columns that tell every row of the table from every other: no two rows share them, and none has a NULL in them. */
export function tellingColumns(table: Table): string[][] {
  return [table.primaryKey, ...uniqueColumns(table)].filter(
    columns => columns.length > 0 && isRequired(table)(columns),
  )
}

function isRequired(table: Table): (columns: string[]) => boolean {
  return columns => columns.every(column => findColumn(table, column)?.nullable === false)
}

/** Unique constraints, and unique indexes over whole columns of all rows, which is how many ORMs declare them. */
export function uniqueColumns(table: Table): string[][] {
  const indexes = table.indexes.filter(isOverWholeColumns).filter(index => index.unique)
  return [...table.uniques, ...indexes.map(index => index.columns)]
}
