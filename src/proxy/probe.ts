import { ParitygateError } from '../model/error.ts'
import type { Leg } from '../plan/pilot.ts'
import { PILOT_HEADER } from './headers.ts'
import { type LegHandler, LegPool } from './leg-pool.ts'
import type { Log } from './log.ts'

const PROBE_MS = 5000
const FIRST_RETRY_MS = 1000
const LAST_RETRY_MS = 30_000

/** How a leg took the question it was asked: null where it could be reached. */
type Unreachable = string | null

export interface Probes {
  /** A request with these markers has come back. @returns whether it was one of ours, asked to find that out */
  seen(markers: string): boolean
  /**
   * Asks each leg once. Those that cannot be reached are said, and asked again until they answer, which is said as well.
   *
   * @throws {ParitygateError} pilot.loop
   */
  start(): Promise<void>
  stop(): void
}

/**
 * Asks each leg for the head of `/`, with a marker that only this pilot knows: where that comes in at its own listener, the
 * leg leads back to it, through whatever stands between.
 *
 * @param pilot the id of this pilot
 */
export function createProbes(legs: readonly Leg[], pilot: string, log: Log): Probes {
  const markers = new Map(legs.map(leg => [`${pilot}.${leg.name}`, leg]))
  const looped = new Set<Leg>()
  const timers = new Set<NodeJS.Timeout>()
  let stopped = false

  const again = (leg: Leg, waitMs: number) => {
    const timer = setTimeout(async () => {
      timers.delete(timer)
      const unreachable = await ask(leg, `${pilot}.${leg.name}`)
      if (stopped) return
      if (unreachable === null) log.info(`the ${leg.name} ${leg.origin} answers now`)
      else again(leg, Math.min(waitMs * 2, LAST_RETRY_MS))
    }, waitMs)
    timer.unref()
    timers.add(timer)
  }

  return {
    seen(found) {
      for (const [marker, leg] of markers)
        if (found.includes(marker)) {
          looped.add(leg)
          return true
        }
      return false
    },
    async start() {
      await Promise.all(
        legs.map(async leg => {
          const unreachable = await ask(leg, `${pilot}.${leg.name}`)
          if (unreachable === null || looped.has(leg)) return
          log.warn(
            `the ${leg.name} ${leg.origin} cannot be reached: ${unreachable}; it is asked again until it answers`,
          )
          again(leg, FIRST_RETRY_MS)
        }),
      )
      const [leg] = looped
      if (leg === undefined) return
      throw new ParitygateError('pilot.loop', `the ${leg.name} ${leg.origin} leads back to the pilot itself`)
    },
    stop() {
      stopped = true
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

/** A leg that is there but takes its time has been reached. */
async function ask(leg: Leg, marker: string): Promise<Unreachable> {
  const pool = new LegPool(leg, { connectMs: PROBE_MS, headersMs: PROBE_MS, bodyMs: PROBE_MS })
  const headers = [PILOT_HEADER, marker]
  if (leg.host !== null) headers.push('Host', leg.host)
  const answer = await new Promise<Unreachable>(resolve => {
    const handler: LegHandler = {
      connection: null,
      onConnect() {},
      onHeaders(status) {
        if (status >= 200) resolve(null)
        return true
      },
      onData: () => true,
      onComplete: () => resolve(null),
      onError: error => resolve(causeOf(error)),
    }
    pool.dispatchFresh({ method: 'HEAD', path: '/', headers, body: null }, handler)
  })
  await pool.destroy()
  return answer
}

function causeOf(error: NodeJS.ErrnoException): Unreachable {
  if (error.code === 'UND_ERR_HEADERS_TIMEOUT') return null
  const all = error instanceof AggregateError ? (error.errors as Error[]) : [error]
  return all.map(({ message }) => message).join('; ') || (error.code ?? error.name)
}
