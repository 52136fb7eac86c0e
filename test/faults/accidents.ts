import type { Arena } from './arena.ts'
import { disk } from './disk.ts'
import { kill, server, sessions, sockets } from './disturbance.ts'
import type { Moment } from './moment.ts'
import { randomOf } from './random.ts'
import { rollback } from './rollback.ts'
import type { Accident, Round, RoundResult } from './round.ts'
import { two } from './two.ts'

export const accidents = { kill, server, sessions, sockets, disk, two, rollback } satisfies Record<
  string,
  Accident
>
export type AccidentName = keyof typeof accidents

/**
 * One accident to one subject. The seed and the number decide which, and everything that is left to chance.
 *
 * @param number from 0; successive ones go from subject to subject
 * @param at moments that are not to be left to chance
 */
export async function runRound(
  arena: Arena,
  accident: AccidentName,
  number: number,
  seed: string,
  at: Moment[] | null = null,
): Promise<RoundResult> {
  const subjects = accidents[accident].subjects(arena)
  const round: Round = {
    arena,
    name: `${accident}:${number}`,
    subject: subjects[number % subjects.length]!,
    turn: Math.floor(number / subjects.length),
    random: randomOf(`${seed}:${accident}:${number}`),
    at,
    moments: [],
    log: [],
    problems: { rows: [], rest: [] },
  }
  try {
    await accidents[accident].run(round)
  } catch (error) {
    round.problems.rest.push((error as Error).message)
  }
  return round
}
