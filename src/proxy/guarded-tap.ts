import type { IncomingForMirror, Mirror, Tap } from './tap.ts'

/** A tap behind which nothing that goes wrong reaches the data path: one that throws is told nothing more. */
export class GuardedTap implements Tap {
  #tap: Tap | null
  readonly #onDefect: (error: unknown) => void

  constructor(tap: Tap, onDefect: (error: unknown) => void) {
    this.#tap = tap
    this.#onDefect = onDefect
  }

  requestData(piece: Uint8Array): void {
    try {
      this.#tap?.requestData(piece)
    } catch (error) {
      this.#drop(error)
    }
  }

  requestEnd(): void {
    try {
      this.#tap?.requestEnd()
    } catch (error) {
      this.#drop(error)
    }
  }

  answerHead(status: number, headers: string[]): void {
    try {
      this.#tap?.answerHead(status, headers)
    } catch (error) {
      this.#drop(error)
    }
  }

  answerData(piece: Uint8Array): void {
    try {
      this.#tap?.answerData(piece)
    } catch (error) {
      this.#drop(error)
    }
  }

  answerEnd(): void {
    try {
      this.#tap?.answerEnd()
    } catch (error) {
      this.#drop(error)
    }
  }

  fail(cause: Parameters<Tap['fail']>[0]): void {
    try {
      this.#tap?.fail(cause)
    } catch (error) {
      this.#drop(error)
    }
  }

  #drop(error: unknown): void {
    const tap = this.#tap
    this.#tap = null
    this.#onDefect(error)
    try {
      tap?.fail('mirror failed')
    } catch {
      // It has been told once that the exchange is over; more cannot be done for it.
    }
  }
}

/** @returns null where the request is not mirrored, or could not be asked about */
export function beginGuarded(
  mirror: Mirror,
  request: IncomingForMirror,
  onDefect: (error: unknown) => void,
): Tap | null {
  try {
    const tap = mirror.begin(request)
    return tap === null ? null : new GuardedTap(tap, onDefect)
  } catch (error) {
    onDefect(error)
    return null
  }
}
