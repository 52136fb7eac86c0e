import type { BrokenKeys } from '../engines/port/suspended-keys.ts'
import type { TargetSession } from '../engines/port/target-session.ts'
import type { CopiedRows, FidelityNote } from '../model/ledger.ts'
import { reached } from '../model/steps.ts'
import type { Mapping } from '../plan/mapping.ts'
import type { CopyContext } from './copy-context.ts'
import { finishCreatedTables } from './create-schema.ts'
import { loadColumns } from './load-columns.ts'
import { countWhereRemoved, type PutOff, removeOrphans, requireRows } from './orphans.ts'

/**
 * Everything tables need once their rows are there: no orphans, their keys and indexes, their counters. Null where the rows
 * have to be loaded again, with the keys in place.
 *
 * @param copied what is changed where rows are taken out
 * @param rowsBefore of tables rows are taken out of, see `countWhereRemoved`
 */
export async function finishTables(
  { target, quarantine }: Pick<CopyContext, 'target' | 'quarantine'>,
  group: Mapping[],
  copied: CopiedRows[],
  rowsBefore: Map<string, number>,
  { suspended, deferred, unchecked }: PutOff,
): Promise<FidelityNote[] | null> {
  const takeOrphansOut = async () => {
    await removeOrphans(target, group, unchecked, copied, (mapping, line) => quarantine.add(mapping, 0, line))
    const after = await countWhereRemoved(target, group, unchecked)
    for (const [table, rows] of after) requireRows(copied, table, rows - rowsBefore.get(table)!)
  }
  const mappingOf = (name: string) => group.find(mapping => mapping.target.name === name)!
  const handlers: BrokenKeys = {
    removeOrphans: takeOrphansOut,
    columnsOf: name => loadColumns(mappingOf(name)),
    reject(name, rejected) {
      const mapping = mappingOf(name)
      const rows = copied.find(one => one.table === mapping.table)!
      rows.written--
      rows.quarantined++
      quarantine.add(mapping, 0, rejected)
    },
  }
  reached('keys', group[0]!.table)
  if (suspended === null) {
    await takeOrphansOut()
    await target.restoreForeignKeys(deferred)
  } else {
    const reason = await target.restoreKeys!(suspended, handlers)
    if (reason !== null) {
      const tables = group.map(({ table }) => `"${table}"`).join(', ')
      target.notices.push(
        `table ${tables} was loaded once more, under its keys and indexes: they could not be made over the rows (${reason})`,
      )
      return null
    }
  }
  const notes = await finishCreatedTables(
    target,
    group.filter(mapping => mapping.toBeCreated),
  )
  await advanceSequences(target, group)
  return notes
}

async function advanceSequences(target: TargetSession, group: Mapping[]): Promise<void> {
  for (const mapping of group) {
    reached('sequences', mapping.table)
    await target.advanceSequences(mapping.target)
  }
}
