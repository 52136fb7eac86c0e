import type { Catalog } from '../model/catalog.ts'
import type { Plan } from './load-plan.ts'
import type { PlanPath } from './parse.ts'
import type { TableMappingDocument } from './schema-tables.ts'
import type { TableKind } from './table-kind.ts'

/** A target table the plan asks for, by name or otherwise. */
export interface PlannedTable {
  table: string
  document: TableMappingDocument
  kind: TableKind
  phase: number
  /** Where the plan asks for it. */
  path: PlanPath
}

/** The schema archived tables are kept in. */
const ARCHIVE = 'legacy'

/** Tables by name, those a script is to find, and those kept for reference, which are copied as they are. */
export function plannedTables(plan: Plan, source: Catalog): PlannedTable[] {
  const planned = Object.entries(plan.tables).map(
    ([table, document]): PlannedTable => ({
      table,
      document,
      kind: 'mapped',
      phase: document.phase ?? 1,
      path: ['tables', table],
    }),
  )
  for (const [phase, { stage }] of Object.entries(plan.phases ?? {})) {
    if (!stage) continue
    const ignored = plan.ignore ?? {}
    const all = source.tables.filter(({ name, kind }) => kind === 'table' && !Object.hasOwn(ignored, name))
    for (const [index, from] of (stage.tables ?? all.map(({ name }) => name)).entries()) {
      planned.push({
        table: `${stage.schema}.${from}`,
        document: { from },
        kind: 'staged',
        phase: Number(phase),
        path: ['phases', phase, 'stage', ...(stage.tables ? ['tables', index] : [])],
      })
    }
  }
  const last = Math.max(...planned.map(({ phase }) => phase), 1)
  for (const [index, from] of (plan.archive ?? []).entries()) {
    const table = `${ARCHIVE}.${from}`
    const staged = planned.find(one => one.table === table && one.kind === 'staged')
    if (staged) staged.kind = 'archived'
    else planned.push({ table, document: { from }, kind: 'archived', phase: last, path: ['archive', index] })
  }
  return planned
}

/**
 * Unions after all other tables, and after unions their own parts refer to: which rows of those are merged has to be known
 * before. In a circle of unions the first of the plan comes last.
 */
export function unionsLast(planned: PlannedTable[]): PlannedTable[] {
  const isUnion = ({ document }: PlannedTable) => document.union !== undefined
  const ordered = planned.filter(one => !isUnion(one))
  const seen = new Set<PlannedTable>()
  const visit = (one: PlannedTable) => {
    if (seen.has(one)) return
    seen.add(one)
    const referred = referencesOf(one)
    for (const other of planned) if (isUnion(other) && referred.has(other.table)) visit(other)
    ordered.push(one)
  }
  for (const one of planned) if (isUnion(one)) visit(one)
  return ordered
}

function referencesOf({ document }: PlannedTable): Set<string> {
  const values = (document.union ?? []).flatMap(({ columns }) => Object.values(columns ?? {}))
  return new Set(
    values.flatMap(value => (typeof value === 'object' && 'references' in value ? [value.references] : [])),
  )
}
