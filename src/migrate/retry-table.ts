import type { Field } from '../engines/port/rows.ts'
import type { Session } from '../engines/port/session.ts'
import type { TargetSession } from '../engines/port/target-session.ts'
import { throwIfAborted } from '../model/error.ts'
import { balances, type LedgerEntry } from '../model/ledger.ts'
import type { OnProgress } from '../model/progress.ts'
import type { Lines } from '../model/row-line.ts'
import { reached } from '../model/steps.ts'
import { tellingColumns } from '../plan/key.ts'
import type { Mapping } from '../plan/mapping.ts'
import type { Store } from '../store/store.ts'
import type { Copy } from './copy-record.ts'
import { placeOf, requireBalance } from './copy-rows.ts'
import { countSources } from './count-sources.ts'
import type { Journal } from './journal.ts'
import { loadColumns, loadFields } from './load-columns.ts'
import { Quarantine } from './quarantine.ts'
import { triggersOff, withTriggersOff } from './triggers-off.ts'
import { WantedRows } from './wanted-rows.ts'

export interface RetryContext {
  source: Session
  target: TargetSession
  journal: Journal
  store: Store
  run: number
  onProgress?: OnProgress | undefined
  signal?: AbortSignal | undefined
}

/** What became of the quarantined rows of a table; those of `entry.quarantined` stay. */
export interface RetriedTable {
  table: string
  loaded: number
  /** Rows the source has no more. */
  gone: number
  entry: LedgerEntry
  notices: string[]
}

/**
 * Loads the quarantined rows of a finished table, as the source has them now. Rows and ledger are one transaction of the target;
 * what it refuses again is put into the state before, under the number of this retry, and counts from the moment the state has
 * the ledger. Where the process dies between both, the ledger of the target says which rows count.
 *
 * @param isKeyKept the plan makes rows as it did when they were refused
 */
export async function retryTable(
  context: RetryContext,
  mapping: Mapping,
  copy: Copy,
  isKeyKept: boolean,
): Promise<RetriedTable> {
  const { source, target, journal, store, run, onProgress } = context
  const { table } = mapping
  const started = performance.now()
  const before = copy.record.entry!
  const retry = (before.retries ?? 0) + 1
  const say = (rows: number) =>
    onProgress?.({ kind: 'rows', phase: 'retry', table, rows, total: before.quarantined })
  onProgress?.({ kind: 'table-started', phase: 'retry', table, total: before.quarantined })
  store.clearQuarantine(table, -retry)
  const wanted = new WantedRows(target, mapping, store.quarantined(table))
  for await (const piece of readSource(context, mapping)) wanted.see(piece, 'found')
  const triggers = await triggersOff(context, [mapping])
  return withTriggersOff(triggers, async () => {
    try {
      await target.begin()
      await journal.requireHold(target)
      if (!isKeyUnique(mapping))
        for await (const piece of readTarget(target, mapping)) wanted.see(piece, 'held')
      wanted.decide({ isKeyKept })
      await triggers.turnOff(target)
      const counted = wanted.gone + wanted.unsure > 0 ? (await countSources(source, [mapping]))[0]! : null
      const gone = wanted.gone + wanted.unsure
      const withCounts = { ...before, ...counted, quarantined: before.quarantined - gone }
      const areGone = counted !== null && balances(withCounts)
      const staying = [...wanted.stayingOf(store.quarantined(table), areGone)]
      for (const row of staying) store.quarantine(-retry, row)
      const quarantine = new Quarantine(store, 0)
      let quarantined = staying.length
      const rows = picked(readSource(context, mapping), wanted)
      const loaded = await target.load(mapping.target.name, loadColumns(mapping), rows, {
        reject(line) {
          quarantined++
          quarantine.add(mapping, -retry, line)
        },
        progress(written) {
          reached('rows', table)
          say(written)
        },
        ...(context.signal ? { signal: context.signal } : {}),
      })
      await target.advanceSequences(mapping.target)
      const left = areGone ? gone : wanted.gone
      const { sources, ...rest } = before
      const entry: LedgerEntry = {
        ...rest,
        // What is known of the parts of a union is not which of them a row has left.
        ...(sources && left === 0 ? { sources } : {}),
        read: before.read - left,
        ...(areGone ? counted : {}),
        written: before.written + loaded,
        quarantined,
        retries: retry,
        status: 'copied',
      }
      requireBalance(entry)
      await journal.put(target, { ...copy, record: { ...copy.record, entry } })
      await triggers.turnOn(target)
      reached('retry-written', table)
      await target.commit()
      reached('retry-committed', table)
      store.markFinished(run, copy.fingerprint, entry)
      reached('recorded', table)
      const ms = Math.round(performance.now() - started)
      const note = quarantined > 0 ? { note: `${quarantined} quarantined` } : {}
      onProgress?.({ kind: 'table-finished', phase: 'retry', table, rows: loaded, ms, ...note })
      const notices = left > 0 && !areGone ? [countsNotice(mapping, entry, counted!)] : []
      return { table, loaded, gone: left, entry, notices }
    } catch (error) {
      await target.rollback().catch(() => {})
      throw target.failure(error, placeOf([mapping]))
    }
  })
}

function countsNotice(
  { table }: Mapping,
  { written, quarantined }: LedgerEntry,
  { read, excluded }: { read: number; excluded: number },
): string {
  return `"${table}": the source has ${read - excluded} rows now, and the ledger accounts for ${written + quarantined}: rows were written since, or the key of one that was refused has changed; verify names what is missing`
}

/** Whether the target lets no second row of a key in, NULL or not. */
function isKeyUnique({ key, target }: Mapping): boolean {
  return tellingColumns(target).some(columns => columns.every(column => key.includes(column)))
}

/** The source's rows as migrate would load them. */
async function* readSource({ source, signal }: RetryContext, mapping: Mapping): AsyncGenerator<Lines> {
  try {
    for await (const piece of source.read(mapping.sourceRelation, loadFields(mapping), signal)) {
      throwIfAborted(signal)
      yield piece
    }
  } catch (error) {
    throw source.failure(error, placeOf([mapping]))
  }
}

function readTarget(target: TargetSession, mapping: Mapping): AsyncIterable<Lines> {
  const fields = loadColumns(mapping).map(({ name, type, native }): Field => {
    const own = mapping.columns.find(column => column.name === name)!.targetType
    return { expression: target.dialect.quote(name), own, type, ...(native ? { native } : {}) }
  })
  return target.read({ from: mapping.targetName, rowid: null, where: null }, fields)
}

async function* picked(pieces: AsyncIterable<Lines>, wanted: WantedRows): AsyncGenerator<Lines> {
  for await (const piece of pieces) {
    const lines = wanted.pick(piece)
    if (lines !== null) yield lines
  }
}
