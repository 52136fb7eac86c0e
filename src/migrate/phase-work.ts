import { createHash } from 'node:crypto'
import { dirname, join, resolve } from 'node:path'
import { openTarget } from '../engines/open.ts'
import type { Dialect } from '../engines/port/dialect.ts'
import { ParitygateError } from '../model/error.ts'
import type { WorkEntry } from '../model/ledger.ts'
import { reached } from '../model/steps.ts'
import type { Plan } from '../plan/load-plan.ts'
import type { Store } from '../store/store.ts'
import { namedFiles, runCommand } from './command.ts'
import { secretsHidden } from './hidden-secrets.ts'
import { inTransaction, type Journal, type Work } from './journal.ts'
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
 * @param works what the target says of it
 * @throws {ParitygateError} script.refused; phase.done where it has run already and is another now; phase.unknown where a
 * process has died while it ran, and what it did may last
 */
export async function requireRunnable(
  work: PhaseWork[],
  dialect: Dialect,
  { plan, store, options, works }: WorkContext & { options: Attempt; works: Work[] },
): Promise<void> {
  for (const one of work) {
    const told = works.find(({ key }) => key === one.key)
    const answer = answerTo(told, options)
    if (answer === 'done') continue
    if (answer === 'asked')
      throw new ParitygateError('phase.unknown', `${one.subject} ${unfinished(told!)}`, {
        where: `phase ${one.phase}`,
      })
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

/** What is to become of work that has not finished: null where it has, or was not begun. */
export function answerTo(told: Work | undefined, options: Attempt): 'rerun' | 'done' | 'asked' | null {
  if (told === undefined || told.status === 'finished') return null
  if (options.finished?.has(told.key)) return 'asked'
  return options.interrupted ?? (options.rerun ? 'rerun' : 'asked')
}

/** For people. */
function unfinished({ status, entry: { notices, output } }: Work): string {
  if (status === 'interrupted') return `was ${notices.join('; ')}`
  if (output === null) return 'was begun, and may have run: a part of it at least is committed'
  return `was begun, and may have run; nobody has seen it end, so that it may be at work still. Its output is in ${output}`
}

/** Whether it is asked for although it has run; not what an attempt of this very run has done. */
export function runsAgain({ rerun, finished }: Attempt, key: string): boolean {
  return rerun === true && !finished?.has(key)
}

/**
 * Runs it, unless an earlier run did. The target is told of it in the script's own transaction, which lasts with the script or
 * not at all; of what commits by itself before that begins, and once it has ended.
 *
 * @throws {ParitygateError} script.refused, script.failed, command.failed, plan.held
 */
export async function runWork(
  work: PhaseWork,
  { plan, store, run, options, journal }: WorkContext & { run: number; options: Attempt; journal: Journal },
): Promise<WorkEntry> {
  const { key, subject, phase, does } = work
  const folder = dirname(plan.file)
  const signal = options.signal ? { signal: options.signal } : {}
  const done = store.finishedWork(key)
  if (done && !runsAgain(options, key)) return finishedWork(work, done.entry, plan)
  const fingerprint = await fingerprintOf(work, plan)
  const { main } = journal
  const tell = (status: Work['status'], told: WorkEntry) => {
    return { key, status, fingerprint, entry: told } satisfies Work
  }
  const output =
    'command' in does ? join(dirname(store.file), `${key.replaceAll(' ', '-')}-${run}.log`) : null
  const unsaid: WorkEntry = { phase, subject, status: 'ran', files: [], notices: [], ms: 0, output }
  const found = (await journal.work()).find(one => one.key === key)
  if (answerTo(found, options) === 'done') return takenForDone(found!)
  await inTransaction(journal, main, () =>
    'command' in does ? journal.putWork(main, tell('begun', unsaid)) : journal.removeWork(main, key),
  )
  store.forgetWork(key)
  // Another attempt of this run goes by what the target says.
  options.finished?.add(key)
  options.onProgress?.({ kind: 'work-started', phase, subject })
  const entry: WorkEntry = { ...unsaid, ...(await performed()) }
  reached('work-done', key)
  await finish(entry)
  options.onProgress?.({ kind: 'work-finished', phase, subject, ms: entry.ms })
  return entry

  async function finish(told: WorkEntry): Promise<void> {
    await inTransaction(journal, main, () => journal.putWork(main, tell('finished', told)))
    store.markWork(run, key, fingerprint, told)
  }

  async function takenForDone(begun: Work): Promise<WorkEntry> {
    const notices = [`it ${unfinished(begun)}`, 'it was said to be done (--interrupted done)']
    const told: WorkEntry = { ...begun.entry, status: 'said to be done', notices }
    await finish(told)
    return told
  }

  /** What has failed says what stands; what was stopped, or lost its connection, may have left something, and is asked about. */
  async function performed() {
    try {
      return await perform()
    } catch (error) {
      const { code, message } = error as ParitygateError
      if (code === 'interrupted' && 'command' in does) await tellInterrupted(message).catch(() => {})
      else if (code !== 'connection.lost' && code !== 'interrupted')
        await journal.removeWork(main, key).catch(() => {})
      throw error
    }
  }

  /** Sessions of the run have ended with it; whoever may have taken hold since is asked. */
  async function tellInterrupted(how: string): Promise<void> {
    const target = await openTarget(plan.connections.target, plan.target.schema, timeLimits(options))
    try {
      const told = tell('interrupted', { ...unsaid, notices: [how] })
      await inTransaction(journal, target, () => journal.putWork(target, told))
    } finally {
      await target.close()
    }
  }

  async function perform(): Promise<Pick<WorkEntry, 'files' | 'notices' | 'ms'>> {
    if ('command' in does) {
      const { command, timeLimitMs } = does
      const { files, ms } = await runCommand(command, {
        timeLimitMs,
        cwd: folder,
        output: output!,
        ...signal,
      })
      return { files, notices: [], ms }
    }
    // A script may set what it likes.
    const target = await openTarget(plan.connections.target, plan.target.schema, timeLimits(options))
    try {
      const file = resolve(folder, does.script)
      const files = [{ path: does.script, sha256: fingerprint }]
      const { sha256, notices, ms, statements } = await runScript(target, file, {
        ...signal,
        async first() {
          await journal.requireHold(target)
          // Where no statement ends the transaction, this is true as soon as it can be seen.
          const status = target.transactionalDdl ? 'finished' : 'begun'
          await journal.putWork(target, tell(status, { ...unsaid, files }))
        },
      })
      return {
        files: [{ path: does.script, sha256 }],
        notices: [`${statements} statements`, ...notices],
        ms,
      }
    } finally {
      await target.close()
    }
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
