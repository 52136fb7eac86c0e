import { createHash } from 'node:crypto'
import type { TargetSession } from '../engines/port.ts'
import type { Mapping } from '../plan/mapping.ts'
import { triggersOf } from '../plan/triggers.ts'
import type { CopyContext } from './copy-context.ts'
import type { CopyRecord } from './journal.ts'

/** What a table is before it is copied: all that it takes to bring it back. */
export async function recordBefore(
  { target, journal, known, truncated }: Pick<CopyContext, 'target' | 'journal' | 'known' | 'truncated'>,
  mapping: Mapping,
): Promise<CopyRecord> {
  const { name } = mapping.target
  const exists = !mapping.toBeCreated
  const rowsBefore = exists ? await target.count({ from: mapping.targetName, rowid: null, where: null }) : 0
  const record = {
    schema: mapping.schema,
    schemaName: known.schema,
    name,
    before: exists ? mapping.target : null,
    rowsBefore,
    truncated: truncated.get(mapping.table) ?? 0,
    keysBefore:
      rowsBefore > 0 && mapping.key.length > 0 ? keysTable(target, journal.plan, mapping.table) : null,
    key: mapping.key,
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
    ({ table, status }) => table === mapping.table && status === 'finished',
  )
  return exists && earlier ? asBeforeThat(record, earlier.record) : record
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
    keysBefore: isEmptied ? null : earlier.keysBefore,
    truncated: earlier.truncated + Math.max(0, record.truncated - (earlier.entry?.written ?? 0)),
  }
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
  { dialect, execute }: TargetSession,
  mapping: Mapping,
  { keysBefore, key, again }: CopyRecord,
): Promise<void> {
  if (keysBefore === null || again) return
  await execute(`DROP TABLE IF EXISTS ${keysBefore}`)
  await execute(
    `CREATE TABLE ${keysBefore} AS SELECT ${key.map(dialect.quote).join(', ')} FROM ${mapping.targetName}`,
  )
}
