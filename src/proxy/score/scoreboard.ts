import type { ScoreBudget, Scoreboard, UnscorableCause } from '../../model/scoreboard.ts'
import { keptKinds, MOST_KINDS, seeKind } from './coverage.ts'
import { type RequestIdentity, requestHash } from './distinct.ts'
import {
  type EndpointTally,
  groupsOf,
  mergeTally,
  openTally,
  type Signature,
  signatureOf,
  signaturesOf,
} from './endpoint-tally.ts'
import { countRules } from './rule-use.ts'
import {
  boardPart,
  emptyTallies,
  endpointPart,
  endpointPartName,
  type Part,
  pageParts,
  restoreTallies,
} from './score-state.ts'
import { openSnapshots, type SnapshotContext } from './snapshot.ts'

/** An exchange that was judged. */
export interface ScoredExchange {
  /** Milliseconds since 1970. */
  at: number
  /** `GET /students/{id}` */
  endpoint: string
  request: RequestIdentity
  /** Until the last byte; null where it is not known. Counted where the answers were compared, as a pair. */
  primaryMs: number | null
  shadowMs: number | null
  outcome: ScoredOutcome
  /** What kind of answer it was: see `Comparison`. Not looked at where nothing was compared. */
  shape: string
  /** Numbers of the rules that were needed, and of those that were asked. */
  excusedBy: number[]
  asked: number[]
}

/** `ignored`: rules explain all of it. `groups`: the ids of the groups its differences belong to, explained or not. */
export type ScoredOutcome = 'matched' | 'ignored' | { groups: string[] } | { unscorable: UnscorableCause }

export interface ScoreKeeper {
  record(exchange: ScoredExchange): void
  /**
   * Counts what was counted for one endpoint for another from now on.
   *
   * @param renamed what the groups of the first are called from now on
   */
  merge(from: string, into: string, renamed?: (group: string) => string): void
  snapshot(context: SnapshotContext): Scoreboard
  /** The parts that have changed since `saved`, and the names of those that have gone. */
  changes(): { parts: Part[]; removed: string[] }
  /** To be called once the changes are committed, before anything else is recorded. */
  saved(): void
}

export interface ScoreOptions {
  budget: ScoreBudget
  /** Milliseconds since 1970. */
  now(): number
  /** What `changes` has once returned, all of it; none at the beginning. */
  parts?: ReadonlyMap<string, Uint8Array>
}

/**
 * Counts what judged exchanges come to. Memory is bounded but for the number of endpoints, which whoever names them bounds.
 *
 * @throws {ParitygateError} state.unusable, where the parts are not what was once returned
 */
export function openScoreboard({ budget, now, parts }: ScoreOptions): ScoreKeeper {
  const tallies = parts === undefined ? emptyTallies() : restoreTallies(parts)
  const { endpoints, distinct, rules } = tallies
  const takeSnapshot = openSnapshots(tallies, budget, now)
  const changed = new Set<EndpointTally>()
  const removed: string[] = []
  /** Whose signature each is, by its number. */
  const owners = new Map<number, { tally: EndpointTally; signature: Signature }>()
  let kinds = 0
  for (const tally of endpoints.values()) {
    kinds += keptKinds(tally.kinds)
    for (const signature of signaturesOf(tally)) owners.set(signature.id, { tally, signature })
  }

  const nextId = () => tallies.nextId++
  const tallyOf = (name: string) => {
    const known = endpoints.get(name)
    if (known !== undefined) return known
    const tally = openTally(nextId(), name, nextId())
    endpoints.set(name, tally)
    owners.set(tally.clean.id, { tally, signature: tally.clean })
    return tally
  }
  const signatureFor = (tally: EndpointTally, groups: string[]) => {
    const signature = signatureOf(tally, groups, nextId)
    if (!owners.has(signature.id)) owners.set(signature.id, { tally, signature })
    return signature
  }

  const countRequest = (tally: EndpointTally, hash: bigint, seen: Signature) => {
    const request = distinct.find(hash)
    if (request === -1) {
      if (distinct.hasRoom(tally.requests, seen !== tally.clean)) {
        distinct.add(hash, seen.id)
        seen.requests++
        tally.requests++
      } else seen.unkept++
      return
    }
    const before = owners.get(distinct.signature(request))!
    if (before.signature === seen || (before.tally === tally && seen === tally.clean)) return
    // Both at once is explained where both are.
    const groups = [...before.signature.groups, ...seen.groups]
    const both = signatureFor(tally, groups.length === 0 ? groups : groupsOf(groups))
    if (both === before.signature) return
    before.signature.requests--
    both.requests++
    before.tally.requests--
    tally.requests++
    distinct.setSignature(request, both.id)
    changed.add(before.tally)
  }

  return {
    record({ at, endpoint, request, primaryMs, shadowMs, outcome, shape, excusedBy, asked }) {
      const tally = tallyOf(endpoint)
      changed.add(tally)
      tallies.since = Math.min(
        tallies.since ?? Number.POSITIVE_INFINITY,
        isMoment(at) ? Math.trunc(at) : now(),
      )
      countRules(rules, asked, excusedBy)
      if (typeof outcome === 'object' && 'unscorable' in outcome) {
        tally.unscorable[outcome.unscorable] = (tally.unscorable[outcome.unscorable] ?? 0) + 1
        return
      }
      const seen = typeof outcome === 'object' ? signatureFor(tally, groupsOf(outcome.groups)) : tally.clean
      seen.exchanges++
      if (outcome === 'matched') tally.matched++
      if (outcome === 'ignored') tally.ignored++
      if (!tally.latency.record(primaryMs, shadowMs)) tally.untimed++
      const kept = keptKinds(tally.kinds)
      seeKind(tally.kinds, shape, MOST_KINDS - kinds)
      kinds += keptKinds(tally.kinds) - kept
      countRequest(tally, requestHash(request), seen)
    },

    merge(from, into, renamed = group => group) {
      const old = endpoints.get(from)
      if (old === undefined || from === into) return
      const tally = tallyOf(into)
      kinds -= keptKinds(old.kinds) + keptKinds(tally.kinds)
      const replaced = mergeTally(tally, old, renamed, nextId)
      kinds += keptKinds(tally.kinds)
      for (const signature of signaturesOf(tally)) owners.set(signature.id, { tally, signature })
      for (const id of replaced.keys()) owners.delete(id)
      distinct.replaceSignatures(new Map([...replaced].map(([id, signature]) => [id, signature.id])))
      endpoints.delete(from)
      changed.delete(old)
      changed.add(tally)
      removed.push(endpointPartName(old.id))
    },

    snapshot: takeSnapshot,

    changes: () => ({
      parts: [boardPart(tallies), ...[...changed].map(endpointPart), ...pageParts(distinct)],
      removed: [...removed],
    }),
    saved() {
      changed.clear()
      removed.length = 0
      distinct.saved()
    },
  }
}

/** Whether a calendar has it: https://tc39.es/ecma262/#sec-time-values-and-time-range */
function isMoment(at: number): boolean {
  return at >= 0 && at <= 8.64e15
}
