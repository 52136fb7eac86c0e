import type { UnscorableCause } from '../model/scoreboard.ts'
import type { BesideLeg as Leg } from '../plan/pilot.ts'
import type { Asked, Asker, BesideLeg } from './beside-leg.ts'
import { digestOf, type KeptBytes } from './body-copy.ts'
import { type CookieJars, withKept } from './cookie-jar.ts'
import type { Answer, Ask, Observation } from './exchange.ts'
import { clientCookies, requestHeaders } from './headers.ts'
import { keptBytesOf } from './packed-answer.ts'

/** What exchanges share. */
export interface AskedLegs {
  shadow: BesideLeg
  control: BesideLeg | null
  /** For those legs that keep cookies. */
  jars: Map<Leg, CookieJars>
  bodyLimit: number
  room: KeptBytes
  random(): number
  /** Called once for each exchange. Does not throw. */
  ended(id: number, observation: Observation): void
}

/** By so many bytes a leg may be further than a primary whose answer has not ended. */
const MOST_AHEAD = 128 * 2 ** 20

/** One request that shadow and control are asked while the primary answers it: what they answer is told together. */
export class BesideExchange implements Asker {
  readonly method: string
  readonly target: string
  readonly body: Uint8Array | null
  readonly #legs: AskedLegs
  readonly #ask: Ask
  #shadow: Asked | null = null
  #shadowAnswered = false
  #control: Asked | null = null
  #controlState: 'none' | 'asked' | 'answered' = 'none'
  #primary: Answer | null = null
  /** Of the request's and the primary's body. */
  #kept = 0
  #ended = false

  constructor(legs: AskedLegs, ask: Ask) {
    this.#legs = legs
    this.#ask = ask
    this.method = ask.request.method
    this.target = ask.request.target
    this.body = ask.body
  }

  begin(): void {
    const { shadow, control, random } = this.#legs
    const { body, request, withControl } = this.#ask
    if (!this.#keep(body?.length ?? 0)) return
    if (body !== null) request.bodyDigest = digestOf(body)
    this.#shadow = shadow.prepare(this)
    if (control === null || !withControl) {
      this.#shadow.ask()
      return
    }
    this.#control = control.prepare(this)
    this.#controlState = 'asked'
    // Whoever is always asked second finds caches warm, and rows changed: that would look like a difference.
    const order = random() < 0.5 ? [this.#shadow, this.#control] : [this.#control, this.#shadow]
    for (const asked of order) asked.ask()
  }

  answered(answer: Answer): void {
    if (this.#ended || !this.#keep(keptBytesOf(answer))) return
    this.#primary = answer
    if (this.#control !== null) this.legData(this.#control)
    if (this.#shadow !== null) this.legData(this.#shadow)
    this.#endIfAllAnswered()
  }

  headersFor(leg: Leg): string[] {
    const { rawHeaders, peer, session } = this.#ask
    const kept = session === null ? null : this.#legs.jars.get(leg)?.of(session, this.target)
    return requestHeaders(rawHeaders, leg, peer, {
      unconditional: true,
      idempotencyPrefix: `${leg.name}-`,
      ...(kept ? { cookie: withKept(clientCookies(rawHeaders, leg), kept) } : {}),
    })
  }

  legHead(asked: Asked, headers: readonly string[]): void {
    const { shadow, control, jars } = this.#legs
    const { session } = this.#ask
    const jar = jars.get((asked === this.#shadow ? shadow : control!).leg)
    if (jar === undefined || session === null) return
    const lines = headers.filter((_, index) => index % 2 === 1 && isSetCookie(headers[index - 1]!))
    if (lines.length > 0) jar.keep(session, this.target, lines)
  }

  legData(asked: Asked): void {
    if (asked.length > this.#legs.bodyLimit && asked.length > this.#mostOf()) asked.fail('answer too large')
  }

  legDone(asked: Asked, failure: UnscorableCause | null): void {
    if (asked === this.#control) this.#controlState = failure === null ? 'answered' : 'none'
    else this.#shadowAnswered = failure === null
    if (asked === this.#shadow && failure !== null) this.end(failure)
    else this.#endIfAllAnswered()
  }

  /** Ends without anything to compare. */
  end(cause: UnscorableCause): void {
    if (!this.#ended) this.#endWith({ kind: 'unscored', request: this.#ask.request, cause })
  }

  /** Counts bytes as kept; where there is no room, the exchange ends. */
  #keep(bytes: number): boolean {
    if (this.#legs.room.take(bytes)) {
      this.#kept += bytes
      return true
    }
    this.end('memory full')
    return false
  }

  #endIfAllAnswered(): void {
    const primary = this.#primary
    if (this.#ended || primary === null || !this.#shadowAnswered || this.#controlState === 'asked') return
    this.#endWith({
      kind: 'exchange',
      request: this.#ask.request,
      primary,
      shadow: this.#shadow!.answer(),
      control: this.#controlState === 'answered' ? this.#control!.answer() : null,
    })
  }

  #endWith(observation: Observation): void {
    this.#ended = true
    for (const asked of [this.#shadow, this.#control]) {
      asked?.cancel()
      asked?.drop()
    }
    this.#legs.room.give(this.#kept)
    this.#kept = 0
    this.#legs.ended(this.#ask.id, observation)
  }

  /**
   * How long an answer beside is worth reading: of one that is longer than the primary's by more than the limit nothing can
   * be said by value or by digest.
   */
  #mostOf(): number {
    const { bodyLimit } = this.#legs
    if (this.#primary === null) return bodyLimit + MOST_AHEAD
    const { body } = this.#primary
    return (body.kind === 'digest' ? body.length : body.bytes.length) + bodyLimit
  }
}

function isSetCookie(name: string): boolean {
  return name.length === 10 && name.toLowerCase() === 'set-cookie'
}
