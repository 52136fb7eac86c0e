import { openTarget } from '../engines/open.ts'
import type { TargetSession } from '../engines/port/target-session.ts'
import { throwIfAborted } from '../model/error.ts'
import type { Pair } from '../plan/pair.ts'
import type { Lane } from './copy-context.ts'
import { type MigrateOptions, timeLimits } from './options.ts'

/** The connections rows are copied through at the same time. */
export interface Lanes {
  /** At least one, into one schema of the target. */
  open(schema: string | null, most: number): Promise<Lane[]>
  notices(): string[]
  close(): Promise<void>
}

/** Opens connections as they are needed, besides those of the pair, which are the first lane. */
export function openLanes(pair: Pair<TargetSession>, options: MigrateOptions): Lanes {
  const { jobs = 1, signal } = options
  const writers = new Map<string | null, TargetSession[]>()
  const { plan } = pair.resolved
  // One SQLite connection serves several readers at once; a server's does not.
  const shared = pair.source.sharedReading
  const copiers = shared ? jobs : Math.min(jobs, pair.readers.length)
  const further = () => [...writers.values()].flatMap(own => own.slice(1))
  // A statement under way ends only with its connection; those of the pair are interrupted by it.
  const interrupt = () => {
    for (const session of further()) session.interrupt()
  }
  signal?.addEventListener('abort', interrupt, { once: true })
  return {
    async open(schema, most) {
      const own = writers.get(schema) ?? [pair.targetOf({ schema })]
      writers.set(schema, own)
      const wanted = own[0]!.concurrentWriters ? Math.min(copiers, most) : 1
      while (own.length < wanted) {
        throwIfAborted(signal)
        own.push(await openTarget(plan.connections.target, schema ?? plan.target.schema, timeLimits(options)))
      }
      return own
        .slice(0, Math.max(wanted, 1))
        .map((target, index) => ({ source: shared ? pair.source : pair.readers[index]!, target }))
    },
    notices: () => further().flatMap(({ notices }) => notices),
    async close() {
      signal?.removeEventListener('abort', interrupt)
      await Promise.all(further().map(session => session.close()))
    },
  }
}
