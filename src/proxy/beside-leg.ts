import type { UnscorableCause } from '../model/scoreboard.ts'
import type { BesideLeg as Leg } from '../plan/pilot.ts'
import { BodyCopy, type KeptBytes } from './body-copy.ts'
import { type Breaker, breaker } from './breaker.ts'
import { type Deadlines, deadlines } from './deadlines.ts'
import type { Answer } from './exchange.ts'
import { answerHeaders } from './headers.ts'
import { causeOf, saysNothingOfTheStack } from './leg-failure.ts'
import type { LegConnection, LegHandler, LegPool } from './leg-pool.ts'
import { type Limiter, limiter, type Turn } from './limiter.ts'
import type { Log } from './log.ts'
import { isPrefixOnly, PREFIX_BYTES, PREFIX_MS } from './prefix.ts'

/** A stack whose answers nobody waits for: asked under bounds of its own. */
export interface BesideLeg {
  readonly leg: Leg
  /** A request that has not been asked yet. */
  prepare(asker: Asker): Asked
  /** Nothing is asked from now on, and what is under way ends. */
  close(): Promise<void>
  stats(): BesideLegStats
}

export interface BesideLegStats {
  running: number
  waiting: number
  breaker: Breaker['state']
}

/** Who asks, and is told. Nothing of it throws. */
export interface Asker {
  readonly method: string
  readonly target: string
  readonly body: Uint8Array | null
  /** Asked for when the request is sent, which may be later. */
  headersFor(leg: Leg): string[]
  legHead(asked: Asked, headers: readonly string[]): void
  /** More of the body has come. */
  legData(asked: Asked): void
  /** It has been answered, or has failed; nothing follows. Not called after `cancel`. */
  legDone(asked: Asked, failure: UnscorableCause | null): void
}

interface Stack {
  leg: Leg
  pool: LegPool
  limiter: Limiter
  breaker: Breaker
  timeouts: Deadlines<Asked>
  prefixes: Deadlines<Asked>
  bodyLimit: number
  room: KeptBytes
  log: Log
}

export interface BesideLegOptions {
  leg: Leg
  pool: LegPool
  bodyLimit: number
  room: KeptBytes
  log: Log
}

export function openBesideLeg({ leg, pool, bodyLimit, room, log }: BesideLegOptions): BesideLeg {
  const stack: Stack = {
    leg,
    pool,
    limiter: limiter(leg.concurrency, leg.queue),
    breaker: breaker(state => log.warn(`the ${leg.name} ${leg.origin} ${STATES[state]}`)),
    timeouts: deadlines(leg.timeoutMs, asked => asked.fail('timeout')),
    prefixes: deadlines(PREFIX_MS, asked => asked.endPrefix()),
    bodyLimit,
    room,
    log,
  }
  return {
    leg,
    prepare: asker => new Asked(stack, asker),
    async close() {
      stack.timeouts.close()
      stack.prefixes.close()
      await pool.destroy()
    },
    stats: () => ({
      running: stack.limiter.running,
      waiting: stack.limiter.waiting,
      breaker: stack.breaker.state,
    }),
  }
}

const STATES: Record<Breaker['state'], string> = {
  open: 'fails again and again: it is left alone for a while',
  'half-open': 'is tried again',
  closed: 'answers again',
}

/** One request to a stack. Its place is given back when undici has let go of it, which may be after it has ended. */
export class Asked implements Turn, LegHandler {
  /** Set by the pool. */
  connection: LegConnection | null = null
  readonly #stack: Stack
  readonly #asker: Asker
  #copy: BodyCopy
  #abort: ((error?: Error) => void) | null = null
  #ticket: number | null = null
  #holdsPlace = false
  #ended = false
  #status = 0
  #headers: string[] = []
  #prefixOnly = false
  #prefixCut = false
  #startedAt = 0
  #firstAt = 0
  #endedAt = 0

  constructor(stack: Stack, asker: Asker) {
    this.#stack = stack
    this.#asker = asker
    this.#copy = new BodyCopy(stack.bodyLimit, stack.room)
  }

  /** Of the body, as far as it has come. */
  get length(): number {
    return this.#copy.length
  }

  ask(): void {
    if (!this.#ended && !this.#stack.limiter.enter(this)) this.fail('queue full')
  }

  begin(): void {
    const { breaker, limiter, timeouts, pool, leg, log } = this.#stack
    this.#startedAt = performance.now()
    this.#ticket = breaker.admit(this.#startedAt)
    if (this.#ticket === null) {
      this.fail('breaker open')
      limiter.leave()
      return
    }
    this.#holdsPlace = true
    timeouts.add(this)
    try {
      const { method, target, body } = this.#asker
      pool.dispatch({ path: target, method, headers: this.#asker.headersFor(leg), body }, this)
    } catch (error) {
      log.warn(`a request could not be sent to the ${leg.name}: ${(error as Error).message}`)
      this.#end('unreachable', false)
      this.#release()
    }
  }

  /** Its result is of no use any more. */
  cancel(): void {
    if (this.#ended) return
    this.#ended = true
    this.#stack.limiter.withdraw(this)
    this.#finish(false, false)
  }

  fail(cause: UnscorableCause): void {
    this.#end(cause, cause === 'timeout')
  }

  /** What was wanted of a body without end is there. */
  endPrefix(): void {
    this.#prefixCut = true
    this.#end(null, false)
  }

  /** Once it has ended without a failure. */
  answer(): Answer {
    return {
      status: this.#status,
      headers: this.#headers,
      body: this.#prefixCut ? { kind: 'prefix', bytes: this.#copy.bytes(PREFIX_BYTES) } : this.#copy.body(),
      firstMs: this.#firstAt - this.#startedAt,
      totalMs: this.#endedAt - this.#startedAt,
    }
  }

  /** Forgets the body. */
  drop(): void {
    this.#copy.drop()
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#abort = abort
    if (this.#ended) abort(NOT_WANTED)
  }

  onHeaders(status: number, headers: Buffer[]): boolean {
    if (this.#ended || status < 200) return true
    this.#firstAt = performance.now()
    this.#status = status
    this.#headers = answerHeaders(headers)
    this.#asker.legHead(this, this.#headers)
    if (isPrefixOnly(status, this.#headers)) {
      this.#prefixOnly = true
      this.#copy = new BodyCopy(Number.POSITIVE_INFINITY, this.#stack.room)
      this.#stack.prefixes.add(this)
    }
    return true
  }

  /** Never pauses: undici 7 ends the process when a connection ends that is paused (nodejs/undici#5360). */
  onData(piece: Buffer): boolean {
    if (this.#ended) return true
    if (!this.#copy.add(piece)) this.fail('memory full')
    else if (this.#prefixOnly && this.#copy.length > PREFIX_BYTES) this.endPrefix()
    else this.#asker.legData(this)
    return true
  }

  onComplete(): void {
    this.#end(null, false)
    this.#release()
  }

  onError(error: Error): void {
    const reached = this.#abort === null ? 'nothing' : this.#status === 0 ? 'connection' : 'head'
    this.#end(causeOf(error, reached), !saysNothingOfTheStack(error))
    this.#release()
  }

  #end(failure: UnscorableCause | null, stackFailed: boolean): void {
    if (this.#ended) return
    this.#ended = true
    this.#endedAt = performance.now()
    this.#finish(failure === null, stackFailed)
    this.#asker.legDone(this, failure)
  }

  #finish(answered: boolean, stackFailed: boolean): void {
    const { breaker, timeouts, prefixes } = this.#stack
    timeouts.remove(this)
    if (this.#prefixOnly) prefixes.remove(this)
    if (!answered) this.#copy.drop()
    if (this.#ticket !== null) {
      if (answered) breaker.succeeded(this.#ticket)
      else if (stackFailed) breaker.failed(this.#ticket, performance.now())
      else breaker.withdrew(this.#ticket)
    }
    // What has ended by itself is not aborted by this.
    this.#abort?.(NOT_WANTED)
  }

  #release(): void {
    if (!this.#holdsPlace) return
    this.#holdsPlace = false
    this.#stack.limiter.leave()
  }
}

const NOT_WANTED = new Error('not wanted any more')
