import { ReadableStream } from 'node:stream/web'
import type { Lines } from '../model/row-line.ts'

/** Bytes of one that are read before they are asked for. */
const AHEAD_BYTES = 8 * 1024 * 1024

interface Reading<Due> {
  of: Due
  rows: AsyncGenerator<Lines>
  lines: ReadableStream<Lines>
  /** Whether the source has nothing more of it to give; some of its lines may still wait to be asked for. */
  isRead: boolean
}

/**
 * What is due, in turn, each with its lines, which are to be read to their end before the next is asked for. Once the source has
 * given all of one, the one after it is begun: the source goes on while the target still writes.
 *
 * @param due the next of them, and none where there are no more
 */
export async function* readAhead<Due>(
  due: () => Due | undefined,
  read: (of: Due) => AsyncGenerator<Lines>,
): AsyncGenerator<{ of: Due; lines: AsyncIterable<Lines> }> {
  let current = begin()
  let upcoming: Reading<Due> | null = null
  try {
    while (current !== null) {
      if (current.isRead) upcoming = begin()
      yield current
      current = upcoming ?? begin()
      upcoming = null
    }
  } finally {
    const left = [current, upcoming]
    current = upcoming = null
    for (const reading of left) await reading?.rows.return(undefined).catch(() => {})
  }

  function begin(): Reading<Due> | null {
    const of = due()
    if (of === undefined) return null
    const rows = read(of)
    const lines = new ReadableStream<Lines>(
      {
        async pull(controller) {
          const { value, done } = await rows.next()
          if (!done) return controller.enqueue(value)
          reading.isRead = true
          if (reading === current) upcoming = begin()
          controller.close()
        },
      },
      { highWaterMark: AHEAD_BYTES, size: ({ bytes }) => bytes.length },
    )
    const reading: Reading<Due> = { of, rows, lines, isRead: false }
    return reading
  }
}
