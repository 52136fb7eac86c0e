import type { Copy } from '../migrate/copy-record.ts'
import { phaseWork } from '../migrate/phase-work.ts'
import type { RollbackContext } from './rollback-context.ts'

/** Before anything is removed: what the state says of a table that is gone would be taken for true. */
export function forget({ plan, store }: Pick<RollbackContext, 'plan' | 'store'>, copies: Copy[]): void {
  for (const { table } of copies) {
    store.forget(table)
    store.clearQuarantine(table)
  }
  for (const { key } of phaseWork(plan)) store.forgetWork(key)
}
