import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { ParitygateError } from '../model/error.ts'
import type { ScoreBudget, Scoreboard } from '../model/scoreboard.ts'
import type { Plan } from '../plan/load-plan.ts'
import { pilotOf } from '../plan/pilot.ts'
import { pilotFingerprint } from '../plan/pilot-fingerprint.ts'
import type { Store } from '../store/store.ts'
import { type EvidenceOptions, evidenceCommand, interruptSignal, withPlan } from './options.ts'
import type { Output } from './output.ts'
import { scoreboardText } from './scoreboard-text.ts'

interface StatusOptions extends EvidenceOptions {
  watch?: boolean
  previous?: boolean
}

/** How often a watched scoreboard is read again. */
const WATCH_MS = 1000

/** `paritygate pilot status` */
export function statusCommand(): Command {
  const command = evidenceCommand(
    'status',
    'Prints the scoreboard of the dual run: 0 within budget, 1 over it, 3 not enough evidence.',
    'paritygate pilot status --watch',
  )
    .option('--watch', 'again every second, until Ctrl-C')
    .option('--previous', 'the latest that was gathered under other rules or between other stacks')
  return command.action(async (options: StatusOptions) => {
    if (options.watch && options.json)
      throw new ParitygateError('usage.invalid', '--watch is for people; with --json say it again and again')
    // The statistics take longer to load than most commands take.
    const { judgeAgain } = await import('../proxy/score/endpoint-score.ts')
    await withPlan(options, async ({ plan, store, out }) => {
      const read = () =>
        options.previous ? previousScoreboard(plan, store) : currentScoreboard(plan, store, judgeAgain)
      if (options.watch) return watch(read, out)
      const scoreboard = read()
      out.document(scoreboard)
      out.say(scoreboardText(scoreboard))
      process.exitCode = exitCodeOf(scoreboard)
    })
  })
}

function exitCodeOf({ verdict }: Scoreboard): number {
  return { 'within budget': 0, 'over budget': 1, 'not enough evidence': 3 }[verdict]
}

/**
 * The evidence that belongs to the plan, held to the budget it has now.
 *
 * @throws {ParitygateError} state.empty
 */
function currentScoreboard(
  plan: Plan,
  store: Store,
  judgeAgain: (scoreboard: Scoreboard, budget: ScoreBudget) => Scoreboard,
): Scoreboard {
  const pilot = pilotOf(plan)
  const fingerprint = pilotFingerprint(pilot)
  const kept = store.scoreboard(fingerprint)
  const others = store.scoreboards().filter(each => each.fingerprint !== fingerprint)
  const older = others.map(
    ({ scoreboard: { since, updated_at, exchanges } }) =>
      `${exchanges} exchanges from ${since} to ${updated_at} were judged by other rules or between other stacks, and are no evidence here (--previous shows the latest)`,
  )
  if (kept === null)
    throw new ParitygateError('state.empty', older[0] ?? 'nothing has been mirrored under this plan', {
      hint: 'Run paritygate pilot, and send traffic through it.',
    })
  const { notes, ...scoreboard } = judgeAgain(kept, pilot.budget)
  return { ...scoreboard, mirroring: store.mirroring(), notes: [...notes, ...older] }
}

/** @throws {ParitygateError} state.empty */
function previousScoreboard(plan: Plan, store: Store): Scoreboard {
  const fingerprint = pilotFingerprint(pilotOf(plan))
  const latest = store.scoreboards().find(each => each.fingerprint !== fingerprint)
  if (latest === undefined)
    throw new ParitygateError('state.empty', 'nothing was mirrored under other rules', {
      hint: 'Leave out --previous.',
    })
  const { notes, ...scoreboard } = latest.scoreboard
  const history =
    'this is history: it was judged by other rules or between other stacks than those of the plan'
  return { ...scoreboard, verdict: 'not enough evidence', reasons: [history], notes }
}

/** Draws over what was there on a terminal; elsewhere, what has changed is printed below. */
async function watch(read: () => Scoreboard, out: Output): Promise<void> {
  const signal = interruptSignal()
  const terminal =
    process.stdout.isTTY && !out.quiet ? (await import('log-update')).createLogUpdate(process.stdout) : null
  let shown = ''
  while (!signal.aborted) {
    const text = watchedText(read)
    if (terminal) terminal(fitting(text, process.stdout))
    else if (text !== shown) out.say(text)
    shown = text
    await sleep(WATCH_MS, undefined, { signal }).catch(() => {})
  }
  terminal?.done()
  process.exitCode = 0
}

/** Before there is any evidence, it is waited for. */
function watchedText(read: () => Scoreboard): string {
  try {
    return scoreboardText(read())
  } catch (error) {
    if (error instanceof ParitygateError && error.code === 'state.empty') return error.describe()
    throw error
  }
}

/** The head of it, where a terminal has not room for all. Some say they have none at all. */
function fitting(text: string, terminal: { columns: number; rows: number }): string {
  const columns = terminal.columns || Number.POSITIVE_INFINITY
  const rows = terminal.rows || Number.POSITIVE_INFINITY
  const lines = text.split('\n').map(line => {
    const characters = [...line]
    return characters.length < columns ? line : `${characters.slice(0, columns - 2).join('')}…`
  })
  if (lines.length < rows) return lines.join('\n')
  const verdict = lines.at(-1)!
  return [...lines.slice(0, Math.max(1, rows - 3)), '…', verdict].join('\n')
}
