import { throwIfAborted } from '../model/error.ts'
import { NEWLINE } from '../model/row-line.ts'

/** Why an engine refused lines that were sent together. */
export interface Refusal<Reason> {
  reason: Reason
  /** The line at fault, counted from the first of those sent; null where the engine does not say. */
  line: number | null
  /** Whether the line named is at fault beyond doubt, and for this reason; else it is tried alone. */
  certain: boolean
}

export type Attempt<Reason> = { rows: number; refusal: null } | { rows: 0; refusal: Refusal<Reason> }

/** How lines that were refused together are sent again. */
export interface Resending<Reason> {
  /** Sends consecutive lines, and leaves none of them behind where one is refused. `rows` is how many were loaded. */
  send(lines: Buffer, rows: number): Promise<Attempt<Reason>>
  /** Takes one line, without its LF, that cannot be loaded. */
  reject(line: Buffer, reason: Reason): void
  /** More than this is not sent at once, unless it is one line. */
  mostBytes?: number
  signal?: AbortSignal | undefined
}

/** Fewer take about as long as these, each time. */
const LEAST_LINES = 64

/**
 * Loads what can be loaded of some lines, in O(k log n) statements for k bad rows in n: an error that names a line
 * settles it, otherwise the lines sent at once are halved until the bad one is alone, and doubled after each success. After
 * a bad one they are half as many as have stood between two so far: of more, too many would be sent twice.
 *
 * @param first what the engine said to all lines at once; null where they have not been sent yet
 * @returns how many rows were loaded
 */
export async function loadAround<Reason>(
  bytes: Buffer,
  first: Refusal<Reason> | null,
  { send, reject, mostBytes = Number.POSITIVE_INFINITY, signal }: Resending<Reason>,
): Promise<number> {
  const ends = lineEnds(bytes)
  const startOf = (line: number) => (line === 0 ? 0 : ends[line - 1]!)
  /** Whether a line the engine names is looked at: not after it has named one that was innocent. */
  let believed = true
  const judge = ({ line, reason, certain }: Refusal<Reason>, from: number, to: number) => {
    if (to - from === 1) return { line: from, reason, certain: true }
    const named = believed && line !== null && line < to - from
    return named ? { line: from + line, reason, certain } : null
  }
  /** The first line that is not sent together with `line`. */
  const stopOf = (line: number, wanted: number) => {
    const most = startOf(line) + mostBytes
    if (startOf(wanted) <= most) return wanted
    let [fits, tooFar] = [line + 1, wanted]
    while (fits + 1 < tooFar) {
      const middle = (fits + tooFar) >> 1
      if (startOf(middle) <= most) fits = middle
      else tooFar = middle
    }
    return fits
  }
  let loaded = 0
  let rejected = 0
  let line = 0
  let window = first === null ? ends.length : ends.length >> 1 || 1
  let bad = first === null ? null : judge(first, 0, ends.length)
  while (line < ends.length) {
    throwIfAborted(signal)
    if (bad?.line === line && bad.certain) {
      reject(bytes.subarray(startOf(line), ends[line]! - 1), bad.reason)
      line++
      rejected++
      bad = null
      window = Math.max(LEAST_LINES, line / rejected / 2) | 0
      believed = true
      continue
    }
    const suspect = bad?.line === line ? line + 1 : bad?.line
    const stop = stopOf(line, suspect ?? Math.min(line + window, ends.length))
    const { rows, refusal } = await send(bytes.subarray(startOf(line), startOf(stop)), stop - line)
    if (refusal !== null) {
      bad = judge(refusal, line, stop)
      window = (stop - line) >> 1
      continue
    }
    loaded += rows
    line = stop
    window *= 2
    if (bad !== null && bad.line < line) {
      bad = null
      believed = false
    }
  }
  return loaded
}

/** Where each line ends, past its LF. */
function lineEnds(bytes: Buffer): number[] {
  const ends: number[] = []
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) ends.push(at + 1)
  return ends
}
