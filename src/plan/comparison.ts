import type { LogicalType } from '../model/logical-type.ts'

/** A column's type, and whether its engine holds every value to it. */
export interface ColumnType {
  type: LogicalType
  typeEnforced: boolean
}

/**
 * The type in which both sides of a column are read and compared. The word of an engine that holds its columns to
 * their types counts for more than that of one that does not; of two that do, the type both values can be said in.
 *
 * @param own the source column; undefined for an SQL expression
 */
export function comparisonType(own: ColumnType | undefined, target: ColumnType): LogicalType {
  // A type of one engine alone has no form in another but its text.
  if (target.type.kind === 'other' && own?.type.kind !== 'other') return { kind: 'text' }
  if (own === undefined) return target.type
  const type = typeOfBoth(own, target)
  return type.kind === 'float' ? atScaleOf(target.type, type) : type
}

/** What the target rounds its floats to is what a loss the plan accepts is compared at; what the source does is done. */
function atScaleOf(target: LogicalType, { bits }: LogicalType & { kind: 'float' }): LogicalType {
  const scale = target.kind === 'float' ? target.scale : undefined
  return scale === undefined ? { kind: 'float', bits } : { kind: 'float', bits, scale }
}

function typeOfBoth(own: ColumnType, target: ColumnType): LogicalType {
  // An engine without UUIDs keeps them as text or bytes, and one without arrays as JSON.
  const uuid = [target.type, own.type].find(({ kind }) => kind === 'uuid')
  if (uuid && [own.type, target.type].every(({ kind }) => ['uuid', 'text', 'bytes'].includes(kind)))
    return uuid
  if (target.type.kind === 'array' && own.type.kind !== 'array') return asArray(target.type.element)
  if (own.type.kind === 'array' && target.type.kind !== 'array') return { kind: 'json', binary: true }
  if (!own.typeEnforced) return target.type
  if (target.typeEnforced) return commonType(own.type, target.type)
  return own.type.kind === 'other' ? { kind: 'text' } : own.type
}

/** An array that is loaded from JSON makes no difference between 1 and "1", but for one of JSON. */
function asArray(element: string): LogicalType {
  return { kind: 'json', binary: true, ...(/^jsonb?$/.test(element) ? {} : { items: 'text' }) }
}

function commonType(own: LogicalType, target: LogicalType): LogicalType {
  const kinds = [own.kind, target.kind]
  const either = (kind: LogicalType['kind']) => kinds.includes(kind)
  const the = (kind: LogicalType['kind']) => (target.kind === kind ? target : own)
  if (own.kind === target.kind) {
    if (own.kind === 'float' && target.kind === 'float') return own.bits < target.bits ? own : target
    // Arrays of one type have one text; those of two are compared as JSON.
    if (own.kind === 'array' && target.kind === 'array' && own.element !== target.element)
      return { kind: 'json', binary: true }
    return target
  }
  if (either('json')) return the('json')
  // A number says how many bits it has only where each has the same number of them.
  if (either('bits') && either('integer') && [own, target].some(type => type.kind === 'bits' && type.varying))
    return the('integer')
  for (const kind of ['boolean', 'uuid', 'set', 'bits', 'enum'] as const) if (either(kind)) return the(kind)
  if (either('float') && (either('integer') || either('decimal'))) return the('float')
  if (either('integer') && either('decimal')) return the('decimal')
  return target
}
