import type pg from 'pg'
import { inRanges } from '../key-range.ts'
import type { Field, KeyRange, Relation } from '../port.ts'
import { copyFields } from './read.ts'

/** Canonical row lines for verifying, in whatever order the server finds them. */
export async function* digestLines(
  client: pg.Client,
  relation: Relation,
  fields: Field[],
  options: { ranges?: KeyRange[]; signal?: AbortSignal } = {},
): AsyncGenerator<Buffer> {
  const conditions = relation.where === null ? [] : [`(${relation.where})`]
  if (options.ranges) conditions.push(inRanges(fields[0]!.expression, options.ranges))
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''
  yield* copyFields(client, fields, 'compare', `${relation.from}${where}`, options.signal)
}
