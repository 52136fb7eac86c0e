import { Cookie } from 'tough-cookie'
import type { FoundDifference } from './comparison.ts'
import { isIdLike } from './place.ts'

/**
 * Cookies that answers set, by name and attributes. Values are sessions of each stack's own: they are neither compared
 * nor shown. Of several cookies of one name and path, the last counts, as for browsers.
 */
export function cookieDifferences(primary: string[], shadow: string[]): FoundDifference[] {
  if (primary.length === 0 && shadow.length === 0) return []
  const [ours, theirs] = [cookiesOf(primary), cookiesOf(shadow)]
  const found: FoundDifference[] = []
  const tell = (name: string, kind: string, was: string | null, is: string | null) =>
    found.push({
      field: `header set-cookie ${isIdLike(name) ? '*' : name}`,
      path: `set-cookie ${name}`,
      kind,
      primary: was,
      shadow: is,
    })
  for (const [name, attributes] of ours) {
    const others = theirs.get(name)
    if (others === undefined) tell(name, 'absent', shown(attributes), null)
    else
      for (const attribute of Object.keys(attributes))
        if (attributes[attribute] !== others[attribute])
          tell(name, `attribute ${attribute}`, attributes[attribute]!, others[attribute]!)
  }
  for (const [name, attributes] of theirs) if (!ours.has(name)) tell(name, 'extra', null, shown(attributes))
  return found
}

type Attributes = Record<string, string>

function cookiesOf(lines: string[]): Map<string, Attributes> {
  const cookies = new Map<string, Attributes>()
  for (const line of lines) {
    const cookie = Cookie.parse(line, { loose: true })
    if (cookie === undefined) {
      cookies.set('(unreadable)', {})
      continue
    }
    cookies.set(cookie.key.slice(0, 100), {
      path: cookie.path ?? '(default)',
      domain: cookie.domain ?? '(host)',
      secure: cookie.secure ? 'yes' : 'no',
      httponly: cookie.httpOnly ? 'yes' : 'no',
      samesite: cookie.sameSite?.toLowerCase() ?? '(default)',
      lifetime: lifetimeOf(cookie),
    })
  }
  return cookies
}

/** Max-Age overrules Expires (RFC 6265 §4.1.2.2), whose moment moves with the clock. */
function lifetimeOf({ maxAge, expires }: Cookie): string {
  if (typeof maxAge === 'number') return maxAge <= 0 ? 'deleted' : 'persistent'
  if (maxAge === '-Infinity') return 'deleted'
  if (!(expires instanceof Date)) return 'session'
  // Whoever deletes a cookie names a moment long past; a clock a little off does not matter.
  return expires.getTime() < Date.UTC(2020, 0) ? 'deleted' : 'persistent'
}

function shown(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
}
