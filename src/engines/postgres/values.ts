import { REFUSED } from '../../model/row-line.ts'
import type { Field } from '../port.ts'
import { canonicalJson } from '../values/json.ts'

/**
 * SQL for one field whose COPY text is the canonical form of its type. The session speaks UTC, ISO dates, hex bytes
 * and shortest floats, so most types need nothing.
 */
export function fieldSql({ expression: x, type }: Field): string {
  switch (type.kind) {
    case 'decimal':
      return `trim_scale((${x})::numeric)`
    // Adding zero turns -0 into 0 and changes nothing else.
    case 'float':
      return `(${x}) + 0::${type.bits === 32 ? 'real' : 'double precision'}`
    case 'timestamp':
      return type.zone ? `(${x}) AT TIME ZONE 'UTC'` : x
    case 'text':
      // A char(n) loses its padding when it becomes text.
      return type.padded ? `(${x})::text` : x
    default:
      return x
  }
}

/** Fields whose COPY text is not yet canonical; null where every one is. */
export function rewriter(fields: Field[]): ((field: string, index: number) => string) | null {
  if (!fields.some(field => field.type.kind === 'json')) return null
  return (field, index) =>
    fields[index]!.type.kind === 'json' ? (canonicalJson(field) ?? REFUSED + field) : field
}
