import type { Scoreboard, UnscorableCause } from '../../model/scoreboard.ts'
import type { Pilot } from '../../plan/pilot.ts'
import { unusablePilot } from '../../store/pilot.ts'
import { answerComparer } from '../diff/compare-answers.ts'
import type { Comparison } from '../diff/comparison.ts'
import type { Exchange, Observation, Unscored } from '../exchange.ts'
import { endpointLearner, OTHER } from '../learn/endpoints.ts'
import { DifferenceGroups } from '../learn/groups.ts'
import { openapiTemplates } from '../learn/openapi.ts'
import { routeMatcher } from '../route-match.ts'
import { openScoreboard, type ScoredOutcome } from '../score/scoreboard.ts'

/** Compares, learns and scores: everything that is known of the exchanges so far. */
export interface Judgement {
  take(observation: Observation): void
  /** Exchanges of which nothing is known but that there were any. */
  giveUp(cause: UnscorableCause, count: number): void
  scoreboard(mirroring: Scoreboard['mirroring']): Scoreboard
  /** What has changed since `saved`: see `PilotChanges`. */
  changes(): { parts: [name: string, content: Uint8Array][]; removed: string[] }
  /** To be called once the changes are committed. */
  saved(): void
}

/** Of the parts that are kept. */
const ENDPOINTS = 'learn/endpoints'
const GROUPS = 'learn/groups'

/**
 * @param parts what `changes` has once given, all of it; empty at the beginning
 * @throws {ParitygateError} plan.invalid (an OpenAPI document), or state.unusable
 */
export function openJudgement(pilot: Pilot, parts: ReadonlyMap<string, Uint8Array>): Judgement {
  const { routes, rules } = pilot
  const today = calendar()
  const comparer = answerComparer({
    rules,
    comparedHeaders: pilot.comparedHeaders,
    redact: pilot.redact,
    today,
  })
  const routeOf = routeMatcher(routes)
  const endpoints = endpointLearner({
    routes,
    openapi: pilot.openapi.flatMap(openapiTemplates),
    state: read(parts, ENDPOINTS),
  })
  const groups = new DifferenceGroups(read(parts, GROUPS))
  const scores = openScoreboard({ budget: pilot.budget, now: Date.now, parts })

  const endpointOf = ({ request }: Observation, status?: number) => {
    const endpoint = endpoints.endpointOf(request.method, request.target, status)
    const merges = endpoints.merges()
    if (merges.length > 0) {
      groups.merge(merges)
      for (const { from, into } of merges) scores.merge(from, into, group => groups.currentId(group))
    }
    return endpoint
  }
  const takeUnscored = ({ request, cause }: Unscored, endpoint: string) =>
    scores.record({
      at: request.at,
      endpoint,
      request,
      primaryMs: null,
      shadowMs: null,
      outcome: { unscorable: cause },
      shape: '',
      excusedBy: [],
      asked: [],
    })
  const takeExchange = (exchange: Exchange) => {
    const { request, primary, shadow, control } = exchange
    const endpoint = endpointOf(exchange, primary.status)
    // Two stacks that fail alike are no parity.
    if (primary.status >= 500)
      return takeUnscored({ kind: 'unscored', request, cause: 'primary failed' }, endpoint)
    const asked = { method: request.method, route: routeOf(request.method, request.target)?.name ?? null }
    const comparison = comparer.compare(primary, shadow, asked)
    const own = control && comparer.compare(primary, control, asked)
    const found = groups.record({ exchange, endpoint, comparison, control: own })
    if (comparison.outcome === 'unscorable')
      return takeUnscored({ kind: 'unscored', request, cause: comparison.cause }, endpoint)
    scores.record({
      at: request.at,
      endpoint,
      request,
      primaryMs: primary.totalMs,
      shadowMs: shadow.totalMs,
      outcome: outcomeOf(comparison, found),
      shape: comparison.shape,
      excusedBy: comparison.excusedBy,
      asked: comparison.asked,
    })
  }

  return {
    take(observation) {
      if (observation.kind === 'exchange') takeExchange(observation)
      else takeUnscored(observation, endpointOf(observation))
    },
    giveUp(cause, count) {
      const request = { at: Date.now(), method: '*', target: '*', cohort: '', bodyDigest: null }
      for (let each = 0; each < count; each++) takeUnscored({ kind: 'unscored', request, cause }, OTHER)
    },
    scoreboard: mirroring =>
      scores.snapshot({
        standings: groups.standings(),
        isExplained: group => groups.isExplained(group),
        rules,
        mirroring,
        today: today(),
        notes: [...endpoints.notes(), ...groups.notes()],
      }),
    changes() {
      const { parts, removed } = scores.changes()
      return {
        parts: [...parts, [ENDPOINTS, written(endpoints.state())], [GROUPS, written(groups.state())]],
        removed,
      }
    },
    saved: () => scores.saved(),
  }
}

const DAY_MS = 86_400_000

/** The day it is (UTC), written once a day: it is asked for with each exchange. */
function calendar(): () => string {
  let number = Number.NaN
  let written = ''
  return () => {
    const day = Math.floor(Date.now() / DAY_MS)
    if (day !== number) {
      number = day
      written = new Date(day * DAY_MS).toISOString().slice(0, 10)
    }
    return written
  }
}

function outcomeOf(
  comparison: Exclude<Comparison, { outcome: 'unscorable' }>,
  groups: string[],
): ScoredOutcome {
  if (comparison.outcome === 'different') return { groups }
  return comparison.excusedBy.length === 0 ? 'matched' : 'ignored'
}

function read<State>(parts: ReadonlyMap<string, Uint8Array>, name: string): State | null {
  const content = parts.get(name)
  if (content === undefined) return null
  try {
    return JSON.parse(Buffer.from(content).toString())
  } catch (error) {
    throw unusablePilot(`${name} cannot be read: ${(error as Error).message}`, error)
  }
}

function written(state: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(state))
}
