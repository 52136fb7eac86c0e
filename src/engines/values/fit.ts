import type { Field } from '../port.ts'

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
