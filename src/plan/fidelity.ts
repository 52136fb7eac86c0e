import { type LogicalType, typeName } from '../model/logical-type.ts'
import type { ColumnType } from './comparison.ts'
import { type Loss, lossesOf } from './losses.ts'
import type { TableMappingDocument } from './schema-tables.ts'

/**
 * What values can lose on their way from one column to another, for people: `digits of a second beyond 3
 * (timestamp(6) → timestamp(3))`. Empty where nothing can be lost.
 */
export function lossesBetween(own: ColumnType, target: ColumnType): Loss[] {
  const losses = own.typeEnforced
    ? lossesOf(own.type, withoutLength(target))
    : lossesOfDeclared(own.type, withoutLength(target))
  if (own.typeEnforced && !target.typeEnforced && hasManyDigits(own.type) && target.type.kind === 'decimal')
    losses.push({ kind: 'form', note: 'digits beyond 15 where the target keeps it as an inexact float' })
  const types = `${typeName(own.type)} → ${typeName(target.type)}`
  return losses.map(({ kind, note }) => ({ kind, note: `${note} (${types})` }))
}

/**
 * An engine that holds no column to its type gives every integer 64 bits and every time all its digits, and nothing
 * follows from that; what the declaration itself limits does count.
 */
function lossesOfDeclared(own: LogicalType, target: LogicalType): Loss[] {
  switch (own.kind) {
    case 'integer':
      return []
    case 'decimal':
      return own.precision === undefined ? [] : lossesOf(own, target)
    case 'text':
      return own.length === undefined || target.kind !== 'text' ? [] : lossesOf(own, target)
    case 'float':
      return lossesOf(own, target).filter(({ kind }) => kind !== 'refusal')
    case 'any':
      return target.kind === 'text' ? lossesOf(own, target) : []
    case 'time':
    case 'timestamp':
      return own.kind === target.kind ? [] : lossesOf(own, target)
    default:
      return lossesOf(own, target)
  }
}

/** Where no length is enforced nothing is too long. */
function withoutLength({ type, typeEnforced }: ColumnType): LogicalType {
  if (typeEnforced || (type.kind !== 'text' && type.kind !== 'bytes')) return type
  const { length: _, ...rest } = type
  return rest
}

function hasManyDigits(type: LogicalType): boolean {
  return type.kind === 'decimal' && (type.precision ?? Number.POSITIVE_INFINITY) > 15
}

/** A column whose values are rounded instead of refused, and why that may be. */
export interface AcceptedLoss {
  column: string
  reason: string
}

export function acceptedLosses({ columns }: TableMappingDocument): AcceptedLoss[] {
  return Object.entries(columns ?? {}).flatMap(([column, entry]) =>
    typeof entry === 'object' && entry.accept_loss !== undefined
      ? [{ column, reason: entry.accept_loss }]
      : [],
  )
}
