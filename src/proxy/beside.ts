import type { UnscorableCause } from '../model/scoreboard.ts'
import type { BesideLeg as Leg, Pilot } from '../plan/pilot.ts'
import { type AskedLegs, BesideExchange } from './beside-exchange.ts'
import { type BesideLeg, type BesideLegStats, openBesideLeg } from './beside-leg.ts'
import { keptBytes } from './body-copy.ts'
import { type CookieJars, cookieJars } from './cookie-jar.ts'
import type { Answer, Ask, MirroredRequest, Observation } from './exchange.ts'
import { LegPool } from './leg-pool.ts'
import type { Log } from './log.ts'

/** The stacks beside the primary. Nothing of it throws or waits. */
export interface Beside {
  /** Followed by exactly one of `answered` and `gaveUp`. */
  ask(ask: Ask): void
  /** What the primary answered. */
  answered(id: number, answer: Answer): void
  gaveUp(id: number, cause: UnscorableCause): void
  /** A request that was to be mirrored and could not be asked. */
  unscored(request: MirroredRequest, cause: UnscorableCause): void
  /** What has not been answered after `drainMs` milliseconds ends as `stopped`. */
  close(options: { drainMs: number }): Promise<void>
}

export interface BesideOptions {
  pilot: Pilot
  /** Told of each mirrored request exactly once, when all is known of it. */
  observe(observation: Observation): void
  /** Told when nothing more needs to be said of an exchange that was asked. */
  ended?(id: number): void
  log: Log
  /** From 0 to 1, less than 1. */
  random?: () => number
  /** Of bodies, over all exchanges. */
  mostKeptBytes?: number
}

export interface BesideStats {
  observed: number
  keptBytes: number
  shadow: BesideLegStats
  control: BesideLegStats | null
}

const MOST_KEPT_BYTES = 256 * 2 ** 20

/**
 * Asks shadow and control, and says of each mirrored request what all have answered.
 *
 * @throws {ParitygateError} plan.invalid, where what the plan says of a stack cannot be used
 */
export function openBeside(options: BesideOptions): Beside & { stats(): BesideStats } {
  const { pilot, observe, log, ended, random = Math.random } = options
  const { bodyLimit } = pilot
  const room = keptBytes(options.mostKeptBytes ?? MOST_KEPT_BYTES)
  const open = new Map<number, BesideExchange>()
  const jars = new Map<Leg, CookieJars>()
  let observed = 0
  let drained = () => {}

  const legOf = (leg: Leg): BesideLeg => {
    if (leg.keepCookies) jars.set(leg, cookieJars())
    const pool = new LegPool(leg, { connectMs: leg.timeoutMs, headersMs: 0, bodyMs: 0 })
    return openBesideLeg({ leg, pool, bodyLimit, room, log })
  }
  const tell = (observation: Observation) => {
    observed += 1
    try {
      observe(observation)
    } catch (error) {
      log.warn(`an observation was lost: ${(error as Error).message}`)
    }
  }
  const legs: AskedLegs = {
    shadow: legOf(pilot.shadow),
    control: pilot.control === null ? null : legOf(pilot.control),
    jars,
    bodyLimit,
    room,
    random,
    ended(id, observation) {
      open.delete(id)
      tell(observation)
      ended?.(id)
      if (open.size === 0) drained()
    },
  }
  return {
    ask(ask) {
      const exchange = new BesideExchange(legs, ask)
      open.set(ask.id, exchange)
      exchange.begin()
    },
    answered: (id, answer) => open.get(id)?.answered(answer),
    gaveUp: (id, cause) => open.get(id)?.end(cause),
    unscored: (request, cause) => tell({ kind: 'unscored', request, cause }),
    async close({ drainMs }) {
      if (open.size > 0)
        await new Promise<void>(resolve => {
          const late = setTimeout(resolve, drainMs)
          drained = () => {
            clearTimeout(late)
            resolve()
          }
        })
      for (const exchange of [...open.values()]) exchange.end('stopped')
      await Promise.all([legs.shadow.close(), legs.control?.close()])
    },
    stats: () => ({
      observed,
      keptBytes: room.kept,
      shadow: legs.shadow.stats(),
      control: legs.control?.stats() ?? null,
    }),
  }
}
