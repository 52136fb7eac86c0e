/**
 * What a column means, whichever engine holds it. Every engine maps its declared types to these when it
 * reads its catalog, and maps them back when it creates a table.
 */
export type LogicalType =
  | { kind: 'boolean' }
  | { kind: 'integer'; bits: 8 | 16 | 24 | 32 | 64; unsigned?: boolean }
  /** `fixedScale`: the engine holds every value to the scale, so none has more digits. */
  | { kind: 'decimal'; precision?: number; scale?: number; fixedScale?: boolean }
  /** `scale`: the engine rounds every value to so many digits after the point. */
  | { kind: 'float'; bits: 32 | 64; scale?: number }
  /** `length` in characters; `padded`: trailing spaces are no part of the value; `folded`: 'A' is the same as 'a'. */
  | { kind: 'text'; length?: number; padded?: boolean; folded?: boolean }
  /** `length` in bytes; `padded`: shorter values are filled up with zero bytes. */
  | { kind: 'bytes'; length?: number; padded?: boolean }
  | { kind: 'bits'; length: number; varying?: boolean }
  | { kind: 'uuid' }
  | { kind: 'enum'; name: string; labels: string[] }
  | { kind: 'set'; labels: string[] }
  | { kind: 'date' }
  /** `span`: an amount of time, which may be negative or pass 24 hours. */
  | { kind: 'time'; precision: number; span?: boolean; rounding?: Rounding }
  | { kind: 'timestamp'; precision: number; zone: boolean; rounding?: Rounding }
  /**
   * `items`: an array stands for one of another type, which takes each element by its text. `doubles`: numbers are kept as
   * 64-bit integers and doubles.
   */
  | { kind: 'json'; binary: boolean; items?: 'text'; doubles?: boolean }
  /** `element` is the element's type as its engine spells it. */
  | { kind: 'array'; element: string }
  | { kind: 'other'; name: string }
  /** A SQLite column without a declared type: each value is what its storage class says. */
  | { kind: 'any' }

/**
 * What an engine does with digits of a second that a column has no room for: `from_2000` rounds half away from
 * 2000-01-01 (PostgreSQL), `half_up` half towards the future (MySQL), `truncate` drops them (MariaDB).
 */
export type Rounding = 'from_2000' | 'half_up' | 'truncate'

/** The type as people write it, for messages and fidelity notes. */
export function typeName(type: LogicalType): string {
  switch (type.kind) {
    case 'integer':
      return `${type.bits}-bit ${type.unsigned ? 'unsigned ' : ''}integer`
    case 'decimal':
      if (type.precision === undefined) return 'decimal'
      return `decimal(${type.precision},${type.scale ?? 0})`
    case 'float':
      return `${type.bits}-bit float${type.scale === undefined ? '' : ` of ${type.scale} digits`}`
    case 'text':
    case 'bytes':
      return type.length === undefined ? type.kind : `${type.kind}(${type.length})`
    case 'bits':
      return `bits(${type.length})`
    case 'enum':
      return `enum ${type.name}`
    case 'set':
      return `set of ${type.labels.length}`
    case 'time':
      return `${type.span ? 'amount of time' : 'time'}(${type.precision})`
    case 'timestamp':
      return `timestamp(${type.precision})${type.zone ? ' with time zone' : ''}`
    case 'array':
      return `array of ${type.element}`
    case 'other':
      return type.name
    default:
      return type.kind
  }
}
