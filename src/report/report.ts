import { place } from '../engines/connection-url.ts'
import { ParitygateError } from '../model/error.ts'
import type { Plan } from '../plan/load-plan.ts'
import type { Store } from '../store/store.ts'
import { renderHtml } from './html.ts'
import { renderJson } from './json.ts'
import { renderJunit } from './junit.ts'
import { renderMarkdown } from './markdown.ts'
import type { ReportModel } from './model.ts'

export const renderings = { html: renderHtml, md: renderMarkdown, json: renderJson, junit: renderJunit }

export type ReportFormat = keyof typeof renderings

const QUARANTINE_SHOWN = 50

/**
 * Gathers what the state knows of this pair of databases. Asks no database.
 *
 * @throws {ParitygateError} state.empty where no gate has decided yet, or not since the rollback
 */
export function buildReport(plan: Plan, store: Store, now = new Date()): ReportModel {
  const gate = store.latest('gate')
  if (gate === null) {
    throw new ParitygateError('state.empty', `${store.file} holds no decision for these two databases`, {
      hint: 'Run paritygate gate first.',
    })
  }
  const rolledBack = store.rolledBack()
  if (rolledBack !== null && gate.id < rolledBack.id) {
    throw new ParitygateError(
      'state.empty',
      `the latest decision is older than the rollback (${rolledBack.at})`,
      {
        hint: 'Run paritygate gate first.',
      },
    )
  }
  const verify = store.latest('verify')
  const migrate = rolledBack === null ? store.latest('migrate') : null
  const times = ({ started_at, finished_at }: { started_at: string; finished_at: string }) => ({
    started_at,
    finished_at,
  })
  return {
    plan: plan.name,
    generated_at: now.toISOString(),
    source: place(plan.connections.source, plan.source.schema),
    target: place(plan.connections.target, plan.target.schema),
    gate: gate.result,
    coverage: verify?.result.coverage ?? { mapped: [], archived: plan.archive ?? [], ignored: [] },
    verify: verify && { ...withoutCoverage(verify.result), ...times(verify) },
    migrate: migrate && { ...migrate.result, ...times(migrate) },
    quarantined: [...store.currentQuarantine(QUARANTINE_SHOWN)],
    quarantined_total: store.quarantinedTotal(),
  }
}

function withoutCoverage<T extends { coverage: unknown }>({
  coverage: _,
  ...result
}: T): Omit<T, 'coverage'> {
  return result
}
