import type { ForeignKey } from '../model/catalog.ts'
import type { RejectedLine } from './port/rows.ts'

/** A row that has no parent under a foreign key, as it is rejected. */
export function orphanLine({ columns, referencedTable }: ForeignKey, row: RejectedLine['row']): RejectedLine {
  const value = columns.map(name => row[name]).join(', ')
  return {
    row,
    column: columns.join(', '),
    reason: `orphan: no row of "${referencedTable}" that stays has the key it refers to (${value})`,
  }
}
