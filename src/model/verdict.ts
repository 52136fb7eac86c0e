export type Verdict = 'GO' | 'NO-GO' | 'INCONCLUSIVE'

export interface CriterionResult {
  criterion: string
  status: 'met' | 'not met' | 'no evidence'
  reason: string
}

export interface GateResult {
  verdict: Verdict
  criteria: CriterionResult[]
  /** ISO 8601, UTC. */
  decided_at: string
  approvals_required: string[]
}
