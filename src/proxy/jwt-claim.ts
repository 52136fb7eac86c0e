import { parse } from 'lossless-json'

/**
 * A claim of a JSON Web Token (RFC 7519), as text; null where there is no such token or the claim is no text or number.
 * The signature is not checked: the claim decides nothing but who is in the pilot.
 *
 * @param token with or without `Bearer` before it
 */
export function jwtClaim(token: string, claim: string): string | null {
  const bare = /^bearer\s/i.test(token) ? token.slice(7).trim() : token
  const first = bare.indexOf('.')
  const second = bare.indexOf('.', first + 1)
  if (first === -1 || second === -1) return null
  const json = Buffer.from(bare.slice(first + 1, second), 'base64url').toString()
  try {
    const value = memberOf(JSON.parse(json), claim)
    if (typeof value === 'string') return value === '' ? null : value
    if (typeof value !== 'number') return null
    // People whose ids differ beyond the 53rd bit are not the same person.
    return Number.isSafeInteger(value) ? String(value) : String(memberOf(parse(json), claim))
  } catch {
    return null
  }
}

function memberOf(payload: unknown, claim: string): unknown {
  if (typeof payload !== 'object' || payload === null || !Object.hasOwn(payload, claim)) return undefined
  return (payload as Record<string, unknown>)[claim]
}
