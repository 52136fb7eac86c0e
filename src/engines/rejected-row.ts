import { isUtf8 } from 'node:buffer'
import { decodeLine, withoutRefusal } from '../model/row-line.ts'
import type { LoadColumn, RejectedLine } from './port/rows.ts'

/**
 * A line as quarantine keeps it: by column, without the mark of a value that is none of its type. Bytes that are no
 * UTF-8 are kept as `\x` and hexadecimal digits.
 */
export function rejectedRow(columns: LoadColumn[], line: Buffer): RejectedLine['row'] {
  const valid = isUtf8(line)
  const values = decodeLine(line, valid ? 'utf8' : 'latin1').map((value, index) => {
    if (value === null) return null
    const plain = withoutRefusal(value, columns[index]!.type)
    if (valid) return plain
    const bytes = Buffer.from(plain, 'latin1')
    return isUtf8(bytes) ? bytes.toString() : `\\x${bytes.toString('hex')}`
  })
  return Object.fromEntries(columns.map((column, index) => [column.name, values[index]!]))
}
