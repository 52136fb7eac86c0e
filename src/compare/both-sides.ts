import { ParitygateError } from '../model/error.ts'

export type Side = 'source' | 'target'
export type BothSides<T> = Record<Side, T>

/** Asks both sides at once. When one fails, the other is waited for, so that neither is at work when this returns. */
export async function askBoth<T>(ask: (side: Side) => Promise<T>): Promise<BothSides<T>> {
  const asked = [ask('source'), ask('target')] as const
  await Promise.allSettled(asked)
  const [source, target] = await Promise.all(asked)
  return { source, target }
}

export function hasBoth<T>(sides: BothSides<T | null>): sides is BothSides<T> {
  return sides.source !== null && sides.target !== null
}

/** A reader that passes over rows on one side could hide that they differ. */
export function requireAllRows(side: Side, rows: number, counted: number): void {
  if (rows === counted) return
  throw new ParitygateError('internal', `the ${side} counts ${counted} rows and gave ${rows}`)
}
