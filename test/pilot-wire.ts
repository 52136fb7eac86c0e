import http from 'node:http'
import net, { type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Leg, Pilot } from '../src/plan/pilot.ts'
import { startProxy } from '../src/proxy/proxy.ts'
import type { Mirror } from '../src/proxy/tap.ts'
import { legAt, plainPilot } from './plain-pilot.ts'

/** A pilot that listens on a free port and mirrors nobody; its shadow is where the primary is unless said otherwise. */
export function pilotAt(primary: Leg, changes: Partial<Pilot> = {}): Pilot {
  const bounds = { timeoutMs: 1000, concurrency: 8, queue: 8, keepCookies: true }
  return { ...plainPilot(primary, { ...primary, name: 'shadow', ...bounds }), cohorts: [], ...changes }
}

export interface Running {
  address: string
  host: string
  port: number
  id: string
  lines: string[]
  close(drainMs: number): Promise<void>
}

/** A proxy that ends with the test. */
export async function startPilot(
  pilot: Pilot,
  mirror: Mirror = { begin: () => null },
  mirroring = { on: true },
): Promise<Running> {
  const lines: string[] = []
  const log = { info: (line: string) => void lines.push(line), warn: (line: string) => void lines.push(line) }
  const proxy = await startProxy({ pilot, mirror, mirroring, log })
  onTestFinished(() => proxy.close({ drainMs: 0 }))
  const { hostname, port } = new URL(proxy.address)
  return {
    address: proxy.address,
    host: hostname,
    port: Number(port),
    id: proxy.id,
    lines,
    close: drainMs => proxy.close({ drainMs }),
  }
}

/** A primary made of a Node handler, and a pilot before it. */
export async function pilotBefore(
  handler: http.RequestListener,
  changes: Partial<Pilot> = {},
  mirror?: Mirror,
): Promise<Running & { origin: string; server: http.Server }> {
  const { server, origin } = await httpServer((request, response) => {
    if (request.method === 'HEAD' && isProbe(request)) response.end()
    else handler(request, response)
  })
  return { ...(await startPilot(pilotAt(legAt(origin), changes), mirror)), origin, server }
}

/** The pilot asks its legs for the head of `/` when it starts: no test wants to count that. */
export function isProbe(request: http.IncomingMessage): boolean {
  return /\.(?:primary|shadow|control)$/.test(String(request.headers['paritygate-pilot']))
}

export async function httpServer(
  handler: http.RequestListener,
): Promise<{ server: http.Server; origin: string }> {
  const server = http.createServer({ keepAliveTimeout: 5000 }, handler)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** Where the first message in a text ends; 0 where it has not come whole. */
function endOfMessage(text: string): number {
  const head = text.indexOf('\r\n\r\n') + 4
  if (head < 4) return 0
  const length = /^content-length: (\d+)\r$/im.exec(text.slice(0, head))?.[1]
  const end = /^transfer-encoding: chunked\r$/im.test(text.slice(0, head))
    ? text.indexOf('0\r\n\r\n', head) + 5
    : head + Number(length ?? 0)
  return end > head - 1 && end <= text.length && end !== 4 ? end : 0
}

/** A primary that answers each request by hand, when it has come whole; probes are answered for it. `received` is what came, without probes. */
export async function wireServer(
  answer: (socket: Socket, message: string, connection: number) => void,
): Promise<{ origin: string; received: () => string; sockets: Set<Socket> }> {
  let received = ''
  let connection = 0
  const sockets = new Set<Socket>()
  const server = net.createServer(socket => {
    let text = ''
    let number = 0
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', piece => {
      text += piece.toString('latin1')
      if (/^paritygate-pilot: \w+\.\w+\r$/im.test(text)) {
        socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n')
        return
      }
      number ||= ++connection
      received += piece.toString('latin1')
      for (let end = endOfMessage(text); end > 0; end = endOfMessage(text)) {
        const message = text.slice(0, end)
        text = text.slice(end)
        answer(socket, message, number)
      }
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { origin: `http://127.0.0.1:${port}`, received: () => received, sockets }
}

/** A connection on which a test writes bytes, and waits for those that come back. */
export class Wire {
  text = ''
  ended = false
  readonly socket: Socket

  constructor(port: number, host = '127.0.0.1') {
    this.socket = net.connect(port, host)
    this.socket.on('error', () => {})
    this.socket.on('data', piece => {
      this.text += piece.toString('latin1')
    })
    this.socket.on('close', () => {
      this.ended = true
    })
    onTestFinished(() => void this.socket.destroy())
  }

  send(text: string): this {
    this.socket.write(text, 'latin1')
    return this
  }

  /** @returns all text so far, once this is part of it */
  async until(part: string | RegExp): Promise<string> {
    await eventually(
      () => (typeof part === 'string' ? this.text.includes(part) : part.test(this.text)),
      () => `${part} in ${JSON.stringify(this.text.slice(0, 2000))}`,
    )
    return this.text
  }

  async end(): Promise<string> {
    await eventually(
      () => this.ended,
      () => `an end after ${JSON.stringify(this.text.slice(0, 2000))}`,
    )
    return this.text
  }
}

/** Sends one request and reads until the connection ends. */
export function exchange(port: number, request: string): Promise<string> {
  return new Wire(port).send(request).end()
}

export async function eventually(holds: () => boolean, what: () => string = () => 'it'): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what()}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** The body of an answer, its chunks put together. */
export function bodyOf(answer: string): string {
  const end = answer.indexOf('\r\n\r\n')
  const body = answer.slice(end + 4)
  if (!/^transfer-encoding: chunked\r$/im.test(answer.slice(0, end + 2))) return body
  let text = ''
  for (let rest = body; ; ) {
    const line = rest.indexOf('\r\n')
    const length = Number.parseInt(rest.slice(0, line), 16)
    if (!(length > 0)) return text
    text += rest.slice(line + 2, line + 2 + length)
    rest = rest.slice(line + 2 + length + 2)
  }
}

/** Names of headers, lower case, of a head. */
export function headerNames(head: string): string[] {
  return head
    .split('\r\n\r\n')[0]!
    .split('\r\n')
    .slice(1)
    .map(line => line.slice(0, line.indexOf(':')).toLowerCase())
}
