import type { Copy } from '../migrate/copy-record.ts'
import { inTransaction, type Journal } from '../migrate/journal.ts'
import { removeCopies } from '../migrate/remove-copies.ts'
import type { ExportedTable, RollbackResult } from '../model/rollback.ts'
import { reached } from '../model/steps.ts'
import { planFingerprint } from '../plan/fingerprint.ts'
import { type Assessment, merged, mergedTables } from './assess.ts'
import { requireRemovable, requireUnneeded } from './blocked.ts'
import { forget } from './forget.ts'
import type { RollbackContext } from './rollback-context.ts'
import { ATTEMPTS, isChanging, type Saved, save } from './save.ts'
import { type UndoneMade, undoMade } from './undo-made.ts'

/**
 * Removes what copies have written, once what would be lost is saved, and all that the target knows of them.
 *
 * @throws {ParitygateError} rollback.blocked, where something has come to need them since they were looked at
 */
export async function remove(context: RollbackContext, assessment: Assessment): Promise<RollbackResult> {
  const { plan, store, journal, sessions } = context
  const { preview, copies, used } = assessment
  await requireRemovable(journal, sessions, copies)
  const earlier = store.unfinishedRollback()
  const exported: ExportedTable[] = [...(earlier?.exported ?? [])]
  let saved = await save(context, copies, exported)
  const run = store.startRun('rollback', planFingerprint(plan))
  const tables = mergedTables(earlier?.tables ?? [], preview.tables)
  let { left } = preview
  let made = earlier?.made ?? []
  const keep = () => store.keepRollback(run, { tables, made, left, exported })
  try {
    keep()
    await forget(context, [...copies, ...used])
    for (let attempt = 1; ; attempt++) {
      try {
        await removeSaved(context, saved)
        break
      } catch (error) {
        if (!isChanging(error) || attempt === ATTEMPTS) throw error
        saved = await save(context, await remaining(journal, used), exported)
        keep()
      }
    }
    await inTransaction(journal, sessions.main, async () => {
      for (const { table } of used) await journal.remove(sessions.main, table)
    })
    const before = made
    const know = (one: UndoneMade) => {
      left = merged(preview.left, one.left)
      made = [...new Set([...before, ...one.undone])]
      keep()
    }
    know(await undoMade(journal, know))
    await journal.close()
    const status = left.length === 0 ? 'rolled back' : 'incomplete'
    const result: RollbackResult = { ...preview, status, tables, made, left, exported, backup: null }
    store.finishRun(run, result)
    reached('rollback-done')
    return result
  } catch (error) {
    store.abandonRun(run, (error as Error).message)
    throw error
  }
}

function removeSaved({ journal, sessions }: RollbackContext, { copies, requireSame }: Saved): Promise<void> {
  return removeCopies(journal, sessions.of, copies, async (target, own) => {
    await requireUnneeded(journal, target, own, copies)
    await requireSame(target, own)
  })
}

async function remaining(journal: Journal, used: Copy[]): Promise<Copy[]> {
  const copies = await journal.copies()
  return copies.filter(({ table }) => !used.some(one => one.table === table))
}
