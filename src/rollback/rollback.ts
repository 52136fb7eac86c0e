import { openTarget, previewTarget } from '../engines/open.ts'
import type { Session } from '../engines/port.ts'
import { bringTriggersBack } from '../migrate/held-target.ts'
import { type Copy, Journal } from '../migrate/journal.ts'
import { phaseWork } from '../migrate/phase-work.ts'
import { inTransaction, removeCopies, takeBegunBack } from '../migrate/remove-copies.ts'
import { ParitygateError, throwIfAborted } from '../model/error.ts'
import type { ExportedTable, RollbackPreview, RollbackResult } from '../model/rollback.ts'
import { reached } from '../model/steps.ts'
import { pairFingerprint, planFingerprint } from '../plan/fingerprint.ts'
import type { Plan } from '../plan/load-plan.ts'
import type { Store } from '../store/store.ts'
import { type Assessment, assess } from './assess.ts'
import { requireRemovable, requireUnreferenced } from './blocked.ts'
import { type Exported, exportCopies } from './export-copies.ts'
import type { RollbackContext, RollbackOptions } from './rollback-context.ts'
import { TargetSessions } from './target-sessions.ts'
import { undoMade } from './undo-made.ts'

/**
 * Takes away what migrate has written into the target, and saves before what would be lost with it: the target is then as it was
 * before, but for what is `left`. Whatever ends it, the same command goes on.
 *
 * @throws {ParitygateError} plan.held; rollback.blocked, rollback.export-failed and usage.invalid (not confirmed), with nothing
 * changed; rollback.changing; target.refused; interrupted
 */
export function rollback(plan: Plan, store: Store, options: RollbackOptions): Promise<RollbackResult> {
  return withTarget(plan, openTarget, options.signal, async (sessions, opened) => {
    const journal = await Journal.open(sessions.main, pairFingerprint(plan), 'rollback')
    reached('held')
    await mend(journal, sessions)
    const assessment = await assess(plan, store, journal, sessions)
    const { preview, copies } = assessment
    const isUnfinished = store.lastFailure('rollback') !== null && store.rolledBack() !== null
    if (!journal.isPresent && !isUnfinished) return { ...preview, status: 'nothing to do', exported: [] }
    await requireRemovable(journal, sessions, copies)
    if (!(await options.confirm(preview)))
      throw new ParitygateError('usage.invalid', 'the rollback was not confirmed; nothing was changed', {
        hint: 'Type the name of the target database when it is asked for, or say --yes.',
      })
    return remove({ plan, store, journal, sessions, options, opened }, assessment)
  })
}

/** What a rollback would do. */
export function previewRollback(
  plan: Plan,
  store: Store,
  { signal }: { signal?: AbortSignal } = {},
): Promise<RollbackPreview> {
  return withTarget(plan, previewTarget, signal, async sessions => {
    const journal = await Journal.read(sessions.main, pairFingerprint(plan), 'rollback')
    return (await assess(plan, store, journal, sessions)).preview
  })
}

async function withTarget<T>(
  plan: Plan,
  open: typeof openTarget | typeof previewTarget,
  signal: AbortSignal | undefined,
  work: (sessions: TargetSessions, opened: (session: Session) => void) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal)
  const { target } = plan.connections
  const sessions = await TargetSessions.begin(schema => open(target, schema ?? plan.target.schema))
  const others: Session[] = []
  // A statement under way ends only with its connection.
  const interrupt = () => {
    sessions.interrupt()
    for (const session of others) session.interrupt()
  }
  signal?.addEventListener('abort', interrupt, { once: true })
  try {
    return await work(sessions, session => others.push(session))
  } catch (error) {
    if (!signal?.aborted) throw error
    const hint = 'Nothing is removed by halves; the same command goes on.'
    throw new ParitygateError('interrupted', 'stopped on request', { cause: error, hint })
  } finally {
    signal?.removeEventListener('abort', interrupt)
    await sessions.close()
  }
}

/** What a process that died has left in the midst, and is no copy. */
async function mend(journal: Journal, sessions: TargetSessions): Promise<void> {
  await bringTriggersBack(journal)
  const begun = (await journal.copies()).filter(({ status }) => status === 'begun')
  await sessions.openFor(begun)
  for (const copy of begun) await takeBegunBack(journal, sessions.of(copy.record), [copy])
}

async function remove(context: RollbackContext, assessment: Assessment): Promise<RollbackResult> {
  const { plan, store, journal, sessions } = context
  const { preview, copies, used } = assessment
  const exported: ExportedTable[] = []
  let saved = await save(context, copies, exported)
  const run = store.startRun('rollback', planFingerprint(plan))
  try {
    forget(context, [...copies, ...used])
    for (let attempt = 1; ; attempt++) {
      try {
        await removeSaved(context, saved)
        break
      } catch (error) {
        if (!isChanging(error) || attempt === ATTEMPTS) throw error
        saved = await save(context, await remaining(journal, used), exported)
      }
    }
    await inTransaction(journal, sessions.main, async () => {
      for (const { table } of used) await journal.remove(sessions.main, table)
    })
    const made = await undoMade(journal)
    await journal.close()
    const left = [...preview.left, ...made.left]
    const status = left.length === 0 ? 'rolled back' : 'incomplete'
    const result: RollbackResult = { ...preview, status, made: made.undone, left, exported }
    store.finishRun(run, result)
    reached('rollback-done')
    return result
  } catch (error) {
    store.abandonRun(run, (error as Error).message)
    throw error
  }
}

/** Somebody who writes all the time has to be stopped. */
const ATTEMPTS = 3

function isChanging(error: unknown): boolean {
  return error instanceof ParitygateError && error.code === 'rollback.changing'
}

type Saved = Exported & { copies: Copy[] }

async function save(context: RollbackContext, copies: Copy[], exported: ExportedTable[]): Promise<Saved> {
  for (let attempt = 1; ; attempt++) {
    try {
      const saved = await exportCopies(context, copies)
      exported.push(...saved.tables)
      context.options.onExport?.(saved.tables)
      reached('rollback-exported')
      return { ...saved, copies }
    } catch (error) {
      if (!isChanging(error) || attempt === ATTEMPTS) throw error
    }
  }
}

function removeSaved({ journal, sessions }: RollbackContext, { copies, requireSame }: Saved): Promise<void> {
  return removeCopies(journal, sessions.of, copies, async (target, own) => {
    await requireSame(target, own)
    await requireUnreferenced(target, own, copies)
  })
}

async function remaining(journal: Journal, used: Copy[]): Promise<Copy[]> {
  const copies = await journal.copies()
  return copies.filter(({ table }) => !used.some(one => one.table === table))
}

/** Before anything is removed: what the state says of a table that is gone would be taken for true. */
function forget({ plan, store }: RollbackContext, copies: Copy[]): void {
  for (const { table } of copies) {
    store.forget(table)
    store.clearQuarantine(table)
  }
  for (const { key } of phaseWork(plan)) store.forgetWork(key)
}
