import { createServer, type RequestListener } from 'node:http'
import { createServer as createRawServer, type Server, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { onTestFinished } from 'vitest'
import type { BesideLeg, Pilot } from '../src/plan/pilot.ts'
import { type BesideOptions, openBeside } from '../src/proxy/beside.ts'
import type { Observation } from '../src/proxy/exchange.ts'
import { openMirror } from '../src/proxy/mirror.ts'
import type { Tap } from '../src/proxy/tap.ts'
import { legAt, plainPilot } from './plain-pilot.ts'

/** A stack that answers as it is told, on a free port, until the test is over. */
export function serve(answer: RequestListener): Promise<string> {
  return listening(createServer(answer))
}

/** One that does with a connection whatever it is told. */
export function serveRaw(connected: (socket: Socket) => void): Promise<string> {
  return listening(
    createRawServer(socket => {
      socket.on('error', () => {})
      connected(socket)
    }),
  )
}

async function listening(server: Server): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return `http://127.0.0.1:${address.port}`
}

/** So many of them, as fast as they are read. */
export function megabytes(count: number): Readable {
  const megabyte = Buffer.alloc(2 ** 20, 'x')
  let left = count
  return new Readable({
    read() {
      this.push(left-- > 0 ? megabyte : null)
    },
  })
}

/** Where nobody listens. */
export async function nobody(): Promise<string> {
  const server = createRawServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  await new Promise(resolve => server.close(resolve))
  return `http://127.0.0.1:${address.port}`
}

export function beside(name: 'shadow' | 'control', origin: string): BesideLeg {
  return { ...legAt(origin), name, timeoutMs: 5000, concurrency: 64, queue: 256, keepCookies: true }
}

/** A pilot that mirrors everything to this shadow, writes to /echo included. */
export function pilotWith(shadow: string, changes: Partial<Pilot> = {}): Pilot {
  return {
    ...plainPilot(legAt(shadow), beside('shadow', shadow)),
    routes: [{ name: '* /echo', method: '*', path: '/echo', mirror: true }],
    ...changes,
  }
}

export interface MirroringOptions
  extends Partial<Pick<BesideOptions, 'observe' | 'random' | 'mostKeptBytes'>> {
  mirroring?: { on: boolean }
}

/** What the data path records and the stacks beside it, in one thread, and what has been observed. */
export function mirrorOf(pilot: Pilot, options: MirroringOptions = {}) {
  const observations: Observation[] = []
  const messages: string[] = []
  const bounds = { random: options.random ?? Math.random, mostKeptBytes: options.mostKeptBytes ?? 2 ** 28 }
  const beside = openBeside({
    pilot,
    observe: options.observe ?? (observation => void observations.push(observation)),
    log: { info: line => void messages.push(line), warn: line => void messages.push(line) },
    ...bounds,
  })
  const recorder = openMirror({ pilot, beside, mirroring: options.mirroring ?? { on: true }, ...bounds })
  const mirror = {
    begin: recorder.begin,
    async close(drain: { drainMs: number }) {
      recorder.close()
      await beside.close(drain)
    },
    stats() {
      const { begun, keptBytes } = recorder.stats()
      const { keptBytes: keptBeside, ...stats } = beside.stats()
      return { begun, ...stats, keptBytes: keptBytes + keptBeside }
    },
  }
  onTestFinished(() => mirror.close({ drainMs: 0 }))

  const begin = (request: { method?: string; target?: string; headers?: string[]; address?: string } = {}) =>
    mirror.begin({
      method: request.method ?? 'GET',
      target: request.target ?? '/students?page=1',
      rawHeaders: request.headers ?? ['Host', 'school.example'],
      peer: {
        address: request.address ?? '192.0.2.1',
        trusted: false,
        scheme: 'http',
        pilot: 'this-pilot',
      },
    })!
  /** Waits until everything that was begun has been observed. */
  const settled = async () => {
    while (mirror.stats().observed < mirror.stats().begun)
      await new Promise(resolve => setTimeout(resolve, 5))
    return observations
  }
  return { mirror, begin, observations, messages, settled }
}

export interface PrimaryAnswer {
  status?: number
  headers?: string[]
  body?: (string | Uint8Array)[]
}

/** The primary answers a request without a body. */
export function answered(tap: Tap, { status = 200, headers = [], body = ['{}'] }: PrimaryAnswer = {}): void {
  tap.requestEnd()
  answer(tap, { status, headers, body })
}

export function answer(tap: Tap, { status = 200, headers = [], body = ['{}'] }: PrimaryAnswer = {}): void {
  tap.answerHead(status, headers)
  for (const piece of body) tap.answerData(typeof piece === 'string' ? Buffer.from(piece) : piece)
  tap.answerEnd()
}

/** What became of each observation: its cause, or `compared`. */
export function causes(observations: Observation[]): string[] {
  return observations.map(observation => (observation.kind === 'unscored' ? observation.cause : 'compared'))
}
