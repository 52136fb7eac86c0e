import type { UnscorableCause } from '../../model/scoreboard.ts'
import { unusablePilot } from '../../store/pilot.ts'
import { type DistinctRequests, openDistinct } from './distinct.ts'
import {
  type EndpointTally,
  openTally,
  type Signature,
  signatureKey,
  signaturesOf,
} from './endpoint-tally.ts'
import { type EncodedLatency, restoreLatency } from './latency.ts'
import type { RuleCounts } from './rule-use.ts'

/** A piece of what is kept, under its name. */
export type Part = [name: string, content: Uint8Array]

/** Everything a scoreboard is derived from. */
export interface Tallies {
  /** Milliseconds since 1970 of the first exchange; null before it. */
  since: number | null
  endpoints: Map<string, EndpointTally>
  distinct: DistinctRequests
  rules: RuleCounts
  /** What the next endpoint or signature is numbered. */
  nextId: number
}

/** All names of parts of the scoreboard begin with it. */
const SCORE_PARTS = 'score/'
const BOARD = `${SCORE_PARTS}board`
const ENDPOINT = `${SCORE_PARTS}endpoint/`
const PAGE = `${SCORE_PARTS}requests/`
/** Of the form of the parts. */
const VERSION = 1

export function emptyTallies(): Tallies {
  return { since: null, endpoints: new Map(), distinct: openDistinct(), rules: new Map(), nextId: 1 }
}

export function boardPart({ since, rules, nextId, distinct }: Tallies): Part {
  const counted = [...rules].map(([number, { excused, seen }]) => [number, excused, seen])
  return [BOARD, toBytes({ version: VERSION, since, nextId, requests: distinct.size, rules: counted })]
}

export function endpointPart(tally: EndpointTally): Part {
  const { id, name, matched, ignored, unscorable, untimed, clean, differing, folded, kinds, latency } = tally
  return [
    endpointPartName(id),
    toBytes({
      id,
      name,
      matched,
      ignored,
      unscorable,
      untimed,
      clean,
      differing: [...differing.values()],
      folded,
      kinds: { once: [...kinds.once], more: [...kinds.more], untracked: kinds.untracked },
      latency: latency.encode(),
    }),
  ]
}

export function endpointPartName(id: number): string {
  return `${ENDPOINT}${id}`
}

export function pageParts(distinct: DistinctRequests): Part[] {
  return distinct.changedPages().map(([page, content]) => [`${PAGE}${page}`, content])
}

/**
 * What was kept, held against itself: the requests of the table must be those its endpoints have counted.
 *
 * @throws {ParitygateError} state.unusable; nothing has been written
 */
export function restoreTallies(parts: ReadonlyMap<string, Uint8Array>): Tallies {
  try {
    const board = parts.get(BOARD)
    if (board === undefined) {
      if ([...parts.keys()].some(name => name.startsWith(SCORE_PARTS))) throw new Error('its head is missing')
      return emptyTallies()
    }
    return talliesOf(toObject(board), parts)
  } catch (error) {
    throw unusablePilot(`what was counted cannot be read: ${(error as Error).message}`, error)
  }
}

function talliesOf(board: Record<string, unknown>, parts: ReadonlyMap<string, Uint8Array>): Tallies {
  if (board.version !== VERSION)
    throw new Error(`it has version ${String(board.version)}, this program knows ${VERSION}`)
  const pages: Uint8Array[] = []
  for (let page = parts.get(`${PAGE}0`); page !== undefined; page = parts.get(`${PAGE}${pages.length}`))
    pages.push(page)
  const distinct = openDistinct(pages)
  if (distinct.size !== count(board.requests)) throw new Error('requests are missing')
  const endpoints = new Map<string, EndpointTally>()
  for (const [name, content] of parts) {
    if (!name.startsWith(ENDPOINT)) continue
    const tally = tallyOf(toObject(content))
    if (endpoints.has(tally.name)) throw new Error(`${tally.name} stands there twice`)
    endpoints.set(tally.name, tally)
  }
  requireCounted(distinct, endpoints.values())
  const rules: RuleCounts = new Map(
    list(board.rules).map(each => {
      const [number, excused, seen] = list(each)
      return [count(number), { excused: count(excused), seen: count(seen) }]
    }),
  )
  const since = board.since === null ? null : count(board.since)
  return { since, endpoints, distinct, rules, nextId: count(board.nextId) }
}

function requireCounted(distinct: DistinctRequests, endpoints: Iterable<EndpointTally>): void {
  const counted = new Map<number, number>()
  for (let request = 0; request < distinct.size; request++) {
    const signature = distinct.signature(request)
    counted.set(signature, (counted.get(signature) ?? 0) + 1)
  }
  for (const tally of endpoints)
    for (const { id, requests } of signaturesOf(tally)) {
      if ((counted.get(id) ?? 0) !== requests)
        throw new Error(`the requests of ${tally.name} are not those counted`)
      tally.requests += requests
      counted.delete(id)
    }
  if (counted.size > 0) throw new Error('there are requests of no endpoint')
}

function tallyOf(kept: Record<string, unknown>): EndpointTally {
  const { once, more, untracked } = kept.kinds as Record<string, unknown>
  const clean = signature(kept.clean)
  return {
    ...openTally(count(kept.id), text(kept.name), clean.id),
    matched: count(kept.matched),
    ignored: count(kept.ignored),
    untimed: count(kept.untimed),
    unscorable: Object.fromEntries(
      Object.entries(kept.unscorable as object).map(([cause, times]) => [
        cause as UnscorableCause,
        count(times),
      ]),
    ),
    clean,
    differing: new Map(
      list(kept.differing).map(each => {
        const one = signature(each)
        return [signatureKey(one.groups), one]
      }),
    ),
    folded: kept.folded === null ? null : signature(kept.folded),
    kinds: {
      once: new Set(list(once).map(text)),
      more: new Set(list(more).map(text)),
      untracked: count(untracked),
    },
    latency: restoreLatency(kept.latency as EncodedLatency | null),
  }
}

function signature(kept: unknown): Signature {
  const { id, groups, exchanges, requests, unkept } = kept as Record<string, unknown>
  return {
    id: count(id),
    groups: list(groups).map(text),
    exchanges: count(exchanges),
    requests: count(requests),
    unkept: count(unkept),
  }
}

function count(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Error(`${String(value)} is no count`)
  return value as number
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error('a list is missing')
  return value
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error('a name is missing')
  return value
}

function toBytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

function toObject(bytes: Uint8Array): Record<string, unknown> {
  const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('an object is missing')
  return value as Record<string, unknown>
}
