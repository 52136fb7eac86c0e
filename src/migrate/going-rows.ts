import type { Dialect } from '../engines/port/dialect.ts'
import type { Relation } from '../engines/port/rows.ts'
import type { Table } from '../model/catalog.ts'
import type { Copy, CopyRecord } from './copy-record.ts'
import { wasBefore } from './remove-copies.ts'

/** Which rows of a copy's table a rollback removes. */
export type Going = 'all' | 'added' | 'none'

/** Rows that were there before cannot be told from others where nothing identifies a row. */
export function goingFrom({ before, rowsBefore, keysBefore, gone }: CopyRecord): Going {
  if (gone) return 'none'
  if (before === null || rowsBefore === 0) return 'all'
  return keysBefore === null ? 'none' : 'added'
}

/** The rows of a table that go. */
export function goingRows(dialect: Dialect, { record }: Copy, table: Table): Relation {
  return {
    from: dialect.table(record.schema, record.name),
    rowid: table.rowid,
    where: goingFrom(record) === 'added' ? `NOT ${wasBefore(dialect, record)}` : null,
  }
}
