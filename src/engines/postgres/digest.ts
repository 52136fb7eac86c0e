import type pg from 'pg'
import { decodeLine, encodeLine, splitLines } from '../../model/row-line.ts'
import { inRanges } from '../key-range.ts'
import type { Field, KeyRange, Relation } from '../port.ts'
import { copyLines } from './read.ts'
import { fieldSql, rewriter } from './values.ts'

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
  const rewrite = rewriter(fields)
  const select = `SELECT ${fields.map(fieldSql).join(', ')} FROM ${relation.from}${where}`
  for await (const bytes of copyLines(client, select, options.signal)) {
    yield rewrite === null ? bytes : rewriteLines(bytes, rewrite)
  }
}

function rewriteLines(bytes: Buffer, rewrite: (field: string, index: number) => string): Buffer {
  const lines = splitLines(bytes).map(line =>
    encodeLine(decodeLine(line).map((field, index) => (field === null ? null : rewrite(field, index)))),
  )
  return Buffer.from(lines.join(''))
}
