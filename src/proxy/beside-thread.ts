import { Worker } from 'node:worker_threads'
import { ParitygateError } from '../model/error.ts'
import type { UnscorableCause } from '../model/scoreboard.ts'
import type { Beside } from './beside.ts'
import { type FromBeside, packAnswered, packAsk, type Said, type ToBeside } from './beside-messages.ts'
import type { Answer, Ask, MirroredRequest } from './exchange.ts'
import type { JudgeSetup } from './judge/messages.ts'
import type { Log } from './log.ts'
import { Slab } from './packed-answer.ts'

/** The data path's end of the thread that asks the stacks beside the primary. */
export interface BesideThread extends Beside {
  /** Whether the operator lets requests be mirrored; as the state said last. */
  readonly mirroring: { readonly on: boolean }
}

/** Each message costs as much as to say some things. */
const MOST_SAID = 256
const MOST_BYTES = 1024 * 1024
/** What is said waits so long for more. */
const GATHER_MS = 4
/** Exchanges that have been asked and have not ended. The thread has bounds of its own; this one is for when it is stuck. */
const MOST_OPEN = 16_384
/** A thread that shows no sign of life for so long does not come back by itself. */
const SILENCE_MS = 15_000
const RESTART_MS = 1000

/**
 * Starts the thread that asks shadow and control, and judges in another what they answer: whatever they send, and whatever
 * goes wrong with it, costs the data path no time. A thread that dies or hangs is started anew; what it was asked is
 * unscorable.
 *
 * @throws {ParitygateError} state.unusable, plan.invalid, or what else it could not begin with
 */
export async function startBeside(setup: JudgeSetup, log: Log): Promise<BesideThread> {
  const thread = new Thread(setup, log)
  await thread.start()
  return thread
}

class Thread implements BesideThread {
  readonly mirroring = { on: false }
  readonly #setup: JudgeSetup
  readonly #log: Log
  #worker: Worker | null = null
  readonly #asked = new Map<number, MirroredRequest>()
  readonly #lost = new Map<UnscorableCause, number>()
  #said: Said[] = []
  #slab = new Slab()
  #gathering: NodeJS.Timeout | null = null
  #heard = Date.now()
  readonly #watch: NodeJS.Timeout
  #closing = false
  #ended: () => void = () => {}

  constructor(setup: JudgeSetup, log: Log) {
    this.#setup = setup
    this.#log = log
    this.#watch = setInterval(() => this.#endIfSilent(), SILENCE_MS / 5).unref()
  }

  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./beside-worker.js', import.meta.url), { workerData: this.#setup })
      let ready = false
      let failure = new ParitygateError('internal', 'the thread that asks the other stacks has ended')
      worker.on('message', (message: FromBeside) => {
        this.#heard = Date.now()
        switch (message.kind) {
          case 'ready':
            ready = true
            this.#worker = worker
            this.#send()
            resolve()
            break
          case 'ended':
            for (const id of message.ids) this.#asked.delete(id)
            break
          case 'mirroring':
            this.mirroring.on = message.on
            break
          case 'log':
            this.#log[message.level](message.line)
            break
          case 'failed': {
            const { code, message: text, where } = message
            failure = new ParitygateError(code, text, where === undefined ? {} : { where })
            break
          }
        }
      })
      worker.on('error', error => {
        failure = new ParitygateError('internal', `the thread that asks the other stacks: ${error.message}`, {
          cause: error,
        })
      })
      worker.on('exit', () => {
        if (ready) this.#restart(failure)
        else reject(failure)
      })
    })
  }

  ask(ask: Ask): void {
    if (this.#asked.size >= MOST_OPEN) {
      this.#lose('mirror behind', 1)
      return
    }
    this.#asked.set(ask.id, ask.request)
    this.#say(packAsk(ask, this.#slab))
  }

  answered(id: number, answer: Answer): void {
    if (this.#asked.has(id)) this.#say(packAnswered(id, answer, this.#slab))
  }

  gaveUp(id: number, cause: UnscorableCause): void {
    if (this.#asked.has(id)) this.#say({ kind: 'gave up', id, cause })
  }

  unscored(request: MirroredRequest, cause: UnscorableCause): void {
    if (this.#said.length >= MOST_OPEN) this.#lose(cause, 1)
    else this.#say({ kind: 'unscored', request, cause })
  }

  async close({ drainMs }: { drainMs: number }): Promise<void> {
    this.#closing = true
    clearInterval(this.#watch)
    if (this.#worker === null) return
    this.#send()
    const ended = new Promise<void>(resolve => (this.#ended = resolve))
    this.#post({ kind: 'close', drainMs })
    const late = setTimeout(() => this.#worker?.terminate(), drainMs + 2 * SILENCE_MS)
    await ended
    clearTimeout(late)
  }

  #say(said: Said): void {
    this.#said.push(said)
    if (this.#said.length >= MOST_SAID || this.#slab.length >= MOST_BYTES) this.#send()
    else this.#gathering ??= setTimeout(() => this.#send(), GATHER_MS)
  }

  #send(): void {
    if (this.#gathering !== null) clearTimeout(this.#gathering)
    this.#gathering = null
    if (this.#worker === null) return
    for (const [cause, count] of this.#lost) this.#post({ kind: 'lost', cause, count })
    this.#lost.clear()
    if (this.#said.length === 0) return
    const said = this.#said
    const slab = this.#slab
    this.#said = []
    this.#slab = new Slab()
    try {
      const bodies = slab.memory()
      this.#post({ kind: 'said', said, bodies }, bodies)
    } catch (error) {
      // What cannot be handed over is missed by its exchanges; the data path goes on.
      this.#log.warn(`the thread that asks the other stacks could not be told: ${(error as Error).message}`)
    }
  }

  #post(message: ToBeside, handedOver: ArrayBuffer[] = []): void {
    this.#worker?.postMessage(message, handedOver)
  }

  #lose(cause: UnscorableCause, count: number): void {
    this.#lost.set(cause, (this.#lost.get(cause) ?? 0) + count)
  }

  #endIfSilent(): void {
    if (this.#worker === null || Date.now() - this.#heard < SILENCE_MS) return
    this.#heard = Date.now()
    this.#log.warn('the thread that asks the other stacks shows no sign of life')
    void this.#worker.terminate()
  }

  /** What it was asked is gone with it, and must not be asked again: it may be what has ended it. */
  #restart(failure: ParitygateError): void {
    this.#worker = null
    this.mirroring.on = false
    this.#ended()
    if (this.#closing) return
    const lost = [...this.#asked.values()]
    this.#asked.clear()
    this.#said = this.#said.filter(({ kind }) => kind === 'unscored')
    for (const request of lost) this.#said.push({ kind: 'unscored', request, cause: 'mirror failed' })
    this.#slab = new Slab()
    this.#log.warn(`${failure.message}; it is started anew, and ${lost.length} exchanges were not compared`)
    const again = () => {
      if (this.#closing) return
      this.start().catch(error => {
        this.#log.warn(`it cannot be started: ${(error as Error).message}`)
        setTimeout(again, RESTART_MS).unref()
      })
    }
    setTimeout(again, RESTART_MS).unref()
  }
}
