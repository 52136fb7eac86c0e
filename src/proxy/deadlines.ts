/** Many waits of the same length, for one timer. */
export interface Deadlines<T> {
  add(item: T): void
  remove(item: T): void
  close(): void
}

interface Timers {
  now(): number
  every(ms: number, tick: () => void): { stop(): void }
}

const clock: Timers = {
  now: () => performance.now(),
  every(ms, tick) {
    const timer = setInterval(tick, ms).unref()
    return { stop: () => clearInterval(timer) }
  },
}

/**
 * Calls `expire` for each item not removed within `afterMs`, at most a fifth of that or 50 ms late. All wait equally long,
 * so they expire in the order they came: a tick looks at the expired ones and one more.
 */
export function deadlines<T>(
  afterMs: number,
  expire: (item: T) => void,
  { now, every }: Timers = clock,
): Deadlines<T> {
  const until = new Map<T, number>()
  let timer: { stop(): void } | null = null
  const stop = () => {
    timer?.stop()
    timer = null
  }
  const tick = () => {
    const at = now()
    for (const [item, end] of until) {
      if (end > at) return
      until.delete(item)
      expire(item)
    }
    if (until.size === 0) stop()
  }
  return {
    add(item) {
      until.set(item, now() + afterMs)
      timer ??= every(Math.min(50, Math.max(1, afterMs / 5)), tick)
    },
    remove: item => void until.delete(item),
    close() {
      until.clear()
      stop()
    },
  }
}
