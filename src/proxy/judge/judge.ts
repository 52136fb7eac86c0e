import { Worker } from 'node:worker_threads'
import { ParitygateError } from '../../model/error.ts'
import type { UnscorableCause } from '../../model/scoreboard.ts'
import type { MirroredRequest, Observation } from '../exchange.ts'
import type { Log } from '../log.ts'
import { bytesOf, pack } from './batch.ts'
import type { FromJudge, JudgeSetup, ToJudge } from './messages.ts'

/** The data path's end of the judge: it takes observations and never waits for what becomes of them. */
export interface Judge {
  /** Does not throw. What the judge has no room for is counted as unscorable. */
  observe(observation: Observation): void
  /** Exchanges of which nothing is known but that there were any. */
  giveUp(cause: UnscorableCause, count: number): void
  /** Judges what has been observed and writes it to the state. */
  close(): Promise<void>
}

/** Each message costs as much as to judge some exchanges. */
const BATCH = 128
const BATCH_BYTES = 1024 * 1024
/** An observation waits so long for others. */
const GATHER_MS = 10
/** What may be on its way to the judge, or before it, with its answers. */
const MOST_AHEAD = 8192
const MOST_BYTES_AHEAD = 128 * 1024 * 1024
/** The same for what is only counted. */
const MOST_COUNTED = 131_072
/** Batches. */
const MOST_UNSAVED = 2048
/** A judge that is silent for so long with work before it does not come back by itself. */
const SILENCE_MS = 30_000
const RESTART_MS = 1000

/**
 * Starts the thread that compares, learns and scores, so that no comparison ever holds up a request. A thread that dies
 * or hangs is started anew from what the state holds; the exchanges it had before it are unscorable.
 *
 * @throws {ParitygateError} state.unusable, or what else the thread could not begin with
 */
export async function openJudge(setup: JudgeSetup, log: Log): Promise<Judge> {
  const judge = new JudgeThread(setup, log)
  await judge.start()
  return judge
}

/** What has been handed over and not been judged yet. */
interface Ahead {
  requests: MirroredRequest[]
  bytes: number
}

class JudgeThread implements Judge {
  private readonly setup: JudgeSetup
  private readonly log: Log
  private worker: Worker | null = null
  private gathered: Observation[] = []
  private gatheredBytes = 0
  private gathering: NodeJS.Timeout | null = null
  /** Oldest first. */
  private ahead: Ahead[] = []
  private observationsAhead = 0
  private bytesAhead = 0
  /** Judged, and not in the state yet. */
  private unsaved: MirroredRequest[][] = []
  /** Not even counted by endpoint. */
  private readonly givenUp = new Map<UnscorableCause, number>()
  private heard = Date.now()
  private readonly watch: NodeJS.Timeout
  private closing = false
  private ended: () => void = () => {}

  constructor(setup: JudgeSetup, log: Log) {
    this.setup = setup
    this.log = log
    this.watch = setInterval(() => this.endIfSilent(), SILENCE_MS / 10).unref()
  }

  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./judge-worker.js', import.meta.url), { workerData: this.setup })
      let ready = false
      let failure = new ParitygateError('internal', 'the thread that compares answers has ended')
      worker.on('message', (message: FromJudge) => {
        this.heard = Date.now()
        switch (message.kind) {
          case 'ready':
            ready = true
            this.worker = worker
            this.send()
            resolve()
            break
          case 'judged':
            this.judged()
            break
          case 'saved':
            this.unsaved = []
            break
          case 'said':
            this.log.warn(message.text)
            break
          case 'failed':
            failure = new ParitygateError(message.code, message.message)
            break
        }
      })
      worker.on('error', error => {
        failure = new ParitygateError('internal', `the thread that compares answers: ${error.message}`, {
          cause: error,
        })
      })
      worker.on('exit', () => {
        if (ready) this.restart(failure)
        else reject(failure)
      })
    })
  }

  observe(observation: Observation): void {
    const before = this.observationsAhead + this.gathered.length
    const bytes = bytesOf(observation)
    const room = before < MOST_AHEAD && this.bytesAhead + this.gatheredBytes + bytes <= MOST_BYTES_AHEAD
    if (observation.kind === 'unscored' || room) this.gather(observation, bytes)
    else this.gather({ kind: 'unscored', request: observation.request, cause: 'judge behind' }, 0)
  }

  giveUp(cause: UnscorableCause, count: number): void {
    this.givenUp.set(cause, (this.givenUp.get(cause) ?? 0) + count)
    this.gathering ??= setTimeout(() => this.send(), GATHER_MS)
  }

  async close(): Promise<void> {
    this.closing = true
    clearInterval(this.watch)
    if (this.worker === null) return
    this.send()
    const ended = new Promise<void>(resolve => (this.ended = resolve))
    this.post({ kind: 'close' })
    const silence = setTimeout(() => this.worker?.terminate(), SILENCE_MS)
    await ended
    clearTimeout(silence)
  }

  private gather(observation: Observation, bytes: number): void {
    if (observation.kind === 'unscored' && this.observationsAhead + this.gathered.length >= MOST_COUNTED) {
      this.giveUp(observation.cause, 1)
      return
    }
    this.gathered.push(observation)
    this.gatheredBytes += bytes
    if (this.gathered.length >= BATCH || this.gatheredBytes >= BATCH_BYTES) this.send()
    else this.gathering ??= setTimeout(() => this.send(), GATHER_MS)
  }

  private send(): void {
    if (this.gathering) clearTimeout(this.gathering)
    this.gathering = null
    if (this.worker === null) return
    for (const [cause, count] of this.givenUp) this.post({ kind: 'given up', cause, count })
    this.givenUp.clear()
    if (this.gathered.length === 0) return
    if (this.ahead.length === 0) this.heard = Date.now()
    const batch = pack(this.gathered)
    this.ahead.push({ requests: this.gathered.map(({ request }) => request), bytes: this.gatheredBytes })
    this.observationsAhead += this.gathered.length
    this.bytesAhead += this.gatheredBytes
    this.gathered = []
    this.gatheredBytes = 0
    this.post({ kind: 'batch', batch }, batch.bodies)
  }

  private post(message: ToJudge, handedOver: ArrayBuffer[] = []): void {
    this.worker?.postMessage(message, handedOver)
  }

  private judged(): void {
    const batch = this.ahead.shift()
    if (batch === undefined) return
    this.unsaved.push(batch.requests)
    // A state that cannot be written for a long time is not waited for.
    if (this.unsaved.length > MOST_UNSAVED) this.unsaved.shift()
    this.observationsAhead -= batch.requests.length
    this.bytesAhead -= batch.bytes
  }

  private endIfSilent(): void {
    if (this.ahead.length === 0 || Date.now() - this.heard < SILENCE_MS) return
    this.heard = Date.now()
    this.log.warn('a comparison does not come to an end')
    void this.worker?.terminate()
  }

  /** What was before the judge is gone with it, and must not be judged again: it may be what has ended it. */
  private restart(failure: ParitygateError): void {
    this.worker = null
    const lost = [...this.unsaved, ...this.ahead.map(({ requests }) => requests)].flat()
    this.unsaved = []
    this.ahead = []
    this.observationsAhead = 0
    this.bytesAhead = 0
    this.ended()
    if (this.closing) return
    for (const request of lost) this.gather({ kind: 'unscored', request, cause: 'judge failed' }, 0)
    this.log.warn(`${failure.message}; it is started anew, and ${lost.length} exchanges are lost`)
    const again = () => {
      if (this.closing) return
      this.start().catch(error => {
        this.log.warn(`the judge cannot be started: ${(error as Error).message}`)
        setTimeout(again, RESTART_MS).unref()
      })
    }
    setTimeout(again, RESTART_MS).unref()
  }
}
