import type { Session } from '../engines/port.ts'
import { NEWLINE } from '../model/row-line.ts'
import { type Buckets, bucketOf, isNear, rangesOf } from './buckets.ts'
import { type Digest, keyEnd } from './digest.ts'
import {
  type CompareOptions,
  fieldsOf,
  type LineDifference,
  pairingFields,
  type RelationPair,
} from './relation-pair.ts'

/** Two relations, and what their digests over the same buckets say. */
export interface DigestedPair {
  source: Session
  target: Session
  pair: RelationPair
  buckets: Buckets
  ofSource: Digest
  ofTarget: Digest
}

export interface Located {
  missing: number
  extra: number
  changed: number
}

/** Lines of one side held in memory at a time, and ranges asked for in one statement. */
const BATCH_BYTES = 16 * 1024 * 1024
const BATCH_RANGES = 400
/** What a line kept as text under its key costs beyond its bytes. */
const LINE_OVERHEAD = 150

/** Reads the differing buckets again, some at a time, and pairs their rows by key. */
export async function locateDifferences(
  digested: DigestedPair,
  differing: number[],
  options: CompareOptions,
): Promise<Located> {
  const found: Located = { missing: 0, extra: 0, changed: 0 }
  for (const batch of batches(digested, differing)) await locateBatch(digested, batch, found, options)
  return found
}

function batches({ buckets, ofSource, ofTarget }: DigestedPair, differing: number[]): number[][] {
  const lineBytes = (ofSource.bytes + ofTarget.bytes) / Math.max(1, ofSource.rows + ofTarget.rows)
  const result: number[][] = []
  let size = Number.POSITIVE_INFINITY
  let ranges = 0
  for (const bucket of differing) {
    const bytes = Math.max(ofSource.counts[bucket]!, ofTarget.counts[bucket]!) * (lineBytes + LINE_OVERHEAD)
    const last = result.at(-1)?.at(-1)
    const newRange = last === undefined || !isNear(last, bucket)
    if (size + bytes > BATCH_BYTES || (buckets.kind === 'range' && newRange && ranges === BATCH_RANGES)) {
      result.push([])
      size = ranges = 0
    }
    result.at(-1)!.push(bucket)
    size += bytes
    if (newRange) ranges++
  }
  return result
}

async function locateBatch(
  { source, target, pair, buckets }: DigestedPair,
  batch: number[],
  found: Located,
  options: CompareOptions,
): Promise<void> {
  const wanted = new Set(batch)
  const keyFields = pairingFields(pair)
  const read = (session: Session, side: 'source' | 'target') =>
    session.digestLines(pair[side], fieldsOf(pair, side), {
      ...(buckets.kind === 'range' ? { ranges: rangesOf(buckets, batch) } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    })
  /** Rows of the source that no equal row of the target has been found for, by key. */
  const unmatched = new Map<string, string[]>()
  for await (const { key, line } of linesIn(read(source, 'source'), keyFields, buckets, wanted))
    add(unmatched, key, line)
  const others = new Map<string, string[]>()
  for await (const { key, line } of linesIn(read(target, 'target'), keyFields, buckets, wanted)) {
    const lines = unmatched.get(key)
    const equal = lines?.indexOf(line) ?? -1
    if (equal < 0) add(others, key, line)
    else if (lines!.length === 1) unmatched.delete(key)
    else lines!.splice(equal, 1)
  }
  report(unmatched, others, found, options)
}

/** Rows of one key on both sides are one row that changed; what is left over is missing or extra. */
function report(
  unmatched: Map<string, string[]>,
  others: Map<string, string[]>,
  found: Located,
  options: CompareOptions,
): void {
  const emit = (kind: LineDifference['kind'], source: string | null, target: string | null) => {
    found[kind]++
    options.onDifference?.({ kind, source, target })
  }
  for (const [key, sources] of unmatched) {
    const targets = others.get(key) ?? []
    others.delete(key)
    for (let index = 0; index < Math.max(sources.length, targets.length); index++) {
      const [source, target] = [sources[index] ?? null, targets[index] ?? null]
      emit(source === null ? 'extra' : target === null ? 'missing' : 'changed', source, target)
    }
  }
  for (const lines of others.values()) for (const line of lines) emit('extra', null, line)
}

async function* linesIn(
  pieces: AsyncIterable<Buffer>,
  keyFields: number,
  buckets: Buckets,
  wanted: Set<number>,
): AsyncGenerator<{ key: string; line: string }> {
  for await (const piece of pieces) {
    for (let start = 0; start < piece.length; ) {
      const end = piece.indexOf(NEWLINE, start)
      const key = keyEnd(piece, start, end, keyFields)
      if (wanted.has(bucketOf(buckets, piece, start, key))) {
        yield { key: piece.toString('latin1', start, key), line: piece.toString('latin1', start, end) }
      }
      start = end + 1
    }
  }
}

function add(map: Map<string, string[]>, key: string, line: string): void {
  const lines = map.get(key)
  if (lines) lines.push(line)
  else map.set(key, [line])
}
