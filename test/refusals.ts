import type { Store } from '../src/index.ts'

/** Of each row in quarantine its id, the column and the reason, by id. */
export function refusals(store: Store): (string | null | undefined)[][] {
  return [...store.currentQuarantine()].map(({ key, column, reason }) => [key.id, column, reason]).sort()
}
