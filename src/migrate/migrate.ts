import { openTarget } from '../engines/open.ts'
import type { Session, TargetSession } from '../engines/port.ts'
import { ParitygateError, throwIfAborted } from '../model/error.ts'
import type { NotCovered } from '../model/finding.ts'
import type { FidelityNote, LedgerEntry, MigrateResult } from '../model/ledger.ts'
import { coverageOf } from '../plan/coverage.ts'
import { mappingFingerprint, planFingerprint } from '../plan/fingerprint.ts'
import type { Plan } from '../plan/load-plan.ts'
import type { Mapping, ResolvedPlan } from '../plan/mapping.ts'
import { loadOrder } from '../plan/order.ts'
import { type Pair, withPair } from '../plan/pair.ts'
import { requireNoProblems, requireTwoDatabases } from '../plan/resolve.ts'
import type { Store } from '../store/store.ts'
import { copyGroup, rejectedIn } from './copy.ts'
import type { MigrateOptions } from './options.ts'
import { requireWritable } from './preflight.ts'
import { writeQuarantineFile } from './quarantine.ts'

/**
 * Copies every table of the plan that is not copied yet, each in one transaction with those it cannot do without.
 *
 * @returns the ledger of every table; `status` is `rejected` where more rows were quarantined than allowed
 * @throws {ParitygateError} where nothing, or nothing more, could be copied
 */
export async function migrate(
  plan: Plan,
  store: Store,
  options: MigrateOptions = {},
): Promise<MigrateResult> {
  return withPair(
    plan,
    (connection, schema) => openTarget(connection, schema, { create: options.createSchema ?? false }),
    pair => copyPair(pair, store, options),
    options.signal,
  )
}

async function copyPair(
  { source, target, resolved, problems }: Pair<TargetSession>,
  store: Store,
  options: MigrateOptions,
): Promise<MigrateResult> {
  requireTwoDatabases(source, target)
  requireNoProblems(problems)
  await requireWritable(target, resolved.mappings, options.createSchema ?? false)
  const pending = await selectPending(target, resolved.mappings, store, options)
  const done = resolved.mappings.filter(mapping => !pending.includes(mapping))
  const notCovered = coverageOf(resolved).notCovered
  if (pending.length === 0) {
    const tables = done.map(alreadyFinished(store))
    const status = exceeds(tables, options) ? 'rejected' : 'nothing to do'
    return { ...emptyResult, status, tables, not_covered: notCovered }
  }
  return copyPending({ source, target, store, options, resolved, pending, done, notCovered })
}

const emptyResult: MigrateResult = {
  status: 'nothing to do',
  tables: [],
  created: [],
  fidelity: [],
  notices: [],
  quarantine_file: null,
  not_covered: [],
}

interface PendingCopy {
  source: Session
  target: TargetSession
  store: Store
  options: MigrateOptions
  resolved: ResolvedPlan
  pending: Mapping[]
  /** What an earlier run finished. */
  done: Mapping[]
  notCovered: NotCovered[]
}

async function copyPending(copy: PendingCopy): Promise<MigrateResult> {
  const { source, target, store, options, resolved, pending, done, notCovered } = copy
  const run = store.startRun('migrate', planFingerprint(resolved.plan))
  try {
    const tables: LedgerEntry[] = done.map(alreadyFinished(store))
    const created: string[] = []
    const fidelity: FidelityNote[] = []
    await emptyTables(target, pending, options)
    for (const mapping of pending) store.forget(mapping.table)
    const enums = new Set(resolved.targetCatalog.enums.map(({ name }) => name))
    for (const group of loadOrder(pending)) {
      throwIfAborted(options.signal)
      const copied = await copyGroup(
        { source, target, store, run, options, enums, rejectedBefore: rejectedIn(tables) },
        group,
      )
      tables.push(...copied.entries)
      created.push(...copied.created)
      fidelity.push(...copied.fidelity)
    }
    const rejected = rejectedIn(tables)
    const result: MigrateResult = {
      status: exceeds(tables, options) ? 'rejected' : 'finished',
      tables,
      created,
      fidelity,
      notices: target.notices,
      quarantine_file: rejected > 0 ? writeQuarantineFile(store, run) : null,
      not_covered: notCovered,
    }
    store.finishRun(run, result)
    return result
  } catch (error) {
    store.abandonRun(run, (error as Error).message)
    throw error
  }
}

/** Rows an earlier run left in quarantine count as well: they are still missing from the target. */
function exceeds(tables: LedgerEntry[], options: MigrateOptions): boolean {
  return tables.reduce((sum, entry) => sum + entry.quarantined, 0) > (options.maxRejects ?? 0)
}

/** Leaves out what an earlier run finished; refuses tables that hold rows of another origin. */
async function selectPending(
  target: TargetSession,
  mappings: Mapping[],
  store: Store,
  options: MigrateOptions,
): Promise<Mapping[]> {
  const pending: Mapping[] = []
  const occupied: string[] = []
  let anyStale = false
  for (const mapping of mappings) {
    const rows = mapping.toBeCreated ? 0 : await countTarget(target, mapping)
    const finished = store.finishedTable(mapping.table)
    const untouched = finished !== null && !mapping.toBeCreated && (rows > 0 || finished.entry.written === 0)
    const asPlanned = finished?.fingerprint === mappingFingerprint(mapping)
    if (untouched && asPlanned && options.existingRows !== 'truncate') continue
    if (rows > 0) {
      const stale = finished !== null && !asPlanned
      occupied.push(`"${mapping.table}" (${rows} rows${stale ? ', copied before the plan changed' : ''})`)
      anyStale ||= stale
    }
    pending.push(mapping)
  }
  if (occupied.length > 0 && !options.existingRows) {
    const hint =
      'Say --truncate to copy a table again (drop it first where a `type:` changed: one that is there keeps its types), or --append to add to it. Nothing was written.'
    throw new ParitygateError(
      'target.not-empty',
      `rows are already in ${occupied.join(', ')}`,
      anyStale ? { hint } : {},
    )
  }
  return pending
}

async function countTarget(target: TargetSession, { table, targetRelation }: Mapping): Promise<number> {
  try {
    return await target.count(targetRelation)
  } catch (error) {
    throw target.failure(error, `table "${table}"`)
  }
}

async function emptyTables(
  target: TargetSession,
  pending: Mapping[],
  options: MigrateOptions,
): Promise<void> {
  const existing = pending.filter(mapping => !mapping.toBeCreated).map(mapping => mapping.table)
  if (options.existingRows !== 'truncate' || existing.length === 0) return
  try {
    await target.truncate(existing)
  } catch (error) {
    throw target.failure(error, `table ${existing.map(table => `"${table}"`).join(', ')}`)
  }
}

function alreadyFinished(store: Store): (mapping: Mapping) => LedgerEntry {
  return ({ table }) => ({ ...store.finishedTable(table)!.entry, status: 'already finished' })
}
