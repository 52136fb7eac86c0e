import type { Copy } from '../migrate/copy-record.ts'
import { phaseWork } from '../migrate/phase-work.ts'
import type { RollbackContext } from './rollback-context.ts'

/** Before anything is removed: what the state says of a table that is gone would be taken for true. */
export async function forget(
  { plan, store, journal }: Pick<RollbackContext, 'plan' | 'store' | 'journal'>,
  copies: Copy[],
): Promise<void> {
  for (const { table } of copies) {
    store.forget(table)
    store.clearQuarantine(table)
  }
  for (const { key } of [...phaseWork(plan), ...(await journal.work())]) store.forgetWork(key)
}
