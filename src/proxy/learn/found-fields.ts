import { createHash } from 'node:crypto'
import type { Comparison, FoundDifference } from '../diff/comparison.ts'

/** Differences of one exchange that stand for themselves. */
export interface FoundFields {
  /** The first of each field and kind. */
  differences: FoundDifference[]
  /** The status class differs: what else differs follows from that, and is left out. */
  statusOnly: boolean
  /** There are others nobody has looked at. */
  more: boolean
}

const NONE: FoundFields = { differences: [], statusOnly: false, more: false }

/** Another status class has another body: an error page differs in everything from the page it stands for. */
export function foundFields(comparison: Comparison, primaryStatus: number, otherStatus: number): FoundFields {
  if (comparison.outcome !== 'different') return NONE
  const status = comparison.differences.find(({ field }) => field === 'status')
  if (status !== undefined && Math.trunc(primaryStatus / 100) !== Math.trunc(otherStatus / 100))
    return { differences: [status], statusOnly: true, more: false }
  const first = new Map<string, FoundDifference>()
  for (const difference of comparison.differences) {
    const key = `${difference.field}\0${difference.kind}`
    if (!first.has(key)) first.set(key, difference)
  }
  return { differences: [...first.values()], statusOnly: false, more: comparison.more }
}

/** `201 → 500`; the same on both sides is written once. */
export function statusPair(primary: number, other: number): string {
  return primary === other ? String(primary) : `${primary} → ${other}`
}

/** What noise is counted by: a status and what it became, or a field and how it differs. */
export function noiseKey(field: string, kind: string, statuses: string): string {
  return field === 'status' ? `status\0${statuses}` : `${bounded(field)}\0${bounded(kind)}`
}

const LONGEST = 160

/** Names of members may be as long as bodies. */
export function bounded(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 12)}…${digestOf(text)}`
}

/** 10 hexadecimal digits. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 10)
}
