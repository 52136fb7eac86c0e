import { createHash } from 'node:crypto'
import { place } from '../engines/connection-url.ts'
import type { Plan } from './load-plan.ts'
import type { Mapping } from './mapping.ts'

/**
 * Identifies the pair of databases a plan joins, without their secrets; evidence belongs to it. A plan may be renamed
 * or moved.
 */
export function pairFingerprint(plan: Plan): string {
  return digest([
    place(plan.connections.source, plan.source.schema),
    place(plan.connections.target, plan.target.schema),
  ])
}

/** Changes whenever evidence would be about something else. */
export function planFingerprint({ tables, archive, ignore, checks, gate }: Plan): string {
  return digest([tables, archive ?? [], ignore ?? {}, checks ?? [], gate?.accept ?? {}])
}

/**
 * Changes whenever the mapping would write something else. Of types only those the plan names: what others become is
 * spelled in one way before the table is created and in another by the target's catalog.
 */
export function mappingFingerprint(mapping: Mapping): string {
  const columns = mapping.columns.map(({ name, expression, plannedType, rounded }) => [
    name,
    expression,
    ...(plannedType === null ? [] : [{ type: plannedType }]),
    ...(rounded ? ['rounded'] : []),
  ])
  return digest([mapping.table, mapping.sourceRelation.from, mapping.sourceRelation.where, columns])
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32)
}
