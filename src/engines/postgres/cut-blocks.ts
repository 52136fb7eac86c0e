import type { Cuts } from '../port/rows.ts'
import { postgresDialect } from './sql.ts'

/** Of a chunk of a table that was never analysed: how many rows it has is no more than a guess at their width. */
const BYTES = 64 * 1024 * 1024

/**
 * Cuts a table between its blocks: a scan of a range of them reads them in turn, and costs what a scan of the table does
 * (https://www.postgresql.org/docs/14/release-14.html: TID Range Scan). Older servers would read the whole table for each chunk;
 * what has children, or other storage than heap, has no blocks of its own that say where its rows are. Where a row stands can only
 * be asked by a role that may read all columns.
 */
export async function cutBlocks(
  query: (sql: string) => Promise<Record<string, string | null>[]>,
  from: string,
  chunks: number,
): Promise<Cuts | null> {
  const [table] = await query(
    `SELECT pg_relation_size(c.oid) / current_setting('block_size')::bigint AS blocks,
       CASE WHEN c.reltuples < 0 THEN pg_relation_size(c.oid) / ${BYTES} ELSE 0 END AS chunks
     FROM pg_class c JOIN pg_am a ON a.oid = c.relam
     WHERE c.oid = to_regclass(${postgresDialect.literal(from)}) AND c.relkind = 'r' AND NOT c.relhassubclass
       AND a.amname = 'heap' AND has_table_privilege(c.oid, 'SELECT') AND current_setting('server_version_num')::int >= 140000`,
  )
  const blocks = Number(table?.blocks ?? 0)
  const count = Math.min(Math.max(chunks, Number(table?.chunks ?? 0)), blocks)
  if (count < 2) return null
  const cuts = Array.from({ length: count - 1 }, (_, index) => Math.round((blocks * (index + 1)) / count))
  return { cutBy: `${from}.ctid`, cuts: cuts.map(block => `'(${block},0)'::tid`) }
}
