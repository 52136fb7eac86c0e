import { Worker } from 'node:worker_threads'
import type { Request, Response } from './worker.ts'

/** A refusal by SQLite; `code` is its extended result code, such as SQLITE_NOTADB. */
export class SqliteFailure extends Error {
  readonly code: string
  constructor(message: string, code: string) {
    super(message)
    this.code = code
  }
}

/** The thread one SQLite connection lives in. Requests queue and are answered in order. */
export interface SqliteThread {
  /** What is transferred is the thread's from then on. */
  request<T = unknown>(request: Request, transferred?: ArrayBuffer[]): Promise<T>
  end(): Promise<void>
}

export function startThread(): SqliteThread {
  const worker = new Worker(new URL('./worker.js', import.meta.url))
  const waiting: { resolve: (value: never) => void; reject: (error: Error) => void }[] = []
  let failure: Error | null = null

  worker.on('message', (response: Response) => {
    const { resolve, reject } = waiting.shift()!
    if (response.ok) resolve(response.value as never)
    else reject(new SqliteFailure(response.message, response.code))
  })
  const fail = (error: Error) => {
    failure = error
    for (const { reject } of waiting.splice(0)) reject(error)
  }
  worker.on('error', fail)
  worker.on('exit', () => fail(new SqliteFailure('the SQLite thread has ended', 'CLOSED')))
  worker.unref()

  return {
    request(request, transferred = []) {
      if (failure) return Promise.reject(failure)
      return new Promise((resolve, reject) => {
        // Keeps the process alive while an answer is due, and no longer.
        worker.ref()
        const settled =
          <T>(settle: (value: T) => void) =>
          (value: T) => {
            if (waiting.length === 0) worker.unref()
            settle(value)
          }
        waiting.push({ resolve: settled(resolve), reject: settled(reject) })
        worker.postMessage(request, transferred)
      })
    },
    async end() {
      await worker.terminate()
    },
  }
}
