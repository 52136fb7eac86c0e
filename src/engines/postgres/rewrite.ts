import { isUtf8 } from 'node:buffer'
import { decodeField, encodeField, REFUSED } from '../../model/row-line.ts'

/** How one field is asked for, and what its COPY text still has to go through; what gives null is refused. */
export interface CopyField {
  sql: string
  convert?: (text: string) => string | null
}

/** Whole lines of COPY text, each field through its conversion; null where no field has one. */
export function rewriter(fields: CopyField[]): ((lines: Buffer) => Buffer) | null {
  const converts = fields.map(field => field.convert ?? null)
  if (converts.every(convert => convert === null)) return null
  return lines => {
    // One character a byte, so that fields which are not converted keep theirs whatever they are.
    const rewritten = lines
      .toString('latin1', 0, lines.length - 1)
      .split('\n')
      .map(line => rewriteLine(line, converts))
    return Buffer.from(`${rewritten.join('\n')}\n`, 'latin1')
  }
}

function rewriteLine(line: string, converts: (CopyField['convert'] | null)[]): string {
  return line
    .split('\t')
    .map((field, index) => {
      const convert = converts[index]
      return convert ? rewriteField(field, convert) : field
    })
    .join('\t')
}

function rewriteField(field: string, convert: NonNullable<CopyField['convert']>): string {
  const value = decodeField(field)
  if (value === null) return field
  const bytes = Buffer.from(value, 'latin1')
  const result = isUtf8(bytes) ? convert(bytes.toString()) : null
  return result === null ? REFUSED + field : Buffer.from(encodeField(result)).toString('latin1')
}
