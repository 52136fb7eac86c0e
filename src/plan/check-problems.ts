import { type Catalog, findColumn, findTable } from '../model/catalog.ts'
import type { Plan } from './load-plan.ts'
import type { Mapping, PlanProblem } from './mapping.ts'
import type { CheckDocument } from './schema.ts'

/** Tables and columns that checks name and that are not there; a table whose mapping has a problem is not asked. */
export function checkProblems(plan: Plan, mappings: Mapping[], targetCatalog: Catalog): PlanProblem[] {
  return (plan.checks ?? []).flatMap((document, index) => {
    const message = problemOf(document, plan, mappings, targetCatalog)
    return message === null ? [] : [{ where: plan.locate(['checks', index]), message }]
  })
}

function problemOf(
  document: CheckDocument,
  plan: Plan,
  mappings: Mapping[],
  targetCatalog: Catalog,
): string | null {
  const { table, columns } = subjectOf(document)
  if (table === null) return null
  if (!Object.hasOwn(plan.tables, table)) return `the plan maps no table "${table}"`
  const target = mappings.find(mapping => mapping.table === table)?.target
  const missing = target && columns.find(column => !findColumn(target, column))
  if (missing !== undefined) return `table "${table}" has no column "${missing}"`
  if (document.orphans === undefined) return null
  const referenced = referencedColumn(document.orphans.references)
  if (Object.hasOwn(plan.tables, referenced.table) && !mappings.some(one => one.table === referenced.table))
    return null
  const parent =
    mappings.find(mapping => mapping.table === referenced.table)?.target ??
    findTable(targetCatalog, referenced.table)
  if (parent && findColumn(parent, referenced.column)) return null
  return `the target has no "${document.orphans.references}"`
}

/** The target table and columns a check is about; a query is about none. */
export function subjectOf(document: CheckDocument): { table: string | null; columns: string[] } {
  const { orphans, unique, not_null, json, accepted_values, distribution } = document
  const list = unique ?? not_null ?? json
  if (list) return list
  const single = orphans ?? accepted_values
  if (single) return { table: single.table, columns: [single.column] }
  return distribution
    ? { table: distribution.table, columns: [distribution.by] }
    : { table: null, columns: [] }
}

/** `table.column`; a table may have dots in its name. */
export function referencedColumn(references: string): { table: string; column: string } {
  const dot = references.lastIndexOf('.')
  return { table: references.slice(0, dot), column: references.slice(dot + 1) }
}
