import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { throwIfAborted } from '../../model/error.ts'
import { countLines, type Lines, NEWLINE } from '../../model/row-line.ts'
import type { Field, Relation } from '../port/rows.ts'
import { selectedFrom } from '../selected-from.ts'
import type { Purpose } from '../values/fit.ts'
import { rewriter } from './rewrite.ts'
import { copyField } from './values.ts'

/** Rows for a load: COPY writes row lines by itself. */
export async function* readLines(
  client: pg.Client,
  relation: Relation,
  fields: Field[],
  signal?: AbortSignal,
): AsyncGenerator<Lines> {
  for await (const bytes of copyFields(client, fields, 'load', selectedFrom(relation), signal)) {
    yield { bytes, rows: countLines(bytes) }
  }
}

/** Row lines of fields, as PostgreSQL writes them where it can do so by itself. */
export async function* copyFields(
  client: pg.Client,
  fields: Field[],
  purpose: Purpose,
  from: string,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const columns = fields.map(field => copyField(field, purpose))
  const rewrite = rewriter(columns)
  const select = `SELECT ${columns.map(({ sql }) => sql).join(', ')} FROM ${from}`
  for await (const bytes of copyLines(client, select, signal)) yield rewrite === null ? bytes : rewrite(bytes)
}

/** The text of COPY in pieces that end where a row ends. */
async function* copyLines(client: pg.Client, select: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  let rest: Buffer[] = []
  for await (const chunk of copyOut(client, select, 'text')) {
    throwIfAborted(signal)
    const end = chunk.lastIndexOf(NEWLINE)
    if (end < 0) {
      rest.push(chunk)
      continue
    }
    yield rest.length === 0
      ? chunk.subarray(0, end + 1)
      : Buffer.concat([...rest, chunk.subarray(0, end + 1)])
    rest = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : []
  }
}

/**
 * What the server sends for COPY of a SELECT. It is asked when the first piece is; one that is left early is taken to its end,
 * because the connection is of no use before.
 */
export async function* copyOut(
  client: pg.Client,
  select: string,
  format: 'text' | 'binary',
): AsyncGenerator<Buffer> {
  // COPY goes out by a protocol of many statements; alone in this one, the SELECT is shown to be one.
  await client.query(single(`SELECT * FROM (${select}) AS probe LIMIT 0`))
  const stream = client.query(copyTo(`COPY (${select}) TO STDOUT WITH (FORMAT ${format})`))
  try {
    yield* stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  } finally {
    // Whether the connection breaks meanwhile is said by what is asked next.
    stream.on('error', () => {}).resume()
  }
}

/** A query that may be one statement only, so that none can end the transaction and go on. */
export function single(text: string): pg.QueryConfig {
  return { text, queryMode: 'extended' } as pg.QueryConfig
}
