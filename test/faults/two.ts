import { type Command, type CommandEnd, endText, runCommand, startCommand } from './command.ts'
import { type Moment, momentText } from './moment.ts'
import { type Accident, judgeRound, type Round, untilReached } from './round.ts'
import { type Cutover, makeCutover } from './subject.ts'

const HELD = 'plan.held'
/** A refusal comes at once: who waits for the other instead is not told so. */
const REFUSAL_MS = 20_000

/** Two are started on one plan: in turn both at once; one while the other works; and that one is then killed. */
export const two: Accident = {
  subjects: ({ subjects }) => subjects,
  async run(round) {
    const cutover = await makeCutover(round.subject, round.arena.folder, round.arena)
    try {
      const ended =
        round.turn % 3 === 0 ? await bothAtOnce(round, cutover) : await oneAfterTheOther(round, cutover)
      await judgeRound(round, cutover, ended)
    } finally {
      await cutover.dispose()
    }
  },
}

async function bothAtOnce(round: Round, { migrateWords }: Cutover): Promise<CommandEnd> {
  const ends = await Promise.all([runCommand(migrateWords), runCommand(migrateWords)])
  for (const end of ends) round.log.push(`at once: ${endText(end)}`)
  round.moments.push({ step: null, afterMs: 0 })
  const [done, ...more] = ends.filter(({ exitCode }) => exitCode === 0)
  for (const end of ends) if (end.exitCode !== 0) requireRefusal(round, end, { named: false })
  // One that came late enough finds everything done.
  if (more.length > 0) round.log.push('both came to their end')
  return done ?? untilReached(migrateWords, round)
}

/** The first stands still at a step, is let go or killed when the second was refused, and then the second comes again. */
async function oneAfterTheOther(round: Round, { migrateWords }: Cutover): Promise<CommandEnd> {
  const undisturbed = await round.arena.undisturbed(round.subject)
  const later = undisturbed.steps.slice(undisturbed.steps.findIndex(({ step }) => step === 'held') + 1)
  const { step: wanted, about: of } = round.random.pick(later)
  const moment: Moment = { step: { step: wanted, about: of }, nth: 1, afterMs: 0 }
  const killed = round.turn % 3 === 1
  let seen = 0
  const first: Command = startCommand(migrateWords, {
    async onStep({ step, about }) {
      if (step !== wanted || about !== of || ++seen !== 1) return
      const second = await runCommand(migrateWords, { timeLimitMs: REFUSAL_MS })
      round.moments.push(moment)
      round.log.push(`at ${momentText(moment)} of the first, the second: ${endText(second)}`)
      requireRefusal(round, second, { named: true })
      if (killed) first.child.kill('SIGKILL')
    },
  })
  const end = await first.end
  round.log.push(`the first: ${endText(end)}`)
  return end.exitCode === 0 ? end : untilReached(migrateWords, round)
}

/** Whoever comes second is told who holds the plan, and since when; where both come at once, the first may not have said yet. */
function requireRefusal({ problems }: Round, end: CommandEnd, { named }: { named: boolean }): void {
  const refused = end.exitCode === 2 && end.stderr.includes(`[${HELD}]`)
  if (!refused || (named && !/\d{4}-\d\d-\d\d/.test(end.stderr)))
    problems.rest.push(`not refused with ${HELD}, by whom and since when: ${endText(end)}`)
}
