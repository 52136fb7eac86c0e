import { createHash } from 'node:crypto'

const secretWords =
  /(^|_)(pass|passwd|password|passphrase|pwd|token|secret|api_?key|private_?key|access_?key|credential|credentials|salt|otp|pin_?code|cvv)(_|$)/

const secretParts =
  /password|passwd|passphrase|passcode|secret|(access|refresh|api|auth|session|id|csrf|reset)token|token$|(api|private|access|auth|encryption|secret)key|credential/

/** `accessToken`, `password_hash`, `API_KEY`: a name whose values are never shown. */
export function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase()
  if (secretWords.test(words) || secretWords.test(words.replace(/s(_|$)/g, '$1'))) return true
  // Databases that fold names leave `accesstoken` of `accessToken`.
  return secretParts.test(words.replaceAll('_', ''))
}

export const REDACTED = '[redacted]'

/** A stand-in for a secret that is part of a key: equal secrets look equal, and nothing else can be read. */
export function redactKey(value: string | null): string | null {
  return value === null ? null : `[redacted ${fingerprintOf(value)}]`
}

/** The first 8 hexadecimal digits of the value's SHA-256. */
export function fingerprintOf(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 8)
}

/** A connection URL without its password; also hides passwords given as a query parameter. */
export function redactUrl(url: string): string {
  return url
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^/?#]*?):[^/?#]*@/i, '$1:***@')
    .replace(/([?&](?:password|sslpassword)=)[^&#]*/gi, '$1***')
}
