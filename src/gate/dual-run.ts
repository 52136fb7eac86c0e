import { isDeepStrictEqual } from 'node:util'
import type { ScoreBudget, Scoreboard } from '../model/scoreboard.ts'
import type { CriterionResult } from '../model/verdict.ts'

/** What a decision knows of the dual run a plan describes. */
export interface DualRunEvidence {
  /** Of the stacks, routes and rules of the plan as it is now; null where nothing was asked under them. */
  scoreboard: Scoreboard | null
  /** The plan's, as it is now. */
  budget: ScoreBudget
}

const NAME = 'both stacks answer alike'

/**
 * Holds the scoreboard against its budget.
 *
 * @param dualRun null where the plan describes none
 * @param lastWrite when the data was written last; what the stacks answered before that was about other data
 * @param oldestMs how old evidence may be; null where the plan does not say
 */
export function dualRunWithinBudget(
  dualRun: DualRunEvidence | null,
  { lastWrite, oldestMs, now }: { lastWrite: string | null; oldestMs: number | null; now: Date },
): CriterionResult[] {
  if (dualRun === null) return []
  const { scoreboard, budget } = dualRun
  const result = (status: CriterionResult['status'], reason: string): CriterionResult[] => [
    { criterion: NAME, status, reason },
  ]
  if (scoreboard === null)
    return result('no evidence', 'no pilot has run with these stacks, routes and rules')
  const { since, updated_at, verdict, reasons, exchanges, endpoints, outcomes } = scoreboard
  if (verdict === 'over budget') return result('not met', reasons.join('; '))
  if (lastWrite !== null && since < lastWrite)
    return result(
      'no evidence',
      `the pilot ran from ${since}, before the last write to the target (${lastWrite})`,
    )
  if (oldestMs !== null && now.getTime() - Date.parse(updated_at) > oldestMs)
    return result('no evidence', `the pilot has seen nothing since ${updated_at}`)
  if (!isDeepStrictEqual(scoreboard.budget, budget))
    return result(
      'no evidence',
      'the budget has changed since the pilot ran; it is judged again once a pilot runs',
    )
  if (verdict !== 'within budget') return result('no evidence', reasons.join('; '))
  const { matched, ignored, mismatched, unscorable } = outcomes
  return result(
    'met',
    `${exchanges} exchanges of ${endpoints.length} endpoints: ${matched} match, ${ignored} differ in what is explained, ${mismatched} differ, ${unscorable} could not be compared`,
  )
}
