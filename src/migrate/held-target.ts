import type { Session } from '../engines/port/session.ts'
import type { TargetSession } from '../engines/port/target-session.ts'
import type { Catalog } from '../model/catalog.ts'
import { ParitygateError } from '../model/error.ts'
import { reached } from '../model/steps.ts'
import type { Mapping } from '../plan/mapping.ts'
import type { Store } from '../store/store.ts'
import type { Copy } from './copy-record.ts'
import { Journal } from './journal.ts'
import { removeCopies, takeBegunBack } from './remove-copies.ts'
import { finishedCopy } from './selection.ts'

/** A target this process has taken hold of. */
export interface HeldTarget {
  journal: Journal
  copies: Copy[]
  /** Those an earlier run has left in the midst, by table; what goes on with one takes it out. */
  unfinished: Map<string, Copy>
}

/**
 * Takes hold of the target and mends what a process that died has left: a table without rows is dropped where it was only
 * just created, what was being removed goes, and triggers that are off come back.
 *
 * @param openIn opens another session, in a schema
 * @param command for people
 * @throws {ParitygateError} plan.held
 */
export async function holdTarget(
  target: TargetSession,
  plan: string,
  openIn: (schema: string) => Promise<TargetSession>,
  command: string,
): Promise<HeldTarget> {
  const journal = await Journal.open(target, plan, command)
  reached('held')
  await bringTriggersBack(journal)
  const found = await journal.copies()
  const begun = found.filter(({ status }) => status === 'begun')
  const gone = found.filter(({ status }) => status === 'removing')
  for (const copy of gone) await requireUntouched(journal, target, copy)
  for (const copy of found.filter(({ status }) => status === 'creating')) {
    if (await isEmpty(target, copy)) gone.push(copy)
    // Somebody has used it meanwhile: it is theirs.
    else await journal.remove(target, copy.table)
  }
  const sessions = new Map<string | null, TargetSession>([[null, target]])
  try {
    for (const { record } of [...gone, ...begun])
      if (!sessions.has(record.schema)) sessions.set(record.schema, await openIn(record.schema!))
    for (const copy of begun) await takeBegunBack(journal, sessions.get(copy.record.schema)!, [copy])
    await removeCopies(journal, ({ schema }) => sessions.get(schema)!, gone)
  } finally {
    sessions.delete(null)
    for (const session of sessions.values()) await session.close()
  }
  const copies = await journal.copies()
  const unfinished = copies.filter(({ status }) => status === 'loading')
  return { journal, copies, unfinished: new Map(unfinished.map(copy => [copy.table, copy])) }
}

/**
 * Where emptying a table ends the transaction, it may have been emptied and used since: only what the copy wrote, all of it, may
 * be removed without a look at it.
 *
 * @throws {ParitygateError} target.not-empty
 */
async function requireUntouched(
  journal: Journal,
  target: TargetSession,
  { table, record }: Copy,
): Promise<void> {
  if (target.transactionalDdl || record.gone || record.before === null) return
  const from = target.dialect.table(record.schema, record.name)
  const rows = await target.count({ from, rowid: null, where: null })
  const chunks = (await journal.checkpoints(table)).reduce((sum, { written }) => sum + written, 0)
  if (rows === 0 || rows === record.rowsBefore + (record.entry?.written ?? chunks)) return
  throw new ParitygateError(
    'target.not-empty',
    `a rollback was interrupted as it emptied the table, and ${rows} rows are there`,
    {
      where: `table "${table}"`,
      hint: 'Run paritygate rollback again: it saves them before it goes on.',
    },
  )
}

/** Those a process that died has left off. */
export async function bringTriggersBack(journal: Journal): Promise<void> {
  const { main } = journal
  for (const { table, on } of await journal.triggers()) {
    await main.restoreTriggers(on)
    await journal.removeTriggers(main, table)
  }
}

/** Whether a table that was only just created holds no row, or is not there. */
export async function isEmpty(target: TargetSession, { record }: Copy): Promise<boolean> {
  const isThere = (await target.introspect()).tables.some(({ name }) => name === record.name)
  const from = target.dialect.table(record.schema, record.name)
  return !isThere || (await target.count({ from, rowid: null, where: null })) === 0
}

/**
 * Lets a session see tables that are half copied as they were before, so that the plan is held against what it was made for.
 *
 * @param schema of the session, as `Mapping.schema`
 */
export function asBefore<One extends Session>(session: One, schema: string | null, copies: Copy[]): One {
  const { introspect } = session
  const loading = copies.filter(({ status }) => status === 'loading')
  session.introspect = async () => catalogBefore(await introspect(), schema, loading)
  return session
}

/** A schema's catalog with the tables of copies as they were before. */
export function catalogBefore(catalog: Catalog, schema: string | null, copies: Copy[]): Catalog {
  const own = copies.filter(({ record }) => record.schema === schema)
  const tables = catalog.tables.filter(({ name }) => !own.some(({ record }) => record.name === name))
  return { ...catalog, tables: [...tables, ...own.flatMap(({ record }) => record.before ?? [])] }
}

export function isKnownAsFinished(store: Store, copies: Copy[], mapping: Mapping): boolean {
  return finishedCopy({ store, copies }, mapping) !== null
}

/** Tables of which the target knows more than the state does: the process died between both, or the state is another one. */
export function unrecorded(store: Store, copies: Copy[], finished: Mapping[]): Mapping[] {
  return finished.filter(mapping => {
    const here = store.finishedTable(mapping.table)
    const { fingerprint, entry } = finishedCopy({ store, copies }, mapping)!
    return here?.fingerprint !== fingerprint || here.entry.retries !== entry.retries
  })
}

/** Lets the state know what the target says. */
export function adopt(store: Store, run: number, copies: Copy[], mapping: Mapping): void {
  const { fingerprint, entry } = finishedCopy({ store, copies }, mapping)!
  store.markFinished(run, fingerprint, entry)
}
