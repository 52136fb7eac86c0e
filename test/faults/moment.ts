import type { TimedStep } from './command.ts'
import type { Random } from './random.ts'

/** When something is to happen to a command. */
export type Moment =
  | {
      /** At the nth time this step of this table is reached, from 1. */
      step: Pick<TimedStep, 'step' | 'about'>
      nth: number
      /** Milliseconds after the step; at 0 the command does nothing more. */
      afterMs: number
    }
  | { step: null; afterMs: number }

export function momentText(moment: Moment): string {
  if (moment.step === null) return `${moment.afterMs} ms after the start`
  const { step, about } = moment.step
  const after = moment.afterMs > 0 ? ` and ${moment.afterMs} ms` : ''
  return `${step}${about === null ? '' : ` of ${about}`}${moment.nth > 1 ? ` (${moment.nth}.)` : ''}${after}`
}

/** What a table of counts calls it. */
export function momentName(moment: Moment): string {
  return moment.step?.step ?? 'any time'
}

/** A step is waited out no longer than this: index builds and COPYs of these tables take less. */
const LONGEST_MS = 300
/** How many of all moments are by the clock alone. */
const BY_CLOCK = 0.15

/**
 * Moments of a run like the undisturbed one, each later than the one before, because what is finished is not done again.
 *
 * @param turn the first moments of successive turns go through the steps one after the other, so that none is left to chance
 */
export function randomMoments(
  random: Random,
  { steps, ms }: { steps: TimedStep[]; ms: number },
  turn: number,
): Moment[] {
  const moments: Moment[] = []
  let from = 0
  for (let count = 1 + random.below(3); count > 0; count--) {
    const names = [...new Set(steps.slice(from).map(({ step }) => step))]
    if (names.length === 0 || random.chance(BY_CLOCK)) {
      moments.push({ step: null, afterMs: random.below(Math.ceil(ms)) })
      continue
    }
    const name = moments.length === 0 ? names[turn % names.length]! : random.pick(names)
    const indexes = [...steps.keys()].filter(index => index >= from && steps[index]!.step === name)
    const index = random.pick(indexes)
    const { step, about, atMs } = steps[index]!
    const nth = indexes.filter(one => one <= index && steps[one]!.about === about).length
    const untilMs = Math.min((steps[index + 2]?.atMs ?? ms) - atMs, LONGEST_MS)
    const afterMs = random.chance(0.5) ? 0 : 1 + random.below(Math.ceil(untilMs) + 2)
    moments.push({ step: { step, about }, nth, afterMs })
    from = index + 1
  }
  return moments
}
