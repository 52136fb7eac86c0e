import type { UnscorableCause } from '../../model/scoreboard.ts'

/** What holding two answers against each other has come to. */
export type Comparison =
  | (Compared & { outcome: 'same' })
  | (Compared & {
      outcome: 'different'
      /** At least one, at most a bound; `more` where there are others. */
      differences: FoundDifference[]
      more: boolean
    })
  | {
      outcome: 'unscorable'
      cause: Extract<UnscorableCause, 'undecodable' | 'too deep' | 'answer too large' | 'judge failed'>
      detail: string
    }

interface Compared {
  /** Numbers of the rules without which there would be more differences: none and `same` is a match. */
  excusedBy: number[]
  /** Numbers of the rules that were asked: those of this route that have not expired. */
  asked: number[]
  /** A short digest of the primary's status, content type and which members of which types its JSON has; values do not matter. */
  shape: string
}

/** One difference. Values are canonical text, cut and redacted; null where there is none. */
export interface FoundDifference {
  /** `status`, `header content-type`, `body $.items[*].price`: the same for every element of an array. */
  field: string
  /** Where exactly: `$.items[3].price`. */
  path: string
  /** What kind of difference, the same for the same cause: `off by exactly 3600 s`, `number became string`, `absent`, `array order`. */
  kind: string
  primary: string | null
  shadow: string | null
}
