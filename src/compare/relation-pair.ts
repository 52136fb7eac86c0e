import type { Derived, Field, Relation } from '../engines/port/rows.ts'
import type { LogicalType } from '../model/logical-type.ts'
import type { Side } from './both-sides.ts'

/** The same rows as both sides should hold them. The first `keyFields` fields identify a row. */
export interface RelationPair {
  source: Relation
  target: Relation
  fields: {
    name: string
    source: string
    target: string
    type: LogicalType
    own: { source: LogicalType | undefined; target: LogicalType | undefined }
    /** Both sides are rounded to `type` before they are compared. */
    rounded: boolean
    /** How this process makes the value of the source. */
    derived?: Derived
  }[]
  /** 0 where nothing identifies a row: the rows are then compared as a multiset. */
  keyFields: number
  /** True where the first field alone is the key, and an integer or NULL on both sides whatever the row. */
  integerKey: boolean
}

/** One row that differs; a line is latin1 text, one character a byte, and null where the row is not there. */
export interface LineDifference {
  kind: 'missing' | 'extra' | 'changed'
  source: string | null
  target: string | null
}

export interface CompareOptions {
  /** Told the rows of the source read so far, and how many there are. */
  onRows?: (rows: number, total: number) => void
  onDifference?: (difference: LineDifference) => void
  /** Asked for each two rows of one key that differ, as latin1 text: true excuses them, and they are no difference. */
  excuse?: (source: string, target: string) => boolean
  /** Reads every row and hashes it here, even where both engines could do so themselves. */
  hashHere?: boolean
  signal?: AbortSignal
}

/** What a comparison has found; each row of the source is in one of `matched`, `missing`, `changed` and `excused`. */
export interface Comparison {
  source: Checksum
  target: Checksum
  strategy: 'range' | 'hash' | 'multiset'
  hashed: 'here' | 'in the database'
  missing: number
  extra: number
  changed: number
  excused: number
  matched: number
}

export interface Checksum {
  rows: number
  /** Of 64-bit row hashes. */
  sum: bigint
}

/** How many leading fields of a line pair rows: all of them where nothing identifies a row. */
export function pairingFields({ keyFields, fields }: RelationPair): number {
  return keyFields === 0 ? fields.length : keyFields
}

/** The fields of one side, in the order of the pair. */
export function fieldsOf(pair: RelationPair, side: Side): Field[] {
  return pair.fields.map(field => ({
    expression: field[side],
    type: field.type,
    own: field.own[side],
    rounded: field.rounded,
    ...(side === 'source' && field.derived ? { derived: field.derived } : {}),
  }))
}
