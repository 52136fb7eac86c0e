import { compare } from '../compare/compare.ts'
import { pairOf } from '../compare/mapping-pair.ts'
import type { TargetSession } from '../engines/port/target-session.ts'
import type { ParitygateError } from '../model/error.ts'
import type { CopiedRows } from '../model/ledger.ts'
import { redactKey } from '../model/redact.ts'
import { decodeLine } from '../model/row-line.ts'
import { reached } from '../model/steps.ts'
import { mappingFingerprint } from '../plan/fingerprint.ts'
import type { Mapping } from '../plan/mapping.ts'
import { CHUNK_ROWS, cutsOf } from './chunks.ts'
import type { CopiedGroup, CopyContext } from './copy-context.ts'
import type { Checkpoint, Copy, CopyRecord } from './copy-record.ts'
import { placeOf, requireBalance } from './copy-rows.ts'
import { countSources } from './count-sources.ts'
import { createTables } from './create-schema.ts'
import { finishTables } from './finish-tables.ts'
import { loadChunks } from './load-chunks.ts'
import { keysToDefer, putOffOf, suspendKeys } from './orphans.ts'
import { recordBefore, requireStillEmpty } from './record.ts'
import { removeCopies, requireOnlyOurs } from './remove-copies.ts'
import { saveOthers } from './save-others.ts'

/**
 * Copies a large table chunk by chunk, each in a transaction of its own that also holds its checkpoint, several at a time;
 * goes on where an earlier run was interrupted. Null where the table is to be copied all at once.
 */
export async function copyInChunks(context: CopyContext, mapping: Mapping): Promise<CopiedGroup | null> {
  const unfinished = context.unfinished.get(mapping.table)
  context.unfinished.delete(mapping.table)
  try {
    const copy = unfinished
      ? await resume(context, mapping, unfinished)
      : await begin(context, mapping, { suspend: true })
    return copy && (await copyFrom(context, mapping, copy))
  } catch (error) {
    await context.target.rollback().catch(() => {})
    const failure = context.target.failure(error, placeOf([mapping]))
    if (!isInterruption(failure)) await takeBack(context, mapping).catch(() => {})
    throw failure
  }
}

/** After these the same command goes on; after anything else the table would only fail again. */
function isInterruption({ code, transient }: ParitygateError): boolean {
  return (
    transient ||
    ['interrupted', 'connection.lost', 'plan.held', 'rollback.changing', 'rollback.export-failed'].includes(
      code,
    )
  )
}

async function copyFrom(context: CopyContext, mapping: Mapping, copy: Copy): Promise<CopiedGroup | null> {
  const started = performance.now()
  const { target } = context
  await loadChunks(context, mapping, copy)
  const notices: string[] = []
  if (copy.record.resumed > 0) {
    const difference = await differenceFromSource(context, mapping)
    if (difference !== null) {
      const saved = await saveOthers(context, mapping, copy)
      await takeBack(context, mapping, saved.requireSame)
      const again = `"${mapping.table}" was interrupted, and ${difference} (begun ${copy.record.startedAt}): it was copied again from the start`
      return addNotice(await beginAgain(context, mapping, { suspend: true }), again, ...saved.notices)
    }
    notices.push(
      `"${mapping.table}" went on after an interruption; what had been copied since ${copy.record.startedAt} was compared with the source as it is now, and is the same`,
    )
  }
  const finished = await finish(context, mapping, copy, started)
  if (finished !== null) return { ...finished, notices }
  await target.rollback()
  await takeBack(context, mapping)
  return addNotice(await beginAgain(context, mapping, { suspend: false }), ...notices)
}

function addNotice(group: CopiedGroup | null, ...notices: string[]): CopiedGroup | null {
  return group && { ...group, notices: [...notices, ...group.notices] }
}

async function beginAgain(
  context: CopyContext,
  mapping: Mapping,
  options: { suspend: boolean },
): Promise<CopiedGroup | null> {
  const copy = await begin(context, mapping, options)
  return copy && copyFrom(context, mapping, copy)
}

/** Makes the table ready for its first chunk; null, with nothing done, where it is not to be copied in chunks. */
async function begin(
  context: CopyContext,
  mapping: Mapping,
  { suspend }: { suspend: boolean },
): Promise<Copy | null> {
  const { source, target, journal, options, known, triggers, totals } = context
  const total = totals.get(mapping.table) ?? 0
  const cuts = await cutsOf(source, mapping, total, options.chunkRows ?? CHUNK_ROWS)
  const before = cuts && (await recordBefore(context, mapping))
  // What is taken back of one that is copied again would be the earlier copy's, too.
  if (!cuts || !before || before.rowsBefore > 0 || before.again) return null
  const fingerprint = mappingFingerprint(mapping)
  const copyOf = (record: CopyRecord, status: Copy['status']): Copy => {
    return { table: mapping.table, fingerprint, status, record }
  }
  let isCreated = false
  const create = () =>
    createTables(
      target,
      mapping.toBeCreated ? [mapping] : [],
      known,
      made => journal.addMade(target, made),
      () => {
        isCreated = true
      },
    )
  const putOff = keysToDefer(target, [mapping])
  let record: CopyRecord = { ...before, ...cuts }
  if (!target.transactionalDdl) {
    if (putOff.unchecked.length > 0) return null
    await journal.put(target, copyOf(record, 'creating'))
    reached('creating', mapping.table)
    await target.deferForeignKeys(putOff.deferred)
    const notes = await create().catch(async (error: unknown) => {
      // Somebody else has made it meanwhile: it is theirs.
      if (!isCreated) await journal.remove(target, mapping.table)
      throw error
    })
    record = { ...record, notes }
    await target.restoreForeignKeys(putOff.deferred)
    await target.begin()
    await journal.requireHold(target)
    await requireStillEmpty(target, mapping, record)
  } else {
    await target.begin()
    await journal.requireHold(target)
    await requireStillEmpty(target, mapping, record)
    record = { ...record, notes: await create() }
    await triggers.turnOff(target)
    const suspending = suspend ? await suspendKeys(target, [mapping], totals) : null
    if (suspending === null && putOff.unchecked.length > 0) {
      await target.rollback()
      return null
    }
    await triggers.turnOn(target)
    record = { ...record, suspended: suspending?.suspended ?? null }
  }
  const copy = copyOf(record, 'loading')
  await journal.put(target, copy)
  await target.commit()
  context.options.begun?.add(mapping.table)
  reached('prepared', mapping.table)
  return copy
}

/** What an earlier run has begun, as far as it can be gone on with. */
async function resume(context: CopyContext, mapping: Mapping, unfinished: Copy): Promise<Copy | null> {
  const { target, journal, store, options } = context
  const isSame = unfinished.fingerprint === mappingFingerprint(mapping)
  const kept = store.quarantinedIn(mapping.table)
  const checkpoints = await journal.checkpoints(mapping.table)
  const isKept =
    checkpoints.every(({ chunk, quarantined }) => (kept.get(chunk) ?? 0) === quarantined) &&
    (await isStillThere(target, mapping, checkpoints))
  // What an attempt of this run has begun is not what it was told to empty.
  const isEmptied = options.existingRows === 'truncate' && !options.begun?.has(mapping.table)
  if (!isSame || !isKept || isEmptied) {
    await takeBack(context, mapping)
    return begin(context, mapping, { suspend: true })
  }
  const record = { ...unfinished.record, resumed: unfinished.record.resumed + 1 }
  const copy = { ...unfinished, record }
  await target.begin()
  await journal.requireHold(target)
  await journal.put(target, copy)
  await target.commit()
  return copy
}

/** Who is told that others have written into a table empties it. */
async function isStillThere(
  target: TargetSession,
  mapping: Mapping,
  checkpoints: Checkpoint[],
): Promise<boolean> {
  if (checkpoints.every(({ written }) => written === 0)) return true
  return (await target.query(`SELECT 1 AS one FROM ${mapping.targetName} LIMIT 1`)).length > 0
}

/** Keys, counters and the ledger, in one transaction; null where the keys cannot come back over these rows. */
async function finish(
  context: CopyContext,
  mapping: Mapping,
  copy: Copy,
  started: number,
): Promise<Omit<CopiedGroup, 'notices'> | null> {
  const { source, target, journal, store, run, quarantine, triggers } = context
  const { table } = mapping
  const { record } = copy
  const checkpoints = await journal.checkpoints(table)
  const sum = (of: (checkpoint: Checkpoint) => number) =>
    checkpoints.reduce((all, checkpoint) => all + of(checkpoint), 0)
  const copied: CopiedRows = {
    table,
    written: sum(({ written }) => written),
    quarantined: sum(({ quarantined }) => quarantined),
    ms: 0,
  }
  await target.begin()
  await journal.requireHold(target)
  quarantine.clear(table, 0)
  await triggers.turnOff(target)
  reached('finishing', table)
  // The source has nothing else to do while the target builds its keys.
  const [counted, finished] = await Promise.allSettled([
    countSources(source, [mapping]),
    finishTables(context, [mapping], [copied], new Map([[table, 0]]), putOffOf(target, mapping, record)),
  ])
  if (finished.status === 'rejected') throw finished.reason
  if (counted.status === 'rejected') throw counted.reason
  if (finished.value === null) return null
  const ms = Math.round(performance.now() - started)
  const entry = { ...copied, ...counted.value[0]!, ms, status: 'copied' as const }
  requireBalance(entry)
  const left = { ...record, suspended: null, cuts: [], cutBy: null, entry }
  await journal.put(target, { ...copy, status: 'finished', record: left })
  await triggers.turnOn(target)
  reached('table-written', table)
  await target.commit()
  reached('table-committed', table)
  store.markFinished(run, copy.fingerprint, entry)
  reached('recorded', table)
  context.options.onProgress?.({
    kind: 'table-finished',
    phase: 'migrate',
    table,
    rows: entry.written,
    ms,
    ...(entry.quarantined > 0 ? { note: `${entry.quarantined} quarantined` } : {}),
  })
  return {
    entries: [entry],
    created: mapping.toBeCreated ? [table] : [],
    fidelity: [...record.notes, ...finished.value],
  }
}

/** Why the target cannot be said to hold what the source holds now, but for the rows that are in quarantine; null where it does. */
async function differenceFromSource(
  { source, target, store, options }: CopyContext,
  mapping: Mapping,
): Promise<string | null> {
  const pair = pairOf(mapping)
  const missing: string[] = []
  const { extra, changed } = await compare(source, target, pair, {
    onDifference: ({ kind, source: line }) => {
      if (kind === 'missing') missing.push(keyOf(mapping, line!))
    },
    ...(options.signal ? { signal: options.signal } : {}),
  })
  const refused = [...store.quarantinedSoFar(mapping.table)].map(({ key }) =>
    JSON.stringify(mapping.key.map(name => key[name] ?? null)),
  )
  if (mapping.key.length === 0 && refused.length > 0)
    return 'without a key nobody can say which of its rows are those in quarantine'
  const isSame = extra + changed === 0 && String(missing.sort()) === String(refused.sort())
  return isSame ? null : 'what had been copied does not agree with the source as it is now'
}

/** The key of a row line, as quarantine shows it. */
function keyOf({ key, columns }: Mapping, line: string): string {
  const values = decodeLine(Buffer.from(line, 'latin1')).slice(0, key.length)
  const isRedacted = (name: string) => columns.find(column => column.name === name)!.redacted
  return JSON.stringify(values.map((value, index) => (isRedacted(key[index]!) ? redactKey(value) : value)))
}

/**
 * Takes away what was copied of an unfinished table.
 *
 * @throws {ParitygateError} target.not-empty, with nothing done, where others have written into it
 */
async function takeBack(
  { target, journal, quarantine }: CopyContext,
  { table }: Mapping,
  requireSame: (target: TargetSession) => Promise<void> = async () => {},
): Promise<void> {
  const copy = (await journal.copies()).find(one => one.table === table && one.status !== 'finished')
  if (!copy) return
  await removeCopies(
    journal,
    () => target,
    [copy],
    async () => {
      await requireOnlyOurs(journal, target, copy)
      await requireSame(target)
    },
  )
  quarantine.clear(table, null)
}
