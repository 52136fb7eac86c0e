import { errorTable, ParitygateError } from '../model/error.ts'
import { redactUrl } from '../model/redact.ts'

/** What the people at the terminal read; with --json, standard output is left to the one document. */
export interface Output {
  quiet: boolean
  /** The result, for people. */
  say(text: string): void
  /** What is wrong with it: the same, and with --quiet on standard error. */
  sayFailure(text: string): void
  /** The result, for programs. */
  document(value: unknown): void
}

export function output({ json = false, quiet = false }: { json?: boolean; quiet?: boolean }): Output {
  const say = (text: string) => {
    if (!quiet) (json ? process.stderr : process.stdout).write(`${text}\n`)
  }
  return {
    quiet,
    say,
    sayFailure(text) {
      if (quiet) process.stderr.write(`${text}\n`)
      else say(text)
    },
    document(value) {
      if (json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
    },
  }
}

/** Prints what failed and returns the exit code. */
export function printFailure(error: unknown, json: boolean): number {
  const failure =
    error instanceof ParitygateError
      ? error
      : new ParitygateError('internal', messageOf(error), { cause: error })
  const message = redactUrl(failure.message)
  process.stderr.write(`${redactUrl(failure.describe())}\n`)
  if (failure.code === 'internal' && process.env.PARITYGATE_DEBUG)
    process.stderr.write(`${(error as Error).stack}\n`)
  if (json) {
    const { code, where, hint } = failure
    process.stdout.write(
      `${JSON.stringify({ error: { code, title: errorTable[code].title, where, message, hint } }, null, 2)}\n`,
    )
  }
  return failure.exitCode
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Columns of text, the first to the left and the others to the right. */
export function columns(head: string[], rows: string[][]): string {
  const all = [head, ...rows]
  const widths = head.map((_, index) => Math.max(...all.map(row => row[index]!.length)))
  return all
    .map(row =>
      row
        .map((text, index) => (index === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[index]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
