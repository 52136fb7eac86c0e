import { ParitygateError } from '../model/error.ts'
import type { GateResult } from '../model/verdict.ts'
import { planFingerprint } from '../plan/fingerprint.ts'
import type { Plan } from '../plan/load-plan.ts'
import { pilotOf } from '../plan/pilot.ts'
import { pilotFingerprint } from '../plan/pilot-fingerprint.ts'
import type { Store } from '../store/store.ts'
import { type Evidence, judge, verdictOf } from './criteria.ts'
import type { DualRunEvidence } from './dual-run.ts'

/**
 * Holds the plan's criteria against the latest evidence. Asks no database.
 *
 * @throws {ParitygateError} state.empty where the state holds no run of this pair at all
 */
export function gate(plan: Plan, store: Store, now = new Date()): GateResult {
  const verify = store.latest('verify')
  const migrate = store.latest('migrate')
  if (verify === null && migrate === null && store.lastFailure('verify') === null) {
    throw new ParitygateError('state.empty', `${store.file} holds no run for these two databases`)
  }
  const evidence: Evidence = {
    verify: verify && { ...verify.result, id: verify.id, started_at: verify.started_at, plan: verify.plan },
    verifyFailure: store.lastFailure('verify'),
    migrate: migrate?.result ?? null,
    migrateFailure: store.lastFailure('migrate'),
    lastWrite: store.lastWrite(),
    rolledBack: store.rolledBack(),
    dualRun: plan.pilot ? dualRunOf(plan, store) : null,
    plan: planFingerprint(plan),
    now,
  }
  const criteria = judge(plan.gate ?? {}, evidence)
  const run = store.startRun('gate', evidence.plan)
  const result: GateResult = {
    verdict: verdictOf(criteria),
    criteria,
    decided_at: now.toISOString(),
    approvals_required: plan.gate?.approvals ?? [],
  }
  store.finishRun(run, result)
  return result
}

function dualRunOf(plan: Plan, store: Store): DualRunEvidence {
  const pilot = pilotOf(plan)
  return { scoreboard: store.scoreboard(pilotFingerprint(pilot)), budget: pilot.budget }
}
