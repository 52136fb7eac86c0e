import { readFileSync } from 'node:fs'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { rootCertificates } from 'node:tls'
import httpProxy from 'http-proxy'
import type { Leg } from '../plan/pilot.ts'
import { type Peer, requestHeaders } from './headers.ts'
import { tlsOptions } from './leg-pool.ts'

const CONNECT_MS = 10_000

export type Tunnel = (request: IncomingMessage, socket: Socket, head: Buffer, peer: Peer) => void

/**
 * WebSocket and other upgrades, tunnelled to a leg, and never mirrored: what goes through a tunnel is no exchange that could
 * be compared.
 */
export function createTunnel(leg: Leg): Tunnel {
  const proxy = httpProxy.createProxyServer({ target: leg.origin, ws: true })
  const { servername } = tlsOptions(leg)
  const ca = leg.ca === null ? null : readFileSync(leg.ca, 'utf8')
  // Every failure is told to the callback below as well; an event nobody listens to ends the process.
  proxy.on('error', () => {})
  const pending = new WeakMap<IncomingMessage, { headers: string[]; wish: string; switched: boolean }>()
  proxy.on('proxyReqWs', (asked, request, socket) => {
    const state = pending.get(request)!
    // The library rewrites the path, and knows neither our headers nor their order.
    asked.path = request.url!
    writeHeaders(asked, state.headers, state.wish)
    asked.once('upgrade', () => {
      state.switched = true
    })
    // What is refused is answered without an upgrade; where that breaks off, the library would leave the client waiting.
    asked.once('response', answer => {
      answer.once('close', () => {
        if (!answer.complete) socket.destroy()
      })
    })
    // Nobody reads from the client until the primary has switched, so nothing else would tell that either has gone.
    const late = setTimeout(
      () => asked.destroy(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' })),
      CONNECT_MS,
    )
    asked.once('socket', connection => connection.once('connect', () => clearTimeout(late)))
    asked.once('close', () => clearTimeout(late))
    socket.once('close', () => asked.destroy())
  })
  return (request, socket, head, peer) => {
    const state = {
      headers: requestHeaders(request.rawHeaders, leg, peer),
      wish: request.headers.upgrade ?? 'websocket',
      switched: false,
    }
    pending.set(request, state)
    // It lets nothing pass but a WebSocket handshake; the wish itself is written above.
    request.headers = { connection: 'Upgrade', upgrade: 'websocket' }
    // Made anew each time: the library writes into it.
    const trust = {
      ...(ca === null ? {} : { ca: [...rootCertificates, ca] as unknown as string }),
      ssl: servername === undefined ? {} : { servername },
    }
    proxy.ws(request, socket, head, trust, error => {
      if (state.switched || !socket.writable) return
      const code = (error as NodeJS.ErrnoException).code ?? error.name
      socket.write(
        `HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\nparitygate: the primary did not answer (${code})\n`,
      )
    })
  }
}

function writeHeaders(asked: ClientRequest, headers: string[], wish: string): void {
  for (const name of asked.getHeaderNames()) asked.removeHeader(name)
  const values = new Map<string, { name: string; values: string[] }>()
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]!
    const known = values.get(name.toLowerCase())
    if (known) known.values.push(headers[index + 1]!)
    else values.set(name.toLowerCase(), { name, values: [headers[index + 1]!] })
  }
  for (const { name, values: all } of values.values()) asked.setHeader(name, all.length === 1 ? all[0]! : all)
  asked.setHeader('Connection', 'Upgrade')
  asked.setHeader('Upgrade', wish)
}
