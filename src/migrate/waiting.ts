import { throwIfAborted } from '../model/error.ts'
import type { OnProgress } from '../model/progress.ts'
import { type Clock, realClock } from './clock.ts'
import type { Watch } from './measure.ts'

/** A server that is at its limit is not asked more often than this. */
const LOOK_MS = 1000

/** Returns once nothing is over its limit, and says meanwhile what is. Whoever shares it shares the looking. */
export function untilWithin(
  watches: Pick<Watch, 'look'>[],
  onProgress: OnProgress | undefined,
  signal?: AbortSignal,
  clock: Clock = realClock,
): (ending?: AbortSignal) => Promise<void> {
  let next = Number.NEGATIVE_INFINITY
  let latest: Promise<string | null> = Promise.resolve(null)
  const lookAtAll = async () => {
    for (const reason of await Promise.all(watches.map(watch => watch.look()))) {
      if (reason === null) continue
      onProgress?.({ kind: 'waiting', reason })
      return reason
    }
    return null
  }
  const looked = () => {
    if (clock.now() >= next) {
      // Until it has an answer it is the latest look, however long that takes.
      next = Number.POSITIVE_INFINITY
      latest = lookAtAll().finally(() => {
        next = clock.now() + LOOK_MS
      })
    }
    return latest
  }
  return async (ending = signal) => {
    throwIfAborted(ending)
    while ((await looked()) !== null) await clock.sleep(LOOK_MS, ending)
    throwIfAborted(ending)
  }
}
