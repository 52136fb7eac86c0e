import { openReader } from '../engines/open.ts'
import type { Session } from '../engines/port/session.ts'
import type { Copy } from '../migrate/copy-record.ts'
import { catalogBefore } from '../migrate/held-target.ts'
import { ParitygateError } from '../model/error.ts'
import { mappingFingerprint } from '../plan/fingerprint.ts'
import type { Plan } from '../plan/load-plan.ts'
import type { Mapping } from '../plan/mapping.ts'
import { resolvePlan } from '../plan/resolve.ts'
import type { TargetSessions } from './target-sessions.ts'

/** The source as copies can be compared with it, for as long as it is open. */
export interface Comparable {
  /** Null where there is nothing to compare with. */
  source: Session | null
  /** How the table was copied, or a sentence where that cannot be known any more. */
  mappingOf(copy: Copy): Mapping | string
}

/** Opens the source and holds the plan against both sides; that it is gone is no failure. */
export async function openComparable(
  plan: Plan,
  sessions: TargetSessions,
  copies: Copy[],
  onOpen: (source: Session) => void,
): Promise<Comparable> {
  let source: Session
  try {
    source = await openReader(plan.connections.source, plan.source.schema)
  } catch (error) {
    if (!(error instanceof ParitygateError)) throw error
    const reason = `the source cannot be read (${error.message})`
    return { source: null, mappingOf: () => reason }
  }
  onOpen(source)
  // A table that is half copied, or half removed, may lack keys the plan is held against.
  const partial = copies.filter(({ status }) => status !== 'finished')
  const sideOf = async (schema: string | null) => {
    const session = sessions.of({ schema })
    return { session, catalog: catalogBefore(await session.introspect(), schema, partial) }
  }
  let mappings: Mapping[]
  try {
    const main = await sideOf(null)
    const { resolved } = await resolvePlan(
      plan,
      { session: source, catalog: await source.introspect() },
      main,
      async schema => {
        await sessions.open(schema)
        return sideOf(schema)
      },
    )
    mappings = resolved.mappings
  } catch (error) {
    if (!(error instanceof ParitygateError) || error.code === 'connection.lost') throw error
    const reason = `the plan does not fit the databases any more (${error.message})`
    return { source: null, mappingOf: () => reason }
  }
  return {
    source,
    mappingOf({ table, fingerprint }) {
      const mapping = mappings.find(one => one.table === table)
      if (mapping === undefined) return 'the plan does not say any more how it was copied'
      return mappingFingerprint(mapping) === fingerprint
        ? mapping
        : 'the plan says something else now than when it was copied'
    },
  }
}
