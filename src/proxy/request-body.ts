import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { Tap } from './tap.ts'

/**
 * A client's content on its way to the primary, read as fast as the primary takes it. undici destroys the streams it is
 * given; the client's own must go on being read, or an answer that comes early would end in a reset before it is read.
 */
export class RequestBody extends Readable {
  readonly #request: IncomingMessage
  /** It has come from the client to its end. */
  whole = false

  constructor(request: IncomingMessage, tap: Tap | null) {
    super({ highWaterMark: 65_536 })
    this.#request = request
    request.on('data', piece => {
      if (this.destroyed) return
      tap?.requestData(piece)
      if (!this.push(piece)) request.pause()
    })
    request.on('end', () => {
      this.whole = true
      if (this.destroyed) return
      tap?.requestEnd()
      this.push(null)
    })
    request.on('close', () => {
      if (!this.whole) this.destroy(new Error('the client went away'))
    })
    // Both ends are told by other events; an error nobody listens to ends the process.
    this.on('error', () => {})
    request.on('error', () => {})
  }

  override _read(): void {
    this.#request.resume()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#request.resume()
    done(error)
  }
}
