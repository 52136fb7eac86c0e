import type { BrokenKeys, TargetSession } from '../engines/port.ts'
import { ParitygateError } from '../model/error.ts'
import { reached } from '../model/steps.ts'
import type { Copy, Journal } from './journal.ts'

type TargetOf = (place: { schema: string | null }) => TargetSession

/**
 * Takes away all that copies have written: tables they created, and rows of others, whose keys and counters are put back.
 * Whatever ends it, the next run goes on with it.
 *
 * @param copies in the order they were loaded
 * @throws {ParitygateError} target.refused, where something else needs what is to go
 */
export async function removeCopies(journal: Journal, targetOf: TargetOf, copies: Copy[]): Promise<void> {
  if (copies.length === 0) return
  const { main } = journal
  await inTransaction(journal, main, async () => {
    for (const copy of copies) await journal.put(main, { ...copy, status: 'removing' })
  })
  const backwards = copies.toReversed()
  for (const schema of new Set(backwards.map(({ record }) => record.schema))) {
    const own = backwards.filter(({ record }) => record.schema === schema)
    await removeRows(journal, targetOf({ schema }), own)
  }
  for (const copy of backwards) {
    await restore(journal, targetOf(copy.record), copy)
    reached('rollback-table', copy.table)
  }
}

async function removeRows(journal: Journal, target: TargetSession, copies: Copy[]): Promise<void> {
  const place = `table ${copies.map(({ table }) => `"${table}"`).join(', ')}`
  try {
    await target.dropTables(
      copies.filter(({ record }) => record.before === null).map(({ record }) => record.name),
    )
    const added = copies.filter(({ record }) => record.before !== null && record.rowsBefore > 0)
    for (const { record } of added) {
      if (record.keysBefore === null) continue
      await inTransaction(journal, target, () => target.execute(removeAdded(target, record)))
    }
    const emptyBefore = copies.filter(({ record }) => record.before !== null && record.rowsBefore === 0)
    if (emptyBefore.length > 0) await empty(journal, target, emptyBefore)
  } catch (error) {
    throw target.failure(error, place)
  }
}

/** Rows whose keys were not there before. */
function removeAdded({ dialect }: TargetSession, { schema, name, keysBefore, key }: Copy['record']): string {
  const table = dialect.table(schema, name)
  const same = key.map(column => `k.${dialect.quote(column)} = ${table}.${dialect.quote(column)}`)
  return `DELETE FROM ${table} WHERE NOT EXISTS (SELECT 1 FROM ${keysBefore} k WHERE ${same.join(' AND ')})`
}

/** At once where the engine can; row by row where others that hold rows refer to them. */
async function empty(journal: Journal, target: TargetSession, copies: Copy[]): Promise<void> {
  try {
    await target.truncate(copies.map(({ record }) => record.name))
  } catch (error) {
    if (!(error instanceof ParitygateError) || error.code !== 'target.refused') throw error
    await inTransaction(journal, target, async () => {
      for (const { record } of copies)
        await target.execute(`DELETE FROM ${target.dialect.table(record.schema, record.name)}`)
    })
  }
}

/** Nothing is left that could break a key. */
const ofNoRows: BrokenKeys = { removeOrphans: async () => {}, reject: () => {}, columnsOf: () => [] }

/** Keys and counters as they were; then the table is forgotten. */
async function restore(journal: Journal, target: TargetSession, { table, record }: Copy): Promise<void> {
  await inTransaction(journal, target, async () => {
    if (record.before !== null) {
      const whole = record.suspended === null || (await target.restoreKeys!(record.suspended, ofNoRows))
      if (!whole)
        throw new ParitygateError('target.refused', 'its keys could not be put back', {
          where: `table "${table}"`,
        })
      for (const sql of record.counters) await target.execute(sql)
    }
    if (record.keysBefore !== null) await target.execute(`DROP TABLE IF EXISTS ${record.keysBefore}`)
    await journal.remove(target, table)
  })
}

/** Where the engine ends transactions by itself, each statement can be repeated, and the journal's is the last. */
async function inTransaction(
  journal: Journal,
  session: TargetSession,
  work: () => Promise<void>,
): Promise<void> {
  await session.begin()
  try {
    await journal.requireHold(session)
    await work()
    await session.commit()
  } catch (error) {
    await session.rollback().catch(() => {})
    throw error
  }
}

/**
 * What an unfinished copy holds can be copied again; anything else in its table is somebody's.
 *
 * @throws {ParitygateError} target.not-empty, where others have written into the table
 */
export async function requireOnlyOurs(
  journal: Journal,
  target: TargetSession,
  { table, record }: Copy,
): Promise<void> {
  const written = (await journal.chunks(table)).reduce((sum, chunk) => sum + chunk.written, 0)
  const from = target.dialect.table(record.schema, record.name)
  const rows = await target.count({ from, rowid: null, where: null })
  if (rows === written) return
  throw new ParitygateError(
    'target.not-empty',
    `an interrupted copy has written ${written} rows, and ${rows} are there`,
    {
      where: `table "${table}"`,
      hint: 'Somebody else has written into the table. Save those rows, empty the table yourself, and run the same command again.',
    },
  )
}
