import { once } from 'node:events'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { ParitygateError } from '../model/error.ts'
import { pilotOf } from '../plan/pilot.ts'
import { pilotFingerprint } from '../plan/pilot-fingerprint.ts'
import { type EvidenceOptions, evidenceCommand, withPlan } from './options.ts'
import { statusCommand } from './pilot-status.ts'
import { timeLimit } from './quantities.ts'

const DRAIN_MS = 30_000

export function pilotCommand(): Command {
  const command = evidenceCommand(
    'pilot',
    'Mirrors pilot traffic to the new stack and compares the answers; SIGTERM ends it.',
    'paritygate pilot --drain 10s',
  )
    .addOption(
      new Option('--drain <time>', 'how long requests under way may take once it is to end')
        .argParser(timeLimit)
        .default(DRAIN_MS, `${DRAIN_MS / 1000}s`),
    )
    .enablePositionalOptions()
    .action(run)
  for (const sub of [statusCommand, offCommand, onCommand, resetCommand])
    command.addCommand(sub().exitOverride())
  return command
}

async function run(options: EvidenceOptions & { drain: number }): Promise<void> {
  await withPlan(options, async ({ plan, store, out }) => {
    // What serves traffic takes longer to load than most commands take.
    const { startPilot } = await import('../proxy/pilot.ts')
    const ended = endSignal()
    const log = { info: out.say, warn: out.sayFailure }
    const pilot = await startPilot(plan, { state: store.file, log })
    out.say(`listening on ${pilot.url}`)
    await ended
    out.say('ending: requests under way are finished, new ones are not taken')
    await pilot.close(options.drain)
    const scoreboard = store.scoreboard(pilotFingerprint(pilotOf(plan)))
    if (scoreboard !== null) out.document(scoreboard)
    out.say('ended; paritygate pilot status shows what it has come to')
  })
}

/** The first SIGINT or SIGTERM; a second one ends the process. */
async function endSignal(): Promise<void> {
  await Promise.race(['SIGINT', 'SIGTERM'].map(name => once(process, name)))
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => process.exit(130))
}

function offCommand(): Command {
  return evidenceCommand(
    'off',
    'Stops mirroring at once, also of a pilot that runs; traffic goes on to the primary.',
    'paritygate pilot off --why "the new stack is being restarted"',
  )
    .requiredOption('--why <text>', 'for those who read the scoreboard', said)
    .action((options: EvidenceOptions & { why: string }) => switchMirroring(options, false, options.why))
}

function onCommand(): Command {
  return evidenceCommand('on', 'Mirrors again.', 'paritygate pilot on').action((options: EvidenceOptions) =>
    switchMirroring(options, true, null),
  )
}

function said(text: string): string {
  if (text.trim() !== '') return text
  throw new InvalidArgumentError('It must say something.')
}

async function switchMirroring(options: EvidenceOptions, on: boolean, why: string | null): Promise<void> {
  await withPlan(options, ({ plan, store, out }) => {
    pilotOf(plan)
    store.setMirroring(on, why)
    out.document(store.mirroring())
    out.say(on ? 'mirroring is on' : `mirroring is off: ${why}`)
  })
}

function resetCommand(): Command {
  return evidenceCommand(
    'reset',
    'Forgets what the dual run has found so far, which `pilot status` shows.',
    'paritygate pilot reset --yes',
  )
    .option('--yes', 'really do it')
    .action(async (options: EvidenceOptions & { yes?: boolean }) => {
      if (!options.yes)
        throw new ParitygateError(
          'usage.invalid',
          'the evidence of the dual run cannot be had back: say --yes',
        )
      await withPlan(options, ({ plan, store, out }) => {
        pilotOf(plan)
        store.clearPilot()
        out.say('the scoreboard is empty')
      })
    })
}
