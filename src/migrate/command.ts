import { createHash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { type Ending, untilEnd } from '../engines/programs/until-end.ts'
import { ParitygateError, throwIfAborted } from '../model/error.ts'
import { secretsHidden } from './hidden-secrets.ts'
import { KeptOutput } from './kept-output.ts'

export interface CommandOptions {
  timeLimitMs: number
  cwd: string
  /** Besides the environment of this process. */
  env?: Record<string, string>
  /** The file that takes what the command writes; only its owner may read it. */
  output: string
  signal?: AbortSignal
}

export interface CommandResult {
  /** Program and arguments, without secrets. */
  command: string[]
  exitCode: number
  ms: number
  output: string
  /** Files the command line names, as they were before it ran; `sha256` in hexadecimal digits. */
  files: { path: string; sha256: string }[]
}

/**
 * Runs a program, without a shell, and ends everything it has started that is still in its process group. It is told to end
 * by SIGTERM and made to by SIGKILL.
 *
 * @throws {ParitygateError} command.failed where it cannot be started, ends with anything but 0, takes longer than it may or
 * leaves processes behind; interrupted
 */
export async function runCommand(
  command: string[],
  { timeLimitMs, cwd, env = {}, output, signal }: CommandOptions,
): Promise<CommandResult> {
  throwIfAborted(signal)
  const environment = { ...process.env, ...env }
  const hidden = secretsHidden(environment, command)
  const shown = command.map(hidden)
  const where = shown.join(' ')
  const failed = (reason: string, cause?: unknown) =>
    new ParitygateError('command.failed', reason, { where, ...(cause ? { cause } : {}) })
  if (!isFolder(cwd)) throw failed(`it cannot be started in ${cwd}, which is no folder`)
  let kept: KeptOutput
  try {
    kept = new KeptOutput(output)
  } catch (error) {
    throw failed(`its output cannot be kept: ${(error as Error).message}`, error)
  }
  const files = await namedFiles(command, cwd)
  const started = performance.now()
  const ending = await untilEnd(command, {
    cwd,
    env: environment,
    timeLimitMs,
    signal,
    take: kept.take.bind(kept),
  })
  const ms = Math.round(performance.now() - started)
  const last = lastLines(hidden(kept.last(READ).toString()))
  try {
    kept.finish()
  } catch (error) {
    throw failed(`its output cannot be kept: ${(error as Error).message}`, error)
  }
  if (ending.stopped === 'interrupted')
    throw new ParitygateError('interrupted', `${interruptionOf(ending, ms)}. Its output is in ${output}`, {
      where,
      hint: 'Look at what it has done; the next migrate asks whether to run it again.',
    })
  const reason = failureOf(ending, ms)
  if (reason !== null) {
    const detail = last === '' ? ['It wrote nothing.'] : [`last of its output, which is in ${output}:`, last]
    throw failed([reason, ...detail].join('\n  '), ending.error)
  }
  return { command: shown, exitCode: 0, ms, output, files }
}

function interruptionOf({ code, signal }: Ending, ms: number): string {
  const end = signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`
  return `stopped on request after ${secondsOf(ms)}; ${end}, with everything it had started`
}

function secondsOf(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function failureOf({ code, signal, stopped, left, error }: Ending, ms: number): string | null {
  const seconds = secondsOf(ms)
  if (error) return `it cannot be started: ${error.message}`
  if (stopped === 'time') return `it had not ended when its time was over, and was ended after ${seconds}`
  if (signal !== null) return `it was ended by ${signal} after ${seconds}`
  if (code !== 0) return `it ended with exit code ${code} after ${seconds}`
  return left
    ? 'it ended with exit code 0, but left processes running, which were ended: what they did is not complete'
    : null
}

/** Much more than is shown, so that no secret is cut in two before it is found. */
const READ = 64 * 1024
const LINES = 20
const CHARACTERS = 4000

function lastLines(text: string): string {
  const lines = stripVTControlCharacters(text).trimEnd().split(/\r?\n/).slice(-LINES)
  return lines.join('\n').slice(-CHARACTERS).replace(/\n/g, '\n  ')
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** Files a command line names, by their contents: `migrate.py`, and that of `--file=migrate.py`. */
export async function namedFiles(command: string[], cwd: string): Promise<CommandResult['files']> {
  const names = new Set(command.flatMap(argument => [argument, argument.replace(/^--?[\w-]+=/, '')]))
  const files: CommandResult['files'] = []
  for (const path of names) {
    try {
      const place = resolve(cwd, path)
      if (path === '' || !statSync(place).isFile()) continue
      const hash = createHash('sha256')
      for await (const piece of createReadStream(place)) hash.update(piece as Buffer)
      files.push({ path, sha256: hash.digest('hex') })
    } catch {
      // No file, or none that may be read.
    }
  }
  return files
}
