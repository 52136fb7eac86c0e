import { createHash } from 'node:crypto'
import { dirname, join, resolve } from 'node:path'
import { openTarget } from '../engines/open.ts'
import type { Dialect } from '../engines/port.ts'
import { ParitygateError } from '../model/error.ts'
import type { WorkEntry } from '../model/ledger.ts'
import type { Plan } from '../plan/load-plan.ts'
import type { Store } from '../store/store.ts'
import { namedFiles, runCommand } from './command.ts'
import { secretsHidden } from './hidden-secrets.ts'
import { type Attempt, timeLimits } from './options.ts'
import { readScript, requireScript, runScript } from './script.ts'

/** Somebody else's part of a migration. */
export interface PhaseWork {
  phase: number
  /** Under which the state knows it. */
  key: string
  /** For people: `script scripts/old_to_new.sql`; without secrets. */
  subject: string
  does: { script: string } | { command: string[]; timeLimitMs: number }
}

const HOUR_MS = 3_600_000

/** In the order of the phases; a script comes before a command of the same. */
export function phaseWork(plan: Plan): PhaseWork[] {
  return Object.entries(plan.phases ?? {})
    .map(([phase, document]) => ({ phase: Number(phase), ...document }))
    .sort((a, b) => a.phase - b.phase)
    .flatMap(({ phase, script, command, time_limit }): PhaseWork[] => [
      ...(script
        ? [
            {
              phase,
              key: `phase ${phase} script`,
              subject: `script ${script.sql}`,
              does: { script: script.sql },
            },
          ]
        : []),
      ...(command
        ? [
            {
              phase,
              key: `phase ${phase} command`,
              subject: `command ${command.map(secretsHidden(process.env, command)).join(' ')}`,
              does: { command, timeLimitMs: milliseconds(time_limit) },
            },
          ]
        : []),
    ])
}

function milliseconds(limit: string | undefined): number {
  if (limit === undefined) return HOUR_MS
  const unit = { s: 1000, m: 60_000, h: HOUR_MS }[limit.at(-1)!]!
  return Number(limit.slice(0, -1)) * unit
}

/**
 * Nothing is begun that could not be run, and nothing said to have been done that is another now.
 *
 * @throws {ParitygateError} script.refused; phase.done where it has run already and is another now
 */
export async function requireRunnable(
  work: PhaseWork[],
  dialect: Dialect,
  { plan, store, options }: WorkContext & { options: Attempt },
): Promise<void> {
  for (const one of work) {
    const done = runsAgain(options, one.key) ? null : store.finishedWork(one.key)
    if (done === null) {
      if ('script' in one.does) await requireScript(resolve(dirname(plan.file), one.does.script), dialect)
      continue
    }
    const fingerprint = await fingerprintOf(one, plan)
    if (done.fingerprint === fingerprint) continue
    throw new ParitygateError(
      'phase.done',
      `${one.subject} has run already, and is another now (it was ${done.fingerprint.slice(0, 12)}…, it is ${fingerprint.slice(0, 12)}…)`,
      { where: `phase ${one.phase}` },
    )
  }
}

export interface WorkContext {
  plan: Plan
  store: Store
}

/** A script is its bytes, a command its words; to give it more time makes no other of it. */
async function fingerprintOf({ does }: PhaseWork, plan: Plan): Promise<string> {
  const folder = dirname(plan.file)
  return 'script' in does
    ? (await readScript(resolve(folder, does.script))).sha256
    : digest(JSON.stringify(does.command))
}

/** What an earlier run has left; a command may write into files it names, so that another content is only said. */
export async function finishedWork({ does }: PhaseWork, entry: WorkEntry, plan: Plan): Promise<WorkEntry> {
  const now = 'command' in does ? await namedFiles(does.command, dirname(plan.file)) : entry.files
  const changed = entry.files.filter(
    ({ path, sha256 }) => now.find(file => file.path === path)?.sha256 !== sha256,
  )
  const notices = changed.map(({ path }) => `${path} is another file now than when it ran`)
  return { ...entry, status: 'already finished', notices: [...entry.notices, ...notices] }
}

/** Whether it is asked for although it has run; not what an attempt of this very run has done. */
export function runsAgain({ rerun, finished }: Attempt, key: string): boolean {
  return rerun === true && !finished?.has(key)
}

/**
 * Runs it, unless an earlier run did.
 *
 * @throws {ParitygateError} script.refused, script.failed, command.failed
 */
export async function runWork(
  work: PhaseWork,
  { plan, store, run, options }: WorkContext & { run: number; options: Attempt },
): Promise<WorkEntry> {
  const { key, subject, phase, does } = work
  const folder = dirname(plan.file)
  const signal = options.signal ? { signal: options.signal } : {}
  const done = store.finishedWork(key)
  if (done && !runsAgain(options, key)) return finishedWork(work, done.entry, plan)
  const fingerprint = await fingerprintOf(work, plan)
  store.forgetWork(key)
  options.onProgress?.({ kind: 'work-started', phase, subject })
  const entry: WorkEntry = { phase, subject, status: 'ran', ...(await perform()) }
  options.onProgress?.({ kind: 'work-finished', phase, subject, ms: entry.ms })
  store.markWork(run, key, fingerprint, entry)
  return entry

  async function perform(): Promise<Pick<WorkEntry, 'files' | 'notices' | 'ms' | 'output'>> {
    if ('command' in does) {
      const output = join(dirname(store.file), `${key.replaceAll(' ', '-')}-${run}.log`)
      const { command, timeLimitMs } = does
      const { files, ms } = await runCommand(command, { timeLimitMs, cwd: folder, output, ...signal })
      return { files, notices: [], ms, output }
    }
    // A script may set what it likes.
    const target = await openTarget(plan.connections.target, plan.target.schema, timeLimits(options))
    try {
      const { sha256, notices, ms, statements } = await runScript(
        target,
        resolve(folder, does.script),
        signal,
      )
      return {
        files: [{ path: does.script, sha256 }],
        notices: [`${statements} statements`, ...notices],
        ms,
        output: null,
      }
    } finally {
      await target.close()
    }
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
