import { inTransaction, type Journal, type Made } from '../migrate/journal.ts'
import { ParitygateError } from '../model/error.ts'
import type { Left } from '../model/rollback.ts'
import { reached } from '../model/steps.ts'

export interface UndoneMade {
  undone: string[]
  left: Left[]
}

/**
 * Takes back what was made beside tables, the latest first. What others use stays.
 *
 * @param onUndone told of it before it is forgotten
 */
export async function undoMade(journal: Journal, onUndone: (made: UndoneMade) => void): Promise<UndoneMade> {
  const { main } = journal
  const undone: string[] = []
  const left: Left[] = []
  for (const made of (await journal.made()).toReversed()) {
    const reason = await undo(journal, made)
    if (reason === null) undone.push(made.what)
    else left.push({ what: made.what, reason })
    onUndone({ undone, left })
    await inTransaction(journal, main, async () => {
      const inherited = await journal.dropMade(main, made, { inUse: reason !== null })
      if (inherited && reason !== null) left.at(-1)!.reason += '; it goes with the rollback of the other plan'
    })
    reached('rollback-made', made.what)
  }
  return { undone, left }
}

/** Null, or why it stays. */
async function undo(journal: Journal, { what, undo: sql }: Made): Promise<string | null> {
  const { main } = journal
  try {
    await inTransaction(journal, main, () => main.execute(sql))
    return null
  } catch (error) {
    const failure = main.failure(error, what)
    if (!(failure instanceof ParitygateError) || failure.code !== 'target.refused') throw failure
    return failure.message
  }
}
