import type { Column } from '../model/catalog.ts'

/** What a column of a SELECT has no more than any other. */
export const columnOfQuery = {
  nullable: true,
  collation: null,
  default: null,
  onUpdate: null,
  generated: null,
  automatic: false,
  always: false,
  sequence: null,
} satisfies Partial<Column>
