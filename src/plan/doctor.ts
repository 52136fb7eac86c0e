import { isDeepStrictEqual } from 'node:util'
import { previewTarget } from '../engines/open.ts'
import type { Session } from '../engines/port/session.ts'
import type { TargetSession } from '../engines/port/target-session.ts'
import { ParitygateError } from '../model/error.ts'
import { coverageOf } from './coverage.ts'
import { dataProblems } from './data-problems.ts'
import { acceptedLosses } from './fidelity.ts'
import { pairedReferences } from './foreign-keys.ts'
import type { Plan } from './load-plan.ts'
import type { Mapping, ResolvedPlan } from './mapping.ts'
import { type Pair, withPair } from './pair.ts'
import { passedOver } from './passed-over.ts'
import { pilotOf } from './pilot.ts'
import { sqlProblems } from './sql-problems.ts'
import { triggerNotices, triggerProblems } from './triggers.ts'
import { writeObstacle } from './write-obstacle.ts'

export interface Diagnosis {
  /** True where migrate and verify could run as the plan stands. */
  ready: boolean
  source: string
  target: string
  findings: DoctorFinding[]
}

export interface DoctorFinding {
  level: 'error' | 'warning' | 'note'
  subject: string
  message: string
}

/**
 * Holds the plan against both databases and says everything that stands in the way at once. Writes nothing.
 *
 * @throws {ParitygateError} where a database cannot be reached
 */
export async function doctor(plan: Plan): Promise<Diagnosis> {
  return withPair(plan, previewTarget, async ({ source, target, targetOf, resolved, problems }) => {
    const refused = await sqlProblems(source, resolved)
    // What a query refuses cannot be looked at.
    if (refused.length === 0) refused.push(...(await dataProblems(source, resolved, resolved.mappings)))
    const triggers = await triggerProblems(targetOf, resolved, resolved.mappings)
    const findings: DoctorFinding[] = [...problems, ...refused, ...triggers].map(({ where, message }) => ({
      level: 'error',
      subject: where,
      message,
    }))
    if (source.identity === target.identity) {
      findings.push({ level: 'error', subject: 'target', message: 'source and target are the same database' })
    }
    findings.push(
      ...(await targetFindings(targetOf, resolved)),
      ...schemaFindings(target, resolved),
      ...lossFindings(resolved),
      ...keyFindings(resolved),
      ...pilotFindings(plan),
    )
    const own = passedOver(resolved.sourceCatalog)
    if (own !== null) findings.push({ level: 'note', subject: 'source', message: own })
    for (const { subject, reason, accepted } of coverageOf(resolved).notCovered) {
      findings.push({
        level: accepted === undefined ? 'error' : 'note',
        subject,
        message: accepted === undefined ? `not covered: ${reason}` : `accepted: ${accepted}`,
      })
    }
    return {
      ready: !findings.some(({ level }) => level === 'error'),
      source: version(source),
      target: version(target),
      findings,
    }
  })
}

/** What `paritygate pilot` would refuse before it starts. */
function pilotFindings(plan: Plan): DoctorFinding[] {
  try {
    if (plan.pilot) pilotOf(plan)
    return []
  } catch (error) {
    if (!(error instanceof ParitygateError)) throw error
    return [{ level: 'error', subject: error.where ?? 'pilot', message: error.message }]
  }
}

function version(session: Session): string {
  return `${session.version}, ${session.describe}`
}

async function targetFindings(
  targetOf: Pair<TargetSession>['targetOf'],
  { mappings }: ResolvedPlan,
): Promise<DoctorFinding[]> {
  const findings: DoctorFinding[] = []
  for (const schema of new Set(mappings.map(mapping => mapping.schema))) {
    const own = mappings.filter(mapping => mapping.schema === schema)
    const obstacle = await writeObstacle(targetOf({ schema }), own)
    if (obstacle)
      findings.push({ level: 'error', subject: 'target', message: `cannot be written: ${obstacle}` })
    for (const message of targetOf({ schema }).notices)
      findings.push({ level: 'note', subject: 'target', message })
  }
  for (const mapping of mappings) {
    for (const { handled, message } of await triggerNotices(targetOf(mapping), mapping))
      findings.push({ level: handled ? 'note' : 'warning', subject: mapping.table, message })
  }
  for (const mapping of mappings.filter(one => !one.toBeCreated)) {
    const target = targetOf(mapping)
    const rows = await target.count(mapping.targetRelation).catch((error: unknown) => {
      const failure = target.failure(error, mapping.table)
      if (failure.code === 'connection.lost') throw failure
      findings.push({ level: 'error', subject: mapping.table, message: `cannot be read: ${failure.message}` })
      return 0
    })
    if (rows > 0)
      findings.push({
        level: 'note',
        subject: mapping.table,
        message: `the target table holds ${rows} rows already`,
      })
  }
  for (const mapping of mappings.filter(one => one.toBeCreated)) {
    findings.push({ level: 'note', subject: mapping.table, message: absence(mapping) })
    for (const { column, note } of targetOf(mapping).dialect.createTable(mapping.target).notes) {
      findings.push({
        level: 'warning',
        subject: column ? `${mapping.table}.${column}` : mapping.table,
        message: `would lose fidelity: ${note}`,
      })
    }
  }
  return findings
}

function absence({ kind, copied }: Mapping): string {
  if (!copied) return 'not in the target yet: somebody else is to make it'
  return kind === 'mapped'
    ? 'not in the target yet: migrate --create-schema makes it'
    : 'not in the target yet: migrate makes it'
}

function schemaFindings(target: TargetSession, { mappings }: ResolvedPlan): DoctorFinding[] {
  const findings: DoctorFinding[] = []
  for (const mapping of mappings.filter(one => !one.toBeCreated)) {
    for (const column of mapping.target.columns) {
      if (mapping.columns.some(one => one.name === column.name)) continue
      findings.push({
        level: 'note',
        subject: `${mapping.table}.${column.name}`,
        message: 'only in the target: filled by its default or NULL, and not compared',
      })
    }
    for (const { reference, declared } of pairedReferences(mapping, mappings)) {
      if (declared) continue
      findings.push({
        level: 'warning',
        subject: `${mapping.table}.${reference.columns.join(', ')}`,
        message: `the source declares a foreign key to "${reference.referencedTable}", the target does not`,
      })
    }
    findings.push(...unusedTypes(mapping, target))
  }
  return findings
}

/** A column that exists keeps its type, whatever the plan says. */
function unusedTypes({ table, columns }: Mapping, { dialect }: TargetSession): DoctorFinding[] {
  return columns.flatMap(({ name, plannedType, declared }): DoctorFinding[] => {
    const planned = plannedType === null ? null : dialect.parseType(plannedType)
    if (planned === null || isDeepStrictEqual(planned, dialect.parseType(declared))) return []
    const message = `is ${declared} and stays so: \`type: ${plannedType}\` counts only where migrate creates the table; drop the table, or take the type out of the plan`
    return [{ level: 'warning', subject: `${table}.${name}`, message }]
  })
}

/** What values can lose, and what of it the plan takes. */
export function lossFindings({ mappings }: Pick<ResolvedPlan, 'mappings'>): DoctorFinding[] {
  return mappings.flatMap(({ table, document, fidelity }) => {
    const accepted = acceptedLosses(document)
    const losses = fidelity.flatMap(({ column, kind, note }): DoctorFinding[] => {
      const subject = `${table}.${column}`
      if (kind === 'form') return [{ level: 'note', subject, message: note }]
      if (kind === 'refusal')
        return [{ level: 'warning', subject, message: `would refuse ${note}: such rows go into quarantine` }]
      if (accepted.some(one => one.column === column)) return []
      const remedy = 'rows whose value would change are refused; say accept_loss with a reason to round them'
      return [{ level: 'warning', subject, message: `would lose ${note}: ${remedy}` }]
    })
    return [
      ...losses,
      ...accepted.map(({ column, reason }): DoctorFinding => {
        const lost = fidelity.filter(loss => loss.column === column && loss.kind === 'rounding')
        const what = lost.map(({ note }) => note).join('; ') || 'what the target has no room for'
        return { level: 'note', subject: `${table}.${column}`, message: `loss accepted: ${what}: ${reason}` }
      }),
    ]
  })
}

function keyFindings({ mappings }: ResolvedPlan): DoctorFinding[] {
  const discovered = mappings.flatMap(({ table, columns, key }) =>
    columns
      .filter(column => column.discovered)
      .map(({ name }): DoctorFinding => {
        const message = `given by somebody else: not compared, and found by ${key.join(', ')}`
        return { level: 'note', subject: `${table}.${name}`, message }
      }),
  )
  const unidentified = mappings
    .filter(mapping => mapping.key.length === 0)
    .map(
      ({ table }): DoctorFinding => ({
        level: 'note',
        subject: table,
        message:
          'nothing identifies a row: compared as a multiset, so a changed row shows as missing and extra',
      }),
    )
  return [...discovered, ...unidentified]
}
