import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { StepMessage } from '../../src/model/steps.ts'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const barrier = new URL('./step-barrier.mjs', import.meta.url).href

/** None of the commands takes longer, on a slow machine either. */
const TIME_LIMIT_MS = 180_000

/** A step and when it was reached: milliseconds after the start. */
export interface TimedStep extends StepMessage {
  atMs: number
}

/** How a command ended. */
export interface CommandEnd {
  /** Null where a signal ended it. */
  exitCode: number | null
  stdout: string
  stderr: string
  steps: TimedStep[]
  ms: number
  /** It did not end by itself within the time limit, and was killed for that. */
  hung: boolean
}

export interface Command {
  child: ChildProcess
  end: Promise<CommandEnd>
}

export interface CommandOptions {
  /** Called at each step; the command stands still until it returns. */
  onStep?: (message: StepMessage) => void | Promise<void>
  /** No file may grow beyond this many blocks of 512 bytes. */
  fileBlocks?: number
  /** The command is killed after so long. */
  timeLimitMs?: number
}

/** Starts the built command line. */
export function startCommand(
  words: string[],
  { onStep, fileBlocks, timeLimitMs = TIME_LIMIT_MS }: CommandOptions = {},
): Command {
  const node = [process.execPath, '--import', barrier, cli, ...words]
  const limited = ['/bin/sh', '-c', 'ulimit -f "$0" && exec "$@"', String(fileBlocks), ...node]
  const [program, ...rest] = fileBlocks === undefined ? node : limited
  const started = performance.now()
  const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
  const steps: TimedStep[] = []
  const socket = child.stdio[3] as Duplex
  // A command that was killed reads no answer.
  socket.on('error', () => {})
  const lines = createInterface(socket)
  lines.on('error', () => {})
  lines.on('line', async line => {
    const message = JSON.parse(line) as StepMessage
    steps.push({ ...message, atMs: performance.now() - started })
    await onStep?.(message)
    if (!socket.destroyed) socket.write('\n')
  })
  return { child, end: untilEnd(child, steps, started, timeLimitMs) }
}

async function untilEnd(
  child: ChildProcess,
  steps: TimedStep[],
  started: number,
  limitMs: number,
): Promise<CommandEnd> {
  let hung = false
  const limit = setTimeout(() => {
    hung = true
    child.kill('SIGKILL')
  }, limitMs)
  const [[exitCode], stdout, stderr] = await Promise.all([
    once(child, 'exit') as Promise<[number | null]>,
    text(child.stdout!),
    text(child.stderr!),
  ])
  clearTimeout(limit)
  return { exitCode, stdout, stderr, steps, ms: performance.now() - started, hung }
}

/** Runs a command to its end. */
export function runCommand(words: string[], options: CommandOptions = {}): Promise<CommandEnd> {
  return startCommand(words, options).end
}

/** What it said when it failed, in one line. */
export function saidBy({ stderr }: CommandEnd): string {
  return stderr
    .trim()
    .split(/\s*\n\s*/)
    .slice(0, 3)
    .join(' ')
}

/** `exit code 4 The connection …`, or that it was killed. */
export function endText(end: CommandEnd): string {
  if (end.hung) return 'did not end'
  return end.exitCode === null
    ? 'killed'
    : `exit code ${end.exitCode} ${end.exitCode === 0 ? '' : saidBy(end)}`.trim()
}
