import { dirname } from 'node:path'
import type { Checksum } from '../compare/relation-pair.ts'
import type { TargetSession } from '../engines/port/target-session.ts'
import type { Copy } from '../migrate/copy-record.ts'
import { ExportFolder } from '../migrate/export-file.ts'
import { exportTable } from '../migrate/export-table.ts'
import { goingFrom, goingRows } from '../migrate/going-rows.ts'
import { type LostRows, lostRows } from '../migrate/lost-rows.ts'
import { stateOf } from '../migrate/stored-rows.ts'
import { ParitygateError, throwIfAborted } from '../model/error.ts'
import type { ExportedTable } from '../model/rollback.ts'
import { openComparable } from './comparable.ts'
import type { RollbackContext } from './rollback-context.ts'

/** Rows that are saved, and what their tables were then. */
export interface Exported {
  tables: ExportedTable[]
  /** @throws {ParitygateError} rollback.changing, where a table is not what it was */
  requireSame(target: TargetSession, copies: Copy[]): Promise<void>
}

/**
 * Saves every row that would be lost: those of which the source does not know, and those that are another now.
 *
 * @throws {ParitygateError} rollback.export-failed, with nothing removed; rollback.changing
 */
export async function exportCopies(context: RollbackContext, copies: Copy[]): Promise<Exported> {
  const { plan, store, sessions, options } = context
  const folder = new ExportFolder(dirname(store.file), 'rollback')
  const states = new Map<string, Checksum>()
  const tables: ExportedTable[] = []
  const there = await sessions.tablesOf(copies)
  const comparable = await openComparable(plan, sessions, copies, source => context.opened(source))
  try {
    for (const copy of copies) {
      const table = there.get(copy)
      if (table === undefined || goingFrom(copy.record) === 'none') continue
      throwIfAborted(options.signal)
      const target = sessions.of(copy.record)
      const going = goingRows(target.dialect, copy, table)
      states.set(copy.table, await stateOf(target, going, table))
      if (states.get(copy.table)!.rows === 0) continue
      const lost = await find()
      const exported = await exportTable({ name: copy.table, table, target, going, lost }, folder)
      if (exported) tables.push(exported)

      async function find(): Promise<LostRows | string> {
        const mapping = comparable.mappingOf(copy)
        if (typeof mapping === 'string') return mapping
        const sides = { source: comparable.source!, target }
        try {
          return await lostRows(sides, mapping, table!, going, options.signal)
        } catch (error) {
          throwIfAborted(options.signal)
          const failure = target.failure(error, `table "${copy.table}"`)
          return `it could not be compared with the source (${failure.message})`
        }
      }
    }
    folder.flush()
  } finally {
    await comparable.source?.close()
  }
  return {
    tables,
    async requireSame(target, some) {
      const now = await sessions.tablesOf(some)
      for (const copy of some) {
        const table = now.get(copy)
        if (table === undefined || goingFrom(copy.record) === 'none') continue
        const state = await stateOf(target, goingRows(target.dialect, copy, table), table)
        const before = states.get(copy.table)
        if (before && before.rows === state.rows && before.sum === state.sum) continue
        throw new ParitygateError(
          'rollback.changing',
          'rows have come, gone or changed since they were looked at',
          {
            where: `table "${copy.table}"`,
          },
        )
      }
    },
  }
}
