import { basename } from 'node:path'
import { openTarget } from '../engines/open.ts'
import type { TargetSession } from '../engines/port.ts'
import { throwIfAborted } from '../model/error.ts'
import type { NotCovered } from '../model/finding.ts'
import type { LedgerEntry, MigrateResult, PlanFile, WorkEntry } from '../model/ledger.ts'
import { coverageOf } from '../plan/coverage.ts'
import { dataProblems } from '../plan/data-problems.ts'
import { planFingerprint } from '../plan/fingerprint.ts'
import type { Plan } from '../plan/load-plan.ts'
import type { Mapping } from '../plan/mapping.ts'
import { loadOrder } from '../plan/order.ts'
import { type Pair, withPair } from '../plan/pair.ts'
import { requireNoProblems, requireTwoDatabases } from '../plan/resolve.ts'
import { sqlProblems } from '../plan/sql-problems.ts'
import type { Store } from '../store/store.ts'
import { copyGroup, rejectedIn } from './copy.ts'
import type { MigrateOptions } from './options.ts'
import { finishedWork, requireRunnable, runWork } from './phase-work.ts'
import { requireWritable } from './preflight.ts'
import { writeQuarantineFile } from './quarantine.ts'
import { requireEarlier, requireSome, type Selection, select, selectPending } from './selection.ts'

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
  pair: Pair<TargetSession>,
  store: Store,
  options: MigrateOptions,
): Promise<MigrateResult> {
  const { source, target, resolved, problems } = pair
  requireTwoDatabases(source, target)
  requireNoProblems(problems)
  const selection = select(resolved, options)
  requireSome(resolved, selection, options)
  await requireWritable(pair, selection, options.createSchema ?? false)
  const pending = await selectPending(pair, selection.mappings, store, options)
  requireEarlier(resolved, selection, pending, store)
  await requireRunnable(selection.work, target.dialect, { plan: resolved.plan, store, options })
  requireNoProblems(await sqlProblems(source, { ...resolved, mappings: pending }))
  requireNoProblems(await dataProblems(source, { ...resolved, mappings: pending }, resolved.mappings))
  const done = resolved.mappings.filter(
    mapping => !pending.includes(mapping) && store.finishedTable(mapping.table) !== null,
  )
  const notCovered = coverageOf(resolved).notCovered
  const undone = selection.work.filter(({ key }) => options.rerun || store.finishedWork(key) === null)
  if (pending.length + undone.length === 0) {
    const tables = done.map(alreadyFinished(store))
    const status = exceeds(tables, options) ? 'rejected' : 'nothing to do'
    const work: WorkEntry[] = []
    for (const one of selection.work)
      work.push(await finishedWork(one, store.finishedWork(one.key)!.entry, resolved.plan))
    return {
      ...emptyResult,
      plan_file: planFile(resolved.plan),
      status,
      tables,
      work,
      not_covered: notCovered,
    }
  }
  return copyPending({ pair, store, options, selection, pending, done, notCovered })
}

const emptyResult = {
  work: [],
  created: [],
  fidelity: [],
  notices: [],
  quarantine_file: null,
} satisfies Partial<MigrateResult>

function planFile({ file, sha256, imports }: Plan): PlanFile {
  return { path: basename(file), sha256, ...(imports.length > 0 ? { imports } : {}) }
}

interface PendingCopy {
  pair: Pair<TargetSession>
  store: Store
  options: MigrateOptions
  selection: Selection
  pending: Mapping[]
  /** What an earlier run finished. */
  done: Mapping[]
  notCovered: NotCovered[]
}

async function copyPending(copy: PendingCopy): Promise<MigrateResult> {
  const { pair, store, options, selection, pending, done, notCovered } = copy
  const { plan } = pair.resolved
  const run = store.startRun('migrate', planFingerprint(plan))
  try {
    const result: MigrateResult = {
      ...emptyResult,
      plan_file: planFile(plan),
      status: 'finished',
      tables: done.map(alreadyFinished(store)),
      work: [],
      created: [],
      fidelity: [],
      not_covered: notCovered,
    }
    await emptyTables(pair, pending, options)
    for (const mapping of pending) store.forget(mapping.table)
    const phases = [...new Set([...pending, ...selection.work].map(({ phase }) => phase))]
    for (const phase of phases.sort((a, b) => a - b)) {
      const tables = pending.filter(mapping => mapping.phase === phase)
      await copyTables(copy, run, tables, result)
      for (const work of selection.work.filter(one => one.phase === phase)) {
        throwIfAborted(options.signal)
        result.work.push(await runWork(work, { plan, store, run, options }))
      }
    }
    result.notices = [...new Set(pending.flatMap(mapping => pair.targetOf(mapping).notices))]
    if (exceeds(result.tables, options)) result.status = 'rejected'
    if (rejectedIn(result.tables) > 0) result.quarantine_file = writeQuarantineFile(store, run)
    store.finishRun(run, result)
    return result
  } catch (error) {
    store.abandonRun(run, (error as Error).message)
    throw error
  }
}

/** The tables of one phase; first those that others are to find. */
async function copyTables(
  { pair, store, options }: PendingCopy,
  run: number,
  tables: Mapping[],
  result: MigrateResult,
): Promise<void> {
  const bySchema = (mappings: Mapping[]) =>
    [...new Set(mappings.map(({ schema }) => schema))].map(schema =>
      mappings.filter(mapping => mapping.schema === schema),
    )
  const staged = tables.filter(({ kind }) => kind === 'staged')
  const others = tables.filter(({ kind }) => kind !== 'staged')
  const enumsOf = new Map<string | null, Set<string>>()
  // A circle through several schemas is not one transaction.
  for (const group of [...loadOrder(staged), ...loadOrder(others)].flatMap(bySchema)) {
    throwIfAborted(options.signal)
    const { schema } = group[0]!
    const target = pair.targetOf({ schema })
    if (!enumsOf.has(schema))
      enumsOf.set(schema, new Set((await target.introspect()).enums.map(({ name }) => name)))
    const rejectedBefore = rejectedIn(result.tables)
    const enums = enumsOf.get(schema)!
    const copied = await copyGroup(
      { source: pair.source, target, store, run, options, enums, rejectedBefore },
      group,
    )
    result.tables.push(...copied.entries)
    result.created.push(...copied.created)
    result.fidelity.push(...copied.fidelity)
  }
}

/** Rows an earlier run left in quarantine count as well: they are still missing from the target. */
function exceeds(tables: LedgerEntry[], options: MigrateOptions): boolean {
  return tables.reduce((sum, entry) => sum + entry.quarantined, 0) > (options.maxRejects ?? 0)
}

async function emptyTables(
  { targetOf }: Pair<TargetSession>,
  pending: Mapping[],
  options: MigrateOptions,
): Promise<void> {
  if (options.existingRows !== 'truncate') return
  const existing = pending.filter(mapping => !mapping.toBeCreated)
  for (const schema of new Set(existing.map(mapping => mapping.schema))) {
    const target = targetOf({ schema })
    const tables = existing.filter(mapping => mapping.schema === schema).map(mapping => mapping.target.name)
    try {
      await target.truncate(tables)
    } catch (error) {
      throw target.failure(error, `table ${tables.map(table => `"${table}"`).join(', ')}`)
    }
  }
}

function alreadyFinished(store: Store): (mapping: Mapping) => LedgerEntry {
  return ({ table }) => ({ ...store.finishedTable(table)!.entry, status: 'already finished' })
}
