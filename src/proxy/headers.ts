import type { Leg } from '../plan/pilot.ts'
import { OWN_HEADERS } from '../plan/pilot-problems.ts'
import { addForwarding, isForwarding, listed, noteForwarding, type Way } from './forwarded.ts'

/** The header by which a pilot knows what it has passed on itself: the ids of the pilots on the way, the last one last. */
export const PILOT_HEADER = 'paritygate-pilot'

/** Who sent a request, and through which pilot: the same for every request of a connection. */
export interface Peer {
  /** An IPv4 address is written as one, also where it came over IPv6. */
  address: string
  /** Whether its X-Forwarded-* and Forwarded are believed. */
  trusted: boolean
  scheme: 'http' | 'https'
  /** The id of this pilot. */
  pilot: string
}

/** What else is changed for a leg whose answer nobody waits for. */
export interface BesideChanges {
  /** Take away If-None-Match, If-Modified-Since and If-Range: what the client has cached came from the primary. */
  unconditional: boolean
  /** Put before an Idempotency-Key, so that no leg takes another's write for its own; empty: nothing is. */
  idempotencyPrefix: string
  /** What Cookie says; null: there is none; undefined: the client's cookies, as the leg calls them. */
  cookie?: string | null | undefined
}

type Treatment =
  | 'hop'
  | 'te'
  | 'host'
  | 'length'
  | 'via'
  | 'cookie'
  | 'marker'
  | 'conditional'
  | 'idempotency'

const TREATMENT = new Map<string, Treatment>([
  // RFC 9110 §7.6.1, and what undici writes by itself. Trailers of requests are not passed on, nor what announces them.
  ['connection', 'hop'],
  ['proxy-connection', 'hop'],
  ['keep-alive', 'hop'],
  ['transfer-encoding', 'hop'],
  ['upgrade', 'hop'],
  ['http2-settings', 'hop'],
  ['proxy-authorization', 'hop'],
  ['trailer', 'hop'],
  ['expect', 'hop'],
  ['te', 'te'],
  ['host', 'host'],
  ['content-length', 'length'],
  ['via', 'via'],
  ['cookie', 'cookie'],
  [PILOT_HEADER, 'marker'],
  ['if-none-match', 'conditional'],
  ['if-modified-since', 'conditional'],
  ['if-range', 'conditional'],
  ['idempotency-key', 'idempotency'],
])

/** `Trailer` stays in an answer: its trailers are passed on. */
const ANSWER_HOPS = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'proxy-authenticate',
])

const LENGTH = new Set(['content-length'])

/** An answer that cannot be passed on. */
export class TransferEncodingError extends Error {
  readonly code = 'TRANSFER_ENCODING'

  constructor(encoding: string) {
    super(`the answer has the Transfer-Encoding "${encoding}"`)
    this.name = 'TransferEncodingError'
  }
}

/** What says how long a message is or how it is read is not believed behind it (RFC 9110 §6.5.1). */
const NO_TRAILERS = new Set([
  ...ANSWER_HOPS,
  'trailer',
  'host',
  'content-length',
  'content-encoding',
  'content-type',
  'content-range',
  'set-cookie',
])

/**
 * The headers a leg is sent: those from end to end (RFC 9110 §7.6.1), as the client wrote and repeated them, changed as the
 * plan says for this leg; X-Forwarded-For, -Proto and -Host; and the loop marker of this pilot.
 *
 * What an untrusted peer says in X-Forwarded-* and Forwarded is replaced, what a trusted one says is added to. Forwarded is
 * never introduced: beside the X-Forwarded-For of a proxy before us it would contradict it. Nor is Via, which is added to
 * where it came: servers stop compressing when they see one (`gzip_proxied` of nginx), and loops have their own marker.
 *
 * Made for undici: Content-Length is kept, Connection is left to it.
 *
 * @param raw names and values in turn, as they came
 * @returns names and values in turn
 */
export function requestHeaders(
  raw: readonly string[],
  leg: Leg,
  peer: Peer,
  beside: BesideChanges | null = null,
): string[] {
  const headers: string[] = []
  const dropped = namedByConnection(raw)
  const way: Way = { for: '', forwarded: null, proto: false, host: false }
  let host: string | null = null
  let marker = ''
  let via = ''
  let cookies = ''
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!
    const value = raw[index + 1]!
    const lower = name.toLowerCase()
    const treatment = TREATMENT.get(lower)
    if (treatment === 'hop' || dropped?.has(lower)) continue
    if (treatment === undefined) {
      if (!isForwarding(lower) || noteForwarding(way, lower, value, peer.trusted)) headers.push(name, value)
    } else if (treatment === 'host') host ??= value
    else if (treatment === 'cookie') cookies = joined(cookies, value)
    else if (treatment === 'marker') marker = listed(marker, value)
    else if (treatment === 'via') via = listed(via, value)
    else if (treatment === 'te') {
      if (/(?:^|[\s,])trailers(?:$|[\s,;])/i.test(value)) headers.push(name, 'trailers')
    } else if (treatment === 'idempotency')
      headers.push(name, prefixed(value, beside?.idempotencyPrefix ?? ''))
    else if (treatment !== 'conditional' || beside?.unconditional !== true) headers.push(name, value)
  }
  const cookie = beside?.cookie === undefined ? renamedCookies(cookies, leg) : beside.cookie
  if (cookie !== null && cookie !== '') headers.push('Cookie', cookie)
  if (via !== '') headers.push('Via', `${via}, 1.1 paritygate`)
  addForwarding(headers, way, peer, host)
  headers.push(PILOT_HEADER, listed(marker, peer.pilot))
  const sentHost = leg.host ?? host
  if (sentHost !== null) headers.push('Host', sentHost)
  return withOwn(headers, leg)
}

/** The client's cookies as the leg calls them, without those taken away; empty where none is left. */
export function clientCookies(raw: readonly string[], leg: Leg): string {
  let cookies = ''
  for (let index = 0; index < raw.length; index += 2)
    if (raw[index]!.toLowerCase() === 'cookie') cookies = joined(cookies, raw[index + 1]!)
  return renamedCookies(cookies, leg)
}

/**
 * An answer's headers from end to end (RFC 9110 §7.6.1), as the leg wrote and repeated them. Transfer-Encoding
 * overrides a Content-Length beside it, which is not passed on (RFC 9112 §6.3).
 *
 * @throws {TransferEncodingError} where the content is encoded for its transfer otherwise than in chunks
 * @param raw names and values in turn, as undici hands them out
 * @returns names and values in turn
 */
export function answerHeaders(raw: readonly Buffer[]): string[] {
  const headers: string[] = []
  let connection = ''
  let encoding = ''
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!.toString('latin1')
    const lower = name.toLowerCase()
    if (!ANSWER_HOPS.has(lower)) headers.push(name, raw[index + 1]!.toString('latin1'))
    else if (lower === 'connection') connection = listed(connection, raw[index + 1]!.toString('latin1'))
    else if (lower === 'transfer-encoding') encoding = listed(encoding, raw[index + 1]!.toString('latin1'))
  }
  const dropped = namedIn(connection)
  const kept = dropped === null ? headers : without(headers, dropped)
  if (encoding === '') return kept
  // undici takes off the chunks and nothing else: what is under them would be taken for the content.
  if (!/^(?:chunked|identity)$/i.test(encoding)) throw new TransferEncodingError(encoding)
  return without(kept, LENGTH)
}

/** Pairs of names and values, without what is not believed behind the content. */
export function answerTrailers(raw: readonly Buffer[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!.toString('latin1')
    if (!NO_TRAILERS.has(name.toLowerCase())) pairs.push([name, raw[index + 1]!.toString('latin1')])
  }
  return pairs
}

function namedByConnection(raw: readonly string[]): Set<string> | null {
  let connection = ''
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!
    if (name.length === 10 && name.toLowerCase() === 'connection')
      connection = listed(connection, raw[index + 1]!)
  }
  return namedIn(connection)
}

/** The headers that Connection names, lower case; null where there are none. The framing is never taken away by it. */
function namedIn(connection: string): Set<string> | null {
  if (connection === '' || connection === 'keep-alive' || connection === 'close') return null
  const named = new Set(connection.split(',').map(token => token.trim().toLowerCase()))
  for (const name of ['host', 'content-length', 'close', 'keep-alive', '']) named.delete(name)
  return named.size === 0 ? null : named
}

/** What the plan sets for this leg, in the place of what is there. The framing is not the plan's to set. */
function withOwn(headers: string[], leg: Leg): string[] {
  const own = Object.entries(leg.headers).filter(([name]) => !OWN_HEADERS.has(name))
  if (own.length === 0) return headers
  const kept = without(headers, new Set(own.map(([name]) => name)))
  for (const [name, value] of own) if (value !== null) kept.push(name, value)
  return kept
}

function without(headers: readonly string[], dropped: ReadonlySet<string>): string[] {
  const kept: string[] = []
  for (let index = 0; index < headers.length; index += 2)
    if (!dropped.has(headers[index]!.toLowerCase())) kept.push(headers[index]!, headers[index + 1]!)
  return kept
}

function renamedCookies(cookies: string, { cookies: names }: Leg): string {
  if (cookies === '' || Object.keys(names).length === 0) return cookies
  const kept: string[] = []
  for (const pair of cookies.split(';')) {
    const cookie = pair.trim()
    const end = cookie.indexOf('=')
    const name = (end < 0 ? cookie : cookie.slice(0, end)).trim()
    if (!Object.hasOwn(names, name)) {
      if (cookie !== '') kept.push(cookie)
    } else if (names[name] !== null) kept.push(`${names[name]}${end < 0 ? '' : cookie.slice(end)}`)
  }
  return kept.join('; ')
}

function joined(before: string, cookies: string): string {
  return before === '' ? cookies : `${before}; ${cookies}`
}

/** The key is a string in quotes where a client follows the draft of the header, and bare where it follows habit. */
function prefixed(key: string, prefix: string): string {
  return key.startsWith('"') ? `"${prefix}${key.slice(1)}` : `${prefix}${key}`
}
