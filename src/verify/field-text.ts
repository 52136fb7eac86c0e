import { isUtf8 } from 'node:buffer'
import { decodeField } from '../model/row-line.ts'

/** The fields of a line as `LineDifference` has it. */
export function fieldsIn(line: string): string[] {
  return line.split('\t')
}

/** The value of such a field; undefined where its bytes are no UTF-8, and two that differ could look the same as text. */
export function fieldText(field: string): string | null | undefined {
  const value = decodeField(field)
  if (value === null) return null
  const bytes = Buffer.from(value, 'latin1')
  return isUtf8(bytes) ? bytes.toString() : undefined
}
