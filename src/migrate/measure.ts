import type { Connection } from '../engines/connection-url.ts'
import { openMonitor } from '../engines/open.ts'
import type { Monitor } from '../engines/port/session.ts'
import { ParitygateError } from '../model/error.ts'

/** What is asked of one server, and the most it may say. */
export interface Limit {
  /** `replica lag`, for messages. */
  subject: string
  most: number
  measure(monitor: Monitor): Promise<number>
  /** `replica lag 14 s is over 10 s`. */
  over(found: number): string
}

/** A server and the limits that are held against it. */
export interface Watch {
  /** @returns why there is to be waited; null where nothing is over its limit */
  look(): Promise<string | null>
  close(): void
}

/** No answer is longer waited for: the server, or the way to it, has worse to do. */
const ANSWER_MS = 10_000

/**
 * Connects to the server, and measures everything once.
 *
 * @throws {ParitygateError} limit.unmeasurable, connection.refused or connection.rejected
 */
export async function watch(connection: Connection, limits: Limit[]): Promise<Watch> {
  const open = async () => {
    const opened = await openMonitor(connection)
    if (opened === null) throw new ParitygateError('limit.unmeasurable', 'SQLite has no server to ask')
    return opened
  }
  let monitor: Monitor | null = await open()
  const { server } = monitor
  const close = () => {
    monitor?.close()
    monitor = null
  }
  const found = async ({ measure }: Limit): Promise<number> => {
    monitor ??= await open()
    try {
      return await answered(measure(monitor))
    } catch (error) {
      // The next look may find a server that is well again.
      close()
      if (error instanceof ParitygateError) throw error
      const reason = (error as Error).message
      throw new ParitygateError('limit.unmeasurable', reason, {
        where: server,
        cause: error,
      })
    }
  }
  try {
    for (const limit of limits) await found(limit)
  } catch (error) {
    close()
    throw error
  }
  return {
    async look() {
      for (const limit of limits) {
        try {
          const value = await found(limit)
          if (value > limit.most) return `${limit.over(value)} (${server})`
        } catch (error) {
          return `${limit.subject} cannot be measured: ${(error as Error).message} (${server})`
        }
      }
      return null
    },
    close,
  }
}

async function answered<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${ANSWER_MS / 1000} s`)), ANSWER_MS)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
