import type { Connection } from 'mysql2'
import { inRanges } from '../key-range.ts'
import type { Field, KeyRange, Relation } from '../port/rows.ts'
import { selectLines } from './read.ts'

/** Canonical row lines for verifying, in whatever order the server finds them. */
export async function* digestLines(
  connection: Connection,
  relation: Relation,
  fields: Field[],
  options: { ranges?: KeyRange[]; signal?: AbortSignal } = {},
): AsyncGenerator<Buffer> {
  const conditions = options.ranges ? [inRanges(fields[0]!.expression, options.ranges)] : []
  for await (const { bytes } of selectLines(
    connection,
    relation,
    fields,
    conditions,
    'compare',
    options.signal,
  ))
    yield bytes
}
