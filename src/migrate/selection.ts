import type { Session } from '../engines/port/session.ts'
import type { TargetSession } from '../engines/port/target-session.ts'
import { ParitygateError } from '../model/error.ts'
import type { LedgerEntry } from '../model/ledger.ts'
import { mappingFingerprint } from '../plan/fingerprint.ts'
import type { Mapping, ResolvedPlan } from '../plan/mapping.ts'
import { nearest } from '../plan/nearest.ts'
import type { Pair } from '../plan/pair.ts'
import { dependenciesOf } from '../plan/phases.ts'
import type { Store } from '../store/store.ts'
import type { Copy } from './copy-record.ts'
import type { Attempt, MigrateOptions } from './options.ts'
import { type PhaseWork, phaseWork } from './phase-work.ts'

/** What a run is about: tables, and what their phases do beside them. */
export interface Selection {
  mappings: Mapping[]
  work: PhaseWork[]
}

/**
 * The tables and the work the options ask for; all of the plan where they ask for nothing in particular.
 *
 * @throws {ParitygateError} usage.invalid, where there is no such table or phase
 */
export function select({ plan, mappings }: ResolvedPlan, { phases, only }: MigrateOptions): Selection {
  const work = phaseWork(plan)
  const copied = mappings.filter(mapping => mapping.copied)
  for (const table of only ?? []) {
    if (copied.some(one => one.table === table)) continue
    const other = mappings.some(one => one.table === table)
    // One with a problem has no mapping; the problem says more.
    if (!other && Object.hasOwn(plan.tables, table)) continue
    throw new ParitygateError(
      'usage.invalid',
      other
        ? `--only ${table}: migrate does not copy this table, somebody else does`
        : `--only ${table}: the plan has no such table${nearest(
            table,
            copied.map(one => ({ name: one.table })),
          )}`,
    )
  }
  const known = [...new Set([...mappings, ...work].map(one => one.phase))].sort((a, b) => a - b)
  const missing = phases?.find(phase => !known.includes(phase))
  if (missing !== undefined)
    throw new ParitygateError(
      'usage.invalid',
      `--phase ${missing}: the plan has no such phase; it has ${known.join(', ')}`,
    )
  const inPhase = ({ phase }: { phase: number }) => phases === undefined || phases.includes(phase)
  return {
    mappings: copied.filter(inPhase).filter(({ table }) => only === undefined || only.includes(table)),
    // A script knows nothing of single tables.
    work: only === undefined ? work.filter(inPhase) : [],
  }
}

/** @throws {ParitygateError} plan.mapping or usage.invalid, where there is nothing to copy and nothing to run */
export function requireSome(
  { mappings }: ResolvedPlan,
  selection: Selection,
  { phases, only }: MigrateOptions,
): void {
  if (selection.mappings.length + selection.work.length > 0) return
  if (mappings.length === 0)
    throw new ParitygateError('plan.mapping', 'the plan maps no table: name them under tables')
  throw new ParitygateError(
    'usage.invalid',
    phases || only
      ? 'in what --phase and --only ask for there is no table to copy, and nothing to run'
      : 'somebody else copies every table of this plan: there is nothing to migrate; verify compares them',
  )
}

/** Leaves out what an earlier run finished; refuses tables that hold rows of another origin. */
export async function selectPending(
  pair: Pick<Pair<TargetSession>, 'targetOf'>,
  mappings: Mapping[],
  { store, copies, options }: { store: Store; copies: Copy[]; options: Attempt },
): Promise<Mapping[]> {
  const pending: Mapping[] = []
  const occupied: string[] = []
  let anyStale = false
  for (const mapping of mappings) {
    const rows = await countTarget(pair.targetOf(mapping), mapping)
    const again = options.existingRows === 'truncate' && !options.finished?.has(mapping.table)
    if (!again && isFinished({ store, copies }, mapping, rows)) continue
    const isUnfinished = copies.some(({ table, status }) => table === mapping.table && status === 'loading')
    if (rows > 0 && !isUnfinished) {
      const finished = store.finishedTable(mapping.table)
      const stale = finished !== null && finished.fingerprint !== mappingFingerprint(mapping)
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

/**
 * Whether an earlier run copied the table as the plan has it now, and it has not been emptied or dropped since.
 *
 * @param rows those the target holds
 */
export function isFinished(known: { store: Store; copies: Copy[] }, mapping: Mapping, rows: number): boolean {
  const finished = finishedCopy(known, mapping)
  if (finished === null || mapping.toBeCreated) return false
  return finished.fingerprint === mappingFingerprint(mapping) && (rows > 0 || finished.entry.written === 0)
}

/** What the target says of a finished table; of one that was copied before targets said anything, the state. */
export function finishedCopy(
  { store, copies }: { store: Store; copies: Copy[] },
  { table }: Mapping,
): { fingerprint: string; entry: LedgerEntry } | null {
  const copy = copies.find(one => one.table === table)
  if (copy === undefined) return store.finishedTable(table)
  return copy.status === 'finished' ? { fingerprint: copy.fingerprint, entry: copy.record.entry! } : null
}

/** The rows a target table holds; of one that is still to be created, none. */
export async function countTarget(
  target: Session,
  { table, targetRelation, toBeCreated }: Mapping,
): Promise<number> {
  if (toBeCreated) return 0
  try {
    return await target.count(targetRelation)
  } catch (error) {
    throw target.failure(error, `table "${table}"`)
  }
}

/**
 * Nothing begins before what it depends on has finished, in this run or an earlier one.
 *
 * @throws {ParitygateError} phase.not-ready
 */
export function requireEarlier(
  resolved: ResolvedPlan,
  { work }: Selection,
  pending: Mapping[],
  known: { store: Store; copies: Copy[] },
): void {
  const { plan, mappings } = resolved
  // One that was copied before the plan changed, or has been dropped since, is not what the plan refers to.
  const unfinished = (one: Mapping) =>
    one.copied &&
    !pending.includes(one) &&
    (one.toBeCreated || finishedCopy(known, one)?.fingerprint !== mappingFingerprint(one))
  const waiting: string[] = []
  for (const mapping of pending) {
    for (const { on, column } of dependenciesOf(mapping, mappings).filter(one => unfinished(one.on)))
      waiting.push(
        `"${mapping.table}" (phase ${mapping.phase}) refers to "${on.table}" (phase ${on.phase}) by "${column}"`,
      )
  }
  for (const one of work) {
    for (const before of mappings.filter(mapping => mapping.phase <= one.phase && unfinished(mapping)))
      waiting.push(
        `${one.subject} (phase ${one.phase}) comes after "${before.table}" (phase ${before.phase})`,
      )
  }
  const undone = phaseWork(plan).filter(
    one => !work.some(({ key }) => key === one.key) && known.store.finishedWork(one.key) === null,
  )
  for (const one of undone) {
    const [after] = [...pending, ...work].filter(({ phase }) => phase > one.phase)
    // Single tables are asked for by somebody who knows.
    if (after) waiting.push(`phase ${after.phase} comes after ${one.subject} (phase ${one.phase})`)
  }
  if (waiting.length === 0) return
  throw new ParitygateError('phase.not-ready', `${waiting.join('\n  ')}\n  and that has not finished yet`)
}
