import type { UnscorableCause } from '../model/scoreboard.ts'
import type { BesideLeg as Leg } from '../plan/pilot.ts'
import type { Asked, Asker, BesideLeg } from './beside-leg.ts'
import { BodyCopy, digestOf, type KeptBytes } from './body-copy.ts'
import { type CookieJars, withKept } from './cookie-jar.ts'
import type { Deadlines } from './deadlines.ts'
import type { Answer, MirroredRequest, Observation } from './exchange.ts'
import { clientCookies, requestHeaders } from './headers.ts'
import { isPrefixOnly, PREFIX_BYTES } from './prefix.ts'
import type { Selected } from './selection.ts'
import type { IncomingForMirror, Tap } from './tap.ts'

/** What the exchanges of a mirror share. */
export interface Mirroring {
  shadow: BesideLeg
  control: BesideLeg | null
  /** For those legs that keep cookies. */
  jars: Map<Leg, CookieJars>
  bodyLimit: number
  room: KeptBytes
  prefixes: Deadlines<MirroredExchange>
  unasked: Deadlines<MirroredExchange>
  random(): number
  /** Calls `askLegs` a moment later, when the primary has been asked. */
  ask(exchange: MirroredExchange): void
  /** Called once for each exchange. Does not throw. */
  ended(exchange: MirroredExchange, observation: Observation): void
}

/** One mirrored request: what the primary did is told by the tap, what the legs beside did by themselves. */
export class MirroredExchange implements Tap, Asker {
  readonly method: string
  readonly target: string
  body: Uint8Array | null = null
  readonly #mirroring: Mirroring
  readonly #request: IncomingForMirror
  readonly #stickyKey: string | null
  readonly #described: MirroredRequest
  readonly #startedAt = performance.now()
  readonly #withControl: boolean
  #requestCopy: BodyCopy | null = null
  #askedAt: number | null = null
  #shadow: Asked | null = null
  #shadowAnswered = false
  #control: Asked | null = null
  #controlState: 'none' | 'asked' | 'answered' = 'none'
  #primary: BodyCopy
  #status = 0
  #headers: string[] = []
  #prefixOnly = false
  #prefixCut = false
  #firstAt = 0
  #answeredAt: number | null = null
  #ended = false

  constructor(mirroring: Mirroring, request: IncomingForMirror, selected: Selected, withControl: boolean) {
    this.#mirroring = mirroring
    this.#request = request
    this.#stickyKey = selected.stickyKey
    this.#withControl = withControl
    this.#primary = new BodyCopy(mirroring.bodyLimit, mirroring.room)
    this.method = request.method
    this.target = request.target
    this.#described = {
      at: Date.now(),
      method: request.method,
      target: request.target,
      cohort: selected.cohort,
      bodyDigest: null,
    }
  }

  requestData(piece: Uint8Array): void {
    if (this.#ended || this.#askedAt !== null) return
    this.#requestCopy ??= new BodyCopy(this.#mirroring.bodyLimit, this.#mirroring.room)
    if (!this.#requestCopy.add(piece)) this.end('memory full')
    else if (this.#requestCopy.beyond) this.end('request too large')
  }

  requestEnd(): void {
    if (this.#ended || this.#askedAt !== null) return
    this.#askedAt = performance.now()
    if (this.#answeredAt !== null) this.#mirroring.unasked.remove(this)
    this.#mirroring.ask(this)
  }

  askLegs(): void {
    if (this.#ended) return
    const { shadow, control, random } = this.#mirroring
    if (this.#requestCopy !== null && this.#requestCopy.length > 0) {
      this.body = this.#requestCopy.joined()
      this.#described.bodyDigest = digestOf(this.body)
    }
    this.#shadow = shadow.prepare(this)
    if (control === null || !this.#withControl) {
      this.#shadow.ask()
      return
    }
    this.#control = control.prepare(this)
    this.#controlState = 'asked'
    // Whoever is always asked second finds caches warm, and rows changed: that would look like a difference.
    const order = random() < 0.5 ? [this.#shadow, this.#control] : [this.#control, this.#shadow]
    for (const asked of order) asked.ask()
  }

  answerHead(status: number, headers: string[]): void {
    if (this.#ended || this.#status !== 0 || status < 200) return
    this.#firstAt = performance.now()
    this.#status = status
    this.#headers = headers
    if (!isPrefixOnly(status, headers)) return
    this.#prefixOnly = true
    this.#primary = new BodyCopy(Number.POSITIVE_INFINITY, this.#mirroring.room)
    this.#mirroring.prefixes.add(this)
  }

  answerData(piece: Uint8Array): void {
    if (this.#ended || this.#answeredAt !== null || this.#status === 0) return
    if (!this.#primary.add(piece)) this.end('memory full')
    else if (this.#prefixOnly && this.#primary.length > PREFIX_BYTES) this.endPrefix()
  }

  answerEnd(): void {
    if (this.#ended || this.#answeredAt !== null || this.#status === 0) return
    this.#answeredAt = performance.now()
    if (this.#prefixOnly) this.#mirroring.prefixes.remove(this)
    // The rest of the request may still come, or never.
    if (this.#askedAt === null) this.#mirroring.unasked.add(this)
    if (this.#control !== null) this.legData(this.#control)
    if (this.#shadow !== null) this.legData(this.#shadow)
    this.#endIfAllAnswered()
  }

  fail(cause: Extract<UnscorableCause, 'client aborted' | 'primary failed'>): void {
    // A client that leaves an event stream after what was wanted of it has lost nothing.
    if (this.#answeredAt === null || this.#askedAt === null) this.end(cause)
  }

  /** What was wanted of the primary's body without end is there. */
  endPrefix(): void {
    this.#prefixCut = true
    this.answerEnd()
  }

  headersFor(leg: Leg): string[] {
    const { rawHeaders, peer } = this.#request
    const kept =
      this.#stickyKey === null ? null : this.#mirroring.jars.get(leg)?.of(this.#stickyKey, this.target)
    return requestHeaders(rawHeaders, leg, peer, {
      unconditional: true,
      idempotencyPrefix: `${leg.name}-`,
      ...(kept ? { cookie: withKept(clientCookies(rawHeaders, leg), kept) } : {}),
    })
  }

  legHead(asked: Asked, headers: readonly string[]): void {
    const { shadow, control, jars } = this.#mirroring
    const jar = jars.get((asked === this.#shadow ? shadow : control!).leg)
    if (jar === undefined || this.#stickyKey === null) return
    const lines = headers.filter((_, index) => index % 2 === 1 && isSetCookie(headers[index - 1]!))
    if (lines.length > 0) jar.keep(this.#stickyKey, this.target, lines)
  }

  legData(asked: Asked): void {
    if (asked.length > this.#mirroring.bodyLimit && asked.length > this.#mostOf())
      asked.fail('answer too large')
  }

  legDone(asked: Asked, failure: UnscorableCause | null): void {
    if (asked === this.#control) this.#controlState = failure === null ? 'answered' : 'none'
    else this.#shadowAnswered = failure === null
    if (asked === this.#shadow && failure !== null) this.end(failure)
    else this.#endIfAllAnswered()
  }

  /** Ends without anything to compare. */
  end(cause: UnscorableCause): void {
    if (this.#ended) return
    this.#endWith({ kind: 'unscored', request: this.#described, cause })
  }

  #endIfAllAnswered(): void {
    if (this.#ended || this.#answeredAt === null || !this.#shadowAnswered || this.#controlState === 'asked')
      return
    this.#endWith({
      kind: 'exchange',
      request: this.#described,
      primary: this.#primaryAnswer(this.#answeredAt),
      shadow: this.#shadow!.answer(),
      control: this.#controlState === 'answered' ? this.#control!.answer() : null,
    })
  }

  #endWith(observation: Observation): void {
    this.#ended = true
    const { prefixes, unasked, ended } = this.#mirroring
    if (this.#prefixOnly) prefixes.remove(this)
    if (this.#askedAt === null) unasked.remove(this)
    for (const asked of [this.#shadow, this.#control]) {
      asked?.cancel()
      asked?.drop()
    }
    this.#primary.drop()
    this.#requestCopy?.drop()
    ended(this, observation)
  }

  #primaryAnswer(answeredAt: number): Answer {
    // Legs beside are handed the whole request at once; the primary has it whole when the client has sent it.
    const from = this.#askedAt !== null && this.#askedAt <= this.#firstAt ? this.#askedAt : this.#startedAt
    return {
      status: this.#status,
      headers: this.#headers,
      body: this.#prefixCut
        ? { kind: 'prefix', bytes: this.#primary.bytes(PREFIX_BYTES) }
        : this.#primary.body(),
      firstMs: this.#firstAt - from,
      totalMs: answeredAt - from,
    }
  }

  /**
   * How long an answer beside is worth reading: of one that is longer than the primary's by more than the limit nothing can
   * be said by value or by digest, and reading it would cost the primary time.
   */
  #mostOf(): number {
    const ahead = this.#answeredAt === null ? MOST_AHEAD : 0
    return this.#primary.length + this.#mirroring.bodyLimit + ahead
  }
}

/** By so many bytes a leg may be further than the primary, whose client may be slow. */
const MOST_AHEAD = 128 * 2 ** 20

function isSetCookie(name: string): boolean {
  return name.length === 10 && name.toLowerCase() === 'set-cookie'
}
