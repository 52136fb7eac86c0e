import type { Arena } from './arena.ts'
import { type CommandEnd, endText, runCommand } from './command.ts'
import { gather, judge, type Problems } from './evidence.ts'
import type { Moment } from './moment.ts'
import type { Random } from './random.ts'
import type { Cutover, Subject } from './subject.ts'

/** One kind of accident, done to each subject it can happen to. */
export interface Accident {
  /** Who it can happen to; none where it cannot be made to happen here. */
  subjects(arena: Arena): Subject[]
  run(round: Round): Promise<void>
}

export interface Round extends RoundResult {
  arena: Arena
  /** From 0, among those of its subject. */
  turn: number
  /** Moments that are not left to chance. */
  at: Moment[] | null
  random: Random
}

export interface RoundResult {
  /** `kill:17`, by which `--only` runs it again. */
  name: string
  subject: Subject
  /** When something really happened, in order. */
  moments: Moment[]
  /** The story, for people. */
  log: string[]
  problems: Problems
}

/** A command that finds its server away may be given again this often. */
const REPEATS = 5
export const UNREACHABLE = 4

/** Gives the command again, as somebody would who is told that the server is away. */
export async function untilReached(words: string[], { log }: RoundResult): Promise<CommandEnd> {
  for (let repeat = 1; ; repeat++) {
    const end = await runCommand(words)
    log.push(`given again: ${endText(end)}`)
    if (end.hung) throw new Error('the command did not end, given again')
    if (end.exitCode !== UNREACHABLE || repeat === REPEATS) return end
    await new Promise(resolve => setTimeout(resolve, 500))
  }
}

/** Holds what the last command left against what an undisturbed one leaves. */
export async function judgeRound(round: Round, cutover: Cutover, last: CommandEnd): Promise<void> {
  const wanted = await round.arena.undisturbed(round.subject)
  const { rows, rest } = judge(wanted, await gather(cutover, last))
  round.problems.rows.push(...rows)
  round.problems.rest.push(...rest)
}
