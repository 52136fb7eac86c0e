import { dirname } from 'node:path'
import type { TargetSession } from '../engines/port/target-session.ts'
import { ParitygateError } from '../model/error.ts'
import type { ExportedTable } from '../model/rollback.ts'
import type { Mapping } from '../plan/mapping.ts'
import type { CopyContext } from './copy-context.ts'
import type { Copy } from './copy-record.ts'
import { ExportFolder } from './export-file.ts'
import { exportTable } from './export-table.ts'
import { goingRows } from './going-rows.ts'
import { lostRows } from './lost-rows.ts'
import { requireOnlyOurs } from './remove-copies.ts'
import { stateOf } from './stored-rows.ts'

/** Rows of a half copied table that were saved, and what the table was then. */
export interface SavedOthers {
  notices: string[]
  /** @throws {ParitygateError} rollback.changing, where the table is not what it was */
  requireSame(target: TargetSession): Promise<void>
}

/**
 * Saves the rows of a half copied table that are not as the source gives them now: whether the source has changed or somebody
 * has written into the target, nobody can tell afterwards.
 *
 * @throws {ParitygateError} rollback.export-failed, rollback.changing; target.not-empty, with nothing saved
 */
export async function saveOthers(
  { source, target, journal, store, options }: CopyContext,
  mapping: Mapping,
  copy: Copy,
): Promise<SavedOthers> {
  const { table, target: into } = mapping
  const going = goingRows(target.dialect, copy, into)
  await requireOnlyOurs(journal, target, copy)
  const state = await stateOf(target, going, into)
  const lost = await lostRows({ source, target }, mapping, into, going, options.signal)
  const folder = new ExportFolder(dirname(store.file), 'replaced')
  const saved = await exportTable({ name: table, table: into, target, going, lost }, folder)
  folder.flush()
  return {
    notices: saved ? [noticeOf(saved)] : [],
    async requireSame(session) {
      const { rows, sum } = await stateOf(session, going, into)
      if (rows === state.rows && sum === state.sum) return
      throw new ParitygateError(
        'rollback.changing',
        'rows have come, gone or changed since they were looked at',
        {
          where: `table "${table}"`,
        },
      )
    },
  }
}

function noticeOf({ table, rows, file, whole }: ExportedTable): string {
  const some = rows === 1 ? '1 row' : `${rows} rows`
  const which = whole ?? 'somebody else has written them, or the source gives them so no more'
  return `saved ${some} of "${table}" before (${which}): ${file}`
}
