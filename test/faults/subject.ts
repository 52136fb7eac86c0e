import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EngineName } from '../../src/model/catalog.ts'
import type { DatabaseMaker, FaultDatabase } from './databases.ts'
import { type SourceData, sourceSchema } from './source-data.ts'
import { planTables, targetSchema } from './target-schema.ts'

/** A source with its data, and where targets for it are made. */
export interface Subject {
  /** `sqlite → postgres` */
  name: string
  source: FaultDatabase
  target: EngineName
  data: SourceData
  targets: DatabaseMaker
}

/** One target and one plan, with the state of its runs. */
export interface Cutover {
  target: FaultDatabase
  /** What is written on the command line, but for the verb. */
  words: string[]
  migrateWords: string[]
  dispose(): Promise<void>
}

export async function makeSource(
  maker: DatabaseMaker,
  engine: 'sqlite' | 'postgres',
  data: SourceData,
): Promise<FaultDatabase> {
  const source = await maker.create()
  const { before, after } = sourceSchema(engine)
  await source.execute(before)
  for (const { name, rows } of data.tables) await source.insert(name, rows)
  await source.execute(after)
  return source
}

/**
 * A target as it is before the cutover, and a plan that leads there.
 *
 * @param through where connections to the target are to go instead of to its server
 */
export async function makeCutover(
  subject: Subject,
  folder: string,
  options: { chunkRows: number; jobs?: number; through?: string | undefined },
): Promise<Cutover> {
  const target = await subject.targets.create()
  await target.execute(targetSchema[subject.target])
  const home = mkdtempSync(join(folder, 'cutover-'))
  const plan = join(home, 'cutover.yaml')
  const url = options.through === undefined ? target.url : redirected(target.url, options.through)
  mkdirSync(home, { recursive: true })
  writeFileSync(
    plan,
    // JSON is YAML.
    JSON.stringify({
      name: 'faults',
      namespace: '5f0c2f6e-3b1d-4a56-9c0e-0d6f5e8f7a11',
      source: { url: subject.source.url },
      target: { url },
      tables: planTables,
    }),
  )
  const words = ['--config', plan, '--json', '--quiet']
  const jobs = String(options.jobs ?? 1)
  return {
    target,
    words,
    migrateWords: [
      ...['migrate', '--create-schema', '--max-rejects', '100'],
      ...['--chunk-rows', String(options.chunkRows), '--jobs', jobs, ...words],
    ],
    async dispose() {
      await target.drop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

function redirected(url: string, host: string): string {
  const other = new URL(url)
  other.host = host
  return other.href
}
