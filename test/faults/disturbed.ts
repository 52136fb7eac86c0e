import type { ChildProcess } from 'node:child_process'
import { type CommandEnd, type CommandOptions, startCommand } from './command.ts'
import type { Moment } from './moment.ts'

export interface Disturbed extends CommandEnd {
  /** The moment came while the command ran. */
  happened: boolean
}

/**
 * Runs a command and does something to it, or to what it works with, at a moment.
 *
 * @param act at a step the command stands still until it is done
 */
export async function runDisturbed(
  words: string[],
  moment: Moment,
  act: (child: ChildProcess) => void | Promise<void>,
  options: CommandOptions = {},
): Promise<Disturbed> {
  let happened = false
  let acting: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let seen = 0
  const now = () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    happened = true
    acting = Promise.resolve(act(child))
    return acting
  }
  const later = () => {
    timer = setTimeout(now, moment.afterMs)
  }
  const { child, end } = startCommand(words, {
    ...options,
    async onStep(message) {
      await options.onStep?.(message)
      if (moment.step === null || message.step !== moment.step.step || message.about !== moment.step.about)
        return
      if (++seen !== moment.nth) return
      if (moment.afterMs > 0) return later()
      const done = now()
      // What was killed here must not go on for the time a signal takes.
      if (child.killed) await end
      await done
    },
  })
  if (moment.step === null) later()
  const ended = await end
  clearTimeout(timer)
  await acting
  return { ...ended, happened }
}
