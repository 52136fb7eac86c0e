import { openTarget, previewTarget } from '../engines/open.ts'
import type { Session } from '../engines/port/session.ts'
import { bringTriggersBack } from '../migrate/held-target.ts'
import { Journal } from '../migrate/journal.ts'
import { takeBegunBack } from '../migrate/remove-copies.ts'
import { ParitygateError, throwIfAborted } from '../model/error.ts'
import type { PreviewedRollback, RollbackResult } from '../model/rollback.ts'
import { reached } from '../model/steps.ts'
import { pairFingerprint } from '../plan/fingerprint.ts'
import type { Plan } from '../plan/load-plan.ts'
import type { Store } from '../store/store.ts'
import { assess } from './assess.ts'
import { requireRemovable } from './blocked.ts'
import { requireConfirmed } from './confirm.ts'
import { remove } from './remove.ts'
import { previewRestore, restoreTarget } from './restore-target.ts'
import type { RollbackOptions } from './rollback-context.ts'
import { TargetSessions } from './target-sessions.ts'

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
    const context = { plan, store, journal, sessions, options, opened }
    if (options.restore) return restoreTarget(context, assessment, options.restore)
    if (isNothing(journal, store)) return { ...preview, status: 'nothing to do', exported: [], backup: null }
    await requireRemovable(journal, sessions, copies)
    await requireConfirmed(options, preview)
    return remove(context, assessment)
  })
}

/** What a rollback would do. */
export function previewRollback(
  plan: Plan,
  store: Store,
  { signal, restore }: Pick<RollbackOptions, 'signal' | 'restore'> = {},
): Promise<PreviewedRollback> {
  return withTarget(plan, previewTarget, signal, async sessions => {
    const journal = await Journal.read(sessions.main, pairFingerprint(plan), 'rollback')
    const assessment = await assess(plan, store, journal, sessions)
    if (restore) return previewRestore(store, assessment, restore)
    return {
      ...assessment.preview,
      status: isNothing(journal, store) ? 'nothing to do' : 'to be rolled back',
    }
  })
}

/** An earlier rollback may have died when nothing of ours was left, and before anybody was told. */
function isNothing(journal: Journal, store: Store): boolean {
  const isUnfinished = store.lastFailure('rollback') !== null && store.rolledBack() !== null
  return !journal.isPresent && !isUnfinished
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
