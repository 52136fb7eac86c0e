import { isSecretName, REDACTED } from '../../model/redact.ts'
import { placeholderOf } from './segments.ts'

const LONGEST = 240

/** Names whose values let somebody in, though the names alone would not say so in a table of a database. */
const GRANTS =
  /^(x-(amz|goog)-(signature|credential|security-token)|sig|signature|code|key|auth|authorization|j?session_?id|sess(ion)?|sid|jwt|bearer|state|nonce|hash|hmac|ticket|assertion|phpsessid)$/i

/** `GET /students/17?token=[redacted]`: secret values hidden, in the query, in parameters of segments, and as segments. */
export function shownRequest(method: string, target: string): string {
  const at = target.search(/[?#]/)
  const path = at < 0 ? target : target.slice(0, at)
  const query =
    at < 0
      ? ''
      : target[at] +
        target
          .slice(at + 1, at + 4000)
          .split('&')
          .map(hidden)
          .join('&')
  return cut(`${method} ${hiddenPath(path.slice(0, 4000))}${query}`)
}

function hidden(pair: string): string {
  const equals = pair.indexOf('=')
  if (equals < 0) return placeholderOf(decoded(pair)) === '{token}' ? REDACTED : pair
  const name = decoded(pair.slice(0, equals))
  const value = decoded(pair.slice(equals + 1))
  return isSecret(name) || looksSigned(value) ? `${pair.slice(0, equals)}=${REDACTED}` : pair
}

/** `/password/reset/6Fq…` lets in whoever knows it. */
function hiddenPath(path: string): string {
  let secret = false
  return path
    .split('/')
    .map(segment => {
      const [name = '', ...parameters] = segment.split(';')
      const kind = placeholderOf(decoded(name))
      const hide = looksSigned(name) || (secret && kind !== null && kind !== '{number}')
      secret ||= isSecretName(decoded(name)) || /^(reset|verify|confirm|invite|invitation|magic)/i.test(name)
      return [hide ? REDACTED : name, ...parameters.map(hidden)].join(';')
    })
    .join('/')
}

function isSecret(name: string): boolean {
  // `user[password]`
  return GRANTS.test(name) || isSecretName(name)
}

/** A JSON Web Token, whatever it is called. */
function looksSigned(value: string): boolean {
  return /^eyJ[\w-]{8,}\.[\w-]+\.[\w-]*$/.test(value)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

/** At the end, and never in the middle of what has been hidden. */
function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
