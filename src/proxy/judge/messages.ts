import type { ErrorCode } from '../../model/error.ts'
import type { UnscorableCause } from '../../model/scoreboard.ts'
import type { Pilot } from '../../plan/pilot.ts'
import type { Batch } from './batch.ts'

/** What the judge's thread is given when it begins. */
export interface JudgeSetup {
  pilot: Pilot
  /** The state file, and the pair of databases its evidence belongs to (see `pairFingerprint`). */
  state: string
  pair: string
  /** See `pilotFingerprint`. */
  fingerprint: string
}

export type ToJudge =
  | { kind: 'batch'; batch: Batch }
  /** Exchanges that had to be given up before they could be handed over. */
  | { kind: 'given up'; cause: UnscorableCause; count: number }
  | { kind: 'close' }

export type FromJudge =
  | { kind: 'ready' }
  /** A batch has been judged. */
  | { kind: 'judged' }
  /** All that was judged before is in the state. */
  | { kind: 'saved' }
  | { kind: 'said'; text: string }
  | { kind: 'failed'; code: ErrorCode; message: string }
