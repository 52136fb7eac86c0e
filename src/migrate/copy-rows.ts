import type { LoadOptions, Relation } from '../engines/port/rows.ts'
import { ParitygateError } from '../model/error.ts'
import { balances, type LedgerEntry } from '../model/ledger.ts'
import type { Lines } from '../model/row-line.ts'
import { reached } from '../model/steps.ts'
import type { Mapping } from '../plan/mapping.ts'
import { inBatches } from './batches.ts'
import type { CopyContext, Lane } from './copy-context.ts'
import { loadColumns, loadFields } from './load-columns.ts'
import type { Attempt } from './options.ts'

/** Rows of one table that are copied in one transaction. */
export interface Part {
  /** As quarantine and journal count it; 0 is a table as a whole. */
  chunk: number
  relation: Relation
  progress(rows: number): void
}

/** Copies rows in the current transaction of the lane; returns how many were written, and how many refused. */
export async function copyRows(
  { options, quarantine }: CopyContext,
  lane: Lane,
  mapping: Mapping,
  { chunk, relation, progress }: Part,
  signal: AbortSignal | undefined,
): Promise<{ written: number; quarantined: number }> {
  const { source, target } = lane
  const { batchRows } = options
  const columns = loadColumns(mapping)
  const { name } = mapping.target
  let quarantined = 0
  const loading: LoadOptions = {
    ...(batchRows === undefined ? {} : { batchRows }),
    reject(rejected) {
      quarantined++
      quarantine.add(mapping, chunk, rejected)
    },
    progress(rows) {
      reached('rows', mapping.table)
      progress(rows)
    },
    pace: async bytes => options.pace?.(bytes, signal),
    ...(signal ? { signal } : {}),
  }
  // A pipe has neither batches, nor a look at what is to be refused.
  const mayPipe = batchRows === undefined && columns.every(({ screened }) => screened === undefined)
  const piped = mayPipe
    ? await target.transfer?.(source, relation, loadFields(mapping), name, columns, loading)
    : null
  const rows = readSource(lane, mapping, relation, options, signal)
  const written = piped ?? (await target.load(name, columns, rows, loading))
  return { written, quarantined }
}

/** The source's rows; what it fails with is told apart from what the target refuses. */
async function* readSource(
  { source }: Lane,
  mapping: Mapping,
  relation: Relation,
  { batchRows, pace }: Attempt,
  signal: AbortSignal | undefined,
): AsyncGenerator<Lines> {
  try {
    const rows = source.read(relation, loadFields(mapping), signal)
    for await (const piece of batchRows === undefined ? rows : inBatches(rows, batchRows)) {
      await pace?.(piece.bytes.length, signal)
      yield piece
    }
  } catch (error) {
    throw source.failure(error, placeOf([mapping]))
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
