import { ParitygateError, throwIfAborted } from '../model/error.ts'
import type { OnProgress } from '../model/progress.ts'
import { type Clock, realClock } from './clock.ts'

export interface Retrying {
  /** How often work that gets nowhere is tried again. */
  retries: number
  /** Whether anything that lasts has been done since this was last asked. */
  madeProgress(): boolean
  /** Whether a failure can pass; by default, whether it says so. */
  canPass?(error: unknown): boolean
  signal?: AbortSignal | undefined
  onProgress?: OnProgress | undefined
}

const LONGEST_S = 30

/**
 * Does the work again after a failure that may pass, 1 s, 2 s, 4 s … later, at most 30 s, each shortened by up to a half, so that those
 * who failed together do not come back together. An attempt that made progress is no failure of those counted.
 *
 * @throws what the last attempt threw; {ParitygateError} interrupted, as soon as `signal` is aborted
 */
export async function withRetries<T>(
  work: () => Promise<T>,
  { retries, madeProgress, canPass = isTransient, signal, onProgress }: Retrying,
  clock: Pick<Clock, 'sleep'> = realClock,
  random: () => number = Math.random,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (signal?.aborted || !canPass(error)) throw error
      if (madeProgress()) attempt = 1
      if (attempt > retries) throw error
      const seconds = Math.min(2 ** (attempt - 1), LONGEST_S) * (1 - random() / 2)
      onProgress?.({ kind: 'retrying', reason: reasonOf(error), attempt, of: retries, seconds })
      await clock.sleep(seconds * 1000, signal)
      throwIfAborted(signal)
    }
  }
}

export function isTransient(error: unknown): boolean {
  return error instanceof ParitygateError && error.transient
}

function reasonOf(error: unknown): string {
  const { message, where } = error as { message: string; where?: string }
  return where ? `${where}: ${message}` : message
}
