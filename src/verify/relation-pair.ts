import type { Field, Relation } from '../engines/port.ts'
import type { LogicalType } from '../model/logical-type.ts'

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
  }[]
  /** 0 where nothing identifies a row: the rows are then compared as a multiset. */
  keyFields: number
  /** True where the first field alone is the key, and an integer on both sides whatever the row. */
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
  signal?: AbortSignal
}

/** How many leading fields of a line pair rows: all of them where nothing identifies a row. */
export function pairingFields({ keyFields, fields }: RelationPair): number {
  return keyFields === 0 ? fields.length : keyFields
}

/** The fields of one side, in the order of the pair. */
export function fieldsOf(pair: RelationPair, side: 'source' | 'target'): Field[] {
  return pair.fields.map(field => ({ expression: field[side], type: field.type, own: field.own[side] }))
}
