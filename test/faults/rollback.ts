import { type CommandEnd, endText, runCommand, type TimedStep } from './command.ts'
import { runDisturbed } from './disturbed.ts'
import { type Dump, dumpDifferences } from './dump.ts'
import { untilAlone } from './evidence.ts'
import { momentText, randomMoments } from './moment.ts'
import { type Accident, judgeRound, type Round, untilReached } from './round.ts'
import { type Cutover, makeCutover, type Subject } from './subject.ts'

/** A rollback is killed at each of its steps and given again; after it, the same cutover can be made once more. */
export const rollback: Accident = {
  subjects: ({ subjects }) => subjects,
  async run(round) {
    const wanted = await undisturbedRollback(round)
    await withMigrated(round, async cutover => {
      const words = wordsOf(cutover)
      const moments = randomMoments(round.random, wanted, round.turn)
      let ended: CommandEnd | null = null
      for (const moment of moments) {
        const end = await runDisturbed(words, moment, child => void child.kill('SIGKILL'))
        if (end.happened) round.moments.push(moment)
        round.log.push(`${momentText(moment)}${end.happened ? '' : ' (never came)'}: ${endText(end)}`)
        if (end.exitCode === null && !end.hung) continue
        ended = end
        break
      }
      ended ??= await untilReached(words, round)
      if (!isDone(ended)) round.problems.rest.push(`rollback: ${endText(ended)}`)
      await forgetSeen(cutover)
      round.problems.rest.push(...(await untilAlone(cutover)).map(line => `left behind: ${line}`))
      const { rows, rest } = dumpDifferences(wanted.dump, await cutover.target.dump())
      round.problems.rows.push(...rows)
      round.problems.rest.push(...rest)
      await judgeRound(round, cutover, await untilReached(cutover.migrateWords, round))
    })
  },
}

function wordsOf({ words }: Cutover): string[] {
  return ['rollback', '--yes', ...words]
}

/** What a trigger of the target has done is left, and said. */
function isDone({ exitCode, stdout }: CommandEnd): boolean {
  return exitCode === 0 || (exitCode === 1 && stdout.includes('"status": "incomplete"'))
}

async function forgetSeen({ target }: Cutover): Promise<void> {
  await target.execute('DELETE FROM tickets_seen')
}

interface RolledBack {
  dump: Dump
  steps: TimedStep[]
  ms: number
}

const known = new WeakMap<Subject, Promise<RolledBack>>()

/** What an undisturbed rollback leaves; it must be the tables and rows that were there before the migrate. */
function undisturbedRollback(round: Round): Promise<RolledBack> {
  if (!known.has(round.subject)) {
    known.set(
      round.subject,
      withMigrated(round, async (cutover, before) => {
        const end = await runCommand(wordsOf(cutover))
        if (!isDone(end)) throw new Error(`an undisturbed rollback: ${endText(end)}`)
        await forgetSeen(cutover)
        const dump = await cutover.target.dump()
        const { rows, rest } = dumpDifferences(before, dump)
        const problems = [...rows, ...rest.filter(line => !/^sequences|_paritygate/.test(line))]
        if (problems.length > 0)
          throw new Error(`an undisturbed rollback leaves:\n  ${problems.join('\n  ')}`)
        return { dump, steps: end.steps, ms: end.ms }
      }),
    )
  }
  return known.get(round.subject)!
}

/** @param action is given the target as it was before the migrate as well */
async function withMigrated<T>(
  { arena, subject }: Round,
  action: (cutover: Cutover, before: Dump) => Promise<T>,
): Promise<T> {
  const cutover = await makeCutover(subject, arena.folder, arena)
  try {
    const before = await cutover.target.dump()
    const migrated = await runCommand(cutover.migrateWords)
    if (migrated.exitCode !== 0) throw new Error(`the migrate before the rollback: ${endText(migrated)}`)
    return await action(cutover, before)
  } finally {
    await cutover.dispose()
  }
}
