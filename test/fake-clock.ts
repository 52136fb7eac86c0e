import type { Clock } from '../src/migrate/clock.ts'
import { throwIfAborted } from '../src/model/error.ts'

/** Time that passes only where somebody sleeps; `slept` lists how long. */
export function fakeClock(): Clock & { slept: number[]; pass(ms: number): void } {
  let now = 0
  const slept: number[] = []
  return {
    slept,
    now: () => now,
    pass: ms => {
      now += ms
    },
    async sleep(ms, signal) {
      throwIfAborted(signal)
      slept.push(ms)
      now += ms
    },
  }
}
