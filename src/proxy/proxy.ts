import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Pilot } from '../plan/pilot.ts'
import { beginGuarded } from './guarded-tap.ts'
import { type Peer, PILOT_HEADER, requestHeaders } from './headers.ts'
import { LegPool } from './leg-pool.ts'
import { listen, rawAnswer } from './listener.ts'
import type { Log } from './log.ts'
import { peerOf, trustedPeers } from './peer.ts'
import { answerText, PrimaryExchange } from './primary.ts'
import { createProbes } from './probe.ts'
import { LOOP, refusal } from './refusal.ts'
import type { Mirror, Tap } from './tap.ts'
import { createTunnel } from './upgrade.ts'

export interface RunningProxy {
  /** scheme://host:port, as it turned out. */
  readonly address: string
  /** What this pilot is known by in the loop marker. */
  readonly id: string
  /** Stops accepting, lets what runs end, and after `drainMs` milliseconds ends it. */
  close(options: { drainMs: number }): Promise<void>
}

/**
 * The data path of the pilot: every request goes to the primary, whose answer is the client's; of those the mirror wants to
 * know about, it is told as they happen.
 *
 * A leg that cannot be reached is said and asked again, and keeps nothing from starting.
 *
 * @param mirroring false turns mirroring off at once, for every request that comes after
 * @throws {ParitygateError} pilot.listen, pilot.loop
 */
export async function startProxy({
  pilot,
  mirror,
  mirroring,
  log,
}: {
  pilot: Pilot
  mirror: Mirror
  mirroring: { readonly on: boolean }
  log: Log
}): Promise<RunningProxy> {
  const id = randomBytes(8).toString('hex')
  const trusted = trustedPeers(pilot.trusted)
  const primary = new LegPool(pilot.primary)
  const tunnel = createTunnel(pilot.primary)
  const legs = [pilot.primary, pilot.shadow, ...(pilot.control === null ? [] : [pilot.control])]
  const probes = createProbes(legs, id, log)
  const sayOnce = onceEach(log)
  const onDefect = (error: unknown) =>
    sayOnce('defect', `the mirror failed, and is told no more of this exchange: ${messageOf(error)}`)
  const refused = (request: IncomingMessage) => {
    const found = refusal(request, id)
    if (found === LOOP && !probes.seen(String(request.headers[PILOT_HEADER])))
      sayOnce(
        'loop',
        'a request came back that this pilot had passed on: a stack leads back to it, or sends requests through it',
      )
    return found
  }

  const listener = await listen(pilot, {
    peer: socket => peerOf(socket, trusted, id),
    request(request, response, peer) {
      try {
        pass(request, response, peer)
      } catch (error) {
        // Whatever is wrong with one request, the others go on.
        sayOnce('internal', `a request could not be passed on: ${messageOf(error)}`)
        response.destroy()
      }
    },
    upgrade(request, socket, head, peer) {
      const no = refused(request)
      if (no === null) return tunnel(request, socket, head, peer)
      socket.on('error', () => {})
      socket.write(rawAnswer(no.status, 'Refused', no.text))
      socket.destroySoon()
    },
  })
  function pass(request: IncomingMessage, response: ServerResponse, peer: Peer): void {
    const no = refused(request)
    if (no !== null) {
      if (no !== LOOP) response.shouldKeepAlive = false
      answerText(response, no.status, no.text)
      return
    }
    const headers = requestHeaders(request.rawHeaders, pilot.primary, peer)
    const tap = mirroring.on ? begin(request, peer) : null
    new PrimaryExchange(request, response, headers, primary, tap).send()
  }
  function begin(request: IncomingMessage, peer: Peer): Tap | null {
    // What another pilot has passed on is compared there, if anywhere.
    if (request.headers[PILOT_HEADER] !== undefined) return null
    const { method, url, rawHeaders } = request
    return beginGuarded(mirror, { method: method!, target: url!, rawHeaders, peer }, onDefect)
  }
  const close = async (drainMs: number) => {
    probes.stop()
    await listener.close(drainMs)
    await primary.destroy()
  }
  try {
    await probes.start()
  } catch (error) {
    await close(0)
    throw error
  }
  return { address: listener.address, id, close: ({ drainMs }) => close(drainMs) }
}

/** Says the first line of each kind. */
function onceEach(log: Log): (kind: string, line: string) => void {
  const said = new Set<string>()
  return (kind, line) => {
    if (!said.has(kind)) log.warn(line)
    said.add(kind)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
