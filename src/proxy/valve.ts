import type { Socket } from 'node:net'

/**
 * Holds up the reading of a connection, so that whoever sends on it is held up too. undici has a pause of its own, but
 * what is paused there when the connection ends brings the whole process down (nodejs/undici#5360, mended in no version for
 * Node 20); so to undici it looks as if nothing more had come.
 */
export class Valve {
  #socket: Socket | null = null
  #closed = false

  /** To be called before anybody else reads from the socket. */
  fit(socket: Socket): void {
    const read = socket.read
    socket.read = size => (this.#closed && size !== 0 ? null : read.call(socket, size))
    this.#socket = socket
    this.#closed = false
  }

  close(): void {
    this.#closed = true
  }

  open(): void {
    if (!this.#closed) return
    this.#closed = false
    this.#socket?.emit('readable')
  }
}
