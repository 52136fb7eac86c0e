import type pg from 'pg'
import { decodeLine, encodeLine, NEWLINE } from '../../model/row-line.ts'
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
  if (options.ranges) {
    conditions.push(`(${options.ranges.map(range => inRange(fields[0]!.expression, range)).join(' OR ')})`)
  }
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''
  const rewrite = rewriter(fields)
  const select = `SELECT ${fields.map(fieldSql).join(', ')} FROM ${relation.from}${where}`
  for await (const bytes of copyLines(client, select, options.signal)) {
    yield rewrite === null ? bytes : rewriteLines(bytes, rewrite)
  }
}

function rewriteLines(bytes: Buffer, rewrite: (field: string, index: number) => string): Buffer {
  const lines: string[] = []
  for (
    let start = 0, end = bytes.indexOf(NEWLINE);
    end >= 0;
    start = end + 1, end = bytes.indexOf(NEWLINE, start)
  ) {
    const fields = decodeLine(bytes.subarray(start, end))
    lines.push(encodeLine(fields.map((field, index) => (field === null ? null : rewrite(field, index)))))
  }
  return Buffer.from(lines.join(''))
}

function inRange(key: string, { from, to }: KeyRange): string {
  const bounds = [from === null ? '' : `${key} >= ${from}`, to === null ? '' : `${key} < ${to}`].filter(
    Boolean,
  )
  return bounds.length === 0 ? 'true' : `(${bounds.join(' AND ')})`
}
