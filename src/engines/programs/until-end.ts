import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { isGroupAlive, signalGroup } from './process-group.ts'

/** How a program ended. */
export interface Ending {
  code: number | null
  signal: NodeJS.Signals | null
  /** Why it was told to end; `broken`: what it reads or writes could not be passed on. */
  stopped: 'time' | 'interrupted' | 'broken' | null
  /** Processes it had started still ran. */
  left: boolean
  /** It could not be started, or why it was broken. */
  error?: Error
}

export interface Running {
  cwd: string
  env: NodeJS.ProcessEnv
  /** Takes what it writes, standard output and errors as they come. */
  take(chunk: Buffer): void
  /** Its standard input; without one, that is empty. */
  input?: Readable | undefined
  /** Takes its standard output in the place of `take`, which then has the errors alone. */
  output?: Writable | undefined
  timeLimitMs: number
  signal: AbortSignal | undefined
}

/** How long a process told to end may take, and one that has ended to take along what it has started. */
const GRACE_MS = 5000
const LEAVING_MS = 1000
/** setTimeout knows no longer time. */
const LONGEST_MS = 2 ** 31 - 1

/** Starts a program and waits until it, and everything in its process group, is gone. */
export async function untilEnd(
  [program, ...args]: string[],
  { cwd, env, take, input, output, timeLimitMs, signal }: Running,
): Promise<Ending> {
  // In a group of its own, so that all of it can be ended; Ctrl-C in the terminal does not reach it then.
  const started = () =>
    spawn(program!, args, {
      cwd,
      env,
      detached: true,
      stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    }) as ChildProcessByStdio<Writable | null, Readable, Readable>
  const ending: Ending = { code: null, signal: null, stopped: null, left: false }
  let child: ReturnType<typeof started>
  try {
    child = started()
  } catch (error) {
    return { ...ending, error: error as Error }
  }
  const exited = new Promise<void>(done => {
    child.once('exit', (code, by) => {
      Object.assign(ending, { code, signal: by })
      done()
    })
    child.once('error', error => {
      if (child.pid === undefined) ending.error = error
      done()
    })
  })
  const closed = new Promise<void>(done => child.once('close', () => done()))
  for (const stream of output ? [child.stderr] : [child.stdout, child.stderr]) stream.on('data', take)
  const group = child.pid
  if (group === undefined) {
    await exited
    return ending
  }
  let deadline = Number.POSITIVE_INFINITY
  let force: NodeJS.Timeout | undefined
  const stop = (reason: NonNullable<Ending['stopped']>) => {
    if (ending.stopped !== null) return
    ending.stopped = reason
    deadline = performance.now() + GRACE_MS
    signalGroup(group, 'SIGTERM')
    force = setTimeout(() => signalGroup(group, 'SIGKILL'), GRACE_MS)
  }
  const broken = (error: Error) => {
    ending.error ??= error
    stop('broken')
  }
  // A program that ends before it has read everything has not done what it was asked for.
  const fed = input && child.stdin ? pipeline(input, child.stdin).catch(broken) : undefined
  const drained = output ? pipeline(child.stdout, output).catch(broken) : undefined
  const limit = setTimeout(() => stop('time'), Math.min(timeLimitMs, LONGEST_MS))
  const interrupt = () => stop('interrupted')
  const leave = () => signalGroup(group, 'SIGKILL')
  signal?.addEventListener('abort', interrupt, { once: true })
  process.once('exit', leave)
  try {
    // Nobody was listening while the files were read.
    if (signal?.aborted) interrupt()
    await exited
    clearTimeout(limit)
    deadline = Math.min(deadline, performance.now() + (ending.stopped ? GRACE_MS : LEAVING_MS))
    await untilGone(group, () => deadline)
    ending.left = isGroupAlive(group)
    if (ending.left) {
      signalGroup(group, 'SIGKILL')
      // It takes a moment, and nothing of it may still be at work when the run goes on.
      const given = performance.now() + LEAVING_MS
      await untilGone(group, () => given)
    }
    // What is given on is not cut short, however slowly it is taken.
    await Promise.all([fed, drained])
    // A process that has left the group may hold the output open for as long as it likes.
    await Promise.race([closed, wait(LEAVING_MS, undefined, { ref: false })])
    child.stdout.destroy()
    child.stderr.destroy()
    return ending
  } finally {
    clearTimeout(limit)
    clearTimeout(force)
    signal?.removeEventListener('abort', interrupt)
    process.removeListener('exit', leave)
  }
}

async function untilGone(group: number, deadline: () => number): Promise<void> {
  while (isGroupAlive(group) && performance.now() < deadline()) await wait(20)
}
