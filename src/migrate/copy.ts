import type { RejectedLine, Session, TableKey, TargetSession } from '../engines/port.ts'
import { ParitygateError } from '../model/error.ts'
import { balances, type CopiedRows, type FidelityNote, type LedgerEntry } from '../model/ledger.ts'
import type { Lines } from '../model/row-line.ts'
import { mappingFingerprint } from '../plan/fingerprint.ts'
import type { Mapping } from '../plan/mapping.ts'
import type { Store } from '../store/store.ts'
import { inBatches } from './batches.ts'
import { countSources, estimateSources } from './count-sources.ts'
import { createTables, finishCreatedTables } from './create-schema.ts'
import { loadColumns, loadFields } from './load-columns.ts'
import type { MigrateOptions } from './options.ts'
import {
  countWhereRemoved,
  keysToDefer,
  type PutOff,
  removeOrphans,
  requireRows,
  suspendKeys,
} from './orphans.ts'
import { quarantineRow } from './quarantine.ts'

export interface CopyContext {
  source: Session
  target: TargetSession
  store: Store
  run: number
  options: MigrateOptions
  /** Names of the enum types the target has by now. */
  enums: Set<string>
  /** Rows quarantined in the tables before this group. */
  rejectedBefore: number
}

export interface CopiedGroup {
  entries: LedgerEntry[]
  created: string[]
  fidelity: FidelityNote[]
}

/**
 * Copies tables that depend on each other, in one transaction: the rows of all of them are there afterwards, or none.
 * Missing tables are created in that transaction, or before it where creating one would end it. Those are dropped when the
 * copy fails; where the process dies they stay, empty, and the next run takes them for tables that exist.
 */
export async function copyGroup(context: CopyContext, group: Mapping[]): Promise<CopiedGroup> {
  const { target, store, run } = context
  const created: Mapping[] = []
  const deferring = keysToDefer(target, group)
  try {
    const fidelity = await beginWithTables(context, group, deferring.deferred, created)
    const totals = await estimateSources(context.source, group)
    const suspending = await suspendKeys(target, group, totals)
    const { entries, notes } =
      (suspending && (await copyRows(context, group, totals, suspending))) ??
      (await copyRows(context, group, totals, deferring))!
    for (const entry of entries) requireBalance(entry)
    await target.commit()
    for (const [index, entry] of entries.entries()) {
      store.markFinished(run, mappingFingerprint(group[index]!), entry)
    }
    return { entries, created: created.map(({ table }) => table), fidelity: [...fidelity, ...notes] }
  } catch (error) {
    await target.rollback().catch(() => {})
    await target.dropTables?.(created.map(mapping => mapping.target.name)).catch(() => {})
    for (const mapping of group) store.clearQuarantine(run, mapping.table)
    throw target.failure(error, placeOf(group))
  }
}

/** Begins the transaction, with the tables that are missing created. */
async function beginWithTables(
  { target, enums }: CopyContext,
  group: Mapping[],
  deferred: TableKey[],
  created: Mapping[],
): Promise<FidelityNote[]> {
  const create = () =>
    createTables(
      target,
      group.filter(mapping => mapping.toBeCreated),
      enums,
      mapping => created.push(mapping),
    )
  if (target.transactionalDdl) {
    await target.begin()
    return create()
  }
  // Keys are declared with their tables there, and those of a circle before what they refer to.
  await target.deferForeignKeys(deferred)
  const notes = await create()
  await target.begin()
  return notes
}

/** The rows of the group and all that follows them; null, with nothing done, where suspended keys cannot come back over them. */
async function copyRows(
  context: CopyContext,
  group: Mapping[],
  totals: (number | null)[],
  putOff: PutOff,
): Promise<{ entries: LedgerEntry[]; notes: FidelityNote[] } | null> {
  const { target, store, run } = context
  if (target.transactionalDdl) await target.deferForeignKeys(putOff.deferred)
  const rowsBefore = await countWhereRemoved(target, group, putOff.unchecked)
  const copied: CopiedRows[] = []
  for (const [index, mapping] of group.entries())
    copied.push(await copyTable(context, mapping, totals[index]!, copied))
  // The source has nothing else to do while the target builds its keys.
  const [counted, finished] = await Promise.allSettled([
    countSources(context.source, group),
    finishTables(context, group, copied, rowsBefore, putOff),
  ])
  if (finished.status === 'rejected') throw finished.reason
  if (counted.status === 'rejected') throw counted.reason
  const notes = finished.value
  if (notes === null) {
    for (const mapping of group) store.clearQuarantine(run, mapping.table)
    return null
  }
  const entries = copied.map(({ table, ...rows }, index): LedgerEntry => {
    return { table, ...counted.value[index]!, ...rows, status: 'copied' }
  })
  return { entries, notes }
}

/**
 * Everything a target needs once the rows are there: no orphans, its keys and indexes, its sequences. Null where the rows
 * have to be loaded again, with the keys in place.
 */
async function finishTables(
  context: CopyContext,
  group: Mapping[],
  copied: CopiedRows[],
  rowsBefore: Map<string, number>,
  { suspended, deferred, unchecked }: PutOff,
): Promise<FidelityNote[] | null> {
  const { target } = context
  const takeOrphansOut = async () => {
    let rejected = rejectedBefore(context, copied)
    await removeOrphans(target, group, unchecked, copied, (mapping, line) =>
      quarantineWithinLimit(context, mapping, line, ++rejected),
    )
    const after = await countWhereRemoved(target, group, unchecked)
    for (const [table, rows] of after) requireRows(copied, table, rows - rowsBefore.get(table)!)
  }
  if (suspended === null) {
    await takeOrphansOut()
    await target.restoreForeignKeys(deferred)
  } else if (!(await suspended.restore(takeOrphansOut))) return null
  const notes = await finishCreatedTables(
    target,
    group.filter(mapping => mapping.toBeCreated),
  )
  for (const mapping of group) await target.advanceSequences(mapping.target)
  return notes
}

/** @param copied the tables of the group that are copied already */
function rejectedBefore(context: CopyContext, copied: CopiedRows[]): number {
  return context.rejectedBefore + copied.reduce((sum, rows) => sum + rows.quarantined, 0)
}

/** @param rejected how many rows of all tables are in quarantine with this one */
function quarantineWithinLimit(
  context: CopyContext,
  mapping: Mapping,
  line: RejectedLine,
  rejected: number,
): void {
  quarantineRow(context, mapping, line)
  const limit = context.options.maxRejects ?? 0
  if (limit === 0 || rejected <= limit) return
  throw new ParitygateError(
    'target.refused',
    `more than ${limit} rows were refused; the last: ${line.reason}`,
    {
      where: placeOf([mapping]),
      hint: 'Mend the rows or the mapping, or raise --max-rejects (0 finishes every table and fails then).',
    },
  )
}

/** @param copiedBefore the tables of the group that are copied already */
async function copyTable(
  context: CopyContext,
  mapping: Mapping,
  total: number | null,
  copiedBefore: CopiedRows[],
): Promise<CopiedRows> {
  const { source, target, options } = context
  const started = performance.now()
  const { table } = mapping
  const before = rejectedBefore(context, copiedBefore)
  options.onProgress?.({ kind: 'table-started', phase: 'migrate', table, total })
  let quarantined = 0
  const reject = (rejected: RejectedLine) =>
    quarantineWithinLimit(context, mapping, rejected, before + ++quarantined)
  const columns = loadColumns(mapping)
  const { name } = mapping.target
  const { batchRows } = options
  const loading = {
    ...(batchRows === undefined ? {} : { batchRows }),
    reject,
    progress: (rows: number) => options.onProgress?.({ kind: 'rows', phase: 'migrate', table, rows, total }),
    ...(options.signal ? { signal: options.signal } : {}),
  }
  // A pipe has neither batches, nor a look at what is to be refused.
  const mayPipe = batchRows === undefined && columns.every(({ screened }) => screened === undefined)
  const piped = mayPipe
    ? await target.transfer?.(source, mapping.sourceRelation, loadFields(mapping), name, columns, loading)
    : null
  const written = piped ?? (await target.load(name, columns, readSource(context, mapping), loading))
  const ms = Math.round(performance.now() - started)
  options.onProgress?.({
    kind: 'table-finished',
    phase: 'migrate',
    table,
    rows: written,
    ms,
    ...(quarantined > 0 ? { note: `${quarantined} quarantined` } : {}),
  })
  return { table, written, quarantined, ms }
}

/** The source's rows; what it fails with is told apart from what the target refuses. */
async function* readSource({ source, options }: CopyContext, mapping: Mapping): AsyncGenerator<Lines> {
  try {
    const rows = source.read(mapping.sourceRelation, loadFields(mapping), options.signal)
    yield* options.batchRows === undefined ? rows : inBatches(rows, options.batchRows)
  } catch (error) {
    throw source.failure(error, placeOf([mapping]))
  }
}

/** For messages: `table "a", "b"`. */
function placeOf(mappings: Mapping[]): string {
  return `table ${mappings.map(mapping => `"${mapping.table}"`).join(', ')}`
}

/** Rows this run put into quarantine; those an earlier run left there do not count. */
export function rejectedIn(entries: LedgerEntry[]): number {
  return entries.reduce((sum, entry) => sum + (entry.status === 'copied' ? entry.quarantined : 0), 0)
}

function requireBalance(entry: LedgerEntry): void {
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
