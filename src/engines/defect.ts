import { ParitygateError } from '../model/error.ts'

/** What JavaScript itself throws is no answer of a database; null for anything else. */
export function defectOf(error: unknown, where: string): ParitygateError | null {
  if (!(error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError))
    return null
  return new ParitygateError('internal', error.message, { where, cause: error })
}
