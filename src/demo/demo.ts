import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseConnectionUrl } from '../engines/connection-url.ts'
import { openReader, openTarget } from '../engines/open.ts'
import { gate } from '../gate/gate.ts'
import { migrate } from '../migrate/migrate.ts'
import type { VerifyResult } from '../model/finding.ts'
import type { MigrateResult } from '../model/ledger.ts'
import type { GateResult } from '../model/verdict.ts'
import { draftPlan } from '../plan/draft.ts'
import { pairFingerprint } from '../plan/fingerprint.ts'
import { loadPlan, type Plan } from '../plan/load-plan.ts'
import { buildReport, renderings } from '../report/report.ts'
import { openStore, type Store } from '../store/store.ts'
import { verify } from '../verify/verify.ts'
import { type Damage, damages } from './damage.ts'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { createLegacyDatabase } from './legacy.ts'

export interface DemoOptions {
  /** Where the demo leaves its files; emptied first. */
  folder: string
  /** An empty PostgreSQL database to use instead of a server of its own. */
  targetUrl?: string
  /** Told what happens, step by step. */
  say(text: string): void
  signal?: AbortSignal
}

export interface DemoRound {
  migrate?: MigrateResult
  verify: VerifyResult
  gate: GateResult
  report: string
}

/** A whole cutover on made-up data: moved, verified, judged; then damaged, verified and judged again. */
export async function demo(
  options: DemoOptions,
): Promise<{ healthy: DemoRound; damaged: DemoRound; damages: Damage[] }> {
  const { folder, say } = options
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const legacy = join(folder, 'legacy.db')
  const { tables, rows } = createLegacyDatabase(legacy)
  say(`The old database: ${tables} tables, ${rows} rows, in ${legacy}`)
  const server = options.targetUrl === undefined ? await startEmbeddedPostgres() : null
  const targetUrl = server?.url ?? options.targetUrl!
  say(server ? 'The new database: a PostgreSQL server of the demo itself' : 'The new database: TARGET_URL')
  try {
    const plan = await writePlan(folder, legacy, targetUrl)
    const store = openStore(join(folder, '.paritygate', 'state.db'), pairFingerprint(plan))
    try {
      const migrated = await migrate(plan, store, { ...interruptible(options), createSchema: true })
      const healthy = { migrate: migrated, ...(await judge(plan, store, options, 'report-go.html')) }
      say(`\nNow ${damages.length} accidents happen to the new database:`)
      const target = await openTarget(plan.connections.target)
      for (const { what, sql } of damages) {
        say(`  ${what}`)
        for (const statement of sql) await target.execute(statement)
      }
      await target.close()
      return { healthy, damaged: await judge(plan, store, options, 'report-no-go.html'), damages }
    } finally {
      store.close()
    }
  } finally {
    await server?.stop()
  }
}

async function writePlan(folder: string, legacy: string, targetUrl: string): Promise<Plan> {
  const sides = { source: `sqlite:${legacy}`, target: targetUrl }
  const inspect = async (url: string) => {
    const connection = parseConnectionUrl(url, folder)
    const session = await openReader(connection)
    try {
      return { url, connection, catalog: await session.introspect() }
    } finally {
      await session.close()
    }
  }
  const file = join(folder, 'cutover.yaml')
  const text = draftPlan({
    name: 'demo',
    source: await inspect(sides.source),
    target: await inspect(sides.target),
    folder,
    namespace: randomUUID(),
  })
  writeFileSync(file, text)
  return loadPlan(file, { ...process.env, TARGET_DATABASE_URL: targetUrl })
}

async function judge(plan: Plan, store: Store, options: DemoOptions, name: string): Promise<DemoRound> {
  const verified = await verify(plan, store, interruptible(options))
  const decision = gate(plan, store)
  const report = join(options.folder, name)
  writeFileSync(report, renderings.html(buildReport(plan, store)))
  return { verify: verified, gate: decision, report }
}

function interruptible({ signal }: DemoOptions): { signal?: AbortSignal } {
  return signal ? { signal } : {}
}
