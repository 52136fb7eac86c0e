import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * Flask's session cookie, as itsdangerous signs it: JSON, time and signature in base64url, joined by dots. Both stacks know
 * the secret, so whoever has signed in to the old one is known to the new one.
 */
export function writeSession(session, secret, seconds = Math.floor(Date.now() / 1000)) {
  const time = Buffer.alloc(4)
  time.writeUInt32BE(seconds)
  const payload = Buffer.from(JSON.stringify(session)).toString('base64url')
  const signed = `${payload}.${time.toString('base64url')}`
  return `${signed}.${signature(signed, secret)}`
}

/** What a cookie says; null where it is missing or not signed by us. */
export function readSession(cookie, secret) {
  const [, signed, given] = /^([\w-]+\.[\w-]+)\.([\w-]+)$/.exec(cookie ?? '') ?? []
  if (signed === undefined) return null
  const expected = Buffer.from(signature(signed, secret))
  const actual = Buffer.from(given)
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) return null
  return JSON.parse(Buffer.from(signed.split('.')[0], 'base64url').toString())
}

export function cookieOf(header, name) {
  for (const pair of (header ?? '').split(/;\s*/)) {
    const at = pair.indexOf('=')
    if (pair.slice(0, at) === name) return pair.slice(at + 1)
  }
  return undefined
}

function signature(text, secret) {
  const key = createHmac('sha1', secret).update('cookie-session').digest()
  return createHmac('sha1', key).update(text).digest('base64url')
}
