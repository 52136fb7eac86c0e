import type { Table } from '../../model/catalog.ts'
import type { LogicalType } from '../../model/logical-type.ts'

/** Bytes a row may have by the server, counting every varchar at its full length, and a BLOB or TEXT as a few. */
export const ROW_BYTES = 65_535
/**
 * Bytes of a row that must fit into half a page of InnoDB
 * (https://mariadb.com/kb/en/troubleshooting-row-size-too-large-errors-with-innodb/).
 */
export const PAGE_BYTES = 8_126
/** Bytes a key may have (https://dev.mysql.com/doc/refman/8.0/en/innodb-limits.html). */
export const KEY_BYTES = 3_072

export interface Size {
  row: number
  page: number
  /** Null where the column cannot be part of a key, except by its beginning. */
  key: number | null
}

/**
 * The greatest size of a column's values in bytes
 * (https://dev.mysql.com/doc/refman/8.0/en/storage-requirements.html).
 *
 * @param charset bytes of the longest character
 */
export function sizeOf(type: LogicalType | null, charset: number, { mariadb }: { mariadb: boolean }): Size {
  switch (type?.kind) {
    case 'text':
    case 'bytes': {
      if (type.length === undefined) return { row: 12, page: mariadb ? 21 : 41, key: null }
      const bytes = type.length * (type.kind === 'text' ? charset : 1)
      const row = bytes + (type.padded ? 0 : bytes < 256 ? 1 : 2)
      // MariaDB moves a value out of the page from 256 bytes on, and keeps a reference; MySQL from 40 on, unless all
      // values of the column have one length.
      const even = type.padded && (type.kind === 'bytes' || charset === 1)
      const page = mariadb ? (bytes < 256 ? bytes + 1 : 21) : even ? bytes : Math.min(bytes + 1, 41)
      return { row, page, key: bytes }
    }
    case 'integer':
    case 'float':
      return fixed(type.bits / 8)
    case 'uuid':
      return fixed(16)
    case 'date':
      return fixed(3)
    case 'enum':
      return fixed(2)
    case 'boolean':
      return fixed(1)
    case 'decimal':
      return fixed(digitBytes(type.precision! - type.scale!) + digitBytes(type.scale!))
    case 'bits':
      return fixed(Math.ceil(type.length / 8))
    case 'set':
    case 'time':
    case 'timestamp':
      return fixed(8)
    default:
      return { row: 12, page: mariadb ? 21 : 41, key: null }
  }
}

function fixed(bytes: number): Size {
  return { row: bytes, page: bytes, key: bytes }
}

/** Nine digits in four bytes. */
function digitBytes(digits: number): number {
  return Math.floor(digits / 9) * 4 + Math.ceil((digits % 9) / 2)
}

/** Bytes a row has in a page besides its columns; without a key it gets a number of its own. */
export function rowOverhead({ primaryKey }: Table): number {
  return primaryKey.length > 0 ? 18 : 24
}

/** Bytes of the longest character of a collation's character set. */
export function characterBytes(collation: string): number {
  if (/^(utf8mb4|utf16|utf32|gb18030)/.test(collation)) return 4
  if (/^(utf8|ujis|eucjpms)/.test(collation)) return 3
  return /^(ucs2|big5|gbk|gb2312|sjis|cp932|euckr)/.test(collation) ? 2 : 1
}
