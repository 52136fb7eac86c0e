import type { Table } from '../model/catalog.ts'
import type { TableMappingDocument } from './schema-tables.ts'

/**
 * Which of the columns made by `id` of their own table holds the id of the row itself: the others refer to rows of the same
 * table. It is the one that names no columns, or those of the source's key; else the target's key; else the first.
 */
export function ownIdOf(
  table: string,
  { columns }: TableMappingDocument,
  source: Table,
  target: Table | null,
): { column: string; of: string[] } | null {
  const made = Object.entries(columns ?? {}).flatMap(([column, entry]) =>
    typeof entry === 'object' && entry.id === table
      ? [
          {
            column,
            said: entry.of !== undefined,
            of: entry.of === undefined ? source.primaryKey : [entry.of].flat(),
          },
        ]
      : [],
  )
  const own =
    made.find(({ said }) => !said) ??
    made.find(({ of }) => of.length > 0 && of.join('\t') === source.primaryKey.join('\t')) ??
    made.find(({ column }) => target?.primaryKey.length === 1 && target.primaryKey[0] === column) ??
    made[0]
  return own ? { column: own.column, of: own.of } : null
}
