import { readFileSync } from 'node:fs'
import { validateHeaderName, validateHeaderValue } from 'node:http'
import { isIP } from 'node:net'
import { rootCertificates } from 'node:tls'
import { Client, type Dispatcher, Pool } from 'undici'
import { ParitygateError } from '../model/error.ts'
import type { Leg } from '../plan/pilot.ts'

/** What is asked of a leg. undici reads these members by themselves, so that an exchange can be its own options. */
export interface LegRequest {
  readonly method: string
  /** Path and query, as they go over the wire. */
  readonly path: string
  /** Names and values in turn, without hop-by-hop headers. */
  readonly headers: string[]
  readonly body: Dispatcher.DispatchOptions['body']
  /** Set by the pool: whose certificate is expected. undici would take it from the Host of the client. */
  servername?: string | undefined
}

/**
 * What undici tells of an exchange: the handler its newer one is built upon. It hands out headers as the bytes they came in,
 * where the newer one makes an object of them for each answer, and loses their case.
 */
export interface LegHandler {
  /** Set by the pool: where this exchange is sent. */
  connection: LegConnection | null
  onConnect(abort: (error?: Error) => void): void
  /** Called for each 1xx as well. @returns false: no data until `resume` is called */
  onHeaders(status: number, headers: Buffer[], resume: () => void, statusText: string): boolean
  onData(piece: Buffer): boolean
  onComplete(trailers: Buffer[] | null): void
  onError(error: Error): void
}

export interface LegTimes {
  connectMs: number
  /** 0: none. */
  headersMs: number
  bodyMs: number
}

/** The primary answers at its own pace. */
const OWN_PACE: LegTimes = { connectMs: 10_000, headersMs: 0, bodyMs: 0 }

/**
 * An idle connection is given up before the servers most common do so by themselves (gunicorn after 2 s), unless the server
 * says how long it keeps it: a request must not meet the end of its connection halfway.
 */
const IDLE_MS = 1500

/** One connection of a leg, which knows how often it has been used since it was made. */
export class LegConnection extends Client {
  exchanges = 0

  constructor(origin: URL | string, options: Client.Options) {
    super(origin, options)
    this.on('connect', () => {
      this.exchanges = 0
    })
  }

  override dispatch(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    ;(handler as unknown as LegHandler).connection = this
    return super.dispatch(request, handler)
  }
}

/** Connections to a leg, one exchange at a time on each (RFC 9112 §9.3.2 says what pipelining would risk). */
export class LegPool {
  readonly #kept: Pool
  readonly #fresh: Pool
  readonly #servername: string | undefined

  /** @throws {ParitygateError} plan.invalid where a header of the leg cannot be sent */
  constructor(leg: Leg, times: LegTimes = OWN_PACE) {
    requireSendable(leg)
    const tls = tlsOptions(leg)
    this.#servername = tls.servername
    const options: Pool.Options = {
      pipelining: 1,
      maxHeaderSize: 65_536,
      headersTimeout: times.headersMs,
      bodyTimeout: times.bodyMs,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: 60_000,
      allowH2: false,
      connect: { timeout: times.connectMs, ...tls },
      factory: (origin, made) => new LegConnection(origin, made),
    }
    this.#kept = new Pool(leg.origin, options)
    this.#fresh = new Pool(leg.origin, { ...options, pipelining: 0 })
  }

  /** Never throws: what cannot be sent ends in `onError`. */
  dispatch(request: LegRequest, handler: LegHandler): void {
    request.servername = this.#servername
    this.#kept.dispatch(
      request as Dispatcher.DispatchOptions,
      handler as unknown as Dispatcher.DispatchHandler,
    )
  }

  /** Over a connection made for it alone. */
  dispatchFresh(request: LegRequest, handler: LegHandler): void {
    request.servername = this.#servername
    this.#fresh.dispatch(
      request as Dispatcher.DispatchOptions,
      handler as unknown as Dispatcher.DispatchHandler,
    )
  }

  /** Ends exchanges that still run. */
  async destroy(): Promise<void> {
    await Promise.all([this.#kept.destroy(), this.#fresh.destroy()])
  }
}

/**
 * Whom to trust, and whose certificate is expected: the host the plan names, for an address what it says as Host. Never what
 * a client says, except where the plan names nothing but an address.
 */
export function tlsOptions(leg: Leg): { ca?: (string | Buffer)[]; servername?: string } {
  const { hostname } = new URL(leg.origin)
  const named =
    isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? hostname : (leg.host?.replace(/:\d+$/, '') ?? '')
  return {
    ...(leg.ca === null ? {} : { ca: [...rootCertificates, readFileSync(leg.ca)] }),
    ...(named === '' || isIP(named) !== 0 ? {} : { servername: named }),
  }
}

function requireSendable({ name: leg, host, headers, cookies }: Leg): void {
  const own = { ...headers, ...(host === null ? {} : { host }) }
  const cookie = Object.values(cookies).join(' ')
  for (const [name, value] of [...Object.entries(own), ['cookie', cookie] as const]) {
    try {
      validateHeaderName(name)
      validateHeaderValue(name, value ?? '')
    } catch (error) {
      throw new ParitygateError('plan.invalid', `pilot.${leg}, header ${name}: ${(error as Error).message}`)
    }
  }
}
