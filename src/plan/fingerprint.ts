import { createHash } from 'node:crypto'
import { place } from '../engines/connection-url.ts'
import type { Plan } from './load-plan.ts'
import type { MappedColumn, Mapping } from './mapping.ts'
import type { ColumnDocument } from './schema-columns.ts'

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
export function planFingerprint(plan: Plan): string {
  const { tables, namespace, phases, archive, ignore, checks, gate } = plan
  const made = [namespace ?? null, phases ?? {}]
  return digest([tables, archive ?? [], ignore ?? {}, checks ?? [], gate?.accept ?? {}, made])
}

/**
 * Changes whenever the mapping would write something else. Of types only those the plan names: what others become is
 * spelled in one way before the table is created and in another by the target's catalog.
 */
export function mappingFingerprint(mapping: Mapping): string {
  const columns = mapping.columns.map(column => {
    const { name, expression, plannedType, rounded, made } = column
    return [
      name,
      expression,
      ...(plannedType === null ? [] : [{ type: plannedType }]),
      ...(rounded ? ['rounded'] : []),
      ...(made.screened === undefined ? [] : ['screened']),
      ...(made.derived ? [derivation(mapping, column)] : []),
    ]
  })
  return digest([mapping.table, mapping.sourceRelation.from, mapping.sourceRelation.where, columns])
}

function derivation({ document }: Mapping, { name, made }: MappedColumn): unknown {
  const derived = made.derived!
  const inputs = derived.inputs.map(({ expression }) => expression)
  if (derived.kind === 'uuid') {
    const { kind, namespace, table, marked } = derived
    return { kind, namespace: namespace.toLowerCase(), table, marked: marked ?? false, inputs }
  }
  const { compute, code } = document.columns![name] as ColumnDocument
  return { kind: derived.kind, inputs, compute, code }
}

/** A function is its source text; what it refers to is in `code` beside it. */
function digest(value: unknown): string {
  const text = JSON.stringify(value, (_, part) => (typeof part === 'function' ? String(part) : part))
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
