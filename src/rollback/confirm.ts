import { ParitygateError } from '../model/error.ts'
import type { RollbackPreview } from '../model/rollback.ts'
import type { RollbackOptions } from './rollback-context.ts'

/** @throws {ParitygateError} usage.invalid */
export async function requireConfirmed(options: RollbackOptions, preview: RollbackPreview): Promise<void> {
  if (await options.confirm(preview)) return
  throw new ParitygateError('usage.invalid', 'the rollback was not confirmed; nothing was changed', {
    hint: 'Type the name of the target database when it is asked for, or say --yes.',
  })
}
