/** A place taken, or waited for. */
export interface Turn {
  /** Called once, at once or later, when the place is there; give it back with `leave`. Not called after `withdraw`. */
  begin(): void
}

export interface Limiter {
  /** False: the queue is full, and `begin` will never be called. */
  enter(turn: Turn): boolean
  /** Gives back the place of a turn that has begun; the one that has waited longest begins. */
  leave(): void
  /** Waits no longer. False where it has begun already, or never waited. */
  withdraw(turn: Turn): boolean
  readonly running: number
  readonly waiting: number
}

/** So many at a time, and so many waiting for their turn in the order they came. */
export function limiter(concurrency: number, queue: number): Limiter {
  const waiting = new Set<Turn>()
  let running = 0
  return {
    enter(turn) {
      if (running < concurrency) {
        running += 1
        turn.begin()
        return true
      }
      if (waiting.size >= queue) return false
      waiting.add(turn)
      return true
    },
    leave() {
      const [next] = waiting
      if (next === undefined) {
        running -= 1
        return
      }
      // The place goes from hand to hand: nobody who comes meanwhile is served first.
      waiting.delete(next)
      next.begin()
    },
    withdraw: turn => waiting.delete(turn),
    get running() {
      return running
    },
    get waiting() {
      return waiting.size
    },
  }
}
