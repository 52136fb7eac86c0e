import { type Clock, realClock } from './clock.ts'

/** Returns once this many bytes of rows may be handed over, or fails once `signal`, by default the run's own, is aborted. */
export type Pace = (bytes: number, signal?: AbortSignal) => Promise<void>

/**
 * A token bucket that holds nothing: each piece goes once those before it are paid for, so the rate holds from the first
 * second on, and time in which nothing was sent is not made up for. Whoever shares it shares the rate.
 *
 * @param rate bytes per second
 */
export function throttle(rate: number, signal?: AbortSignal, clock: Clock = realClock): Pace {
  let paid = Number.NEGATIVE_INFINITY
  return async (bytes, ending = signal) => {
    const now = clock.now()
    const from = Math.max(now, paid)
    paid = from + (bytes / rate) * 1000
    if (from > now) await clock.sleep(from - now, ending)
  }
}
