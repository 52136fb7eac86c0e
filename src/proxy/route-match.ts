import type { Route } from '../plan/pilot.ts'

/** The route of the plan a request belongs to; null where none is. */
export type RouteMatch = (method: string, target: string) => Route | null

interface Place {
  literals: Map<string, Place>
  parameter: Place | null
  any: Place | null
  /** By method; `*` for any. */
  routes: Map<string, Route>
}

/**
 * Finds the most specific route: segment by segment a literal goes before a `:parameter`, and that before `*`, which also
 * stand for one segment each, never an empty one; of the same path, a method goes before `*`. Paths are compared without
 * the query, their segments percent-decoded; a slash at the end makes another path. One look-up visits each place of the
 * routes at most once.
 */
export function routeMatcher(routes: readonly Route[]): RouteMatch {
  const root = place()
  for (const route of routes) {
    let at = root
    for (const segment of pathSegments(route.path)) at = stepInto(at, segment)
    // Two routes may differ in the names of their parameters alone; the first in the plan stands.
    if (!at.routes.has(route.method)) at.routes.set(route.method, route)
  }
  if (routes.length === 0) return () => null
  return (method, target) => (target.startsWith('/') ? find(root, pathSegments(target), 0, method) : null)
}

/**
 * The segments of a path without its query, percent-decoded after splitting, so that `%2F` splits nothing. A segment that
 * does not decode stands as it is.
 */
export function pathSegments(target: string): string[] {
  const query = target.indexOf('?')
  const path = query === -1 ? target : target.slice(0, query)
  const segments = path.slice(1).split('/')
  return path.includes('%') ? segments.map(decoded) : segments
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function place(): Place {
  return { literals: new Map(), parameter: null, any: null, routes: new Map() }
}

function stepInto(at: Place, segment: string): Place {
  if (segment === '*') {
    at.any ??= place()
    return at.any
  }
  if (segment.length > 1 && segment.startsWith(':')) {
    at.parameter ??= place()
    return at.parameter
  }
  const known = at.literals.get(segment)
  if (known !== undefined) return known
  const next = place()
  at.literals.set(segment, next)
  return next
}

function find(at: Place | null | undefined, segments: string[], index: number, method: string): Route | null {
  if (!at) return null
  const segment = segments[index]
  if (segment === undefined) return at.routes.get(method) ?? at.routes.get('*') ?? null
  const literal = find(at.literals.get(segment), segments, index + 1, method)
  if (literal !== null || segment === '') return literal
  return find(at.parameter, segments, index + 1, method) ?? find(at.any, segments, index + 1, method)
}
