import type { UnscorableCause } from '../../model/scoreboard.ts'
import { type EndpointKinds, mergeKinds, openKinds } from './coverage.ts'
import { type Latency, openLatency } from './latency.ts'

/**
 * What exchanges or requests have differed in: the ids of the groups, sorted; none for those that have not. Whether that is a
 * mismatch is decided when somebody looks, because what is noise may be learned later.
 */
export interface Signature {
  id: number
  groups: string[]
  exchanges: number
  /** Distinct requests that have ever differed in just this. */
  requests: number
  /** Exchanges of requests for which there was no room: each may be one of its own. */
  unkept: number
}

/** What is known of one endpoint. */
export interface EndpointTally {
  /** Stays as long as the endpoint does. */
  id: number
  name: string
  matched: number
  /** Differing only in what rules explain. */
  ignored: number
  unscorable: Partial<Record<UnscorableCause, number>>
  /** Of the requests that have never differed. */
  clean: Signature
  /** The others, by their groups. */
  differing: Map<string, Signature>
  /** Everything that differs in more ways than are kept apart: it is explained where all its groups are. */
  folded: Signature | null
  /** Distinct requests of all signatures. */
  requests: number
  kinds: EndpointKinds
  latency: Latency
  /** Pairs of times that could not be used. */
  untimed: number
}

/** Ways of differing that are kept apart for one endpoint, and groups of what is folded into one. */
const MOST_SIGNATURES = 128
const MOST_FOLDED_GROUPS = 1024
/** Stands for a difference that nothing explains. */
const UNNAMED = ''

export function openTally(id: number, name: string, signature: number): EndpointTally {
  return {
    id,
    name,
    matched: 0,
    ignored: 0,
    unscorable: {},
    clean: emptySignature(signature, []),
    differing: new Map(),
    folded: null,
    requests: 0,
    kinds: openKinds(),
    latency: openLatency(),
    untimed: 0,
  }
}

/** The groups of a difference as they are kept: a difference without any is one that nothing explains. */
export function groupsOf(groups: Iterable<string>): string[] {
  const sorted = [...new Set(groups)].sort()
  return sorted.length === 0 ? [UNNAMED] : sorted
}

export function isMismatch({ groups }: Signature, isExplained: (group: string) => boolean): boolean {
  return groups.some(group => group === UNNAMED || !isExplained(group))
}

/**
 * The signature of these groups, made where there is none yet.
 *
 * @param groups as `groupsOf` returns them, or none
 * @param open makes the number of a new one
 */
export function signatureOf(tally: EndpointTally, groups: string[], open: () => number): Signature {
  if (groups.length === 0) return tally.clean
  const key = signatureKey(groups)
  const known = tally.differing.get(key)
  if (known !== undefined) return known
  if (tally.differing.size >= MOST_SIGNATURES) return fold(tally, groups, open)
  const signature = emptySignature(open(), groups)
  tally.differing.set(key, signature)
  return signature
}

function fold(tally: EndpointTally, groups: string[], open: () => number): Signature {
  tally.folded ??= emptySignature(open(), [])
  const all = groupsOf([...tally.folded.groups, ...groups])
  tally.folded.groups = all.length > MOST_FOLDED_GROUPS ? [UNNAMED] : all
  return tally.folded
}

export function signatureKey(groups: string[]): string {
  return JSON.stringify(groups)
}

/** All of them, that of the requests that never differed first. */
export function signaturesOf({ clean, differing, folded }: EndpointTally): Signature[] {
  return [clean, ...differing.values(), ...(folded === null ? [] : [folded])]
}

/**
 * Counts what was counted for one endpoint for another.
 *
 * @param renamed what groups of `from` are called from now on
 * @returns the signatures that have gone, and what stands in their place
 */
export function mergeTally(
  into: EndpointTally,
  from: EndpointTally,
  renamed: (group: string) => string,
  open: () => number,
): Map<number, Signature> {
  into.matched += from.matched
  into.ignored += from.ignored
  into.untimed += from.untimed
  into.requests += from.requests
  for (const [cause, count] of Object.entries(from.unscorable) as [UnscorableCause, number][])
    into.unscorable[cause] = (into.unscorable[cause] ?? 0) + count
  mergeKinds(into.kinds, from.kinds)
  into.latency.merge(from.latency)
  const replaced = new Map<number, Signature>()
  for (const signature of signaturesOf(from)) {
    const groups = signature.groups.map(group => (group === UNNAMED ? group : renamed(group)))
    const target = signatureOf(into, groups.length === 0 ? [] : groupsOf(groups), open)
    target.exchanges += signature.exchanges
    target.requests += signature.requests
    target.unkept += signature.unkept
    replaced.set(signature.id, target)
  }
  return replaced
}

function emptySignature(id: number, groups: string[]): Signature {
  return { id, groups, exchanges: 0, requests: 0, unkept: 0 }
}
