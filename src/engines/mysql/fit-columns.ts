import { type Column, isOverWholeColumns, type Table } from '../../model/catalog.ts'
import type { LogicalType } from '../../model/logical-type.ts'
import { characterBytes, KEY_BYTES, PAGE_BYTES, ROW_BYTES, rowOverhead, type Size, sizeOf } from './sizes.ts'
import { parseType } from './types.ts'

export type Note = (column: string | null, text: string) => void

/** A column as it will be created. */
export interface FittedColumn {
  column: Column
  declared: string
  type: LogicalType | null
  /** Null for that of the table. */
  collation: string | null
  /** Bytes of the longest character. */
  charset: number
  size: Size
}

/** The table's columns, made shorter where a unique key would be too long, or TEXT where a row would. */
export function fitColumns(
  table: Table,
  server: { mariadb: boolean },
  tableCollation: string,
  note: Note,
): FittedColumn[] {
  const columns = table.columns.map((column): FittedColumn => {
    const type = parseType(column.declared, server)
    if (type === null) note(column.name, `${column.declared} is not known here: say a type in the plan`)
    const inline = /(?:collate|character set|charset)\s+(\w+)\s*$/i.exec(column.declared)?.[1]
    const collation = inline === undefined ? knownCollation(column, type, server, note) : null
    const charset = characterBytes(inline ?? collation ?? tableCollation)
    return {
      column,
      declared: column.declared,
      type,
      collation,
      charset,
      size: sizeOf(type, charset, server),
    }
  })
  const change = (fitted: FittedColumn, declared: string) => {
    fitted.declared = declared
    fitted.type = parseType(declared, server)
    fitted.size = sizeOf(fitted.type, fitted.charset, server)
  }
  for (const key of uniqueKeys(table)) {
    const parts = key.map(name => columns.find(({ column }) => column.name === name)!)
    for (const [index, bytes] of shares(parts.map(({ size }) => size.key ?? 0)).entries()) {
      const part = parts[index]!
      if (bytes >= (part.size.key ?? 0)) continue
      const length = Math.floor(bytes / (part.type?.kind === 'text' ? part.charset : 1))
      change(part, part.declared.replace(/\(\d+\)/, `(${length})`))
      note(
        part.column.name,
        `${part.declared}: a key has at most ${KEY_BYTES} bytes; longer values are refused`,
      )
    }
  }
  fitRow(table, columns, server, change, note)
  return columns
}

/** Keys of which every column must be whole. */
function uniqueKeys(table: Table): string[][] {
  const indexes = table.indexes.filter(isOverWholeColumns).filter(index => index.unique && !index.constraint)
  return [table.primaryKey, ...table.uniques, ...indexes.map(index => index.columns)]
}

/** Bytes for each part of a key of these sizes: the long ones share what the short ones leave. */
export function shares(sizes: number[]): number[] {
  const given = sizes.map(() => 0)
  let room = KEY_BYTES
  const order = sizes.map((_, index) => index).sort((a, b) => sizes[a]! - sizes[b]!)
  for (const [at, index] of order.entries()) {
    given[index] = Math.min(sizes[index]!, Math.floor(room / (order.length - at)))
    room -= given[index]!
  }
  return given
}

function fitRow(
  table: Table,
  columns: FittedColumn[],
  server: { mariadb: boolean },
  change: (column: FittedColumn, declared: string) => void,
  note: Note,
): void {
  const keyed = new Set([
    ...table.primaryKey,
    ...table.uniques.flat(),
    ...table.indexes.flatMap(index => index.columns),
    ...table.foreignKeys.flatMap(key => key.columns),
  ])
  // A bit for each column says whether it is NULL.
  const bits = Math.ceil(columns.length / 8)
  const sum = (of: 'row' | 'page') => columns.reduce((total, { size }) => total + size[of], bits)
  for (const [of, limit] of [
    ['row', ROW_BYTES],
    ['page', PAGE_BYTES - rowOverhead(table)],
  ] as const) {
    const smallest = sizeOf({ kind: 'text' }, 4, server)[of]
    const candidates = columns
      .filter(({ column, size }) => !keyed.has(column.name) && size.key !== null && size[of] > smallest)
      .filter(({ declared }) => /^((var)?char|(var)?binary)\(/i.test(declared))
      .sort((a, b) => b.size[of] - a.size[of])
    while (sum(of) > limit && candidates.length > 0) {
      const widest = candidates.shift()!
      const was = widest.declared
      const plain = widest.type?.kind === 'bytes' ? 'blob' : 'text'
      change(widest, was.replace(/^\w+\(\d+\)/, plain))
      note(widest.column.name, `${was} becomes ${plain}: the row would be too long`)
    }
  }
}

/** MySQL and MariaDB have collations the other does not know (https://mariadb.com/kb/en/supported-character-sets-and-collations/). */
function knownCollation(
  { name, collation }: Column,
  type: LogicalType | null,
  { mariadb }: { mariadb: boolean },
  note: Note,
): string | null {
  if (collation === null || !['text', 'enum', 'set'].includes(type?.kind ?? '')) return null
  const foreign = mariadb
    ? /_0900_|^gb18030_|_tolower_ci$/
    : /_uca1400_|_nopad_|_mysql561_|_myanmar_|^utf8mb3_thai_520_w2$/
  if (!foreign.test(collation)) return collation
  note(name, `collation ${collation} is not known here: values are compared by their bytes`)
  return null
}
