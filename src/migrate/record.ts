import { createHash } from 'node:crypto'
import { OWN } from '../engines/own-tables.ts'
import type { TargetSession } from '../engines/port/target-session.ts'
import { ParitygateError } from '../model/error.ts'
import { tellingColumns } from '../plan/key.ts'
import type { Mapping } from '../plan/mapping.ts'
import { triggersOf } from '../plan/triggers.ts'
import type { CopyContext } from './copy-context.ts'
import type { CopyRecord } from './copy-record.ts'

/** What a table is before it is copied: all that it takes to bring it back. */
export async function recordBefore(
  { target, journal, known }: Pick<CopyContext, 'target' | 'journal' | 'known'>,
  mapping: Mapping,
): Promise<CopyRecord> {
  const { name } = mapping.target
  const exists = !mapping.toBeCreated
  const rowsBefore = exists ? await target.count({ from: mapping.targetName, rowid: null, where: null }) : 0
  // What the plan knows rows by need not tell them apart in the target.
  const key = tellingColumns(mapping.target)[0] ?? []
  const record = {
    schema: mapping.schema,
    schemaName: known.schema,
    name,
    before: exists ? mapping.target : null,
    rowsBefore,
    truncated: 0,
    keysBefore: rowsBefore > 0 && key.length > 0 ? keysTable(target, journal.plan, mapping.table) : null,
    key,
    counters: exists ? await target.counterStatements(name) : [],
    suspended: null,
    cutBy: null,
    cuts: [],
    startedAt: new Date().toISOString(),
    resumed: 0,
    notes: [],
    fired: (await triggersOf(target, mapping)).firing,
    entry: null,
  }
  const earlier = (await journal.copies()).find(
    ({ table, status }) => table === mapping.table && (status === 'finished' || status === 'emptied'),
  )
  return exists && earlier ? asBeforeThat(record, earlier.record) : record
}

/** What a table is that `--truncate` is about to empty: rows of others in it are gone for good. */
export async function recordEmptied(
  context: Pick<CopyContext, 'target' | 'journal' | 'known'>,
  mapping: Mapping,
): Promise<CopyRecord> {
  const { target } = context
  const rows = await target.count({ from: mapping.targetName, rowid: null, where: null })
  const record = await recordBefore(context, mapping)
  const earlier = (await context.journal.copies()).find(({ table }) => table === mapping.table)
  const ours = earlier?.status === 'finished' ? (earlier.record.entry?.written ?? 0) : 0
  return {
    ...record,
    truncated: record.truncated + Math.max(0, rows - ours),
    rowsBefore: 0,
    keysBefore: earlier?.record.keysBefore ?? null,
    // Nothing of a copy is in it; what comes is somebody else's.
    gone: true,
  }
}

/** Copied once more, a table goes back to what it was before the first time. */
function asBeforeThat(record: CopyRecord, earlier: CopyRecord): CopyRecord {
  const { before, counters, key } = earlier
  const isEmptied = record.rowsBefore === 0
  return {
    ...record,
    again: true,
    before,
    counters,
    key,
    rowsBefore: isEmptied ? 0 : earlier.rowsBefore,
    // Of no use where all rows go; whoever forgets the copy drops it.
    keysBefore: earlier.keysBefore,
    truncated: earlier.truncated,
  }
}

/**
 * To be asked in the transaction that writes: between the first look at a table and now others may have filled it.
 *
 * @throws {ParitygateError} target.not-empty
 */
export async function requireStillEmpty(
  target: TargetSession,
  mapping: Mapping,
  { rowsBefore, before }: CopyRecord,
): Promise<void> {
  if (before === null || rowsBefore > 0) return
  const [row] = await target.query(`SELECT 1 AS one FROM ${mapping.targetName} LIMIT 1`)
  if (row === undefined) return
  throw new ParitygateError('target.not-empty', 'others have written into it since it was found empty', {
    where: `table "${mapping.table}"`,
  })
}

/** Several plans may add to one table, each with other rows before it. */
function keysTable({ own }: TargetSession, plan: string, table: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([plan, table]))
    .digest('hex')
  return own.named(`before_${digest.slice(0, 12)}`)
}

/** Keeps the keys of the rows a table holds before others are added. */
export async function keepKeys(
  { dialect, execute, transactionalDdl }: TargetSession,
  mapping: Mapping,
  { keysBefore, key, again }: CopyRecord,
): Promise<void> {
  if (keysBefore === null || again) return
  await execute(`DROP TABLE IF EXISTS ${keysBefore}`)
  const columns = key.map(dialect.quote).join(', ')
  await execute(`CREATE TABLE ${keysBefore} AS SELECT ${columns} FROM ${mapping.targetName}`)
  // Each row is looked for by its key. Where a key is longer than an index may be, it takes longer.
  const [name] = /before_[0-9a-f]+(?=\W*$)/.exec(keysBefore)!
  const index = dialect.quote(`${OWN}_${name}_key`)
  const indexed = execute(`CREATE UNIQUE INDEX ${index} ON ${keysBefore} (${columns})`)
  await (transactionalDdl ? indexed : indexed.catch(() => {}))
}
