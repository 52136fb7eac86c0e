import type { DifferenceGroup, DifferenceSample } from '../../model/scoreboard.ts'
import type { FoundDifference } from '../diff/comparison.ts'
import { bounded, digestOf } from './found-fields.ts'

/** A group as it is kept. Plain data. */
export interface KeptGroup {
  id: string
  endpoint: string
  status: string
  field: string
  kind: string
  exchanges: number
  /** Milliseconds since 1970. */
  first: number
  last: number
  samples: DifferenceSample[]
  /** Of its exchanges, those that follow from another group, and from which. */
  follows: [group: string, exchanges: number][]
}

export const MOST_SAMPLES = 5
const MOST_CAUSES = 5

export function groupId(endpoint: string, { status, field, kind }: GroupKey): string {
  return digestOf(`${endpoint}\0${status}\0${field}\0${kind}`)
}

export type GroupKey = Pick<DifferenceGroup, 'status' | 'field' | 'kind'>

export function keyText({ status, field, kind }: GroupKey): string {
  return `${status}\0${field}\0${kind}`
}

export function newGroup(endpoint: string, key: GroupKey, at: number): KeptGroup {
  return {
    id: groupId(endpoint, key),
    endpoint,
    ...key,
    exchanges: 0,
    first: at,
    last: at,
    samples: [],
    follows: [],
  }
}

export function sampleOf(at: number, request: string, difference: FoundDifference): DifferenceSample {
  return {
    at: new Date(at).toISOString(),
    request,
    path: bounded(difference.path),
    primary: difference.primary === null ? null : bounded(difference.primary),
    shadow: difference.shadow === null ? null : bounded(difference.shadow),
  }
}

/** Characters a sample takes in the state, about. */
export function sampleSize({ request, path, primary, shadow }: DifferenceSample): number {
  return 100 + request.length + path.length + (primary?.length ?? 0) + (shadow?.length ?? 0)
}

/** Beyond `MOST_CAUSES` an exchange counts as following from none: the group is then shown as a difference of its own. */
export function countCause(group: KeptGroup, cause: string, exchanges = 1): void {
  const known = group.follows.find(([id]) => id === cause)
  if (known !== undefined) known[1] += exchanges
  else if (group.follows.length < MOST_CAUSES) group.follows.push([cause, exchanges])
}

/** Two groups that have become one; the first samples of both stay. */
export function addGroup(into: KeptGroup, from: KeptGroup): void {
  into.exchanges += from.exchanges
  into.first = Math.min(into.first, from.first)
  into.last = Math.max(into.last, from.last)
  into.samples = [...into.samples, ...from.samples]
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .slice(0, MOST_SAMPLES)
  for (const [cause, exchanges] of from.follows) countCause(into, cause, exchanges)
}
