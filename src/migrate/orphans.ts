import type { RejectedLine } from '../engines/port/rows.ts'
import type { SuspendedKeys } from '../engines/port/suspended-keys.ts'
import type { TableKey, TargetSession } from '../engines/port/target-session.ts'
import { ParitygateError } from '../model/error.ts'
import type { CopiedRows } from '../model/ledger.ts'
import type { Mapping } from '../plan/mapping.ts'
import type { CopyRecord } from './copy-record.ts'
import { loadColumns } from './load-columns.ts'

/** What is not there, or not checked, while rows are loaded. */
export interface PutOff {
  suspended: SuspendedKeys | null
  deferred: TableKey[]
  /** Keys whose orphans are taken out once the rows are there. */
  unchecked: TableKey[]
}

/**
 * Keys of existing tables that are dropped until the rows are there, where the target can and there are many rows for a
 * table of the group; null where all stay.
 *
 * @param totals as in `CopyContext`
 */
export async function suspendKeys(
  target: TargetSession,
  group: Mapping[],
  totals: Map<string, number | null>,
): Promise<PutOff | null> {
  if (!target.suspendKeys || group.some(mapping => mapping.toBeCreated)) return null
  const tables = group.map(({ target: { name } }) => name)
  const suspended = await target.suspendKeys(
    tables,
    Math.max(...group.map(({ table }) => totals.get(table) ?? 0)),
  )
  if (suspended === null) return null
  return withoutKeys(group, suspended)
}

function withoutKeys(group: Mapping[], suspended: SuspendedKeys): PutOff {
  const unchecked = group
    .flatMap(keysOf)
    .filter(({ table, key }) =>
      suspended.foreignKeys.some(one => one.table === table && one.name === key.name),
    )
  return { suspended, deferred: [], unchecked }
}

/**
 * Keys whose checks are put off: those within the group, whose rows may come before what they refer to. Where that puts
 * off all of them, the group's other keys are among them. Orphans under the `unchecked` are taken out; those of created
 * tables are the source's own, and stay.
 */
export function keysToDefer(target: TargetSession, group: Mapping[]): PutOff {
  const existing = group.filter(mapping => !mapping.toBeCreated)
  const circular = existing.flatMap(mapping =>
    keysOf(mapping).filter(({ key }) => group.some(one => one.target.name === key.referencedTable)),
  )
  if (target.transactionalDdl) return { suspended: null, deferred: circular, unchecked: circular }
  const created = group.filter(mapping => mapping.toBeCreated).flatMap(keysOf)
  if (circular.length + created.length === 0) return { suspended: null, deferred: [], unchecked: [] }
  const unchecked = existing.flatMap(keysOf)
  return { suspended: null, deferred: [...created, ...unchecked], unchecked }
}

function keysOf({ target }: Mapping): TableKey[] {
  return target.foreignKeys.map(key => ({ table: target.name, key }))
}

/** What is put off of a table whose chunks are loaded. */
export function putOffOf(
  target: TargetSession,
  mapping: Mapping,
  { suspended }: Pick<CopyRecord, 'suspended'>,
): PutOff {
  return suspended === null ? keysToDefer(target, [mapping]) : withoutKeys([mapping], suspended)
}

/** Taking one orphan out can make others of what refers to its table, so until there are none. */
export async function removeOrphans(
  target: TargetSession,
  group: Mapping[],
  keys: TableKey[],
  copied: CopiedRows[],
  quarantine: (mapping: Mapping, rejected: RejectedLine) => void,
): Promise<void> {
  for (let due = keys; due.length > 0; ) {
    const thinned = new Set<string>()
    for (const key of due) {
      const mapping = group.find(one => one.target.name === key.table)!
      const count = await target.removeOrphans(key, loadColumns(mapping), rejected =>
        quarantine(mapping, rejected),
      )
      const rows = copied.find(one => one.table === mapping.table)!
      rows.written -= count
      rows.quarantined += count
      if (count > 0) thinned.add(key.table)
    }
    due = keys.filter(({ key }) => thinned.has(key.referencedTable))
  }
}

/** What stands in tables that rows are taken out of, where removing one can take others along. */
export async function countWhereRemoved(
  target: TargetSession,
  group: Mapping[],
  keys: TableKey[],
): Promise<Map<string, number>> {
  const rows = new Map<string, number>()
  if (keys.length === 0) return rows
  for (const mapping of group) rows.set(mapping.table, await target.count(mapping.targetRelation))
  return rows
}

/** @throws {ParitygateError} data.unbalanced, where a table does not hold the rows the ledger says were written */
export function requireRows(copied: CopiedRows[], table: string, rows: number): void {
  const { written } = copied.find(one => one.table === table)!
  if (rows === written) return
  throw new ParitygateError('data.unbalanced', `${written} rows were written and ${rows} are there`, {
    where: `table "${table}"`,
  })
}
