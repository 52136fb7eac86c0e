import type { Session } from '../engines/port/session.ts'
import { throwIfAborted } from '../model/error.ts'
import type { CheckResult } from '../model/finding.ts'
import { referencedColumn, subjectOf } from '../plan/check-problems.ts'
import type { MappedColumn, Mapping, ResolvedPlan } from '../plan/mapping.ts'
import type { Pair } from '../plan/pair.ts'
import type { CheckDocument } from '../plan/schema.ts'
import type { Check, CheckContext } from './check.ts'
import { checkMatchOn } from './checks-match.ts'
import { checkForeignKeys, checkOrphans, referencesOf } from './checks-references.ts'
import { checkJson, checkNotNull, checkUnique } from './checks-rows.ts'
import { checkSequences } from './checks-sequences.ts'
import { checkDistribution, checkQuery } from './checks-totals.ts'
import { checkAcceptedValues, checkLabels } from './checks-values.ts'

/**
 * Runs the checks of the plan, and those every plan gets: orphans and presence of each foreign key, values of each
 * enum and set column, and sequence positions. A check that fails to run says `not_run`.
 */
export async function runChecks(
  { source, targetOf }: Pick<Pair<Session>, 'source' | 'targetOf'>,
  resolved: ResolvedPlan,
  signal?: AbortSignal,
): Promise<CheckResult[]> {
  const results: CheckResult[] = []
  const schemaOf = (table: string) =>
    resolved.mappings.find(mapping => mapping.table === table)?.schema ?? null
  for (const { check, table, column, run } of [...standingChecks(resolved), ...plannedChecks(resolved)]) {
    throwIfAborted(signal)
    const target = targetOf({ schema: check === 'query' ? null : schemaOf(table) })
    const context: CheckContext = { source, target, resolved, ...(signal ? { signal } : {}) }
    const subject = { check, table, ...(column === undefined ? {} : { column }) }
    try {
      results.push({ ...subject, ...(await run(context)) })
    } catch (error) {
      if (signal?.aborted) throw error
      results.push({ ...subject, status: 'not_run', found: null, detail: (error as Error).message })
    }
  }
  return results
}

function standingChecks({ mappings, plan }: ResolvedPlan): Check[] {
  const checks: Check[] = []
  const configured = new Set(
    (plan.checks ?? []).flatMap(({ orphans }) => (orphans ? [`${orphans.table}.${orphans.column}`] : [])),
  )
  for (const mapping of mappings.filter(one => !one.toBeCreated)) {
    checks.push(...checkForeignKeys(mapping, mappings), ...checkMatchOn(mapping))
    for (const key of referencesOf(mapping, mappings)) {
      if (key.columns.length === 1 && configured.has(`${mapping.table}.${key.columns[0]}`)) continue
      checks.push(checkOrphans(mapping, key))
    }
    for (const column of mapping.columns.filter(hasLabels)) checks.push(checkLabels(mapping, column))
    if (mapping.target.columns.some(column => column.sequence !== null))
      checks.push(...checkSequences(mapping))
  }
  return checks
}

/** The text of an array is no list of members. */
function hasLabels({ targetType, ownType }: MappedColumn): boolean {
  return targetType.kind === 'enum' || (targetType.kind === 'set' && ownType?.kind !== 'array')
}

function plannedChecks({ plan, mappings }: ResolvedPlan): Check[] {
  return (plan.checks ?? []).flatMap(document => plannedCheck(document, mappings))
}

/** What the document names is there: `checkProblems` has seen to it. */
function plannedCheck(document: CheckDocument, mappings: Mapping[]): Check[] {
  const { orphans, unique, not_null, accepted_values, distribution, query } = document
  if (query) return [checkQuery(query)]
  const { table, columns } = subjectOf(document)
  const mapping = mappings.find(one => one.table === table)!
  if (orphans) {
    const { table: referencedTable, column } = referencedColumn(orphans.references)
    return [checkOrphans(mapping, { columns, referencedTable, referencedColumns: [column] })]
  }
  if (unique) return [checkUnique(mapping, columns)]
  if (accepted_values) return [checkAcceptedValues(mapping, accepted_values.column, accepted_values.values)]
  if (distribution) return [checkDistribution(mapping, distribution.by)]
  return columns.map(column => (not_null ? checkNotNull(mapping, column) : checkJson(mapping, column)))
}
