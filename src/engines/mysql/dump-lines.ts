import { Transform } from 'node:stream'
import { NEWLINE } from '../../model/row-line.ts'

/** Longer than any beginning of a line that says what it is: names have at most 64 characters. */
const HEAD = 512

/**
 * What the lines of a dump say: values hold no line ends, they are escaped. Lines may be as long as the largest row, so
 * no more than their beginning is looked at.
 */
export class DumpLines {
  readonly tables = new Set<string>()
  /** The last line that is not empty. */
  last = ''
  #head = Buffer.alloc(0)

  take(chunk: Buffer): void {
    for (let start = 0; start < chunk.length; ) {
      const end = chunk.indexOf(NEWLINE, start)
      const piece = chunk.subarray(start, end < 0 ? chunk.length : end)
      if (this.#head.length < HEAD)
        this.#head = Buffer.concat([this.#head, piece.subarray(0, HEAD - this.#head.length)])
      if (end < 0) return
      this.end()
      start = end + 1
    }
  }

  end(): void {
    const line = this.#head.toString()
    this.#head = Buffer.alloc(0)
    if (line.trim() === '') return
    this.last = line
    const name = /^CREATE (?:TABLE|SEQUENCE) `((?:[^`]|``)+)`/.exec(line)?.[1]
    if (name !== undefined) this.tables.add(name.replaceAll('``', '`'))
  }
}

/**
 * A dump as it may be run: without the line by which MariaDB's client shuts others out, and without events where those would
 * begin to run on a server where they already do.
 */
export function runnable({ events }: { events: boolean }): Transform {
  let rest: Buffer = Buffer.alloc(0)
  let first = true
  let inEvents = false
  /** Of a line whose beginning has been seen, whether it is kept. */
  let within: boolean | null = null
  const kept = (head: string) => {
    if (within !== null) return within
    if (first && head.startsWith('/*M!999999')) return false
    if (!events && head.startsWith('-- Dumping events for database')) inEvents = true
    if (head.startsWith('-- Dumping routines for database') || head.startsWith('-- Dump completed'))
      inEvents = false
    return !inEvents
  }
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const pieces: Buffer[] = []
      let start = 0
      for (let end = all.indexOf(NEWLINE); end >= 0; end = all.indexOf(NEWLINE, start)) {
        if (kept(all.subarray(start, Math.min(end, start + 64)).toString('latin1')))
          pieces.push(all.subarray(start, end + 1))
        start = end + 1
        first = false
        within = null
      }
      rest = all.subarray(start)
      // A line this long is one of rows.
      if (rest.length > 64) {
        within = kept(rest.subarray(0, 64).toString('latin1'))
        if (within) pieces.push(rest)
        first = false
        rest = Buffer.alloc(0)
      }
      done(null, Buffer.concat(pieces))
    },
    flush: done => done(null, within === false ? Buffer.alloc(0) : rest),
  })
}
