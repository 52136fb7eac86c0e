import type { Coverage } from '../../model/scoreboard.ts'

/** Which kinds of answers one endpoint has given: by status and shape, how often each was seen, of which one and more are told apart. */
export interface EndpointKinds {
  once: Set<string>
  more: Set<string>
  /** Exchanges of kinds for which there was no room. */
  untracked: number
}

/** Kinds kept of all endpoints together. */
export const MOST_KINDS = 32_768

export function openKinds(): EndpointKinds {
  return { once: new Set(), more: new Set(), untracked: 0 }
}

/**
 * Counts an exchange's kind. No endpoint keeps more kinds than there is room left for the others.
 *
 * @param room how many more kinds can be kept of all endpoints
 */
export function seeKind(kinds: EndpointKinds, kind: string, room: number): void {
  if (kinds.more.has(kind)) return
  if (kinds.once.delete(kind)) kinds.more.add(kind)
  else if (keptKinds(kinds) < room) kinds.once.add(kind)
  else kinds.untracked++
}

export function keptKinds({ once, more }: EndpointKinds): number {
  return once.size + more.size
}

/** What two endpoints that have become one have seen. */
export function mergeKinds(into: EndpointKinds, from: EndpointKinds): void {
  for (const kind of from.more) {
    into.once.delete(kind)
    into.more.add(kind)
  }
  for (const kind of from.once) {
    if (into.more.has(kind)) continue
    if (into.once.delete(kind)) into.more.add(kind)
    else into.once.add(kind)
  }
  into.untracked += from.untracked
}

/**
 * The share of traffic that is of kinds not seen yet, as the share of exchanges whose kind was seen once. What was not kept
 * counts as seen once, each time: that is never less than it is.
 * Source: I. J. Good, "The population frequencies of species and the estimation of population parameters", Biometrika 40 (1953)
 *
 * @param exchanges that were compared
 */
export function coverageOf(all: Iterable<EndpointKinds>, exchanges: number): Coverage {
  let kinds = 0
  let singletons = 0
  for (const each of all) {
    kinds += keptKinds(each)
    singletons += each.once.size + each.untracked
  }
  return { exchanges, kinds, singletons, unseen: exchanges === 0 ? 1 : Math.min(1, singletons / exchanges) }
}
