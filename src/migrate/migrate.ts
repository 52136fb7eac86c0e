import { basename } from 'node:path'
import { openTarget } from '../engines/open.ts'
import type { TargetSession } from '../engines/port/target-session.ts'
import { ParitygateError, throwIfAborted } from '../model/error.ts'
import type { NotCovered } from '../model/finding.ts'
import type { LedgerEntry, MigrateResult, PlanFile, WorkEntry } from '../model/ledger.ts'
import { coverageOf } from '../plan/coverage.ts'
import { dataProblems } from '../plan/data-problems.ts'
import { mappingFingerprint, planFingerprint } from '../plan/fingerprint.ts'
import type { Plan } from '../plan/load-plan.ts'
import type { Mapping } from '../plan/mapping.ts'
import { loadOrder } from '../plan/order.ts'
import { catalogOf, type Pair } from '../plan/pair.ts'
import { passedOver } from '../plan/passed-over.ts'
import { requireNoProblems } from '../plan/resolve.ts'
import { sqlProblems } from '../plan/sql-problems.ts'
import type { Store } from '../store/store.ts'
import { copyGroup } from './copy.ts'
import type { CopyContext, KnownObjects } from './copy-context.ts'
import type { Copy, CopyRecord } from './copy-record.ts'
import { withHeldPair } from './held-pair.ts'
import { adopt, type HeldTarget, isKnownAsFinished, unrecorded } from './held-target.ts'
import { inTransaction } from './journal.ts'
import { withKindness } from './kindness.ts'
import { adoptWork, withWorkOf } from './known-work.ts'
import { type Lanes, openLanes } from './lanes.ts'
import { type Attempt, type MigrateOptions, timeLimits } from './options.ts'
import { finishedWork, requireRunnable, runsAgain, runWork } from './phase-work.ts'
import { requireWritable } from './preflight.ts'
import { Quarantine, writeQuarantineFile } from './quarantine.ts'
import { recordEmptied } from './record.ts'
import { removeCopies, requireOnlyOurs } from './remove-copies.ts'
import { requireBackup } from './require-backup.ts'
import { isTransient, withRetries } from './retry.ts'
import { requireEarlier, requireSome, type Selection, select, selectPending } from './selection.ts'

/**
 * Copies every table of the plan that is not copied yet, each in one transaction with those it cannot do without. After a
 * failure that may pass it begins again with what is left, on connections of its own, as often as `retries` says.
 *
 * @returns the ledger of every table; `status` is `rejected` where more rows were quarantined than allowed
 * @throws {ParitygateError} where nothing, or nothing more, could be copied
 */
export async function migrate(
  plan: Plan,
  store: Store,
  options: MigrateOptions = {},
): Promise<MigrateResult> {
  const { retries = 0, onProgress, signal } = options
  const finished = new Set<string>()
  const begun = new Set<string>()
  let progress = false
  let hasHeld = false
  return withKindness(plan, options, pace => {
    const attempt: Attempt = {
      ...options,
      finished,
      begun,
      onLasting: () => {
        progress = true
      },
      ...(pace ? { pace } : {}),
    }
    const onHeld = () => {
      hasHeld = true
    }
    const madeProgress = () => {
      const made = progress
      progress = false
      return made
    }
    // A server that was never there is no failure that passes. One that has not noticed yet that a connection is lost still
    // holds the target for it.
    const canPass = (error: unknown) =>
      hasHeld && (isTransient(error) || (error instanceof ParitygateError && error.code === 'plan.held'))
    return withRetries(() => migrateOnce(plan, store, attempt, onHeld), {
      retries,
      madeProgress,
      canPass,
      signal,
      onProgress,
    })
  })
}

/** @param onHeld called once both databases have answered, and the target is held */
async function migrateOnce(
  plan: Plan,
  store: Store,
  options: Attempt,
  onHeld: () => void,
): Promise<MigrateResult> {
  const { createSchema: create = false, jobs, signal } = options
  const open = { create, jobs, signal, limits: timeLimits(options), onHeld }
  return withHeldPair(plan, 'migrate', open, (pair, held) => copyPair({ pair, store, options, held }))
}

interface Migration {
  pair: Pair<TargetSession>
  store: Store
  options: Attempt
  held: HeldTarget
}

async function copyPair({ pair, store: own, options, held }: Migration): Promise<MigrateResult> {
  const { source, target, resolved, problems } = pair
  const works = await held.journal.work()
  const store = withWorkOf(own, works)
  requireNoProblems(problems)
  const selection = select(resolved, options)
  requireSome(resolved, selection, options)
  await requireWritable(pair, selection, options.createSchema ?? false)
  const pending = await selectPending(pair, selection.mappings, { store, copies: held.copies, options })
  requireEarlier(resolved, selection, pending, { store, copies: held.copies })
  await requireRunnable(selection.work, target.dialect, { plan: resolved.plan, store, options, works })
  requireNoProblems(await sqlProblems(source, { ...resolved, mappings: pending }))
  requireNoProblems(await dataProblems(source, { ...resolved, mappings: pending }, resolved.mappings))
  const done = resolved.mappings.filter(
    mapping => !pending.includes(mapping) && isKnownAsFinished(store, held.copies, mapping),
  )
  const notCovered = coverageOf(resolved).notCovered
  const undone = selection.work.filter(
    ({ key }) => runsAgain(options, key) || store.finishedWork(key) === null,
  )
  const strays = straysOf(held, resolved.mappings)
  const open = pending.length + undone.length + unrecorded(store, held.copies, done).length + strays.length
  // A run that ended without a result says of nothing that it is done.
  if (open === 0 && store.lastFailure('migrate') === null) {
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
  const within = options.backupWithinMs
  // What has begun goes on, whoever has written beside it meanwhile.
  const begins = held.copies.length === 0 || options.existingRows !== undefined
  if (within !== undefined && begins) await requireBackup(pair, { store, copies: held.copies, within })
  await held.journal.prepare()
  return copyPending({ pair, store, options, held, selection, pending, done, notCovered })
}

const emptyResult = {
  work: [],
  created: [],
  fidelity: [],
  notices: [],
  quarantine_file: null,
} satisfies Partial<MigrateResult>

export function planFile({ file, sha256, imports }: Plan): PlanFile {
  return { path: basename(file), sha256, ...(imports.length > 0 ? { imports } : {}) }
}

interface PendingCopy extends Migration {
  selection: Selection
  pending: Mapping[]
  /** What an earlier run finished. */
  done: Mapping[]
  notCovered: NotCovered[]
}

async function copyPending(copy: PendingCopy): Promise<MigrateResult> {
  const { pair, store, options, held, selection, pending, done, notCovered } = copy
  const { plan } = pair.resolved
  const run = store.startRun('migrate', planFingerprint(plan))
  const quarantine = new Quarantine(store, options.maxRejects ?? 0)
  const lanes = openLanes(pair, options)
  try {
    const adopted = unrecorded(store, held.copies, done)
    for (const mapping of adopted) adopt(store, run, held.copies, mapping)
    adoptWork(store, run, await held.journal.work())
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
    const notices: string[] = await takeStraysBack(copy)
    const own = passedOver(pair.resolved.sourceCatalog)
    if (own !== null) notices.push(`the source ${own}`)
    await emptyTables(copy)
    for (const { table } of pending) {
      store.forget(table)
      if (!held.unfinished.has(table)) quarantine.clear(table, null)
    }
    for (const { table } of adopted)
      notices.push(
        `"${table}" was finished by a run of which this state knows nothing; its ledger is the target's`,
      )
    const phases = [...new Set([...pending, ...selection.work].map(({ phase }) => phase))]
    for (const phase of phases.sort((a, b) => a - b)) {
      const tables = pending.filter(mapping => mapping.phase === phase)
      notices.push(...(await copyTables(copy, { run, quarantine, lanes }, tables, result)))
      for (const work of selection.work.filter(one => one.phase === phase)) {
        throwIfAborted(options.signal)
        result.work.push(await runWork(work, { plan, store, run, options, journal: held.journal }))
        options.finished?.add(work.key)
        options.onLasting?.()
      }
    }
    for (const { table } of held.unfinished.values())
      notices.push(`"${table}" is still half copied: a migrate that is not told otherwise goes on with it`)
    const sessions = pending.map(mapping => pair.targetOf(mapping))
    const said = [pair.source, ...sessions].flatMap(session => session.notices).concat(lanes.notices())
    result.notices = [...new Set([...notices, ...said])]
    if (exceeds(result.tables, options)) result.status = 'rejected'
    const refused = result.tables.filter(entry => entry.status === 'copied' && entry.quarantined > 0)
    if (refused.length > 0)
      result.quarantine_file = writeQuarantineFile(
        store,
        run,
        refused.map(({ table }) => table),
      )
    store.finishRun(run, result)
    return result
  } catch (error) {
    store.abandonRun(run, (error as Error).message)
    throw error
  } finally {
    await lanes.close()
  }
}

/** Half copied tables the plan does not copy any more. */
function straysOf({ unfinished }: HeldTarget, mappings: Mapping[]): Copy[] {
  return [...unfinished.values()].filter(
    ({ table }) => !mappings.some(mapping => mapping.copied && mapping.table === table),
  )
}

/** Nobody would go on with them, or notice that they lack rows and keys; returns what is to be said. */
async function takeStraysBack({ pair, store, held }: PendingCopy): Promise<string[]> {
  const { journal, unfinished } = held
  const { mappings, plan } = pair.resolved
  const notices: string[] = []
  for (const copy of straysOf(held, mappings)) {
    const { schema } = copy.record
    const isOpen = schema === null || mappings.some(mapping => mapping.schema === schema)
    const target = isOpen ? pair.targetOf({ schema }) : await openTarget(plan.connections.target, schema)
    try {
      await removeCopies(
        journal,
        () => target,
        [copy],
        () => requireOnlyOurs(journal, target, copy),
      )
    } finally {
      if (!isOpen) await target.close()
    }
    unfinished.delete(copy.table)
    store.clearQuarantine(copy.table)
    notices.push(
      `"${copy.table}" was half copied and is not copied by the plan any more: what was written into it is taken back`,
    )
  }
  return notices
}

type RunContext = Pick<CopyContext, 'run' | 'quarantine'> & { lanes: Lanes }

/** The tables of one phase; first those that others are to find. Returns what is to be said of how they were copied. */
async function copyTables(
  { pair, store, options, held }: PendingCopy,
  { lanes, ...given }: RunContext,
  tables: Mapping[],
  result: MigrateResult,
): Promise<string[]> {
  const bySchema = (mappings: Mapping[]) =>
    [...new Set(mappings.map(({ schema }) => schema))].map(schema =>
      mappings.filter(mapping => mapping.schema === schema),
    )
  const staged = tables.filter(({ kind }) => kind === 'staged')
  const others = tables.filter(({ kind }) => kind !== 'staged')
  const knownIn = new Map<string | null, KnownObjects>()
  const notices: string[] = []
  // A circle through several schemas is not one transaction.
  for (const group of [...loadOrder(staged), ...loadOrder(others)].flatMap(bySchema)) {
    throwIfAborted(options.signal)
    const { schema } = group[0]!
    const target = pair.targetOf({ schema })
    if (!knownIn.has(schema)) {
      const catalog = await catalogOf(target)
      knownIn.set(schema, { schema: catalog.schema, enums: new Set(catalog.enums.map(({ name }) => name)) })
    }
    const { source } = pair
    const { journal, unfinished } = held
    const known = knownIn.get(schema)!
    const context = { source, target, journal, store, options, known, unfinished, ...given }
    const copied = await copyGroup({ ...context, lanes: most => lanes.open(schema, most) }, group)
    options.onLasting?.()
    result.tables.push(...copied.entries)
    for (const { table } of copied.entries) options.finished?.add(table)
    result.created.push(...copied.created)
    result.fidelity.push(...copied.fidelity)
    notices.push(...copied.notices)
  }
  return notices
}

/** Rows an earlier run left in quarantine count as well: they are still missing from the target. */
function exceeds(tables: LedgerEntry[], options: MigrateOptions): boolean {
  return tables.reduce((sum, entry) => sum + entry.quarantined, 0) > (options.maxRejects ?? 0)
}

/** What is emptied is in the journal before: whatever ends the run, nobody takes these tables for finished. */
async function emptyTables({ pair, pending, options, held }: PendingCopy): Promise<void> {
  if (options.existingRows !== 'truncate') return
  const { journal } = held
  // What is left of an interrupted copy is taken back by itself.
  const existing = pending.filter(({ toBeCreated, table }) => !toBeCreated && !held.unfinished.has(table))
  for (const schema of new Set(existing.map(mapping => mapping.schema))) {
    const target = pair.targetOf({ schema })
    const own = existing.filter(mapping => mapping.schema === schema)
    const known = { schema: (await catalogOf(target)).schema, enums: new Set<string>() }
    const names = own.map(mapping => mapping.target.name)
    try {
      const records: CopyRecord[] = []
      for (const mapping of own) records.push(await recordEmptied({ target, journal, known }, mapping))
      await inTransaction(journal, target, async () => {
        for (const [index, mapping] of own.entries()) {
          const { table } = mapping
          const copy = { table, fingerprint: mappingFingerprint(mapping), record: records[index]! }
          await journal.put(target, { ...copy, status: 'emptied' })
        }
      })
      await target.truncate(names)
    } catch (error) {
      throw target.failure(error, `table ${names.map(table => `"${table}"`).join(', ')}`)
    }
  }
}

export function alreadyFinished(store: Store): (mapping: Mapping) => LedgerEntry {
  return ({ table }) => ({ ...store.finishedTable(table)!.entry, status: 'already finished' })
}
