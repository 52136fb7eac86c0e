import type { OnProgress, ProgressEvent } from '../model/progress.ts'
import { redactUrl } from '../model/redact.ts'

/** How often a line is repainted on a terminal, and printed elsewhere. */
const REPAINT_MS = 100
const PRINT_MS = 5_000

/** Rows, rows per second, percent and time left of the table under way, on standard error. */
export async function showProgress({
  quiet,
}: {
  quiet: boolean
}): Promise<{ onProgress: OnProgress; end(): void }> {
  if (quiet) return { onProgress: () => {}, end: () => {} }
  const terminal = process.stderr.isTTY ? (await import('log-update')).createLogUpdate(process.stderr) : null
  let started = 0
  let shown = 0
  let waiting = false
  const print = (line: string) => {
    terminal?.clear()
    process.stderr.write(`${line}\n`)
  }
  return {
    onProgress(event) {
      const now = performance.now()
      // The first word of a wait is shown at once.
      const due = now - shown >= (terminal ? REPAINT_MS : PRINT_MS) || (event.kind === 'waiting' && !waiting)
      if (event.kind === 'table-started') {
        started = shown = now
      } else if (event.kind === 'rows') {
        if (!due) return
        shown = now
        const line = progressLine(event, (now - started) / 1000)
        if (terminal) terminal(line)
        else print(line)
      } else if (event.kind === 'waiting') {
        if (!due) return
        shown = now
        const line = `waiting: ${redactUrl(event.reason)}`
        if (terminal) terminal(line)
        else print(line)
      } else if (event.kind === 'retrying') {
        print(
          `trying again in ${duration(event.seconds)} (${event.attempt} of ${event.of}): ${redactUrl(event.reason)}`,
        )
      } else if (event.kind === 'work-started') {
        print(`phase ${event.phase} ${event.subject}: running`)
      } else if (event.kind === 'work-finished') {
        print(`phase ${event.phase} ${event.subject}: ran in ${duration(event.ms / 1000)}`)
      } else {
        const rate = event.ms > 0 ? `, ${count(Math.round((event.rows / event.ms) * 1000))} rows/s` : ''
        print(
          `${event.phase} ${event.table}: ${count(event.rows)} rows${rate}${event.note ? `; ${event.note}` : ''}`,
        )
      }
      waiting = event.kind === 'waiting'
    },
    end: () => terminal?.clear(),
  }
}

function progressLine(event: ProgressEvent & { kind: 'rows' }, seconds: number): string {
  const rate = seconds > 0 ? event.rows / seconds : 0
  const parts = [
    `${event.phase} ${event.table}: ${count(event.rows)} rows`,
    `${count(Math.round(rate))} rows/s`,
  ]
  // More rows than were expected say nothing of how many are left.
  if (event.total !== null && event.rows < event.total) {
    parts.push(`${Math.floor((event.rows / event.total) * 100)} %`)
    if (rate > 0) parts.push(`${duration((event.total - event.rows) / rate)} left`)
  }
  return parts.join(', ')
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds))
  if (whole < 60) return `${whole} s`
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
