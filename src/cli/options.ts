import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { ParitygateError } from '../model/error.ts'
import { pairFingerprint } from '../plan/fingerprint.ts'
import { type Plan, readPlan } from '../plan/load-plan.ts'
import { IN_MEMORY } from '../store/state-file.ts'
import { openStore, type Store } from '../store/store.ts'
import { type Output, output } from './output.ts'

export interface PlanOptions {
  config?: string
  json?: boolean
  quiet?: boolean
}

export interface EvidenceOptions extends PlanOptions {
  state?: string
}

/** A command that works on a plan and the evidence of its runs. */
export function evidenceCommand(name: string, description: string, example: string): Command {
  return planCommand(name, description, example).option(
    '--state <file>',
    'the evidence (default: .paritygate/state.db beside the plan)',
  )
}

/** A command that works on a plan alone. */
export function planCommand(name: string, description: string, example: string): Command {
  return new Command(name)
    .description(description)
    .option('-c, --config <file>', 'the plan (default: cutover.yaml, or cutover.ts)')
    .option('--json', 'one JSON document on standard output, everything else on standard error')
    .option('--quiet', 'print nothing but failures')
    .addHelpText('after', `\nExample:\n  ${example}`)
}

const defaultPlans = ['cutover.yaml', 'cutover.ts', 'cutover.mts', 'cutover.js', 'cutover.mjs']

/**
 * The plan that is named, or the only one here that has a usual name.
 *
 * @throws {ParitygateError} usage.invalid, where there are several; what `readPlan` throws
 */
export function planOf({ config }: PlanOptions): Promise<Plan> {
  if (config !== undefined) return readPlan(config)
  const found = defaultPlans.filter(name => existsSync(name))
  if (found.length > 1)
    throw new ParitygateError(
      'usage.invalid',
      `there are ${found.join(' and ')} here: name one with --config`,
    )
  return readPlan(found[0] ?? defaultPlans[0]!)
}

/** Runs an action with the plan and its state, and closes the state whatever happens. */
export async function withPlan<T>(
  options: EvidenceOptions & { dryRun?: boolean },
  action: (context: { plan: Plan; store: Store; out: Output }) => Promise<T> | T,
): Promise<T> {
  const plan = await planOf(options)
  const file = options.state ?? join(dirname(plan.file), '.paritygate', 'state.db')
  const store = openStore(options.dryRun && !existsSync(file) ? IN_MEMORY : file, pairFingerprint(plan))
  try {
    return await action({ plan, store, out: output(options) })
  } finally {
    store.close()
  }
}

/** How long a run that is to end may take. */
const LAST_SECONDS_MS = 10_000

/** Ctrl-C and SIGTERM end the run cleanly; a second one ends the process, and so does a statement that does not end. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      process.stderr.write('\nstopping; press Ctrl-C again to end at once\n')
      controller.abort()
      // An engine inside this process cannot be stopped within a statement; what it was writing is taken back as after a crash.
      setTimeout(() => process.exit(130), LAST_SECONDS_MS).unref()
      process.once(name, () => process.exit(130))
    })
  }
  return controller.signal
}

export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number, 0 or more.')
  return Number(text)
}
