import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'

const main = resolve(import.meta.dirname, '../dist/cli/main.js')

export interface Finished {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs the command line as a user would. */
export function paritygate(
  args: string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<Finished> {
  return start(args, options).finished
}

export function start(
  args: string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> },
): { child: ChildProcess; finished: Promise<Finished> } {
  const child = spawn(process.execPath, [main, ...args], { cwd, env: { ...process.env, ...env } })
  let stdout = ''
  let stderr = ''
  child.stdout!.on('data', chunk => (stdout += chunk))
  child.stderr!.on('data', chunk => (stderr += chunk))
  const finished = new Promise<Finished>(done => child.on('close', code => done({ code, stdout, stderr })))
  return { child, finished }
}
