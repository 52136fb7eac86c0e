import type { Copy } from '../migrate/copy-record.ts'
import { ParitygateError } from '../model/error.ts'
import type { ExportedTable } from '../model/rollback.ts'
import { reached } from '../model/steps.ts'
import { type Exported, exportCopies } from './export-copies.ts'
import type { RollbackContext } from './rollback-context.ts'

/** Somebody who writes all the time has to be stopped. */
export const ATTEMPTS = 3

export function isChanging(error: unknown): boolean {
  return error instanceof ParitygateError && error.code === 'rollback.changing'
}

export type Saved = Exported & { copies: Copy[] }

/** Saves what would be lost, and says so. */
export async function save(
  context: RollbackContext,
  copies: Copy[],
  exported: ExportedTable[],
): Promise<Saved> {
  for (let attempt = 1; ; attempt++) {
    try {
      const saved = await exportCopies(context, copies)
      exported.push(...saved.tables)
      await context.options.onExport?.(saved.tables)
      reached('rollback-exported')
      return { ...saved, copies }
    } catch (error) {
      if (!isChanging(error) || attempt === ATTEMPTS) throw error
    }
  }
}
