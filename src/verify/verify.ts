import type { BothSides } from '../compare/both-sides.ts'
import { openReader } from '../engines/open.ts'
import type { Session } from '../engines/port/session.ts'
import { throwIfAborted } from '../model/error.ts'
import {
  agreeingRows,
  agrees,
  type CheckResult,
  checkSubject,
  type Difference,
  type NotCovered,
  type TableResult,
  type VerifyResult,
} from '../model/finding.ts'
import type { OnProgress } from '../model/progress.ts'
import { accepting, coverageOf } from '../plan/coverage.ts'
import { planFingerprint } from '../plan/fingerprint.ts'
import type { Plan } from '../plan/load-plan.ts'
import type { Mapping } from '../plan/mapping.ts'
import { type Pair, withPair } from '../plan/pair.ts'
import { requireNoProblems, requireTwoDatabases } from '../plan/resolve.ts'
import type { Store } from '../store/store.ts'
import { runChecks } from './checks.ts'
import { discoverIds } from './discover-ids.ts'
import { verifyTable } from './verify-table.ts'

export interface VerifyOptions {
  /** Differences listed per table; all are counted. Default 100. */
  limitDiffs?: number
  /** Stream and hash every table here, also where both databases could hash their rows alike. */
  hashHere?: boolean
  onProgress?: OnProgress
  signal?: AbortSignal
}

/**
 * Reads both sides afresh, each in one snapshot, and says what is the same, what differs, and what was not looked at.
 * Writes to neither.
 */
export async function verify(plan: Plan, store: Store, options: VerifyOptions = {}): Promise<VerifyResult> {
  const run = store.startRun('verify', planFingerprint(plan))
  try {
    return await withPair(
      plan,
      openReader,
      async pair => {
        const { source, target, resolved, problems } = pair
        requireTwoDatabases(source, target)
        requireNoProblems(problems)
        const result = await verifyAll(pair, store, options)
        const { mapped, archived, ignored } = coverageOf(resolved)
        store.finishRun(run, { ...result, coverage: { mapped, archived, ignored } })
        return result
      },
      options.signal,
    )
  } catch (error) {
    store.abandonRun(run, (error as Error).message)
    throw error
  }
}

async function verifyAll(
  { source, targetOf, resolved }: Pair<Session>,
  store: Store,
  options: VerifyOptions,
): Promise<VerifyResult> {
  const { plan, mappings } = resolved
  const notCovered: NotCovered[] = []
  // For what could not be looked at at all; the plan accepts no such thing.
  const miss = (subject: string, reason: string) => notCovered.push({ subject, reason })
  const tables: TableResult[] = []
  const differences: Difference[] = []
  const reasons = quarantineReasons(store)
  for (const mapping of mappings) {
    throwIfAborted(options.signal)
    if (mapping.toBeCreated) {
      miss(mapping.table, 'the target has no such table')
      continue
    }
    const sessions = { source, target: targetOf(mapping) }
    const attempt = await verifyAndDiscover(sessions, mapping, store, options).catch((error: unknown) => {
      if (options.signal?.aborted) throw error
      const failure = sessions.target.failure(error, `table "${mapping.table}"`)
      if (failure.code === 'connection.lost') throw failure
      return failure.message
    })
    if (typeof attempt === 'string') {
      miss(mapping.table, `could not be compared: ${attempt}`)
      continue
    }
    tables.push(attempt.result)
    for (const difference of attempt.differences) {
      const reason = difference.kind === 'missing' ? reasons.get(keyText(difference)) : undefined
      differences.push(
        reason === undefined ? difference : withNote(difference, `quarantined by migrate: ${reason}`),
      )
    }
    if (attempt.result.source_rows + attempt.result.target_rows === 0) {
      const reason = 'no rows on either side: nothing was compared'
      notCovered.push(accepting(plan.gate?.accept, { subject: mapping.table, reason }))
    }
  }
  const checks = await runChecks({ source, targetOf }, resolved, options.signal)
  for (const check of checks) {
    if (check.status === 'not_run') miss(`check ${checkSubject(check)}`, check.detail)
  }
  notCovered.push(...coverageOf(resolved).notCovered)
  return {
    verdict: verdictOf(tables, checks, notCovered),
    tables,
    differences,
    checks,
    not_covered: notCovered,
  }
}

/** Ids are discovered by the rows that can be paired, whatever else differs in them. */
async function verifyAndDiscover(
  sessions: BothSides<Session>,
  mapping: Mapping,
  store: Store,
  options: VerifyOptions,
) {
  const attempt = await verifyTable(sessions, mapping, options)
  await discoverIds(sessions, mapping, store, options.signal)
  return attempt
}

function withNote(difference: Difference, note: string): Difference {
  return { ...difference, note: difference.note === undefined ? note : `${note}; ${difference.note}` }
}

/** A difference outweighs missing evidence; missing evidence outweighs agreement. */
function verdictOf(
  tables: TableResult[],
  checks: CheckResult[],
  notCovered: NotCovered[],
): VerifyResult['verdict'] {
  const differs = tables.some(table => !agrees(table)) || checks.some(check => check.status === 'fail')
  if (differs) return 'mismatch'
  const compared = tables.reduce((sum, table) => sum + agreeingRows(table), 0)
  return compared === 0 || notCovered.some(missed => missed.accepted === undefined) ? 'inconclusive' : 'match'
}

const REMEMBERED_REASONS = 10_000

function quarantineReasons(store: Store): Map<string, string> {
  const reasons = new Map<string, string>()
  for (const row of store.currentQuarantine(REMEMBERED_REASONS)) reasons.set(keyText(row), row.reason)
  return reasons
}

function keyText({ table, key }: { table: string; key: Record<string, string | null> }): string {
  return JSON.stringify([table, Object.entries(key)])
}
