import type { Pilot } from '../plan/pilot.ts'
import { type BesideLeg, type BesideLegStats, openBesideLeg } from './beside-leg.ts'
import { keptBytes } from './body-copy.ts'
import { type CookieJars, cookieJars } from './cookie-jar.ts'
import { deadlines } from './deadlines.ts'
import type { Observation } from './exchange.ts'
import { LegPool } from './leg-pool.ts'
import type { Log } from './log.ts'
import { MirroredExchange, type Mirroring } from './mirrored-exchange.ts'
import { PREFIX_MS } from './prefix.ts'
import { selector } from './selection.ts'
import type { Mirror } from './tap.ts'

export interface MirrorOptions {
  pilot: Pilot
  /** Told of each mirrored request exactly once, when all is known of it. */
  observe(observation: Observation): void
  /** Asked at each request. */
  mirroring: { readonly on: boolean }
  log: Log
  /** From 0 to 1, less than 1. */
  random?: () => number
  /** Of bodies, over all exchanges. */
  mostKeptBytes?: number
}

export interface OpenMirror extends Mirror {
  /** Nothing is mirrored from now on; what has not been observed after `drainMs` milliseconds ends as `stopped`. */
  close(options: { drainMs: number }): Promise<void>
  stats(): MirrorStats
}

export interface MirrorStats {
  /** Requests that were to be mirrored, and those of them that an Observation was made of: the others are under way. */
  begun: number
  observed: number
  keptBytes: number
  shadow: BesideLegStats
  control: BesideLegStats | null
}

const MOST_KEPT_BYTES = 256 * 2 ** 20

/**
 * Mirrors what the pilot selects to the stacks beside the primary, and says of each such request what they answered.
 *
 * @throws {ParitygateError} plan.invalid, where what the plan says of a stack cannot be used
 */
export function openMirror(options: MirrorOptions): OpenMirror {
  const { pilot, observe, mirroring, log, random = Math.random } = options
  const { bodyLimit } = pilot
  const room = keptBytes(options.mostKeptBytes ?? MOST_KEPT_BYTES)
  const select = selector(pilot)
  const open = new Set<MirroredExchange>()
  const jars = new Map<Pilot['shadow'], CookieJars>()
  let begun = 0
  let observed = 0
  let closed = false
  let drained = () => {}

  // After all that the data path has to do in this turn of the event loop.
  let toBeAsked: MirroredExchange[] = []
  const askLegs = () => {
    const exchanges = toBeAsked
    toBeAsked = []
    for (const exchange of exchanges) exchange.askLegs()
  }
  const beside = (leg: Pilot['shadow']): BesideLeg => {
    if (leg.keepCookies) jars.set(leg, cookieJars())
    return openBesideLeg({
      leg,
      pool: new LegPool(leg, { connectMs: leg.timeoutMs, headersMs: 0, bodyMs: 0 }),
      bodyLimit,
      room,
      log,
    })
  }
  const context: Mirroring = {
    shadow: beside(pilot.shadow),
    control: pilot.control === null ? null : beside(pilot.control),
    jars,
    bodyLimit,
    room,
    prefixes: deadlines(PREFIX_MS, exchange => exchange.endPrefix()),
    unasked: deadlines(pilot.shadow.timeoutMs, exchange => exchange.end('client aborted')),
    random,
    ask(exchange) {
      if (toBeAsked.push(exchange) === 1) setImmediate(askLegs)
    },
    ended(exchange, observation) {
      open.delete(exchange)
      observed += 1
      try {
        observe(observation)
      } catch (error) {
        log.warn(`an observation was lost: ${(error as Error).message}`)
      }
      if (open.size === 0) drained()
    },
  }
  return {
    begin(request) {
      if (closed) return null
      const selection = select(request, mirroring.on)
      if ('reason' in selection) return null
      begun += 1
      const withControl = pilot.control !== null && random() * 100 < pilot.control.percent
      const exchange = new MirroredExchange(context, request, selection, withControl)
      open.add(exchange)
      return exchange
    },
    async close({ drainMs }) {
      closed = true
      if (open.size > 0)
        await new Promise<void>(resolve => {
          const late = setTimeout(resolve, drainMs)
          drained = () => {
            clearTimeout(late)
            resolve()
          }
        })
      for (const exchange of open) exchange.end('stopped')
      context.prefixes.close()
      context.unasked.close()
      await Promise.all([context.shadow.close(), context.control?.close()])
    },
    stats: () => ({
      begun,
      observed,
      keptBytes: room.kept,
      shadow: context.shadow.stats(),
      control: context.control?.stats() ?? null,
    }),
  }
}
