import type pg from 'pg'
import { inRanges } from '../key-range.ts'
import type { Field, KeyRange, Relation } from '../port/rows.ts'
import { selectedFrom } from '../selected-from.ts'
import { copyFields } from './read.ts'

/** Canonical row lines for verifying, in whatever order the server finds them. */
export async function* digestLines(
  client: pg.Client,
  relation: Relation,
  fields: Field[],
  options: { ranges?: KeyRange[]; signal?: AbortSignal } = {},
): AsyncGenerator<Buffer> {
  const conditions = options.ranges ? [inRanges(fields[0]!.expression, options.ranges)] : []
  yield* copyFields(client, fields, 'compare', selectedFrom(relation, conditions), options.signal)
}
