import { compare } from '../compare/compare.ts'
import { pairOf } from '../compare/mapping-pair.ts'
import type { TargetSession } from '../engines/port/target-session.ts'
import { ParitygateError, throwIfAborted } from '../model/error.ts'
import type { LedgerEntry, MigrateResult } from '../model/ledger.ts'
import type { OnProgress } from '../model/progress.ts'
import { coverageOf } from '../plan/coverage.ts'
import { dataProblems } from '../plan/data-problems.ts'
import { mappingFingerprint, planFingerprint } from '../plan/fingerprint.ts'
import type { Plan } from '../plan/load-plan.ts'
import type { Mapping } from '../plan/mapping.ts'
import { loadOrder } from '../plan/order.ts'
import type { Pair } from '../plan/pair.ts'
import { requireNoProblems } from '../plan/resolve.ts'
import { sqlProblems } from '../plan/sql-problems.ts'
import type { Store } from '../store/store.ts'
import type { Copy } from './copy-record.ts'
import { withHeldPair } from './held-pair.ts'
import { adopt, type HeldTarget, isKnownAsFinished, unrecorded } from './held-target.ts'
import { alreadyFinished, planFile } from './migrate.ts'
import { timeLimits } from './options.ts'
import { requireWritable } from './preflight.ts'
import { writeQuarantineFile } from './quarantine.ts'
import { type RetriedTable, type RetryContext, retryTable } from './retry-table.ts'
import { select } from './selection.ts'

export interface RetryOptions {
  /** Only these tables. */
  tables?: string[]
  /** As `MigrateOptions` have them. */
  lockTimeoutMs?: number | undefined
  statementTimeoutMs?: number | undefined
  onProgress?: OnProgress
  signal?: AbortSignal
}

export interface RetryResult {
  /** `rejected` where rows stay in quarantine. */
  status: MigrateResult['status']
  tables: Pick<RetriedTable, 'table' | 'loaded' | 'gone' | 'entry'>[]
  notices: string[]
  /** As `MigrateResult` has it. */
  quarantine_file: string | null
}

/**
 * Loads quarantined rows again, from the source as it is now and by the plan as it is now, and takes those that fit out of
 * quarantine; parents before what refers to them. For gate and report it is a migrate: its ledger is that of all tables, and
 * older evidence is stale.
 *
 * @throws {ParitygateError} retry.impossible, before anything is written
 */
export function retryQuarantine(plan: Plan, store: Store, options: RetryOptions = {}): Promise<RetryResult> {
  const open = { create: false, jobs: 1, signal: options.signal, limits: timeLimits(options) }
  return withHeldPair(plan, 'quarantine retry', open, (pair, held) =>
    retryPair({ pair, held, store, options }),
  )
}

interface Retry {
  pair: Pair<TargetSession>
  held: HeldTarget
  store: Store
  options: RetryOptions
}

async function retryPair(retry: Retry): Promise<RetryResult> {
  const { pair, held, store, options } = retry
  const { source, resolved, problems } = pair
  requireNoProblems(problems)
  const { mappings } = select(resolved, options.tables ? { only: options.tables } : {})
  const copyOf = ({ table }: Mapping) => held.copies.find(copy => copy.table === table)
  requireRetriable(retry, mappings)
  const due = mappings.filter(mapping => isDue(mapping, copyOf(mapping)))
  await requireWritable(pair, { mappings: due, work: [] }, false)
  requireNoProblems(await sqlProblems(source, { ...resolved, mappings: due }))
  requireNoProblems(await dataProblems(source, { ...resolved, mappings: due }, resolved.mappings))
  const finished = resolved.mappings.filter(mapping => isKnownAsFinished(store, held.copies, mapping))
  const behind = unrecorded(store, held.copies, finished)
  if (due.length + behind.length === 0 && store.lastFailure('migrate') === null)
    return { status: 'nothing to do', tables: [], notices: [], quarantine_file: null }
  const run = store.startRun('migrate', planFingerprint(resolved.plan))
  try {
    for (const mapping of behind) adopt(store, run, held.copies, mapping)
    const retried = await retryTables(retry, run, due)
    return finish(retry, run, finished, retried)
  } catch (error) {
    store.abandonRun(run, (error as Error).message)
    throw error
  }
}

/** Rows are in quarantine, or it is not known yet whether rows copied by an earlier plan are as the present one makes them. */
function isDue(mapping: Mapping, copy: Copy | undefined): boolean {
  const entry = copy?.record.entry
  if (!entry) return false
  return (
    entry.quarantined > 0 || (entry.retries !== undefined && copy.fingerprint !== mappingFingerprint(mapping))
  )
}

/** @throws {ParitygateError} retry.impossible */
function requireRetriable({ held, store, options }: Retry, mappings: Mapping[]): void {
  const obstacles = mappings.flatMap(mapping => {
    const { table } = mapping
    const copy = held.copies.find(one => one.table === table)
    if (copy?.status !== 'finished' || mapping.toBeCreated) {
      const isAsked = options.tables !== undefined || store.quarantinedIn(table).size > 0
      if (!isAsked) return []
      return copy === undefined && isKnownAsFinished(store, held.copies, mapping)
        ? [`"${table}": the target does not know how its rows came there`]
        : [`"${table}" is not finished: run paritygate migrate first`]
    }
    const { quarantined, retries = 0 } = copy.record.entry!
    const known = [...store.quarantinedIn(table)].reduce(
      (sum, [chunk, rows]) => sum + (Math.max(-chunk, 0) === retries ? rows : 0),
      0,
    )
    if (known === quarantined) return []
    return [`"${table}": ${quarantined} rows are in quarantine, and this state knows ${known} of them`]
  })
  if (obstacles.length > 0) throw new ParitygateError('retry.impossible', obstacles.join('\n  '))
}

/** Each table as often as rows it refers to have been loaded since; by table. */
async function retryTables(
  { pair, held, store, options }: Retry,
  run: number,
  mappings: Mapping[],
): Promise<Map<string, RetriedTable>> {
  const order = loadOrder(mappings).flat()
  const copies = new Map(held.copies.map(copy => [copy.table, copy]))
  const retried = new Map<string, RetriedTable>()
  const due = new Set(order)
  for (;;) {
    const mapping = order.find(one => due.has(one))
    if (mapping === undefined) break
    throwIfAborted(options.signal)
    due.delete(mapping)
    const copy = copies.get(mapping.table)!
    const { onProgress, signal } = options
    const { source } = pair
    const context = {
      source,
      target: pair.targetOf(mapping),
      journal: held.journal,
      store,
      run,
      onProgress,
      signal,
    }
    const one = await retryOrProve(context, mapping, copy)
    copies.set(mapping.table, { ...copy, record: { ...copy.record, entry: one.entry } })
    const earlier = retried.get(mapping.table)
    retried.set(mapping.table, {
      ...one,
      loaded: one.loaded + (earlier?.loaded ?? 0),
      gone: one.gone + (earlier?.gone ?? 0),
      notices: [...new Set([...(earlier?.notices ?? []), ...one.notices])],
    })
    if (one.loaded === 0) continue
    for (const other of order) {
      const isLeft = (retried.get(other.table)?.entry.quarantined ?? 0) > 0
      if (isLeft && refersTo(other, mapping)) due.add(other)
    }
  }
  for (const mapping of order) {
    const one = retried.get(mapping.table)!
    const context = { source: pair.source, target: pair.targetOf(mapping), journal: held.journal, store, run }
    const notice = await renewFingerprint(
      { ...context, signal: options.signal },
      mapping,
      copies.get(mapping.table)!,
    )
    if (notice !== null) one.notices.push(notice)
  }
  return retried
}

async function retryOrProve(context: RetryContext, mapping: Mapping, copy: Copy): Promise<RetriedTable> {
  const { table } = mapping
  const entry = copy.record.entry!
  if (entry.quarantined === 0) return { table, loaded: 0, gone: 0, entry, notices: [] }
  return retryTable(context, mapping, copy, copy.fingerprint === mappingFingerprint(mapping))
}

function refersTo({ schema, target }: Mapping, parent: Mapping): boolean {
  return (
    schema === parent.schema &&
    target.foreignKeys.some(({ referencedTable }) => referencedTable === parent.target.name)
  )
}

/**
 * Other rows of the table were copied as an earlier plan made them. It counts as copied by the present one only where all
 * of them are what that makes of the source; else it keeps the fingerprint of the earlier one, so that migrate and the phases
 * after it go on to say that it has to be copied again.
 *
 * @returns what is to be said of a table that keeps it
 */
async function renewFingerprint(
  { source, target, journal, store, run, signal }: RetryContext,
  mapping: Mapping,
  copy: Copy,
): Promise<string | null> {
  const fingerprint = mappingFingerprint(mapping)
  const entry = copy.record.entry!
  if (copy.fingerprint === fingerprint) return null
  const found = await compare(source, target, pairOf(mapping), signal ? { signal } : {})
  const { missing, extra, changed } = found
  if (extra + changed > 0 || missing !== entry.quarantined)
    return `"${mapping.table}" was copied before the plan changed, and not all of its rows are as the plan has them now (${missing} missing, ${extra} extra, ${changed} changed): copy it again with migrate --truncate --only ${mapping.table}`
  await target.begin()
  await journal.requireHold(target)
  await journal.put(target, { ...copy, fingerprint })
  await target.commit()
  store.markFinished(run, fingerprint, entry)
  return `"${mapping.table}" was copied before the plan changed; all of its rows were compared with the source, and are as the plan has them now`
}

function finish(
  { pair, store }: Retry,
  run: number,
  finished: Mapping[],
  retried: Map<string, RetriedTable>,
): RetryResult {
  const { plan } = pair.resolved
  const entryOf = alreadyFinished(store)
  const tables = finished.map((mapping): LedgerEntry => {
    const one = retried.get(mapping.table)
    return one ? { ...one.entry, status: 'retried' } : entryOf(mapping)
  })
  const refused = tables.filter(({ table, quarantined }) => quarantined > 0 && retried.has(table))
  const status = tables.some(({ quarantined }) => quarantined > 0) ? 'rejected' : 'finished'
  const notices = [
    ...new Set(
      [...retried.values()].flatMap(one => one.notices).concat(pair.source.notices, pair.target.notices),
    ),
  ]
  const quarantine_file =
    refused.length > 0
      ? writeQuarantineFile(
          store,
          run,
          refused.map(({ table }) => table),
        )
      : null
  const earlier = store.latest('migrate')?.result
  store.finishRun(run, {
    status,
    tables,
    work: (earlier?.work ?? []).map(one => ({ ...one, status: 'already finished' as const })),
    plan_file: planFile(plan),
    // What was made, and how, is as it was.
    created: earlier?.created ?? [],
    fidelity: earlier?.fidelity ?? [],
    notices,
    quarantine_file,
    not_covered: coverageOf(pair.resolved).notCovered,
  })
  return {
    status,
    tables: [...retried.values()].map(({ table, loaded, gone, entry }) => ({ table, loaded, gone, entry })),
    notices,
    quarantine_file,
  }
}
