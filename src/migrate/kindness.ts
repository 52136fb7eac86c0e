import { type Connection, parseConnectionUrl } from '../engines/connection-url.ts'
import { ParitygateError } from '../model/error.ts'
import type { Plan } from '../plan/load-plan.ts'
import { type Limit, type Watch, watch } from './measure.ts'
import type { MigrateOptions } from './options.ts'
import { type Pace, throttle } from './throttle.ts'
import { untilWithin } from './waiting.ts'

/**
 * Opens what the options ask to be watched for as long as `work` takes.
 *
 * @param work is given what each piece of rows is to wait for; null where nothing was asked for
 * @throws {ParitygateError} usage.invalid, limit.unmeasurable, plan.url, connection.refused or connection.rejected, before
 * `work` begins; what `work` throws
 */
export async function withKindness<T>(
  { connections }: Pick<Plan, 'connections'>,
  options: MigrateOptions,
  work: (pace: Pace | null) => Promise<T>,
): Promise<T> {
  const { maxRate, onProgress, signal } = options
  requireSense(options)
  const watches: Watch[] = []
  // An answer under way comes only to an end with its connection.
  const close = () => {
    for (const one of watches) one.close()
  }
  signal?.addEventListener('abort', close, { once: true })
  try {
    for (const [connection, limits] of watched(connections, options))
      watches.push(await watch(connection, limits))
    const throttled = maxRate === undefined ? null : throttle(maxRate, signal)
    const untilKind = watches.length === 0 ? null : untilWithin(watches, onProgress, signal)
    if (throttled === null && untilKind === null) return await work(null)
    return await work(async (bytes, ending) => {
      await throttled?.(bytes, ending)
      await untilKind?.(ending)
    })
  } finally {
    signal?.removeEventListener('abort', close)
    close()
  }
}

function requireSense({ maxRate, maxLag, maxActive, replicas = [] }: MigrateOptions): void {
  const invalid = (detail: string) => new ParitygateError('usage.invalid', detail)
  if (maxRate !== undefined && !(maxRate > 0)) throw invalid('--max-rate must be more than 0')
  if (maxLag !== undefined && !(maxLag > 0)) throw invalid('--max-lag must be more than 0')
  if (maxActive !== undefined && !(maxActive >= 0)) throw invalid('--max-active must be 0 or more')
  if (replicas.length > 0 && maxLag === undefined)
    throw invalid('--replica names whom to ask for --max-lag: say that as well')
}

/** Which servers are asked for what. */
function watched(
  { source, target }: Plan['connections'],
  { maxLag, maxActive, replicas = [] }: MigrateOptions,
): [Connection, Limit[]][] {
  const ofTarget: Limit[] = []
  const all: [Connection, Limit[]][] = []
  if (maxLag !== undefined) {
    const lag = lagLimit(maxLag)
    if (replicas.length > 0) {
      for (const url of replicas) all.push([replica(url), [lag(monitor => monitor.lag())]])
    } else if (target.engine === 'postgres') ofTarget.push(lag(monitor => monitor.replicasLag!()))
    else
      throw new ParitygateError(
        'usage.invalid',
        '--max-lag: only a target of PostgreSQL says how far its replicas are behind; name each of yours with --replica',
      )
  }
  if (maxActive !== undefined) {
    if (source.engine === 'sqlite' && target.engine === 'sqlite')
      throw new ParitygateError(
        'usage.invalid',
        '--max-active: source and target are SQLite, which has no connections to count',
      )
    if (source.engine !== 'sqlite') all.push([source, [activeLimit(maxActive)]])
    if (target.engine !== 'sqlite') ofTarget.push(activeLimit(maxActive))
  }
  return ofTarget.length > 0 ? [...all, [target, ofTarget]] : all
}

function replica(url: string): Connection {
  const connection = parseConnectionUrl(url, process.cwd(), '--replica')
  if (connection.engine !== 'sqlite') return connection
  throw new ParitygateError('usage.invalid', '--replica: SQLite has no replicas; name a server')
}

function lagLimit(most: number): (measure: Limit['measure']) => Limit {
  return measure => ({
    subject: 'replica lag',
    most,
    measure,
    over: seconds => `replica lag ${rounded(seconds)} s is over ${most} s`,
  })
}

/** To a tenth, and so that what is over its limit reads as over it. */
function rounded(seconds: number): number {
  return seconds < 10 ? Math.ceil(seconds * 10) / 10 : Math.ceil(seconds)
}

function activeLimit(most: number): Limit {
  return {
    subject: 'active connections',
    most,
    measure: monitor => monitor.active(),
    over: found => `${found} active ${found === 1 ? 'connection is' : 'connections are'} over ${most}`,
  }
}
