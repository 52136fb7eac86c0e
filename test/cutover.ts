import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import {
  type GateResult,
  gate,
  loadPlan,
  type MigrateOptions,
  type MigrateResult,
  migrate,
  openStore,
  type Plan,
  pairFingerprint,
  type Store,
  type VerifyOptions,
  type VerifyResult,
  verify,
} from '../src/index.ts'
import { temporaryFolder } from './databases.ts'

export interface Cutover {
  plan: Plan
  store: Store
  folder: string
  migrate(options?: MigrateOptions): Promise<MigrateResult>
  verify(options?: VerifyOptions): Promise<VerifyResult>
  gate(): GateResult
}

/** A plan with its state in a folder that goes with the test. `rest` is the plan without name and connections. */
export function cutover(source: string, target: string, rest: Record<string, unknown>): Cutover {
  const folder = temporaryFolder()
  const file = join(folder, 'cutover.yaml')
  writeFileSync(file, stringify({ name: 'test', source: { url: source }, target: { url: target }, ...rest }))
  const plan = loadPlan(file)
  const store = openStore(join(folder, '.paritygate', 'state.db'), pairFingerprint(plan))
  onTestFinished(() => store.close())
  return {
    plan,
    store,
    folder,
    migrate: (options = {}) => migrate(plan, store, options),
    verify: (options = {}) => verify(plan, store, options),
    gate: () => gate(plan, store),
  }
}
