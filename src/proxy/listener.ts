import { readFileSync } from 'node:fs'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import Fastify from 'fastify'
import { ParitygateError } from '../model/error.ts'
import type { Pilot } from '../plan/pilot.ts'
import type { Peer } from './headers.ts'

/** What is done with what comes in. */
export interface Handlers {
  peer(socket: Socket): Peer
  request(request: IncomingMessage, response: ServerResponse, peer: Peer): void
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer, peer: Peer): void
}

export interface Listener {
  /** scheme://host:port, as it turned out. */
  readonly address: string
  /** Stops accepting, lets what runs end, and destroys what is left after `drainMs` milliseconds. */
  close(drainMs: number): Promise<void>
}

/** A client's connection. */
interface Connection {
  peer: Peer
  /** Responses begun and not ended. */
  running: Set<ServerResponse>
  used: boolean
  tunnel: boolean
}

/** A connection that has just been opened may have its first request under way when the drain begins. */
const UNUSED_GRACE_MS = 500

/**
 * HTTP/1.1, over TLS where the plan says so. Fastify starts and ends the server; requests do not go through its router,
 * which would decode and refuse paths that are not ours to judge.
 *
 * @throws {ParitygateError} pilot.listen
 */
export async function listen({ listen: place, tls }: Pilot, handlers: Handlers): Promise<Listener> {
  const connections = new Map<Socket, Connection>()
  const raw = new Set<Socket>()
  let draining = false
  const server = serverOf(tls)
  // TLS handshakes under way are known by this event only, requests come on the sockets of the other.
  server.on('connection', (socket: Socket) => {
    raw.add(socket)
    socket.once('close', () => raw.delete(socket))
  })
  server.on(tls === null ? 'connection' : 'secureConnection', (socket: Socket) => {
    if (connections.has(socket)) return
    const running = new Set<ServerResponse>()
    connections.set(socket, { peer: handlers.peer(socket), running, used: false, tunnel: false })
    socket.once('close', () => {
      connections.delete(socket)
      // Node tells this to the response under way, and forgets those that wait behind it.
      for (const response of running) if (response.socket === null) response.emit('close')
    })
  })
  server.on('request', (request, response) => {
    const { socket } = request
    const connection = connections.get(socket)
    if (connection === undefined) return void response.destroy()
    connection.used = true
    connection.running.add(response)
    if (draining) response.shouldKeepAlive = false
    response.on('close', () => {
      connection.running.delete(response)
      if (draining && connection.running.size === 0) endQuietly(socket)
    })
    handlers.request(request, response, connection.peer)
  })
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const socket = stream as Socket
    const connection = connections.get(socket)
    if (connection === undefined) return void socket.destroy()
    if (!isTunnelled(request)) return readAgain(server, tls === null, request, socket, head)
    connection.used = true
    connection.tunnel = true
    handlers.upgrade(request, socket, head, connection.peer)
  })
  server.on('connect', (_request: IncomingMessage, socket: Duplex) =>
    socket.end(rawAnswer(400, 'Bad Request', 'This is no forward proxy.')),
  )
  const app = Fastify({
    serverFactory: () => server as http.Server,
    clientErrorHandler: (error, socket) => answerUnreadable(error, socket, connections.get(socket)),
  })
  try {
    await app.listen({ host: place.host, port: place.port })
  } catch (error) {
    await app.close()
    throw new ParitygateError('pilot.listen', `${place.host}:${place.port}: ${(error as Error).message}`, {
      cause: error,
    })
  }
  return {
    address: addressOf(server.address() as AddressInfo, tls !== null),
    async close(drainMs) {
      draining = true
      for (const [socket, { running, used, tunnel }] of connections) {
        for (const response of running) response.shouldKeepAlive = false
        if (used && !tunnel && running.size === 0) endQuietly(socket)
      }
      const closed = app.close()
      const unused = setTimeout(
        () => {
          for (const [socket, { used }] of connections) if (!used) socket.destroy()
        },
        Math.min(UNUSED_GRACE_MS, drainMs),
      )
      const end = setTimeout(() => {
        for (const socket of raw) socket.destroy()
      }, drainMs)
      await closed
      clearTimeout(unused)
      clearTimeout(end)
    },
  }
}

/** @throws {ParitygateError} pilot.listen */
function serverOf(tls: Pilot['tls']): http.Server | https.Server {
  const options: http.ServerOptions = {
    maxHeaderSize: 65_536,
    // An upload may take as long as it takes; a head may not.
    requestTimeout: 0,
    headersTimeout: 60_000,
    // Longer than the load balancers before us keep theirs (AWS, Google, Azure: 60 s or less): who closes first must not be us.
    keepAliveTimeout: 75_000,
    noDelay: true,
  }
  const server = tls === null ? http.createServer(options) : secureServer(tls, options)
  server.timeout = 0
  // The default drops what comes after the two thousandth without a word; the size is limited already.
  server.maxHeadersCount = 0
  return server
}

function secureServer(
  { certificate, key }: NonNullable<Pilot['tls']>,
  options: http.ServerOptions,
): https.Server {
  try {
    return https.createServer({ ...options, cert: readFileSync(certificate), key: readFileSync(key) })
  } catch (cause) {
    throw new ParitygateError('pilot.listen', `${certificate}, ${key}: ${(cause as Error).message}`, {
      cause,
    })
  }
}

/** h2c is not tunnelled: it would pass requests by every rule of this proxy. Nor what has content, which comes before the switch. */
function isTunnelled({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    !/(?:^|[\s,])h2c(?:$|[\s,])/i.test(headers.upgrade ?? '') &&
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined
  )
}

/** Takes an upgrade for the plain request it also is (RFC 9110 §7.8): it is read once more without the wish. */
function readAgain(
  server: http.Server | https.Server,
  plain: boolean,
  { method, url, httpVersion, rawHeaders }: IncomingMessage,
  socket: Socket,
  head: Buffer,
): void {
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (!/^(?:upgrade|connection|http2-settings)$/i.test(rawHeaders[index]!))
      text += `${rawHeaders[index]}: ${rawHeaders[index + 1]}\r\n`
  socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, 'latin1'), head]))
  server.emit(plain ? 'connection' : 'secureConnection', socket)
}

/** What the parser refused, answered where no other answer is under way. */
function answerUnreadable(
  error: NodeJS.ErrnoException,
  socket: Socket,
  connection: Connection | undefined,
): void {
  const answering = connection !== undefined && [...connection.running].some(({ headersSent }) => headersSent)
  if (error.code === 'ECONNRESET' || !socket.writable || answering) return void socket.destroy()
  socket.write(
    error.code === 'HPE_HEADER_OVERFLOW'
      ? rawAnswer(431, 'Request Header Fields Too Large', 'The head of the request is larger than 64 KiB.')
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? rawAnswer(408, 'Request Timeout', 'The head of the request did not come in time.')
        : rawAnswer(400, 'Bad Request', `The request cannot be read (${error.code ?? error.message}).`),
  )
  socket.destroySoon()
}

/** An answer after which the connection ends, for where there is none to write it. */
export function rawAnswer(status: number, reason: string, text: string): string {
  const body = `${text}\n`
  return `HTTP/1.1 ${status} ${reason}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
}

function endQuietly(socket: Socket): void {
  if (!socket.destroyed) socket.destroySoon()
}

function addressOf({ address, family, port }: AddressInfo, secure: boolean): string {
  return `http${secure ? 's' : ''}://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
