import type { ChildProcess } from 'node:child_process'
import type { Arena } from './arena.ts'
import { type CommandEnd, endText } from './command.ts'
import { runDisturbed } from './disturbed.ts'
import { type Moment, momentText, randomMoments } from './moment.ts'
import { startProxy } from './proxy.ts'
import { type Accident, judgeRound, type Round, UNREACHABLE, untilReached } from './round.ts'
import { type Cutover, makeCutover } from './subject.ts'

/** Does what is to be done to a migrate. */
interface Act {
  (child: ChildProcess): void | Promise<void>
  /** Until everything is as before again. */
  settled?: () => Promise<void>
}

const onServers = (arena: Arena) => arena.subjects.filter(({ target }) => target !== 'sqlite')

/** The process is killed. */
export const kill = disturbance(
  arena => arena.subjects,
  () => child => void child.kill('SIGKILL'),
)

/** The target's server ends without a word and comes back some time later. */
export const server = disturbance(
  arena => onServers(arena).filter(({ target }) => arena.servers[target as 'postgres'] !== undefined),
  ({ arena, subject, random }) => {
    const own = arena.servers[subject.target as 'postgres' | 'mysql']!
    let back: Promise<void> = Promise.resolve()
    const crash = async () => {
      await own.crash()
      const away = random.below(2500)
      back = new Promise(resolve => setTimeout(resolve, away)).then(() => own.start())
    }
    return Object.assign(crash, { settled: () => back })
  },
)

/** The server ends the sessions of the command, those of either side. */
export const sessions = disturbance(
  onServers,
  ({ subject: { source, target }, random }, cutover) =>
    async () => {
      const ofSource = source.engine === target && random.chance(0.3)
      await (ofSource ? source : cutover.target).cutSessions()
    },
)

/** What lies between the command and the target's server resets their connections. */
export const sockets: Accident = {
  ...kill,
  subjects: onServers,
  async run(round) {
    const proxy = await startProxy(round.subject.targets.serverUrl!)
    try {
      await runDisturbance(round, () => () => void proxy.cut(), proxy.host)
    } finally {
      await proxy.close()
    }
  },
}

function disturbance(subjects: Accident['subjects'], act: (round: Round, cutover: Cutover) => Act): Accident {
  return { subjects, run: round => runDisturbance(round, act) }
}

/**
 * A migrate that is disturbed once or several times, each time given again, until it ends by itself.
 *
 * @param through where connections to the target are to go instead of to its server
 */
async function runDisturbance(
  round: Round,
  actOf: (round: Round, cutover: Cutover) => Act,
  through?: string,
): Promise<void> {
  const { arena, subject, random, turn } = round
  const undisturbed = await arena.undisturbed(subject)
  const jobs = 1 + random.below(3)
  const cutover = await makeCutover(subject, arena.folder, { chunkRows: arena.chunkRows, jobs, through })
  const act = actOf(round, cutover)
  try {
    const moments = round.at ?? randomMoments(random, undisturbed, turn)
    const ended = await disturb(round, cutover, moments, act)
    await judgeRound(round, cutover, ended ?? (await untilReached(cutover.migrateWords, round)))
  } finally {
    await act.settled?.()
    await cutover.dispose()
  }
}

/** Gives the command once for each moment; the last end of it, where it came to one by itself. */
async function disturb(
  round: Round,
  { migrateWords }: Cutover,
  moments: Moment[],
  act: Act,
): Promise<CommandEnd | null> {
  for (const moment of moments) {
    const end = await runDisturbed(migrateWords, moment, act)
    await act.settled?.()
    if (end.happened) round.moments.push(moment)
    round.log.push(`${momentText(moment)}${end.happened ? '' : ' (never came)'}: ${endText(end)}`)
    if (end.hung) throw new Error('the command did not end')
    if (end.exitCode === 0) return end
    if (end.exitCode !== null && end.exitCode !== UNREACHABLE)
      round.problems.rest.push(`when disturbed: ${endText(end)}`)
  }
  return null
}
