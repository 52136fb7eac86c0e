import { channel } from 'node:diagnostics_channel'

/** The places of a run at which it matters that the process can die there. */
export type Step =
  | 'held'
  | 'creating'
  | 'prepared'
  | 'chunk-begun'
  | 'rows'
  | 'chunk-written'
  | 'chunk-committed'
  | 'finishing'
  | 'keys'
  | 'sequences'
  | 'table-written'
  | 'table-committed'
  | 'recorded'
  | 'work-done'
  | 'retry-written'
  | 'retry-committed'
  | 'rollback-exported'
  | 'rollback-table'
  | 'rollback-made'
  | 'rollback-done'

/** What is published at each step; `about` is a table, where the step is one of a table's. */
export interface StepMessage {
  step: Step
  about: string | null
}

/** See https://nodejs.org/api/diagnostics_channel.html; nobody subscribes but what watches a run from inside its process. */
export const STEP_CHANNEL = 'paritygate:step'

const steps = channel(STEP_CHANNEL)

/** Says that a run has come this far. */
export function reached(step: Step, about: string | null = null): void {
  if (steps.hasSubscribers) steps.publish({ step, about } satisfies StepMessage)
}
