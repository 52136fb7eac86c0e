import type { Dialect } from '../engines/port/dialect.ts'
import type { BrokenKeys } from '../engines/port/suspended-keys.ts'
import type { TableKey, TargetSession } from '../engines/port/target-session.ts'
import { ParitygateError } from '../model/error.ts'
import { reached } from '../model/steps.ts'
import type { Copy, CopyRecord } from './copy-record.ts'
import { inTransaction, type Journal } from './journal.ts'
import { type TableTriggers, theseTriggersOff, withTriggersOff } from './triggers-off.ts'

type TargetOf = (place: { schema: string | null }) => TargetSession

/**
 * Takes away all that copies have written: tables they created, and rows of others, whose keys and counters are put back.
 * Whatever ends it, the next run goes on with it, and touches no row that has come since the table was emptied.
 *
 * @param copies in the order they were loaded
 * @param requireSame asked of tables that are there, and of a session that sees them, right before they go; others are kept out of them by then,
 * where the engine can; nothing of them is removed where it throws
 * @throws {ParitygateError} target.refused, where something else needs what is to go; what `requireSame` throws
 */
export async function removeCopies(
  journal: Journal,
  targetOf: TargetOf,
  copies: Copy[],
  requireSame: (target: TargetSession, copies: Copy[]) => Promise<void> = async () => {},
): Promise<void> {
  const backwards = copies.toReversed()
  const isThere = new Set<Copy>()
  for (const schema of new Set(backwards.map(({ record }) => record.schema))) {
    const target = targetOf({ schema })
    const names = new Set((await target.introspect()).tables.map(({ name }) => name))
    const own = backwards.filter(({ record }) => record.schema === schema)
    for (const copy of own) if (names.has(copy.record.name)) isThere.add(copy)
    const due = own.filter(({ record }) => !record.gone)
    if (due.length > 0) await removeRows(journal, target, due, isThere, requireSame)
  }
  for (const copy of backwards) {
    await restore(journal, targetOf(copy.record), copy, isThere.has(copy))
    reached('rollback-table', copy.table)
  }
}

async function removeRows(
  journal: Journal,
  target: TargetSession,
  copies: Copy[],
  isThere: Set<Copy>,
  requireSame: (target: TargetSession, copies: Copy[]) => Promise<void>,
): Promise<void> {
  const present = copies.filter(copy => isThere.has(copy))
  const mark = async (gone: boolean) => {
    for (const copy of copies)
      await journal.put(target, { ...copy, status: 'removing', record: { ...copy.record, gone } })
  }
  try {
    if (target.transactionalDdl) {
      await inTransaction(journal, target, async () => {
        await target.lockTables(present.map(({ record }) => record.name))
        await requireSame(target, present)
        await takeOut(journal, target, copies, present)
        await mark(true)
      })
    } else {
      await requireSame(target, present)
      await inTransaction(journal, target, () => mark(false))
      await takeOut(journal, target, copies, present)
      await inTransaction(journal, target, () => mark(true))
    }
  } catch (error) {
    throw target.failure(error, `table ${copies.map(({ table }) => `"${table}"`).join(', ')}`)
  }
}

/** Without the triggers that this would set off: what they do is no part of how it was before. */
async function takeOut(
  journal: Journal,
  target: TargetSession,
  copies: Copy[],
  present: Copy[],
): Promise<void> {
  await target.dropTables(
    copies.filter(({ record }) => record.before === null).map(({ record }) => record.name),
  )
  const kept = childrenFirst(present.filter(({ record }) => record.before !== null))
  const added = kept.filter(({ record }) => record.rowsBefore > 0 && record.keysBefore !== null)
  const emptyBefore = kept.filter(({ record }) => record.rowsBefore === 0)
  const names = emptyBefore.map(({ record }) => record.name)
  if (added.length + emptyBefore.length === 0) return
  // Where it ends a transaction, it sets off no trigger.
  if (!target.transactionalDdl && added.length === 0 && (await isTruncated(target, names))) return
  const triggers = await theseTriggersOff({ target, journal }, kept[0]!.table, await firing(target, kept))
  await withTriggersOff(triggers, async () => {
    await triggers.turnOff(target)
    await takeRowsOut()
    await triggers.turnOn(target)
  })

  async function takeRowsOut(): Promise<void> {
    if (target.transactionalDdl && added.length === 0 && (await isTruncated(target, names))) return
    await withDeferred(target, keysBetween([...added, ...emptyBefore]), async () => {
      for (const { record } of added) await target.execute(removeAdded(target, record))
      if (target.transactionalDdl && added.length > 0 && (await isTruncated(target, names))) return
      for (const { record } of emptyBefore)
        await target.execute(`DELETE FROM ${target.dialect.table(record.schema, record.name)}`)
    })
  }
}

/** Nothing is left that could break a key. */
const ofNoRows: BrokenKeys = { removeOrphans: async () => {}, reject: () => {}, columnsOf: () => [] }

async function firing(target: TargetSession, copies: Copy[]): Promise<TableTriggers[]> {
  const tables: TableTriggers[] = []
  for (const { record } of copies) {
    const found = await target.triggersOn(record.name)
    const off = found.filter(
      ({ enabled, events }) => enabled && (events.includes('delete') || events.includes('truncate')),
    )
    tables.push({ name: record.name, off: off.map(({ name }) => name) })
  }
  return tables
}

/** Where every foreign key is checked by the end of `work`, and the engine ends no transaction, that is in one already. */
async function withDeferred(
  target: TargetSession,
  keys: TableKey[],
  work: () => Promise<void>,
): Promise<void> {
  if (!target.transactionalDdl) await target.begin()
  try {
    await target.deferForeignKeys(keys)
    await work()
    await target.restoreForeignKeys(keys)
    if (!target.transactionalDdl) await target.commit()
  } catch (error) {
    if (!target.transactionalDdl) await target.rollback().catch(() => {})
    throw error
  }
}

/** False, with nothing done, where others that hold rows refer to the tables. */
async function isTruncated(target: TargetSession, tables: string[]): Promise<boolean> {
  if (tables.length === 0) return true
  try {
    await target.truncate(tables)
    return true
  } catch (error) {
    if (error instanceof ParitygateError && error.code === 'target.refused') return false
    throw error
  }
}

/** Those that refer to others before them; tables of a circle anyhow. */
function childrenFirst(copies: Copy[]): Copy[] {
  const ordered: Copy[] = []
  const seen = new Set<Copy>()
  const visit = (copy: Copy) => {
    if (seen.has(copy)) return
    seen.add(copy)
    for (const other of copies)
      if (
        other.record.before!.foreignKeys.some(({ referencedTable }) => referencedTable === copy.record.name)
      )
        visit(other)
    ordered.push(copy)
  }
  for (const copy of copies) visit(copy)
  return ordered
}

/** The foreign keys of tables that refer to each other, as far as they are there. */
function keysBetween(copies: Copy[]): TableKey[] {
  return copies.flatMap(({ record: { name, before, suspended } }) =>
    before!.foreignKeys
      .filter(({ referencedTable }) => copies.some(({ record }) => record.name === referencedTable))
      .filter(key => !suspended?.foreignKeys.some(one => one.table === name && one.name === key.name))
      .map(key => ({ table: name, key })),
  )
}

/** Rows whose keys were not there before. */
function removeAdded({ dialect }: TargetSession, record: CopyRecord): string {
  return `DELETE FROM ${dialect.table(record.schema, record.name)} WHERE NOT ${wasBefore(dialect, record)}`
}

/**
 * A condition that a row of the table was there before the copy.
 *
 * @param row what SQL calls the row
 */
export function wasBefore(
  dialect: Dialect,
  { schema, name, keysBefore, key }: CopyRecord,
  row = dialect.table(schema, name),
): string {
  const same = key.map(column => `k.${dialect.quote(column)} = ${row}.${dialect.quote(column)}`)
  return `EXISTS (SELECT 1 FROM ${keysBefore} k WHERE ${same.join(' AND ')})`
}

/** Keys and counters as they were; then the table is forgotten. */
async function restore(
  journal: Journal,
  target: TargetSession,
  { table, record }: Copy,
  isThere: boolean,
): Promise<void> {
  await inTransaction(journal, target, async () => {
    if (record.before !== null && isThere) {
      // Whoever is about to write a row has its number already.
      if (record.counters.length > 0) await target.lockTables([record.name])
      const reason = record.suspended && (await target.restoreKeys!(record.suspended, ofNoRows))
      if (reason !== null)
        throw new ParitygateError('target.refused', `its keys could not be put back: ${reason}`, {
          where: `table "${table}"`,
        })
      // What is left to fill it counts on.
      if (record.rowsBefore === 0 || record.keysBefore !== null)
        for (const sql of record.counters) await target.execute(sql)
      if (await haveOthersWritten(target, record)) await target.advanceSequences(record.before)
    }
    if (record.keysBefore !== null) await target.execute(`DROP TABLE IF EXISTS ${record.keysBefore}`)
    await journal.remove(target, table)
  })
}

/** Since what was copied has been taken out. */
async function haveOthersWritten(target: TargetSession, record: CopyRecord): Promise<boolean> {
  if (record.rowsBefore === 0) return (await rowsOf(target, record)) > 0
  if (record.keysBefore === null) return false
  const from = target.dialect.table(record.schema, record.name)
  const [row] = await target.query(
    `SELECT 1 AS one FROM ${from} WHERE NOT ${wasBefore(target.dialect, record)} LIMIT 1`,
  )
  return row !== undefined
}

/** Puts the counters back of tables into which nothing was copied in the end, unless somebody has written into them since. */
export async function takeBegunBack(journal: Journal, target: TargetSession, copies: Copy[]): Promise<void> {
  const { tables } = await target.introspect()
  for (const { table, record } of copies)
    await inTransaction(journal, target, async () => {
      const isThere = tables.some(({ name }) => name === record.name)
      if (isThere && record.counters.length > 0) {
        if ((await rowsOf(target, record)) === record.rowsBefore)
          for (const sql of record.counters) await target.execute(sql)
        // As many rows need not be the same.
        if (record.rowsBefore > 0) await target.advanceSequences(record.before!)
      }
      if (record.keysBefore !== null) await target.execute(`DROP TABLE IF EXISTS ${record.keysBefore}`)
      await journal.remove(target, table)
    })
}

async function rowsOf(target: TargetSession, { schema, name }: CopyRecord): Promise<number> {
  return target.count({ from: target.dialect.table(schema, name), rowid: null, where: null })
}

/**
 * What an unfinished copy holds can be copied again; anything else in its table is somebody's. Whoever has emptied it has saved
 * what was theirs.
 *
 * @throws {ParitygateError} target.not-empty, where others have written into the table
 */
export async function requireOnlyOurs(
  journal: Journal,
  target: TargetSession,
  { table, record, status }: Copy,
): Promise<void> {
  if (status !== 'loading') return
  const written = (await journal.checkpoints(table)).reduce((sum, chunk) => sum + chunk.written, 0)
  const rows = await rowsOf(target, record)
  if (rows === written || rows === 0) return
  throw new ParitygateError(
    'target.not-empty',
    `an interrupted copy has written ${written} rows, and ${rows} are there`,
    {
      where: `table "${table}"`,
      hint: 'Somebody else has written into the table. Save those rows, empty the table yourself, and run the same command again.',
    },
  )
}
