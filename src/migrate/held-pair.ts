import { openTarget } from '../engines/open.ts'
import type { TargetSession } from '../engines/port/target-session.ts'
import type { TimeLimits } from '../engines/time-limits.ts'
import type { ParitygateError } from '../model/error.ts'
import { pairFingerprint } from '../plan/fingerprint.ts'
import type { Plan } from '../plan/load-plan.ts'
import { type Pair, withPair } from '../plan/pair.ts'
import { requireTwoDatabases } from '../plan/resolve.ts'
import { asBefore, type HeldTarget, holdTarget } from './held-target.ts'

interface Opening {
  /** Make a SQLite file that is not there. */
  create: boolean
  jobs: number | undefined
  signal: AbortSignal | undefined
  limits: TimeLimits
  /** Called once both databases have answered, and the target is held. */
  onHeld?: () => void
}

/**
 * Opens both databases of a plan, the target as one that nobody else writes by this plan, for as long as `work` takes.
 *
 * @param command for people: `migrate`
 * @throws {ParitygateError} plan.held; what `withPair` throws
 */
export function withHeldPair<Result>(
  plan: Plan,
  command: string,
  { create, jobs, signal, limits, onHeld }: Opening,
  work: (pair: Pair<TargetSession>, held: HeldTarget) => Promise<Result>,
): Promise<Result> {
  let held: HeldTarget | null = null
  return withPair<TargetSession, Result>(
    plan,
    async (connection, schema, { source }) => {
      const target = await openTarget(connection, schema, { create, ...limits })
      try {
        if (held !== null) return asBefore(target, schema!, held.copies)
        requireTwoDatabases(source, target)
        held = await holdTarget(
          target,
          pairFingerprint(plan),
          name => openTarget(connection, name, limits),
          command,
        )
        onHeld?.()
        return asBefore(target, null, held.copies)
      } catch (error) {
        const failure = target.failure(error, target.describe)
        await target.close()
        throw failure
      }
    },
    pair =>
      work(pair, held!).catch((error: unknown) => {
        throw failureOf(pair, error)
      }),
    signal,
    jobs,
    limits,
  )
}

/** A driver says little of an error between two steps: which side is lost is asked of both. */
function failureOf({ source, target }: Pair<TargetSession>, error: unknown): ParitygateError {
  const failures = [target, source].map(side => side.failure(error, side.describe))
  return failures.find(({ code }) => code === 'connection.lost') ?? failures[0]!
}
