/**
 * What a column means, whichever engine holds it. Every engine maps its declared types to these when it
 * reads its catalog, and maps them back when it creates a table.
 */
export type LogicalType =
  | { kind: 'boolean' }
  | { kind: 'integer'; bits: 16 | 32 | 64 }
  /** `strict`: the engine holds every value to the scale, so none has more digits. */
  | { kind: 'decimal'; precision?: number; scale?: number; strict?: boolean }
  | { kind: 'float'; bits: 32 | 64 }
  | { kind: 'text'; length?: number; padded?: boolean }
  | { kind: 'bytes' }
  | { kind: 'uuid' }
  | { kind: 'enum'; name: string; labels: string[] }
  | { kind: 'date' }
  | { kind: 'time'; precision: number }
  | { kind: 'timestamp'; precision: number; zone: boolean }
  | { kind: 'json'; binary: boolean }
  | { kind: 'other'; name: string }
  /** A SQLite column without a declared type: each value is what its storage class says. */
  | { kind: 'any' }

/** The type as people write it, for messages and fidelity notes. */
export function typeName(type: LogicalType): string {
  switch (type.kind) {
    case 'integer':
      return `${type.bits}-bit integer`
    case 'decimal':
      if (type.precision === undefined) return 'decimal'
      return `decimal(${type.precision},${type.scale ?? 0})`
    case 'float':
      return `${type.bits}-bit float`
    case 'text':
      return type.length === undefined ? 'text' : `text(${type.length})`
    case 'enum':
      return `enum ${type.name}`
    case 'time':
      return `time(${type.precision})`
    case 'timestamp':
      return `timestamp(${type.precision})${type.zone ? ' with time zone' : ''}`
    case 'other':
      return type.name
    default:
      return type.kind
  }
}
