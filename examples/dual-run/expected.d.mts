import type { Scoreboard } from '../../src/model/scoreboard.ts'

/** Holds a scoreboard against what is in the code of the two stacks: a line for each expectation, and whether it has come true. */
export function heldAgainst(
  scoreboard: Pick<Scoreboard, 'groups' | 'endpoints' | 'budget' | 'rules'>,
  counts: { answered: number; aborted: number; failed: number; foreign: number },
): { ok: boolean; text: string }[]
