import type { Route } from '../../plan/pilot.ts'
import { routeMatcher } from '../route-match.ts'
import { type EndpointMerge, LearnedPaths, type LearnedPathsState } from './learned-paths.ts'
import { pathOf, segmentOf, segmentsOf } from './segments.ts'

/** A path of an OpenAPI document: `GET` `/students/{id}`. */
export interface Template {
  /** Upper case; * for any. */
  method: string
  path: string
}

export interface EndpointLearner {
  /**
   * `GET /students/{id}`: the plan's routes first, then OpenAPI paths, then what the traffic has shown.
   *
   * @param status of the primary's answer. A path it does not know, or lets nobody see, teaches nothing: a scanner that tries
   * 1,000 names would else turn the application's own into values. Without one the path is taken for one that exists.
   */
  endpointOf(method: string, target: string, status?: number): string
  /**
   * What has become one endpoint since this was last asked, in order: `into` may be the `from` of a later one. A restored
   * learner may have some at once, where the plan names fewer paths than before.
   */
  merges(): EndpointMerge[]
  /** What makes the names less exact than they seem, in words. */
  notes(): string[]
  state(): EndpointState
}

/** Plain data, below 1 MB. */
export interface EndpointState {
  version: 1
  learned: LearnedPathsState
  /** Requests named `other`. */
  other: number
}

/** Endpoints for which there was no room. */
export const OTHER = 'other'
/** Paths the primary has never answered but with 401, 403, 404, 405 or 501. */
export const UNKNOWN = 'unknown path'

const NOT_THERE = new Set([401, 403, 404, 405, 501])

/**
 * Finds out which endpoint a request belongs to. Some microseconds a request, whatever it asks for, and bounded memory.
 *
 * @param limit learned endpoints at most; those of routes and OpenAPI documents are not counted
 * @param state of an earlier learner, whose routes and documents may have been others
 */
export function endpointLearner(given: {
  routes: readonly Route[]
  openapi: readonly Template[]
  limit?: number
  state?: EndpointState | null
}): EndpointLearner {
  const { limit = 500 } = given
  const templates = namedTemplates(given.routes, given.openapi)
  const state = given.state?.version === 1 ? given.state : null
  const learned = new LearnedPaths(limit, templates.words, state?.learned ?? null)
  let other = state?.other ?? 0

  return {
    endpointOf(method, target, status) {
      const template = templates.match(method, target)
      if (template !== null) return `${method} ${template}`
      const segments = segmentsOf(target)
      if (status !== undefined && NOT_THERE.has(status)) return learned.find(method, segments) ?? UNKNOWN
      const name = learned.learn(method, segments)
      if (name !== null) return name
      other++
      return OTHER
    },
    merges: () => learned.takeMerges(),
    notes() {
      const shut = learned.shutPlaces()
      const notes = shut
        .slice(0, 5)
        .map(
          path =>
            `Names that come below ${path} are taken for values, there were so many; name endpoints there in pilot.routes.`,
        )
      if (shut.length > 5) notes.push(`So are those below ${shut.length - 5} other paths.`)
      if (other > 0)
        notes.push(
          `${other} requests are named "${OTHER}": there is room for ${limit} endpoints found in the traffic. ` +
            'Name endpoints in pilot.routes, or give an OpenAPI document in pilot.openapi.',
        )
      return notes
    },
    state: () => ({ version: 1, learned: learned.state(), other }),
  }
}

interface NamedTemplates {
  /** `/students/{id}` */
  match(method: string, target: string): string | null
  /** Their literal segments: names, however many others there are. */
  words: Set<string>
}

/**
 * A path is named by a template of another method too, where none fits better: it says which segments are values. A slash
 * at the end, which makes another route, makes no other endpoint.
 */
function namedTemplates(routes: readonly Route[], openapi: readonly Template[]): NamedTemplates {
  const templates = [
    ...routes.map(({ method, path }) => ({
      method,
      path,
      shown: path.replace(/\/:([^/]+)/g, '/{$1}'),
      exact: null,
    })),
    ...openapi.map(({ method, path }) => ({
      method,
      path: path.replace(/[^/]*\{[^/]*/g, ':value'),
      shown: path,
      exact: exactOf(path),
    })),
  ]
  // A route's own name may be anything; here it is the template's place.
  const all = templates.map(({ method, path }, index): Route => {
    return { name: String(index), method, path, mirror: null }
  })
  const words = new Set<string>()
  for (const { path } of all)
    for (const segment of path.split('/'))
      if (!/^(:.*|\*?)$/.test(segment)) words.add(segmentOf(segment).text)
  if (all.length === 0) return { match: () => null, words }

  const byMethod = routeMatcher(all)
  const byPath = routeMatcher(all.map(route => ({ ...route, method: '*' })))
  return {
    words,
    match(method, target) {
      const path = pathOf(target).replace(/(?<=[^/])\/$/, '')
      const found = templates[Number((byMethod(method, path) ?? byPath(method, path))?.name)]
      if (found === undefined || (found.exact !== null && !found.exact.test(path))) return null
      return found.shown
    },
  }
}

/** `/students/{id}.json` names no other segments; null where all parameters are whole segments. */
function exactOf(path: string): RegExp | null {
  const segments = path.split('/')
  if (segments.every(segment => !segment.includes('{') || /^\{[^{}]*\}$/.test(segment))) return null
  const pattern = path
    .split(/\{[^{}/]*\}/)
    .map(literal => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^/]+?')
  return new RegExp(`^${pattern}$`)
}
