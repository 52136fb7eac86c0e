import type { Chunk, LoadOptions } from '../engines/port/rows.ts'
import { ParitygateError } from '../model/error.ts'
import { balances, type LedgerEntry } from '../model/ledger.ts'
import type { Lines } from '../model/row-line.ts'
import { reached } from '../model/steps.ts'
import type { Mapping } from '../plan/mapping.ts'
import { inBatches } from './batches.ts'
import type { CopyContext, Lane } from './copy-context.ts'
import { loadColumns, loadFields } from './load-columns.ts'

/** Rows of one table that are copied in one transaction. */
export interface Part {
  /** As quarantine and journal count it; 0 is a table as a whole. */
  number: number
  chunk?: Chunk
  /** What `Copying.read` gives, where it is read already. */
  lines?: AsyncIterable<Lines>
  progress(rows: number): void
}

/** The rows of one table on their way through one lane. */
export interface Copying {
  /** Whether rows go as row lines, which can be read ahead; what is transferred goes so only where the target refuses a row. */
  byLines: boolean
  /** The row lines of a chunk. */
  read(chunk: Chunk | undefined): AsyncGenerator<Lines>
  /** Copies rows in the current transaction of the lane; returns how many were written, and how many refused. */
  copy(part: Part): Promise<{ written: number; quarantined: number }>
}

export async function openCopying(
  { options, quarantine }: CopyContext,
  { source, target }: Lane,
  mapping: Mapping,
  signal: AbortSignal | undefined,
): Promise<Copying> {
  const { batchRows } = options
  const { sourceRelation: relation } = mapping
  const fields = loadFields(mapping)
  const columns = loadColumns(mapping)
  const { name } = mapping.target
  // A transfer has neither batches, nor a look at what is to be refused.
  const mayTransfer = batchRows === undefined && columns.every(({ screened }) => screened === undefined)
  const transfer = mayTransfer ? await target.openTransfer?.(source, relation, fields, name, columns) : null
  const pace = async (bytes: number) => options.pace?.(bytes, signal)

  /** What the source fails with is told apart from what the target refuses. */
  async function* read(chunk: Chunk | undefined): AsyncGenerator<Lines> {
    try {
      const rows = source.read({ ...relation, ...(chunk ? { chunk } : {}) }, fields, signal)
      for await (const piece of batchRows === undefined ? rows : inBatches(rows, batchRows)) {
        await pace(piece.bytes.length)
        yield piece
      }
    } catch (error) {
      throw source.failure(error, placeOf([mapping]))
    }
  }

  return {
    byLines: !transfer,
    read,
    async copy({ number, chunk, lines, progress }) {
      let quarantined = 0
      const loading: LoadOptions = {
        ...(batchRows === undefined ? {} : { batchRows }),
        reject(rejected) {
          quarantined++
          quarantine.add(mapping, number, rejected)
        },
        progress(rows) {
          reached('rows', mapping.table)
          progress(rows)
        },
        pace,
        ...(signal ? { signal } : {}),
      }
      const transferred = transfer ? await transfer(chunk, loading) : null
      const written = transferred ?? (await target.load(name, columns, lines ?? read(chunk), loading))
      return { written, quarantined }
    },
  }
}

/** For messages: `table "a", "b"`. */
export function placeOf(mappings: Mapping[]): string {
  return `table ${mappings.map(mapping => `"${mapping.table}"`).join(', ')}`
}

/** @throws {ParitygateError} data.unbalanced */
export function requireBalance(entry: LedgerEntry): void {
  if (balances(entry)) return
  const { table, read, written, quarantined, excluded } = entry
  throw new ParitygateError(
    'data.unbalanced',
    `${read} read, but ${written} written + ${quarantined} quarantined + ${excluded} excluded`,
    {
      where: `table "${table}"`,
    },
  )
}
