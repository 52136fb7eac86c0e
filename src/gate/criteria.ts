import { agreeingRows, agrees, checkSubject, type VerifyResult } from '../model/finding.ts'
import { balances, type MigrateResult } from '../model/ledger.ts'
import type { CriterionResult, Verdict } from '../model/verdict.ts'
import type { GateDocument } from '../plan/schema.ts'
import { type DualRunEvidence, dualRunWithinBudget } from './dual-run.ts'

/** All a decision rests on. Times are ISO 8601, UTC. */
export interface Evidence {
  verify: (VerifyResult & { id: number; started_at: string; plan: string }) | null
  /** Why the latest verify gave no result; null where it gave one. */
  verifyFailure: string | null
  migrate: MigrateResult | null
  migrateFailure: string | null
  /** The latest migrate or rollback: its place in the order of runs, which a clock cannot change, and when it ended. */
  lastWrite: { id: number; at: string } | null
  /** What took the latest migrate back; null where nothing did. */
  rolledBack: { at: string } | null
  /** null where the plan describes no pilot. */
  dualRun: DualRunEvidence | null
  /** Fingerprint of the plan as it is now. */
  plan: string
  now: Date
}

/** Each criterion by itself; what no evidence speaks for is said so and never met. */
export function judge(gate: GateDocument, evidence: Evidence): CriterionResult[] {
  return [
    freshness(gate, evidence),
    rowsAgree(gate, evidence),
    checksPass(evidence),
    everythingCovered(evidence),
    ...ledger(gate, evidence),
    ...dualRunWithinBudget(evidence.dualRun, {
      lastWrite: evidence.lastWrite?.at ?? null,
      oldestMs: gate.evidence ? milliseconds(gate.evidence.max_age) : null,
      now: evidence.now,
    }),
  ]
}

/** One criterion not met decides; after that, one without evidence. */
export function verdictOf(criteria: CriterionResult[]): Verdict {
  if (criteria.some(criterion => criterion.status === 'not met')) return 'NO-GO'
  return criteria.length > 0 && criteria.every(criterion => criterion.status === 'met')
    ? 'GO'
    : 'INCONCLUSIVE'
}

function criterion(name: string, status: CriterionResult['status'], reason: string): CriterionResult {
  return { criterion: name, status, reason }
}

function freshness(
  gate: GateDocument,
  { verify, verifyFailure, lastWrite, rolledBack, plan, now }: Evidence,
): CriterionResult {
  const name = 'evidence is fresh'
  if (verifyFailure !== null)
    return criterion(name, 'no evidence', `the latest verify did not finish: ${verifyFailure}`)
  if (verify === null) return criterion(name, 'no evidence', 'verify has not run')
  if (lastWrite !== null && (verify.id < lastWrite.id || verify.started_at < lastWrite.at)) {
    return criterion(
      name,
      'no evidence',
      `verified ${verify.started_at}, before the last ${rolledBack ? 'rollback' : 'migrate'} (${lastWrite.at})`,
    )
  }
  if (verify.plan !== plan) return criterion(name, 'no evidence', 'the plan has changed since verify ran')
  const age = now.getTime() - Date.parse(verify.started_at)
  const limit = gate.evidence && milliseconds(gate.evidence.max_age)
  if (limit !== undefined && age > limit) {
    return criterion(
      name,
      'no evidence',
      `verified ${verify.started_at}, longer ago than ${gate.evidence!.max_age}`,
    )
  }
  return criterion(name, 'met', `verified ${verify.started_at}, after the last write`)
}

function rowsAgree(gate: GateDocument, { verify }: Evidence): CriterionResult {
  const allowed = gate.differences?.at_most ?? 0
  const name = allowed === 0 ? 'every row is the same on both sides' : `at most ${allowed} rows differ`
  if (verify === null) return criterion(name, 'no evidence', 'verify has not run')
  const sum = (count: (table: VerifyResult['tables'][number]) => number) =>
    verify.tables.reduce((total, table) => total + count(table), 0)
  const differing = sum(table => table.missing + table.extra + table.changed)
  if (differing > allowed) {
    const parts = [
      `${sum(table => table.missing)} missing`,
      `${sum(table => table.extra)} extra`,
      `${sum(table => table.changed)} changed`,
    ]
    return criterion(name, 'not met', `${differing} rows differ: ${parts.join(', ')}`)
  }
  const odd = verify.tables.find(table => table.missing + table.extra + table.changed === 0 && !agrees(table))
  if (odd) {
    return criterion(
      name,
      'no evidence',
      `"${odd.table}" differs in its checksum or its rows, and no differing row was found`,
    )
  }
  // Not a number either, where the run is of a version that counted otherwise.
  if (!(sum(agreeingRows) > 0)) return criterion(name, 'no evidence', 'no row was compared')
  const excused = sum(table => table.excused_rows)
  const reason = `${sum(table => table.matched)} rows match in ${verify.tables.length} tables, ${differing} differ`
  return criterion(
    name,
    'met',
    excused === 0 ? reason : `${reason}, ${excused} are excused by rules of the plan`,
  )
}

function checksPass({ verify }: Evidence): CriterionResult {
  const name = 'every check passes'
  if (verify === null) return criterion(name, 'no evidence', 'verify has not run')
  const subjects = (status: string) =>
    verify.checks.filter(check => check.status === status).map(checkSubject)
  const failed = subjects('fail')
  if (failed.length > 0)
    return criterion(
      name,
      'not met',
      `${failed.length} of ${verify.checks.length} fail: ${failed.join(', ')}`,
    )
  const idle = subjects('not_run')
  if (idle.length > 0)
    return criterion(name, 'no evidence', `${idle.length} could not run: ${idle.join(', ')}`)
  return criterion(
    name,
    'met',
    verify.checks.length === 0 ? 'no checks apply to this plan' : `${verify.checks.length} checks pass`,
  )
}

function everythingCovered({ verify }: Evidence): CriterionResult {
  const name = 'nothing is left uncovered'
  if (verify === null) return criterion(name, 'no evidence', 'verify has not run')
  const open = verify.not_covered.filter(({ accepted }) => accepted === undefined)
  const accepted = verify.not_covered.length - open.length
  if (open.length > 0)
    return criterion(name, 'no evidence', `not covered: ${open.map(({ subject }) => subject).join(', ')}`)
  return criterion(
    name,
    'met',
    accepted === 0
      ? 'every table and column is mapped or ignored with a reason'
      : `${accepted} subjects are accepted with a reason`,
  )
}

/** A migration done by others has no ledger here; its rows are judged by verify alone. */
function ledger(gate: GateDocument, { migrate, migrateFailure, rolledBack }: Evidence): CriterionResult[] {
  const name = 'no row was lost on the way'
  if (rolledBack !== null)
    return [criterion(name, 'no evidence', `the migration was rolled back (${rolledBack.at})`)]
  if (migrateFailure !== null)
    return [criterion(name, 'no evidence', `the latest migrate did not finish: ${migrateFailure}`)]
  if (migrate === null) return []
  const odd = migrate.tables.filter(entry => !balances(entry))
  if (odd.length > 0)
    return [
      criterion(
        name,
        'not met',
        `the ledger does not balance for ${odd.map(entry => entry.table).join(', ')}`,
      ),
    ]
  const quarantined = migrate.tables.reduce((sum, entry) => sum + entry.quarantined, 0)
  const allowed = gate.quarantined?.at_most ?? 0
  if (quarantined > allowed)
    return [criterion(name, 'not met', `${quarantined} rows are in quarantine, ${allowed} are allowed`)]
  const written = migrate.tables.reduce((sum, entry) => sum + entry.written, 0)
  return [
    criterion(name, 'met', `${written} rows written, ${quarantined} in quarantine, every table balances`),
  ]
}

function milliseconds(duration: string): number {
  const units: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 }
  return Number(duration.slice(0, -1)) * units[duration.at(-1)!]!
}
