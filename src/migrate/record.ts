import { createHash } from 'node:crypto'
import type { TargetSession } from '../engines/port.ts'
import type { Mapping } from '../plan/mapping.ts'
import type { CopyContext } from './copy-context.ts'
import type { CopyRecord } from './journal.ts'

/** What a table is before it is copied: all that it takes to bring it back. */
export async function recordBefore(
  { target, truncated }: Pick<CopyContext, 'target' | 'truncated'>,
  mapping: Mapping,
): Promise<CopyRecord> {
  const { name } = mapping.target
  const exists = !mapping.toBeCreated
  const rowsBefore = exists ? await target.count({ from: mapping.targetName, rowid: null, where: null }) : 0
  return {
    schema: mapping.schema,
    name,
    before: exists ? mapping.target : null,
    rowsBefore,
    truncated: truncated.get(mapping.table) ?? 0,
    keysBefore: rowsBefore > 0 && mapping.key.length > 0 ? keysTable(target, mapping.table) : null,
    key: mapping.key,
    counters: exists ? await target.counterStatements(name) : [],
    suspended: null,
    cutBy: null,
    cuts: [],
    startedAt: new Date().toISOString(),
    resumed: 0,
    notes: [],
    entry: null,
  }
}

function keysTable({ own }: TargetSession, table: string): string {
  return own.named(`before_${createHash('sha256').update(table).digest('hex').slice(0, 12)}`)
}

/** Keeps the keys of the rows a table holds before others are added. */
export async function keepKeys(
  { dialect, execute }: TargetSession,
  mapping: Mapping,
  { keysBefore, key }: CopyRecord,
): Promise<void> {
  if (keysBefore === null) return
  await execute(`DROP TABLE IF EXISTS ${keysBefore}`)
  await execute(
    `CREATE TABLE ${keysBefore} AS SELECT ${key.map(dialect.quote).join(', ')} FROM ${mapping.targetName}`,
  )
}
