import xxhash from 'xxhash-wasm'
import type { Cohort, Pilot, Sticky } from '../plan/pilot.ts'
import { type Peer, PILOT_HEADER } from './headers.ts'
import { jwtClaim } from './jwt-claim.ts'
import { pathPattern } from './path-pattern.ts'
import { pathSegments, routeMatcher } from './route-match.ts'
import type { IncomingForMirror } from './tap.ts'

const { h64 } = await xxhash()

/** What of a request decides whether it is mirrored. */
export type Selectable = Pick<IncomingForMirror, 'method' | 'target' | 'rawHeaders'> & {
  peer: Pick<Peer, 'address'>
}

export type Selection = Selected | NotSelected

export interface Selected {
  cohort: string
  /** Who is asking, for the share of the cohort and for the cookies of the stacks beside; null where nothing says. */
  stickyKey: string | null
}

export interface NotSelected {
  reason: 'mirroring is off' | 'mirrored before' | 'route not mirrored' | 'may write' | 'no cohort'
}

/** Pure: the same request always has the same answer. */
export type Select = (request: Selectable, mirroring: boolean) => Selection

const OFF: NotSelected = { reason: 'mirroring is off' }
const BEFORE: NotSelected = { reason: 'mirrored before' }
const ROUTE: NotSelected = { reason: 'route not mirrored' }
const WRITE: NotSelected = { reason: 'may write' }
const NOBODY: NotSelected = { reason: 'no cohort' }

/**
 * Who is mirrored, as the plan says it: the first cohort that fits. Methods other than GET and HEAD are mirrored only where
 * their route says `mirror: true`; a HEAD also heeds the route of the GET.
 */
export function selector(pilot: Pick<Pilot, 'cohorts' | 'routes'>): Select {
  const routeOf = routeMatcher(pilot.routes)
  const cohorts = pilot.cohorts.map(cohort => ({
    cohort,
    patterns: cohort.paths?.map(pathPattern) ?? null,
    headers: Object.entries(cohort.headers),
    cookies: Object.entries(cohort.cookies),
  }))

  return (request, mirroring) => {
    if (!mirroring) return OFF
    const { method, target, rawHeaders: headers } = request
    if (!target.startsWith('/')) return ROUTE
    if (headerOf(headers, PILOT_HEADER) !== null) return BEFORE
    const route = routeOf(method, target)
    if (route?.mirror === false) return ROUTE
    if (method === 'HEAD' && routeOf('GET', target)?.mirror === false) return ROUTE
    if (method !== 'GET' && method !== 'HEAD' && route?.mirror !== true) return WRITE
    let segments: string[] | undefined
    for (const { cohort, patterns, headers: wanted, cookies } of cohorts) {
      if (cohort.methods !== null && !cohort.methods.includes(method)) continue
      if (patterns !== null) {
        segments ??= pathSegments(target)
        const path = segments
        if (!patterns.some(fits => fits(path))) continue
      }
      if (!wanted.every(([name, value]) => hasHeader(headers, name, value))) continue
      if (!cookies.every(([name, value]) => hasCookie(headers, name, value))) continue
      const stickyKey = stickyKeyOf(request, cohort.sticky)
      if (inShare(cohort, stickyKey)) return { cohort: cohort.name, stickyKey }
    }
    return NOBODY
  }
}

/** The name of the cohort is hashed with the key, so that cohorts do not all pick the same people. */
function inShare({ name, percent }: Cohort, key: string | null): boolean {
  if (percent >= 100) return true
  if (key === null) return false
  return Number(h64(`${name}\0${key}`) >> 11n) / 2 ** 53 < percent / 100
}

function stickyKeyOf({ rawHeaders, peer }: Selectable, sticky: Sticky): string | null {
  switch (sticky.by) {
    case 'address':
      return peer.address === '' ? null : peer.address
    case 'cookie':
    case 'header':
      return valueIn(rawHeaders, sticky) || null
    case 'jwt': {
      const token = valueIn(rawHeaders, sticky.in)
      return token === null ? null : jwtClaim(token, sticky.claim)
    }
  }
}

function valueIn(headers: readonly string[], { by, name }: { by: 'header' | 'cookie'; name: string }) {
  return by === 'header' ? headerOf(headers, name) : cookieOf(headers, name)
}

/** @param name lower case */
function headerOf(headers: readonly string[], name: string): string | null {
  for (let index = 0; index < headers.length; index += 2)
    if (isNamed(headers[index]!, name)) return headers[index + 1]!.trim()
  return null
}

function hasHeader(headers: readonly string[], name: string, value: string): boolean {
  for (let index = 0; index < headers.length; index += 2)
    if (isNamed(headers[index]!, name) && (value === '*' || headers[index + 1]!.trim() === value)) return true
  return false
}

function cookieOf(headers: readonly string[], name: string): string | null {
  for (let index = 0; index < headers.length; index += 2) {
    if (!isNamed(headers[index]!, 'cookie')) continue
    const value = cookieIn(headers[index + 1]!, name)
    if (value !== null) return value
  }
  return null
}

function hasCookie(headers: readonly string[], name: string, value: string): boolean {
  const sent = cookieOf(headers, name)
  return sent !== null && (value === '*' || sent === value)
}

/** The first of that name, as servers read it (RFC 6265 section 5.4 sends the most specific first). */
function cookieIn(line: string, name: string): string | null {
  for (let start = 0; start < line.length; ) {
    const semicolon = line.indexOf(';', start)
    const end = semicolon === -1 ? line.length : semicolon
    const equals = line.indexOf('=', start)
    if (equals !== -1 && equals < end && line.slice(start, equals).trim() === name)
      return line.slice(equals + 1, end).trim()
    start = end + 1
  }
  return null
}

function isNamed(header: string, name: string): boolean {
  return header.length === name.length && header.toLowerCase() === name
}
