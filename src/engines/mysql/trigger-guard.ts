import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ParitygateError } from '../../model/error.ts'
import type { TriggerGuard } from '../port/target-session.ts'

/** What a guard is told, in one line. */
export interface GuardOrder {
  url: string
  /** The connection under whose rows the triggers are off; they stay so until it is gone. */
  session: number
  /** As in `PlannedTriggers`. */
  on: string[]
}

/** What it answers, once it is connected, instead of why it is not; and what it is told where all is well. */
export const READY = 'ready'

/** A server takes a moment to see that a connection is gone. */
const HANDED_OVER_MS = 10_000

const program = fileURLToPath(new URL('./trigger-guard-process.js', import.meta.url))

/**
 * Starts a guard. It hears that this process is gone by the end of a pipe, which comes with a `kill -9`, too; secrets reach it
 * by this pipe and not by its arguments, which others can see.
 *
 * @throws {ParitygateError} target.refused
 */
export async function guardTriggers(order: GuardOrder): Promise<TriggerGuard> {
  // In a session of its own: what is sent to the terminal's processes does not reach it.
  const guard = spawn(process.execPath, [program], { detached: true, stdio: ['pipe', 'pipe', 'ignore'] })
  guard.stdin.on('error', () => {})
  const ended = new Promise<void>(resolve => {
    guard.once('exit', () => resolve())
    guard.once('error', () => resolve())
  })
  guard.stdin.write(`${JSON.stringify(order)}\n`)
  const answers = createInterface({ input: guard.stdout })
  const [answer] = (await Promise.race([once(answers, 'line'), ended.then(() => [])])) as [string?]
  answers.close()
  if (answer !== READY)
    throw new ParitygateError(
      'target.refused',
      `triggers are not turned off: the process that would bring them back if this one were killed cannot start${answer ? `: ${answer}` : ''}`,
    )
  guard.unref()
  for (const pipe of [guard.stdin, guard.stdout]) (pipe as Socket).unref()
  return {
    change: on =>
      // What is in the pipe is read, even where this process has died.
      new Promise(resolve => guard.stdin.write(`${JSON.stringify(on)}\n`, () => resolve())),
    async callOff() {
      guard.ref()
      guard.stdin.end(`${READY}\n`)
      await ended
    },
    async handOver({ wait }) {
      guard.stdin.end()
      if (!wait) return
      const enough = new AbortController()
      const { signal } = enough
      await Promise.race([ended, delay(HANDED_OVER_MS, undefined, { signal }).catch(() => {})])
      enough.abort()
    },
  }
}
