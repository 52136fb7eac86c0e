import type { Pilot } from '../plan/pilot.ts'
import type { Beside } from './beside.ts'
import { keptBytes } from './body-copy.ts'
import { deadlines } from './deadlines.ts'
import { PREFIX_MS } from './prefix.ts'
import { RecordedExchange, type Recording } from './recorded-exchange.ts'
import { selector } from './selection.ts'
import type { Mirror } from './tap.ts'

export interface MirrorOptions {
  pilot: Pilot
  beside: Beside
  /** Looked at for each request. */
  mirroring: { readonly on: boolean }
  /** From 0 to 1, less than 1. */
  random?: () => number
  /** Of bodies, over all exchanges. */
  mostKeptBytes?: number
}

export interface OpenMirror extends Mirror {
  /** Nothing is mirrored from now on, and what the primary has not answered yet ends as `stopped`. */
  close(): void
  stats(): MirrorStats
}

export interface MirrorStats {
  /** Requests that were to be mirrored. */
  begun: number
  keptBytes: number
}

const MOST_KEPT_BYTES = 256 * 2 ** 20

/** Records what the pilot selects, for the stacks beside the primary. */
export function openMirror({ pilot, beside, mirroring, ...options }: MirrorOptions): OpenMirror {
  const { random = Math.random } = options
  const room = keptBytes(options.mostKeptBytes ?? MOST_KEPT_BYTES)
  const select = selector(pilot)
  const open = new Set<RecordedExchange>()
  let begun = 0
  let closed = false
  const recording: Recording = {
    beside,
    bodyLimit: pilot.bodyLimit,
    room,
    prefixes: deadlines(PREFIX_MS, exchange => exchange.endPrefix()),
    unasked: deadlines(pilot.shadow.timeoutMs, exchange => exchange.end('client aborted')),
    ended: exchange => void open.delete(exchange),
  }
  return {
    begin(request) {
      if (closed) return null
      const selection = select(request, mirroring.on)
      if ('reason' in selection) return null
      begun += 1
      // A write has one owner: where a route lets it into a clone besides, that is the shadow's.
      const reads = request.method === 'GET' || request.method === 'HEAD'
      const withControl = pilot.control !== null && reads && random() * 100 < pilot.control.percent
      const exchange = new RecordedExchange(recording, begun, request, selection, withControl)
      open.add(exchange)
      return exchange
    },
    close() {
      closed = true
      for (const exchange of [...open]) exchange.end('stopped')
      recording.prefixes.close()
      recording.unasked.close()
    },
    stats: () => ({ begun, keptBytes: room.kept }),
  }
}
