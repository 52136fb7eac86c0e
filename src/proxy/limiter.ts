/** A place taken, or waited for. */
export interface Turn {
  /** Called once, at once or later, when the place is there; give it back with `leave`. Does not throw; not called after `withdraw`. */
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
  let freed = 0
  let handing = false
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
      freed += 1
      // A turn that ends as soon as it begins gives its place back from within; with a loop no queue is too long for the stack.
      if (handing) return
      handing = true
      for (; freed > 0; freed -= 1) {
        const [next] = waiting
        if (next === undefined) {
          running -= 1
          continue
        }
        // The place goes from hand to hand: nobody who comes meanwhile is served first.
        waiting.delete(next)
        next.begin()
      }
      handing = false
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
