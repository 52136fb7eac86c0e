import { createHash } from 'node:crypto'
import type { Pilot } from './pilot.ts'

/**
 * Changes whenever exchanges would be judged otherwise, or other stacks would be asked: evidence belongs to it. How many
 * requests are mirrored, how fast, and what they are held to does not change what was found; nor do words of explanation, nor
 * the values of headers, which may be tokens that are renewed every day.
 */
export function pilotFingerprint(pilot: Pilot): string {
  const leg = (one: Pilot['primary'] | null) =>
    one && [one.origin, one.host, Object.keys(one.headers).sort(), Object.entries(one.cookies).sort()]
  const { primary, shadow, control, routes, bodyLimit, comparedHeaders, rules } = pilot
  const judged = [
    [leg(primary), leg(shadow), leg(control)],
    routes.map(({ method, path }) => [method, path]),
    bodyLimit,
    [...comparedHeaders].sort(),
    rules.map(({ route, excuse }) => [route, Object.entries(excuse).sort()]),
  ]
  return createHash('sha256').update(JSON.stringify(judged)).digest('hex').slice(0, 32)
}
