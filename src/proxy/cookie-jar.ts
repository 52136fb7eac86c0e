import { Cookie, defaultPath, pathMatch } from 'tough-cookie'
import { digestOf } from './body-copy.ts'

/** What a stack beside the primary has set for each client. It has one host, so domains are not looked at. */
export interface CookieJars {
  /** By name: what to send instead of the client's cookie; null: what the stack has removed is not sent at all. */
  of(key: string, target: string): Map<string, string | null> | null
  /** @param lines values of Set-Cookie; those that are no cookie are passed over */
  keep(key: string, target: string, lines: readonly string[]): void
  readonly size: number
}

/** Of all clients; of one client a Cookie header of Node takes no more than 16 KB either. */
const JARS = 10_000
const COOKIES = 50
const CHARACTERS = 8192

interface Kept {
  name: string
  /** null: removed. */
  value: string | null
  path: string
  /** Milliseconds since 1970. */
  expires: number
}

type Jar = Map<string, Kept>

/** Bounded: the client heard of least recently is forgotten, and of one client the cookies set longest ago. */
export function cookieJars(now: () => number = Date.now, most = JARS): CookieJars {
  const jars = new Map<string, Jar>()
  const touch = (key: string, jar: Jar) => {
    jars.delete(key)
    jars.set(key, jar)
  }
  return {
    of(person, target) {
      const key = short(person)
      const jar = jars.get(key)
      if (jar === undefined) return null
      touch(key, jar)
      return sentBy(jar, pathOf(target), now())
    },
    keep(person, target, lines) {
      const key = short(person)
      const jar: Jar = jars.get(key) ?? new Map()
      for (const line of lines) if (line.length <= CHARACTERS) keepIn(jar, line, pathOf(target), now())
      if (jar.size === 0) return
      bound(jar)
      touch(key, jar)
      if (jars.size > most) for (const oldest of jars.keys()) return void jars.delete(oldest)
    },
    get size() {
      return jars.size
    },
  }
}

/**
 * A Cookie header: the client's, with what a stack has set or removed in its place.
 *
 * @param client `a=1; b=2`
 * @returns null where nothing is left
 */
export function withKept(client: string, kept: ReadonlyMap<string, string | null>): string | null {
  const pairs = client.split(';').filter(pair => {
    const equals = pair.indexOf('=')
    return pair.trim() !== '' && !kept.has(pair.slice(0, equals === -1 ? pair.length : equals).trim())
  })
  for (const [name, value] of kept) if (value !== null) pairs.push(`${name}=${value}`)
  return pairs.length === 0 ? null : pairs.map(pair => pair.trim()).join('; ')
}

/** A key is whatever a client sends, up to the 16 KB of a header. */
function short(key: string): string {
  return key.length <= 64 ? key : digestOf(Buffer.from(key))
}

function keepIn(jar: Jar, line: string, path: string, now: number): void {
  const cookie = Cookie.parse(line)
  if (cookie === undefined || cookie.key === '') return
  const scope = cookie.path?.startsWith('/') ? cookie.path : defaultPath(path)
  const left = cookie.TTL(now)
  const id = `${cookie.key}\0${scope}`
  jar.delete(id)
  // A removed cookie is remembered: the client may go on sending the one of that name it has from the primary.
  jar.set(id, {
    name: cookie.key,
    value: left <= 0 ? null : cookie.value,
    path: scope,
    expires: left <= 0 ? Number.POSITIVE_INFINITY : now + left,
  })
}

function sentBy(jar: Jar, path: string, now: number): Map<string, string | null> {
  const fitting = [...jar.values()].filter(cookie => pathMatch(path, cookie.path))
  // RFC 6265 section 5.4 sends the longest path first, and of two of one name servers take the first.
  fitting.sort((one, other) => other.path.length - one.path.length)
  const sent = new Map<string, string | null>()
  for (const { name, value, expires } of fitting) {
    const living = expires > now ? value : null
    if ((sent.get(name) ?? null) === null) sent.set(name, living)
  }
  return sent
}

function bound(jar: Jar): void {
  let characters = 0
  for (const { name, value, path } of jar.values())
    characters += name.length + (value?.length ?? 0) + path.length
  for (const [id, { name, value, path }] of jar) {
    if (jar.size <= COOKIES && characters <= CHARACTERS) return
    jar.delete(id)
    characters -= name.length + (value?.length ?? 0) + path.length
  }
}

function pathOf(target: string): string {
  const query = target.indexOf('?')
  return query === -1 ? target : target.slice(0, query)
}
