import type { TargetSession } from '../engines/port/target-session.ts'
import { ParitygateError } from '../model/error.ts'
import type { Pair } from '../plan/pair.ts'
import { recentBackup } from '../store/recent-backup.ts'
import type { Store } from '../store/store.ts'
import type { Copy } from './copy-record.ts'

/**
 * A target that holds rows no copy of this plan wrote is written only where a backup of it could bring them back. One that was
 * made before the plan's first copy goes on to count, however long the copying takes.
 *
 * @param within how old the backup may be, in milliseconds, when the first copy begins
 * @throws {ParitygateError} backup.needed
 */
export async function requireBackup(
  { target, targetOf, resolved }: Pair<TargetSession>,
  { store, copies, within }: { store: Store; copies: Copy[]; within: number },
): Promise<void> {
  const there = resolved.mappings.filter(({ toBeCreated }) => !toBeCreated)
  const holding: string[] = []
  for (const schema of new Set([null, ...there.map(mapping => mapping.schema)]))
    holding.push(...(await tablesOfOthers(targetOf({ schema }), schema, copies)))
  if (holding.length === 0) return
  const begun = copies.map(({ record }) => Date.parse(record.startedAt))
  const recent = await recentBackup(store, 'target', new Date(Math.min(...begun, Date.now())))
  if (recent !== null && recent.ageMs <= within) return
  const what =
    recent === null ? 'there is no whole backup of it' : `its latest whole backup is of ${recent.record.at}`
  const shown = holding.slice(0, 5).map(table => `"${table}"`)
  const more = holding.length > 5 ? ` and ${holding.length - 5} more` : ''
  throw new ParitygateError(
    'backup.needed',
    `the target holds rows already (${shown.join(', ')}${more}), and ${what}`,
    { where: target.describe },
  )
}

/** Tables with rows that a rollback of this plan could not account for. */
async function tablesOfOthers(
  session: TargetSession,
  schema: string | null,
  copies: Copy[],
): Promise<string[]> {
  const found: string[] = []
  const catalog = await session.introspect()
  for (const { name, kind } of catalog.tables) {
    const copy = copies.find(({ record }) => record.schema === schema && record.name === name)
    if (kind !== 'table' || (copy && copy.record.rowsBefore + copy.record.truncated === 0)) continue
    const relation = session.dialect.table(catalog.schema, name)
    if ((await session.query(`SELECT 1 AS one FROM ${relation} LIMIT 1`)).length > 0) found.push(name)
  }
  return found
}
