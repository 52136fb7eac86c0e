import type { Copy } from '../migrate/copy-record.ts'
import { goingFrom } from '../migrate/going-rows.ts'
import { isEmpty } from '../migrate/held-target.ts'
import type { Journal } from '../migrate/journal.ts'
import { phaseWork } from '../migrate/phase-work.ts'
import type { Table } from '../model/catalog.ts'
import type { Left, RollbackPreview, RollbackTable, RollbackWay } from '../model/rollback.ts'
import type { Plan } from '../plan/load-plan.ts'
import type { Store } from '../store/store.ts'
import type { TargetSessions } from './target-sessions.ts'

/** What a rollback has before it. */
export interface Assessment {
  preview: RollbackPreview
  /** Those whose rows go, or whose keys and counters are put back. */
  copies: Copy[]
  /** Tables that were created and are somebody's by now: they are only forgotten. */
  used: Copy[]
}

/** Looks at what the target knows of a plan's copies, and at what is there; changes nothing. */
export async function assess(
  plan: Plan,
  store: Store,
  journal: Journal,
  sessions: TargetSessions,
): Promise<Assessment> {
  const copies = (await journal.copies()).filter(({ status }) => status !== 'begun')
  await sessions.openFor(copies)
  const used: Copy[] = []
  for (const copy of copies)
    if (copy.status === 'creating' && !(await isEmpty(sessions.of(copy.record), copy))) used.push(copy)
  const there = await sessions.tablesOf(copies)
  const tables: RollbackTable[] = []
  for (const copy of copies)
    tables.push(await describe(copy, there.get(copy), used.includes(copy), journal, sessions))
  const left = [...leftRows(copies), ...used.map(({ table }) => leftTable(table))]
  left.push(...(await leftWork(plan, store, journal)))
  const { main } = sessions
  return {
    preview: {
      target: main.describe,
      name: nameOf(plan),
      tables,
      made: (await journal.made()).map(({ what }) => what),
      left: merged(store.unfinishedRollback()?.left ?? [], left),
      restores: null,
    },
    copies: copies.filter(copy => !used.includes(copy)),
    used,
  }
}

const ends = { begun: 'may have run', interrupted: 'was interrupted', finished: 'has run' }

/** Also of phases the plan does not have any more; of what targets said nothing of yet, what the state knows. */
async function leftWork(plan: Plan, store: Store, journal: Journal): Promise<Left[]> {
  const works = await journal.work()
  const told = works.map(({ key, status, entry: { subject, phase } }) => {
    return { key, subject, phase, status }
  })
  const others = phaseWork(plan)
    .filter(({ key }) => !told.some(one => one.key === key) && store.finishedWork(key) !== null)
    .map(({ key, subject, phase }) => ({ key, subject, phase, status: 'finished' as const }))
  return [...told, ...others]
    .sort((a, b) => a.phase - b.phase)
    .map(({ subject, phase, status }) => {
      return {
        what: `${subject} (phase ${phase})`,
        reason: `it ${ends[status]}, and what it did is known to nobody here`,
      }
    })
}

/** What an interrupted rollback was to do, and another one does: of a table that both name, unless nothing was left to do, the later. */
export function mergedTables(earlier: RollbackTable[], later: RollbackTable[]): RollbackTable[] {
  const known = (table: string) => earlier.find(one => one.table === table)
  return [
    ...earlier.filter(({ table }) => !later.some(one => one.table === table)),
    ...later.map(one => (one.way === 'gone already' ? (known(one.table) ?? one) : one)),
  ]
}

/** What an interrupted rollback has left, and another one leaves: of what both name, the later reason. */
export function merged(earlier: Left[], later: Left[]): Left[] {
  return [...earlier.filter(({ what }) => !later.some(one => one.what === what)), ...later]
}

async function describe(
  copy: Copy,
  there: Table | undefined,
  used: boolean,
  journal: Journal,
  sessions: TargetSessions,
): Promise<RollbackTable> {
  const { table, record, status } = copy
  const { dialect, count } = sessions.of(record)
  const from = dialect.table(record.schema, record.name)
  const chunks = await journal.checkpoints(table)
  return {
    table,
    way: used ? 'stays' : wayOf(copy, there),
    written: record.entry?.written ?? chunks.reduce((sum, { written }) => sum + written, 0),
    rows: there ? await count({ from, rowid: null, where: null }) : 0,
    before: record.rowsBefore,
    counters: status !== 'creating' && there !== undefined && record.counters.length > 0,
  }
}

function wayOf({ record }: Copy, there: Table | undefined): RollbackWay {
  if (there === undefined || record.gone) return 'gone already'
  if (record.before === null) return 'dropped'
  const going = goingFrom(record)
  return going === 'all' ? 'emptied' : going === 'added' ? 'added rows removed' : 'stays'
}

function leftRows(copies: Copy[]): Left[] {
  return copies.flatMap(({ table, record }): Left[] => {
    const left: Left[] = []
    if (record.truncated > 0)
      left.push({
        what: `${record.truncated === 1 ? '1 row' : `${record.truncated} rows`} of "${table}"`,
        reason: 'migrate --truncate removed them before it copied, and only a backup has them',
      })
    if (record.rowsBefore > 0 && record.keysBefore === null)
      left.push({
        what: `the rows added to "${table}"`,
        reason: `no key tells them from the ${record.rowsBefore} that were there before`,
      })
    for (const trigger of record.fired)
      left.push({
        what: `what trigger "${trigger}" of "${table}" has done elsewhere`,
        reason: 'the rows that were copied set it off',
      })
    return left
  })
}

function leftTable(table: string): Left {
  return {
    what: `"${table}"`,
    reason: 'migrate had only just created it, and somebody has written into it since',
  }
}

/** The database's own name, or that of its file. */
function nameOf({ connections: { target } }: Plan): string {
  const path = target.engine === 'sqlite' ? target.path : decodeURIComponent(new URL(target.url).pathname)
  return path.slice(path.lastIndexOf('/') + 1)
}
