import { Option } from 'commander'
import { timeLimit } from './quantities.ts'

/** In milliseconds. */
export interface TimeLimitOptions {
  lockTimeout?: number
  statementTimeout?: number
}

export const lockTimeout = new Option(
  '--lock-timeout <time>',
  'wait for a lock no longer: 500ms, 5s, 10m (default: 60s)',
).argParser(timeLimit)

export const statementTimeout = new Option(
  '--statement-timeout <time>',
  'end a statement that takes longer (default: none)',
).argParser(timeLimit)
