import type { Store } from '../store/store.ts'
import type { Work } from './journal.ts'

/** The state, with what the target says of work in the place of what the state does: a process may have died between both. */
export function withWorkOf(store: Store, works: Work[]): Store {
  const told = new Map(works.map(work => [work.key, work]))
  return {
    ...store,
    finishedWork(key) {
      const work = told.get(key)
      if (!work) return store.finishedWork(key)
      return work.status === 'finished' ? { fingerprint: work.fingerprint, entry: work.entry } : null
    },
    markWork(run, key, fingerprint, entry) {
      told.delete(key)
      store.markWork(run, key, fingerprint, entry)
    },
    forgetWork(key) {
      told.delete(key)
      store.forgetWork(key)
    },
  }
}

/** Lets the state know what the target says. */
export function adoptWork(store: Store, run: number, works: Work[]): void {
  for (const { key, status, fingerprint, entry } of works) {
    if (status === 'finished') store.markWork(run, key, fingerprint, entry)
    else store.forgetWork(key)
  }
}
