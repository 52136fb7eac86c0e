import { canonicalDecimal } from '../values/decimal.ts'

/** A number of fewer digits, and of no greater exponent, is read back from every double. */
const suspicious = /\d[\d.]{15}|\d[eE][+-]?\d{3}/
const tokens = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs

/**
 * The first number of a JSON text that MySQL would change without a word, null where there is none. Of JSON's text it makes
 * 64-bit integers and doubles (https://dev.mysql.com/doc/refman/8.4/en/json.html); MariaDB keeps the text.
 */
export function changedNumber(json: string): string | null {
  if (!suspicious.test(json)) return null
  for (const [token] of json.matchAll(tokens)) if (!token.startsWith('"') && !isKept(token)) return token
  return null
}

function isKept(token: string): boolean {
  if (/^-?\d+$/.test(token)) {
    const whole = BigInt(token)
    if (whole >= -(2n ** 63n) && whole < 2n ** 64n) return true
  }
  return canonicalDecimal(String(Number(token))) === canonicalDecimal(token)
}
