import type { Field } from '../port/rows.ts'

export type Purpose = 'load' | 'compare'

/**
 * What becomes of a value its type has no room for: `refuse` in a load, `round` where the plan accepts the loss, and
 * `compare` what the two sides agree on: times and floats at the type's width, decimals exactly.
 */
export type Fit = 'refuse' | 'round' | 'compare'

export function fitOf({ rounded }: Field, purpose: Purpose): Fit {
  if (rounded) return 'round'
  return purpose === 'load' ? 'refuse' : 'compare'
}

/** Whether spaces beyond the length of a text are to be cut off: the plan accepts that, and there may be some. */
export function cutsSpaces({ type, own, rounded }: Field): boolean {
  if (!rounded || type.kind !== 'text' || type.padded || type.length === undefined) return false
  return !(own?.kind === 'text' && own.length !== undefined && own.length <= type.length)
}
