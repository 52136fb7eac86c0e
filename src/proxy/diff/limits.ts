import type { Comparison } from './comparison.ts'

type Unscorable = Extract<Comparison, { outcome: 'unscorable' }>

/** Nesting of JSON and HTML up to which answers are compared. Parsers of the field stop between 64 and 1,000. */
export const MAX_DEPTH = 500

export const MAX_DIFFERENCES = 50
/** Of those of one field and kind. */
export const MAX_ALIKE = 5
/** Differences, shown or not, after which nobody looks further. */
export const MAX_FOUND = 10_000

/** UTF-16 code units of a value that are shown. */
export const MAX_SHOWN = 120

/** Values visited in one comparison, and how long that may take: other exchanges wait for it. */
export const MAX_STEPS = 20_000_000
export const MAX_MS = 15_000

/** Why two answers cannot be held against each other; it ends the comparison. */
export class Incomparable extends Error {
  readonly reason: Unscorable['cause']

  constructor(reason: Unscorable['cause'], detail: string) {
    super(detail)
    this.name = 'Incomparable'
    this.reason = reason
  }
}
