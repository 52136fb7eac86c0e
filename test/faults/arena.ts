import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import type { DatabaseMaker } from './databases.ts'
import { gather, type Undisturbed, undisturbedProblems } from './evidence.ts'
import { mysqlDatabases } from './mysql-databases.ts'
import { postgresDatabases } from './postgres-databases.ts'
import type { FaultServer } from './servers.ts'
import { withExit } from './servers.ts'
import { sourceData } from './source-data.ts'
import { sqliteDatabases } from './sqlite-databases.ts'
import { makeCutover, makeSource, type Subject } from './subject.ts'

/** Where rounds take place: sources with their data, and what an undisturbed run makes of each. */
export interface Arena {
  folder: string
  subjects: Subject[]
  chunkRows: number
  /** Servers that may be ill-treated; none where the servers are somebody else's. */
  servers: { postgres?: FaultServer; mysql?: FaultServer }
  /** @throws where a run goes wrong by itself already */
  undisturbed(subject: Subject): Promise<Undisturbed>
  close(): Promise<void>
}

export interface ArenaOptions {
  postgresUrl: string
  /** Null where there is no server of it: what needs one is left out. */
  mysqlUrl: string | null
  servers?: Arena['servers']
  /** Rows of the largest table. */
  rows: number
  chunkRows: number
}

export async function openArena(options: ArenaOptions): Promise<Arena> {
  const folder = mkdtempSync(join(tmpdir(), 'paritygate-faults-'))
  chmodSync(folder, 0o755)
  const forget = withExit(() => rmSync(folder, { recursive: true, force: true }))
  const data = sourceData(options.rows)
  const sqlite = sqliteDatabases(folder)
  const postgres = postgresDatabases(options.postgresUrl)
  const fromSqlite = await makeSource(sqlite, 'sqlite', data)
  const fromPostgres = await makeSource(postgres, 'postgres', data)
  const subject = (
    source: Subject['source'],
    target: Subject['target'],
    targets: DatabaseMaker,
  ): Subject => ({
    name: `${source.engine} → ${target}`,
    source,
    target,
    data,
    targets,
  })
  const subjects = [
    subject(fromSqlite, 'postgres', postgres),
    ...(options.mysqlUrl === null ? [] : [subject(fromSqlite, 'mysql', mysqlDatabases(options.mysqlUrl))]),
    subject(fromSqlite, 'sqlite', sqlite),
    subject(fromPostgres, 'postgres', postgres),
  ]
  const known = new Map<Subject, Promise<Undisturbed>>()
  const { chunkRows } = options
  return {
    folder,
    subjects,
    chunkRows,
    servers: options.servers ?? {},
    undisturbed(one) {
      if (!known.has(one)) known.set(one, runUndisturbed(one, folder, chunkRows))
      return known.get(one)!
    },
    async close() {
      await fromPostgres.drop()
      forget()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function runUndisturbed(subject: Subject, folder: string, chunkRows: number): Promise<Undisturbed> {
  const cutover = await makeCutover(subject, folder, { chunkRows })
  try {
    const run = await runCommand(cutover.migrateWords)
    const evidence = await gather(cutover, run)
    const problems = undisturbedProblems(subject, evidence)
    if (problems.length > 0)
      throw new Error(`${subject.name} goes wrong without being disturbed:\n  ${problems.join('\n  ')}`)
    return { ...evidence, steps: run.steps, ms: run.ms }
  } finally {
    await cutover.dispose()
  }
}
