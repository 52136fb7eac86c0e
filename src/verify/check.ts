import type { BothSides } from '../compare/both-sides.ts'
import type { Session } from '../engines/port/session.ts'
import type { CheckResult } from '../model/finding.ts'
import type { ResolvedPlan } from '../plan/mapping.ts'

export interface CheckContext extends BothSides<Session> {
  resolved: ResolvedPlan
  signal?: AbortSignal
}

/** One check before it runs: what it would say of itself, and how to find out. */
export interface Check {
  check: CheckResult['check']
  table: string
  column?: string
  run(context: CheckContext): Promise<Pick<CheckResult, 'status' | 'found' | 'detail' | 'sql'>>
}
