import type { Dialect } from '../engines/port/dialect.ts'
import { ParitygateError } from '../model/error.ts'
import type { PlanProblem } from '../plan/mapping.ts'
import type { Work } from './journal.ts'
import type { MigrateOptions } from './options.ts'
import { answerTo, type PhaseWork, requireRunnable, runsAgain, type WorkContext } from './phase-work.ts'

export interface PreviewedWork {
  phase: number
  subject: string
  /** `begun`, `interrupted`: migrate asks what is to become of it. */
  status: 'to be run' | 'begun' | 'interrupted' | 'said to be done' | 'already finished'
}

/** What migrate would do about scripts and programs, and what it would refuse. */
export async function previewWork(
  work: PhaseWork[],
  dialect: Dialect,
  context: WorkContext & { options: MigrateOptions; works: Work[] },
): Promise<{ work: PreviewedWork[]; problems: PlanProblem[] }> {
  const { store, options, works } = context
  const problems: PlanProblem[] = []
  for (const one of work)
    try {
      await requireRunnable([one], dialect, context)
    } catch (error) {
      if (!(error instanceof ParitygateError)) throw error
      problems.push({ where: error.where ?? one.subject, message: `${error.message}. ${error.hint}` })
    }
  const statusOf = (key: string): PreviewedWork['status'] => {
    const told = works.find(one => one.key === key)
    const answer = answerTo(told, options)
    if (answer === 'done') return 'said to be done'
    if (answer === 'asked' && told?.status !== 'finished') return told!.status
    return runsAgain(options, key) || store.finishedWork(key) === null ? 'to be run' : 'already finished'
  }
  return {
    work: work.map(({ phase, subject, key }) => ({ phase, subject, status: statusOf(key) })),
    problems,
  }
}
