import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerHeaders, answerTrailers } from './headers.ts'
import type { LegConnection, LegHandler, LegPool, LegRequest } from './leg-pool.ts'
import { hasBody } from './refusal.ts'
import { RequestBody } from './request-body.ts'
import type { Tap } from './tap.ts'

/** RFC 9110 §9.2.2 */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

/** How a connection ends that the other side has closed before it saw the request. */
const CLOSED = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

/** Up to so many bytes, content goes into one write with the head. */
const ONE_WRITE_BYTES = 16 * 1024

/** How long a client may go on sending after it has been answered. */
const LINGER_MS = 30_000

/**
 * One exchange between a client and the primary: undici's options and handler at once, because there is one for each request.
 */
export class PrimaryExchange implements LegRequest, LegHandler {
  readonly method: string
  readonly path: string
  readonly headers: string[]
  readonly body: RequestBody | null
  servername: string | undefined = undefined
  connection: LegConnection | null = null

  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #pool: LegPool
  readonly #tap: Tap | null
  #abort: ((error?: Error) => void) | null = null
  #answered = false
  /** Nothing follows, neither from the primary nor for the client. */
  #over = false
  #reused = false
  #retried = false
  /** The first piece of the answer, as long as more of it may come at once. */
  #first: Buffer | null = null
  #flushed = false

  /** @param headers what the primary is sent */
  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    headers: string[],
    pool: LegPool,
    tap: Tap | null,
  ) {
    this.method = request.method!
    this.path = request.url!
    this.headers = headers
    this.#request = request
    this.#response = response
    this.#pool = pool
    this.#tap = tap
    this.body = hasBody(request) ? new RequestBody(request, tap) : null
    if (this.body === null) tap?.requestEnd()
    response.sendDate = false
    response.on('close', () => this.#clientClosed())
    response.on('error', ignore)
  }

  /** What goes wrong is answered to the client. */
  send(): void {
    this.#pool.dispatch(this, this)
  }

  onConnect(abort: (error?: Error) => void): void {
    if (this.#over) {
      abort()
      return
    }
    this.#abort = abort
    this.#reused = this.connection !== null && this.connection.exchanges++ > 0
  }

  onHeaders(status: number, raw: Buffer[], _resume: () => void, statusText: string): boolean {
    this.#answered = true
    if (status < 200) {
      inform(this.#request, this.#response, status, raw, statusText)
      return true
    }
    const headers = answerHeaders(raw)
    writeHead(this.#response, status, statusText, headers)
    this.#tap?.answerHead(status, headers)
    // Nothing follows, but undici would miss what a Content-Length of a 304 says it might have had (RFC 9110 §8.6).
    if (status === 204 || status === 304) {
      this.onComplete(null)
      return true
    }
    // A head whose content takes its time goes ahead; one whose content is there already goes together with it.
    process.nextTick(flush, this)
    return true
  }

  onData(piece: Buffer): boolean {
    if (this.#over) return true
    this.#tap?.answerData(piece)
    if (!this.#flushed && this.#first === null && piece.length <= ONE_WRITE_BYTES) this.#first = piece
    else this.#write(piece)
    return true
  }

  /** What has come so far goes out. */
  flush(): void {
    this.#flushed = true
    if (this.#over || this.#response.writableEnded || this.#response.destroyed) return
    if (this.#first === null) this.#response.flushHeaders()
    else this.#write(null)
  }

  #write(piece: Buffer | null): void {
    let taken = true
    if (this.#first !== null) taken = this.#response.write(this.#first)
    this.#first = null
    if (piece !== null) taken = this.#response.write(piece)
    if (!taken) this.#holdUp()
  }

  /** The primary sends no faster than the client reads. */
  #holdUp(): void {
    const { valve } = this.connection!
    valve.close()
    // Not at once: with pipelined requests Node emits it while another answer is being parsed, and undici parses one at a time.
    this.#response.once('drain', () => process.nextTick(() => !this.#over && valve.open()))
  }

  onComplete(trailers: Buffer[] | null): void {
    if (this.#over) return
    this.#over = true
    // The connection is the next exchange's, whose client may read faster.
    this.connection!.valve.open()
    const response = this.#response
    if (trailers !== null && trailers.length > 0) response.addTrailers(answerTrailers(trailers))
    // As a text of the head's encoding it becomes one write with it; head and bytes would be two pieces of a slower one.
    if (this.#first === null) response.end()
    else response.end(this.#first.toString('latin1'), 'latin1')
    if (this.body === null || this.body.whole) this.#tap?.answerEnd()
    else {
      this.#tap?.fail('primary failed')
      this.#readOn(this.body)
    }
  }

  onError(error: Error): void {
    if (this.#over) return
    if (this.#request.socket.destroyed) {
      this.#clientClosed()
      return
    }
    if (this.#mayRetry(error)) {
      this.#retried = true
      this.#pool.dispatchFresh(this, this)
      return
    }
    this.#over = true
    this.#tap?.fail('primary failed')
    if (this.#response.headersSent) {
      this.#response.destroy()
      return
    }
    answerFailure(this.#response, error)
    if (this.body !== null && !this.body.whole) this.#readOn(this.body)
  }

  /** The client has its answer, and goes on sending: what comes is thrown away, but taken, so that it reads the answer. */
  #readOn(body: RequestBody): void {
    const request = this.#request
    body.destroy()
    const end = setTimeout(() => {
      if (!request.complete) request.socket.destroy()
    }, LINGER_MS)
    end.unref()
    request.once('close', () => clearTimeout(end))
  }

  /** The primary has closed a connection we kept, and has not seen the request: it is safe to ask again, once. */
  #mayRetry(error: Error): boolean {
    return (
      !this.#answered &&
      !this.#retried &&
      this.#reused &&
      this.body === null &&
      IDEMPOTENT.has(this.method) &&
      CLOSED.has(codeOf(error))
    )
  }

  #clientClosed(): void {
    if (this.#over) return
    this.#over = true
    this.#tap?.fail('client aborted')
    this.#abort?.(new Error('the client went away'))
  }
}

function writeHead(response: ServerResponse, status: number, text: string, headers: string[]): void {
  // Only printable Latin-1 can be sent as a reason phrase.
  const reason = /^[\t\x20-\x7e\xa0-\xff]*$/.test(text) ? text : ''
  try {
    response.writeHead(status, reason, headers)
  } catch (error) {
    // Trailers are announced that this client cannot be sent.
    if (codeOf(error) !== 'ERR_HTTP_TRAILER_INVALID') throw error
    response.writeHead(status, reason, withoutTrailer(headers))
  }
}

function withoutTrailer(headers: string[]): string[] {
  return headers.filter((_, index) => headers[index - (index % 2)]!.toLowerCase() !== 'trailer')
}

function flush(exchange: PrimaryExchange): void {
  exchange.flush()
}

/** 103 Early Hints and its like: by hand, because Node would take nothing but Link. */
function inform(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  raw: Buffer[],
  text: string,
): void {
  const { socket } = response
  // A client that pipelines is still being answered its request before.
  if (request.httpVersion !== '1.1' || socket === null || !socket.writable || response.headersSent) return
  const headers = answerHeaders(raw)
  let head = `HTTP/1.1 ${status} ${text}\r\n`
  for (let index = 0; index < headers.length; index += 2)
    head += `${headers[index]}: ${headers[index + 1]}\r\n`
  socket.write(`${head}\r\n`, 'latin1')
}

/** 502, or 504 where no connection came about in time: the cause by its code, nothing of addresses. */
function answerFailure(response: ServerResponse, error: Error): void {
  const code = codeOf(error) || error.name
  const late = code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT'
  answerText(response, late ? 504 : 502, `paritygate: the primary did not answer (${code})`)
}

export function answerText(response: ServerResponse, status: number, text: string): void {
  const body = Buffer.from(`${text}\n`)
  response.writeHead(status, [
    'Content-Type',
    'text/plain; charset=utf-8',
    'Content-Length',
    String(body.length),
    'Cache-Control',
    'no-store',
  ])
  response.end(body)
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? ''
}

function ignore(): void {}
