import type { CopiedRows, FidelityNote, LedgerEntry } from '../model/ledger.ts'
import { reached } from '../model/steps.ts'
import { mappingFingerprint } from '../plan/fingerprint.ts'
import type { Mapping } from '../plan/mapping.ts'
import type { CopiedGroup, CopyContext } from './copy-context.ts'
import type { CopyRecord } from './copy-record.ts'
import { openCopying, placeOf, requireBalance } from './copy-rows.ts'
import { countSources } from './count-sources.ts'
import { createTables } from './create-schema.ts'
import { finishTables } from './finish-tables.ts'
import { inTransaction } from './journal.ts'
import { countWhereRemoved, keysToDefer, type PutOff, suspendKeys } from './orphans.ts'
import { keepKeys, recordBefore, requireStillEmpty } from './record.ts'
import { takeBegunBack } from './remove-copies.ts'

/**
 * Copies tables that depend on each other in one transaction, and marks them as finished in it: the rows of all of them are
 * there afterwards, or none. Missing tables are created in that transaction, or before it where creating one would end it;
 * the journal knows of those before they are there.
 */
export async function copyAtOnce(context: CopyContext, group: Mapping[]): Promise<CopiedGroup> {
  const { target, journal, store, run, quarantine, triggers } = context
  const deferring = keysToDefer(target, group)
  const created: Mapping[] = []
  let isCommitting = false
  const { entries, notes } = await written().catch(async (error: unknown) => {
    await target.rollback().catch(() => {})
    const failure = target.failure(error, placeOf(group))
    // Where nobody here knows whether the commit was taken, the target does.
    if (!isCommitting) {
      await forgetCreated(context, group, created).catch(() => {})
      await forgetBegun(context, group).catch(() => {})
    }
    throw failure
  })
  reached('table-committed', entries[0]!.table)
  for (const [index, entry] of entries.entries())
    store.markFinished(run, mappingFingerprint(group[index]!), entry)
  reached('recorded', entries[0]!.table)
  return { entries, created: created.map(({ table }) => table), fidelity: notes, notices: [] }

  async function written(): Promise<{ entries: LedgerEntry[]; notes: FidelityNote[] }> {
    const records: CopyRecord[] = []
    for (const mapping of group) records.push(await recordBefore(context, mapping))
    await recordBegun(context, group, records)
    const begin = async () => {
      const notes = await beginWithTables(context, group, records, deferring, created)
      // What an attempt left that was not committed.
      for (const { table } of group) quarantine.clear(table, null)
      await triggers.turnOff(target)
      return notes
    }
    let fidelity = await begin()
    const suspending = await suspendKeys(target, group, context.totals)
    let loaded = await load(context, group, suspending ?? deferring)
    if (loaded === null) {
      await target.rollback()
      fidelity = await begin()
      loaded = (await load(context, group, deferring))!
    }
    for (const [index, entry] of loaded.entries.entries()) {
      requireBalance(entry)
      const fingerprint = mappingFingerprint(group[index]!)
      const record = { ...records[index]!, entry }
      await journal.put(target, { table: entry.table, fingerprint, status: 'finished', record })
      reached('table-written', entry.table)
    }
    await triggers.turnOn(target)
    isCommitting = true
    await target.commit()
    return { entries: loaded.entries, notes: [...fidelity, ...loaded.notes] }
  }
}

/** What is to be known of tables even where the transaction is taken back. */
async function recordBegun(
  { target, journal }: CopyContext,
  group: Mapping[],
  records: CopyRecord[],
): Promise<void> {
  await inTransaction(journal, target, async () => {
    for (const [index, mapping] of group.entries()) {
      const record = records[index]!
      if (record.again || (record.counters.length === 0 && record.keysBefore === null)) continue
      const copy = { table: mapping.table, fingerprint: mappingFingerprint(mapping), record }
      await journal.put(target, { ...copy, status: 'begun' })
    }
  })
}

async function forgetBegun({ target, journal }: CopyContext, group: Mapping[]): Promise<void> {
  const begun = (await journal.copies()).filter(
    ({ table, status }) => status === 'begun' && group.some(mapping => mapping.table === table),
  )
  await takeBegunBack(journal, target, begun)
}

/** Begins the transaction, with the tables that are missing created. */
async function beginWithTables(
  { target, journal, known }: CopyContext,
  group: Mapping[],
  records: CopyRecord[],
  { deferred }: PutOff,
  created: Mapping[],
): Promise<FidelityNote[]> {
  const missing = group.filter(mapping => mapping.toBeCreated)
  const keep = async () => {
    for (const [index, mapping] of group.entries()) await keepKeys(target, mapping, records[index]!)
  }
  const create = () =>
    createTables(
      target,
      missing,
      known,
      made => journal.addMade(target, made),
      mapping => created.push(mapping),
    )
  created.length = 0
  let notes: FidelityNote[]
  if (target.transactionalDdl) {
    await target.begin()
    await journal.requireHold(target)
    notes = await create()
    await keep()
  } else {
    for (const [index, mapping] of group.entries()) {
      if (!mapping.toBeCreated) continue
      const { table } = mapping
      const copy = { table, fingerprint: mappingFingerprint(mapping), record: records[index]! }
      await journal.put(target, { ...copy, status: 'creating' })
      reached('creating', table)
    }
    await keep()
    // Keys are declared with their tables there, and those of a circle before what they refer to.
    await target.deferForeignKeys(deferred)
    notes = await create()
    await target.begin()
    await journal.requireHold(target)
  }
  for (const [index, mapping] of group.entries()) await requireStillEmpty(target, mapping, records[index]!)
  reached('prepared', group[0]!.table)
  return notes
}

/** Where the transaction did not take them back; one that somebody else made meanwhile is theirs. */
async function forgetCreated(
  { target, journal }: CopyContext,
  group: Mapping[],
  created: Mapping[],
): Promise<void> {
  if (target.transactionalDdl) return
  await target.dropTables(created.map(mapping => mapping.target.name))
  for (const { table, toBeCreated } of group) if (toBeCreated) await journal.remove(target, table)
}

/** The rows of the group and all that follows them; null where suspended keys cannot come back over them. */
async function load(
  context: CopyContext,
  group: Mapping[],
  putOff: PutOff,
): Promise<{ entries: LedgerEntry[]; notes: FidelityNote[] } | null> {
  const { target } = context
  if (target.transactionalDdl) await target.deferForeignKeys(putOff.deferred)
  const rowsBefore = await countWhereRemoved(target, group, putOff.unchecked)
  const copied: CopiedRows[] = []
  for (const mapping of group) copied.push(await copyTable(context, mapping))
  reached('finishing', group[0]!.table)
  // The source has nothing else to do while the target builds its keys.
  const [counted, finished] = await Promise.allSettled([
    countSources(context.source, group),
    finishTables(context, group, copied, rowsBefore, putOff),
  ])
  if (finished.status === 'rejected') throw finished.reason
  if (counted.status === 'rejected') throw counted.reason
  if (finished.value === null) return null
  const entries = copied.map(({ table, ...rows }, index): LedgerEntry => {
    return { table, ...counted.value[index]!, ...rows, status: 'copied' }
  })
  return { entries, notes: finished.value }
}

async function copyTable(context: CopyContext, mapping: Mapping): Promise<CopiedRows> {
  const { source, target, options, totals } = context
  const { table } = mapping
  const total = totals.get(table)!
  const started = performance.now()
  options.onProgress?.({ kind: 'table-started', phase: 'migrate', table, total })
  const progress = (rows: number) =>
    options.onProgress?.({ kind: 'rows', phase: 'migrate', table, rows, total })
  const copying = await openCopying(context, { source, target }, mapping, options.signal)
  const { written, quarantined } = await copying.copy({ number: 0, progress })
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
