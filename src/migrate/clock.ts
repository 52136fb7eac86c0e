import { setTimeout as wait } from 'node:timers/promises'
import { throwIfAborted } from '../model/error.ts'

/** Time in milliseconds, and the waiting for it. */
export interface Clock {
  now(): number
  /** @throws {ParitygateError} interrupted, as soon as `signal` is aborted */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const realClock: Clock = {
  now: () => performance.now(),
  async sleep(ms, signal) {
    await wait(ms, undefined, signal ? { signal } : {}).catch(() => {})
    throwIfAborted(signal)
  },
}
