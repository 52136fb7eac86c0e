import type { LogicalType } from '../../model/logical-type.ts'
import { REFUSED } from '../../model/row-line.ts'
import type { Field } from '../port.ts'
import { canonicalJson } from '../values/json.ts'

/**
 * SQL for one field whose COPY text is the canonical form of its type. The session speaks UTC, ISO dates, hex bytes
 * and shortest floats, so most types need nothing.
 */
export function fieldSql({ expression: x, type, own }: Field): string {
  switch (type.kind) {
    case 'decimal': {
      const exact = own?.kind === 'decimal' || own?.kind === 'integer'
      // A float cast to numeric keeps 15 digits; its text has all of them.
      return `trim_scale((${x})${exact ? '' : '::text'}::numeric)`
    }
    // Adding zero turns -0 into 0 and changes nothing else.
    case 'float':
      return `(${x}) + 0::${type.bits === 32 ? 'real' : 'double precision'}`
    case 'timestamp':
      return inUtc(x, own ?? type)
    case 'text':
      // A char(n) loses its padding when it becomes text.
      return type.padded ? `(${x})::text` : x
    default:
      return x
  }
}

/** SQL for one field to be loaded: refused where a decimal would lose digits in a column of fewer. */
export function loadSql({ expression: x, type, own }: Field): string {
  if (type.kind === 'timestamp') return inUtc(x, own ?? type)
  if (type.kind !== 'decimal' || type.precision === undefined) return x
  const scale = type.scale ?? 0
  const fits =
    own?.kind === 'integer' ||
    (own?.kind === 'decimal' && own.precision !== undefined && (own.scale ?? 0) <= scale)
  if (fits) return x
  const value = `(${x})::text::numeric`
  return `CASE WHEN ${value} <> round(${value}, ${scale}) THEN '${REFUSED}' ELSE '' END || (${x})::text`
}

function inUtc(x: string, own: LogicalType): string {
  return own.kind === 'timestamp' && own.zone ? `(${x}) AT TIME ZONE 'UTC'` : x
}

/** Fields whose COPY text is not yet canonical; null where every one is. */
export function rewriter(fields: Field[]): ((field: string, index: number) => string) | null {
  if (!fields.some(field => field.type.kind === 'json')) return null
  return (field, index) =>
    fields[index]!.type.kind === 'json' ? (canonicalJson(field) ?? REFUSED + field) : field
}
