import type { Connection } from '../engines/connection-url.ts'
import { openReaders } from '../engines/open.ts'
import type { Session } from '../engines/port/session.ts'
import type { TimeLimits } from '../engines/time-limits.ts'
import type { Catalog } from '../model/catalog.ts'
import { ParitygateError, throwIfAborted } from '../model/error.ts'
import type { Plan } from './load-plan.ts'
import type { Mapping, PlanProblem, ResolvedPlan } from './mapping.ts'
import { resolvePlan } from './resolve.ts'

/** Both databases of a plan, and the plan held against them. */
export interface Pair<Target extends Session> {
  source: Session
  /** Sessions of the source that see one moment, the first being `source`. */
  readers: Session[]
  target: Target
  /** The session that sees the schema a table is in, or is to be in. */
  targetOf(mapping: Pick<Mapping, 'schema'>): Target
  resolved: ResolvedPlan
  problems: PlanProblem[]
}

/**
 * Opens both databases of a plan for as long as `work` takes, the source as one that reads. The target is opened after
 * it, so that a source that is not there leaves no new file behind.
 *
 * @param open opens the target beside `source`; a further schema of it with `as`, the session whose moment one that reads is to see
 * @param signal ends whatever is under way on either side
 * @param count readers wanted of the source; there may be fewer, which the notices of the first explain
 * @param limits of the source's sessions
 * @throws {ParitygateError} interrupted, once `signal` is aborted; where a database cannot be opened; what `work` throws
 */
export async function withPair<Target extends Session, Result>(
  plan: Plan,
  open: (
    connection: Connection,
    schema: string | undefined,
    beside: { source: Session; as?: Target },
  ) => Promise<Target>,
  work: (pair: Pair<Target>) => Promise<Result>,
  signal?: AbortSignal,
  count = 1,
  limits?: TimeLimits,
): Promise<Result> {
  const sessions: Session[] = []
  const opened = <One extends Session>(session: One): One => {
    sessions.push(session)
    return session
  }
  // A statement under way ends only with its connection.
  const interrupt = () => {
    for (const session of sessions) session.interrupt()
  }
  signal?.addEventListener('abort', interrupt, { once: true })
  try {
    throwIfAborted(signal)
    const readers = await openReaders(plan.connections.source, plan.source.schema, count, limits)
    sessions.push(...readers)
    const source = readers[0]!
    const target = opened(await open(plan.connections.target, plan.target.schema, { source }))
    const schemas = new Map<string, { session: Target; catalog: Catalog }>()
    const { resolved, problems } = await resolvePlan(
      plan,
      { session: source, catalog: await catalogOf(source) },
      { session: target, catalog: await catalogOf(target) },
      async schema => {
        if (!schemas.has(schema)) {
          const session = opened(await open(plan.connections.target, schema, { source, as: target }))
          schemas.set(schema, { session, catalog: await catalogOf(session) })
        }
        return schemas.get(schema)!
      },
    )
    const targetOf = ({ schema }: Pick<Mapping, 'schema'>) =>
      schema === null ? target : schemas.get(schema)!.session
    return await work({ source, readers, target, targetOf, resolved, problems })
  } catch (error) {
    const isSaid = error instanceof ParitygateError && error.code === 'interrupted'
    if (!signal?.aborted || isSaid) throw error
    throw new ParitygateError('interrupted', 'stopped on request', { cause: error })
  } finally {
    signal?.removeEventListener('abort', interrupt)
    await Promise.all(sessions.map(session => session.close()))
  }
}

/** @throws {ParitygateError} such as lock.timeout: what a catalog says of a table may have to wait for those who alter it */
export async function catalogOf(session: Session): Promise<Catalog> {
  try {
    return await session.introspect()
  } catch (error) {
    throw session.failure(error, session.describe)
  }
}
