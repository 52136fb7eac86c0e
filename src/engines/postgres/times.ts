import type { LogicalType } from '../../model/logical-type.ts'
import { REFUSED } from '../../model/row-line.ts'
import type { Field } from '../port/rows.ts'
import { converted } from '../values/conversion.ts'
import { fitOf, type Purpose } from '../values/fit.ts'
import type { CopyField } from './rewrite.ts'

/** A column of points in time as a day or an instant; null where it has another kind, or none that is known. */
export function timestampField(
  field: Field,
  type: LogicalType & { kind: 'date' | 'timestamp' },
  purpose: Purpose,
): CopyField | null {
  const { expression: x, own, rounded } = field
  if (own?.kind === 'date') {
    if (type.kind === 'date') return { sql: x }
    return { sql: x, convert: text => converted(text, field, purpose) }
  }
  if (own?.kind !== 'timestamp') return null
  const value = own.zone ? `(${x}) AT TIME ZONE 'UTC'` : `(${x})`
  if (type.kind === 'date') {
    if (rounded) return { sql: `(${value})::date` }
    const day = `date_trunc('day', ${value})`
    return {
      sql: `CASE WHEN ${value} = ${day} THEN (${value})::date::text ELSE '${REFUSED}' || (${value})::text END`,
    }
  }
  if (own.precision <= type.precision) return { sql: value }
  return atPrecision(field, type, `timestamp(${type.precision})`, value, purpose)
}

/** A column of times or amounts of time; null where it has another kind, or none that is known. */
export function timeField(
  field: Field,
  type: LogicalType & { kind: 'time' },
  purpose: Purpose,
): CopyField | null {
  const { expression: x, own } = field
  if (own?.kind !== 'time' || (own.span && !type.span)) return null
  if (own.precision <= type.precision) return { sql: x }
  return atPrecision(field, type, `${own.span ? 'interval' : 'time'}(${type.precision})`, `(${x})`, purpose)
}

/** PostgreSQL rounds a time of day as MySQL does, and an instant as only it does. */
function atPrecision(
  field: Field,
  { kind, rounding = 'from_2000' }: LogicalType & { kind: 'time' | 'timestamp' },
  narrower: string,
  value: string,
  purpose: Purpose,
): CopyField {
  const rounded = `(${value})::${narrower}`
  if (fitOf(field, purpose) === 'refuse')
    return { sql: `CASE WHEN ${rounded} = ${value} THEN '' ELSE '${REFUSED}' END || (${value})::text` }
  if (rounding === 'from_2000' || (rounding === 'half_up' && kind === 'time')) return { sql: rounded }
  return { sql: value, convert: text => converted(text, field, purpose) }
}
