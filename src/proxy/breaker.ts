/**
 * Leaves a stack alone that has failed many times in a row, and tries it again with one request at a time. Each request
 * that is let through ends in exactly one of `succeeded`, `failed` and `withdrew`, with the ticket it was given.
 */
export interface Breaker {
  /** A ticket, or null: the stack is to be left alone. */
  admit(now: number): number | null
  succeeded(ticket: number): void
  failed(ticket: number, now: number): void
  /** Ended for a reason that says nothing of the stack. */
  withdrew(ticket: number): void
  readonly state: 'closed' | 'open' | 'half-open'
}

const FAILURES = 20
const FIRST_DELAY_MS = 1000
const LONGEST_DELAY_MS = 30_000

/**
 * Opens after 20 failures in a row; a request that is let through 1 s later, then 2 s, up to 30 s, closes it if it succeeds.
 *
 * @param changed told of every change of state
 */
export function breaker(changed: (state: Breaker['state']) => void): Breaker {
  let state: Breaker['state'] = 'closed'
  // Requests let through before the last change say nothing of the stack as it is now.
  let generation = 0
  let failures = 0
  let delay = FIRST_DELAY_MS
  let openUntil = 0
  let probing = false

  const become = (next: Breaker['state']) => {
    state = next
    generation += 1
    failures = 0
    probing = false
    changed(next)
  }
  return {
    admit(now) {
      if (state === 'open' && now >= openUntil) become('half-open')
      if (state === 'open' || (state === 'half-open' && probing)) return null
      probing = state === 'half-open'
      return generation
    },
    succeeded(ticket) {
      if (ticket !== generation) return
      failures = 0
      if (state !== 'half-open') return
      delay = FIRST_DELAY_MS
      become('closed')
    },
    failed(ticket, now) {
      if (ticket !== generation) return
      failures += 1
      if (state === 'closed' && failures < FAILURES) return
      openUntil = now + delay
      delay = Math.min(delay * 2, LONGEST_DELAY_MS)
      become('open')
    },
    withdrew(ticket) {
      if (ticket === generation) probing = false
    },
    get state() {
      return state
    },
  }
}
