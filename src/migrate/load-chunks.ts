import type { TableKey } from '../engines/port/target-session.ts'
import { type ParitygateError, throwIfAborted } from '../model/error.ts'
import { reached } from '../model/steps.ts'
import type { Mapping } from '../plan/mapping.ts'
import { chunkOf } from './chunks.ts'
import type { CopyContext, Lane } from './copy-context.ts'
import type { Checkpoint, Copy } from './copy-record.ts'
import { type Copying, openCopying, type Part, placeOf } from './copy-rows.ts'
import { putOffOf } from './orphans.ts'
import { readAhead } from './read-ahead.ts'

/** Loads the chunks that are not there yet. */
export async function loadChunks(context: CopyContext, mapping: Mapping, { record }: Copy): Promise<void> {
  const { journal, options, totals } = context
  const { table } = mapping
  const done = await journal.checkpoints(table)
  const rowsOf = (checkpoints: Checkpoint[]) => checkpoints.reduce((sum, { written }) => sum + written, 0)
  const due = Array.from({ length: record.cuts.length + 1 }, (_, index) => index + 1).filter(
    number => !done.some(({ chunk }) => chunk === number),
  )
  const total = totals.get(table)!
  options.onProgress?.({ kind: 'table-started', phase: 'migrate', table, total })
  const underWay = new Map<number, number>()
  const progress = (chunk: number) => (rows: number) => {
    underWay.set(chunk, rows)
    const all = rowsOf(done) + [...underWay.values()].reduce((sum, some) => sum + some, 0)
    options.onProgress?.({ kind: 'rows', phase: 'migrate', table, rows: all, total })
  }
  // One that fails ends the others, and what it reads ahead itself.
  const failed = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal
  const { deferred } = putOffOf(context.target, mapping, record)
  const { cutBy, cuts } = record
  const nextPart = (): Part | undefined => {
    const number = due.shift()
    if (number === undefined) return
    return { number, chunk: chunkOf({ cutBy: cutBy!, cuts }, number), progress: progress(number) }
  }
  const work = async (lane: Lane) => {
    const copying = await openCopying(context, lane, mapping, signal)
    for await (const part of copying.byLines ? partsReadAhead(nextPart, copying) : parts(nextPart)) {
      throwIfAborted(signal)
      try {
        await loadChunk(context, lane, mapping, copying, part, deferred)
      } catch (error) {
        failed.abort()
        throw error
      }
    }
  }
  // To turn a trigger off locks the table against other writers.
  const lanes = await context.lanes(context.triggers.any ? 1 : due.length)
  const ended = await Promise.allSettled(
    lanes.map(lane =>
      work(lane).catch(error => {
        failed.abort()
        throw lane.target.failure(error, placeOf([mapping]))
      }),
    ),
  )
  const failures = ended.flatMap(one => (one.status === 'rejected' ? [one.reason as ParitygateError] : []))
  const first = failures.find(({ code }) => code !== 'interrupted') ?? failures[0]
  if (first) throw first
}

function* parts(next: () => Part | undefined): Generator<Part> {
  for (let part = next(); part !== undefined; part = next()) yield part
}

async function* partsReadAhead(next: () => Part | undefined, { read }: Copying): AsyncGenerator<Part> {
  for await (const { of, lines } of readAhead(next, ({ chunk }) => read(chunk))) yield { ...of, lines }
}

/** The rows of one chunk and its checkpoint, in one transaction. */
async function loadChunk(
  context: CopyContext,
  { target }: Lane,
  { table }: Mapping,
  copying: Copying,
  part: Part,
  deferred: TableKey[],
): Promise<void> {
  const { journal, quarantine, triggers } = context
  try {
    await target.deferForeignKeys(deferred)
    await target.begin()
    await journal.requireHold(target)
    quarantine.clear(table, part.number)
    await triggers.turnOff(target)
    reached('chunk-begun', table)
    const copied = await copying.copy(part)
    await journal.addCheckpoint(target, table, { chunk: part.number, ...copied })
    await triggers.turnOn(target)
    reached('chunk-written', table)
    await target.commit()
    context.options.onLasting?.()
    await target.restoreForeignKeys(deferred)
    reached('chunk-committed', table)
  } catch (error) {
    await target.rollback().catch(() => {})
    throw error
  }
}
