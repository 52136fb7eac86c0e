import type { UnscorableCause } from '../model/scoreboard.ts'
import type { Beside } from './beside.ts'
import { BodyCopy, type KeptBytes } from './body-copy.ts'
import type { Deadlines } from './deadlines.ts'
import type { Answer, MirroredRequest } from './exchange.ts'
import { isPrefixOnly, PREFIX_BYTES } from './prefix.ts'
import type { Selected } from './selection.ts'
import type { IncomingForMirror, Tap } from './tap.ts'

/** What the recorded exchanges of a mirror share. */
export interface Recording {
  beside: Beside
  bodyLimit: number
  room: KeptBytes
  prefixes: Deadlines<RecordedExchange>
  unasked: Deadlines<RecordedExchange>
  /** Called once for each exchange. */
  ended(exchange: RecordedExchange): void
}

/** What the data path sees of one mirrored request: kept within bounds, and handed over as soon as it is whole. */
export class RecordedExchange implements Tap {
  readonly #recording: Recording
  readonly #id: number
  readonly #incoming: IncomingForMirror
  readonly #session: string | null
  readonly #withControl: boolean
  readonly #request: MirroredRequest
  readonly #startedAt = performance.now()
  #requestCopy: BodyCopy | null = null
  #askedAt: number | null = null
  #answerCopy: BodyCopy
  #status = 0
  #headers: string[] = []
  #prefixOnly = false
  #prefixCut = false
  #firstAt = 0
  #answeredAt: number | null = null
  #ended = false

  constructor(
    recording: Recording,
    id: number,
    incoming: IncomingForMirror,
    selected: Selected,
    withControl: boolean,
  ) {
    this.#recording = recording
    this.#id = id
    this.#incoming = incoming
    this.#session = selected.session
    this.#withControl = withControl
    this.#answerCopy = new BodyCopy(recording.bodyLimit, recording.room)
    const { method, target } = incoming
    this.#request = { at: Date.now(), method, target, cohort: selected.cohort, bodyDigest: null }
  }

  requestData(piece: Uint8Array): void {
    if (this.#ended || this.#askedAt !== null) return
    this.#requestCopy ??= new BodyCopy(this.#recording.bodyLimit, this.#recording.room)
    if (!this.#requestCopy.add(piece)) this.end('memory full')
    else if (this.#requestCopy.beyond) this.end('request too large')
  }

  requestEnd(): void {
    if (this.#ended || this.#askedAt !== null) return
    this.#askedAt = performance.now()
    const { rawHeaders, peer } = this.#incoming
    const copy = this.#requestCopy
    this.#recording.beside.ask({
      id: this.#id,
      request: this.#request,
      rawHeaders,
      peer,
      session: this.#session,
      withControl: this.#withControl,
      body: copy === null || copy.length === 0 ? null : copy.bytes(),
    })
    copy?.drop()
    if (this.#answeredAt === null) return
    this.#recording.unasked.remove(this)
    this.#tellAnswer(this.#answeredAt)
  }

  answerHead(status: number, headers: string[]): void {
    if (this.#ended || this.#status !== 0 || status < 200) return
    this.#firstAt = performance.now()
    this.#status = status
    this.#headers = headers
    if (!isPrefixOnly(status, headers)) return
    this.#prefixOnly = true
    this.#answerCopy = new BodyCopy(Number.POSITIVE_INFINITY, this.#recording.room)
    this.#recording.prefixes.add(this)
  }

  answerData(piece: Uint8Array): void {
    if (this.#ended || this.#answeredAt !== null || this.#status === 0) return
    const body = this.#answerCopy
    if (!body.add(piece)) this.end('memory full')
    else if (this.#prefixOnly && body.length > PREFIX_BYTES) this.endPrefix()
  }

  answerEnd(): void {
    if (this.#ended || this.#answeredAt !== null || this.#status === 0) return
    this.#answeredAt = performance.now()
    if (this.#prefixOnly) this.#recording.prefixes.remove(this)
    // The rest of the request may still come, or never.
    if (this.#askedAt === null) this.#recording.unasked.add(this)
    else this.#tellAnswer(this.#answeredAt)
  }

  /** A client that leaves an event stream after what was wanted of it has lost nothing: then this has ended before. */
  fail(cause: Extract<UnscorableCause, 'client aborted' | 'primary failed' | 'mirror failed'>): void {
    this.end(cause)
  }

  /** What was wanted of the answer without end is there. */
  endPrefix(): void {
    this.#prefixCut = true
    this.answerEnd()
  }

  /** Ends without anything to compare. */
  end(cause: UnscorableCause): void {
    if (this.#ended) return
    const { beside } = this.#recording
    if (this.#askedAt === null) beside.unscored(this.#request, cause)
    else beside.gaveUp(this.#id, cause)
    this.#end()
  }

  #tellAnswer(answeredAt: number): void {
    // Legs beside are handed the whole request at once; the primary has it whole when the client has sent it.
    const from = this.#askedAt !== null && this.#askedAt <= this.#firstAt ? this.#askedAt : this.#startedAt
    const body = this.#answerCopy
    const answer: Answer = {
      status: this.#status,
      headers: this.#headers,
      body: this.#prefixCut ? { kind: 'prefix', bytes: body.bytes(PREFIX_BYTES) } : body.body(),
      firstMs: this.#firstAt - from,
      totalMs: answeredAt - from,
    }
    this.#recording.beside.answered(this.#id, answer)
    this.#end()
  }

  #end(): void {
    this.#ended = true
    const { prefixes, unasked, ended } = this.#recording
    if (this.#prefixOnly) prefixes.remove(this)
    if (this.#askedAt === null) unasked.remove(this)
    this.#answerCopy.drop()
    this.#requestCopy?.drop()
    ended(this)
  }
}
