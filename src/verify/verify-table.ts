import type { BothSides } from '../compare/both-sides.ts'
import { compare } from '../compare/compare.ts'
import { checksumText } from '../compare/digest.ts'
import { orderedColumns, pairOf } from '../compare/mapping-pair.ts'
import type { LineDifference } from '../compare/relation-pair.ts'
import type { Session } from '../engines/port/session.ts'
import type { Difference, TableResult } from '../model/finding.ts'
import type { OnProgress } from '../model/progress.ts'
import { acceptedLosses } from '../plan/fidelity.ts'
import type { Mapping } from '../plan/mapping.ts'
import { describeDifference } from './describe-difference.ts'
import { differsOnlyInNormalisation } from './notes.ts'
import { keyIn, oldKeys } from './old-keys.ts'
import { judgeOf } from './rules.ts'

interface Options {
  limitDiffs?: number
  hashHere?: boolean
  onProgress?: OnProgress
  signal?: AbortSignal
}

/** Compares one table; at most `limitDiffs` differences are described, in the order of their keys. */
export async function verifyTable(sessions: BothSides<Session>, mapping: Mapping, options: Options) {
  const started = performance.now()
  const { table } = mapping
  const limit = options.limitDiffs ?? 100
  const listed: LineDifference[] = []
  const pair = pairOf(mapping)
  const judge = judgeOf(orderedColumns(mapping))
  let onlyNormalisation = 0
  options.onProgress?.({ kind: 'table-started', phase: 'verify', table, total: null })
  const found = await compare(sessions.source, sessions.target, pair, {
    onRows: (rows, total) => options.onProgress?.({ kind: 'rows', phase: 'verify', table, rows, total }),
    onDifference: difference => {
      const { source, target } = difference
      if (source !== null && target !== null && differsOnlyInNormalisation(source, target))
        onlyNormalisation++
      if (listed.length < limit) listed.push(difference)
    },
    hashHere: options.hashHere ?? false,
    ...(judge ? { excuse: judge.excuse } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  })
  const ms = Math.round(performance.now() - started)
  const result: TableResult = {
    table,
    source_rows: found.source.rows,
    target_rows: found.target.rows,
    source_checksum: checksumText(found.source),
    target_checksum: checksumText(found.target),
    missing: found.missing,
    extra: found.extra,
    changed: found.changed,
    matched: found.matched,
    excused_rows: found.excused,
    excused: judge?.excused() ?? [],
    accepted_losses: acceptedLosses(mapping.document),
    only_normalisation: onlyNormalisation,
    strategy: found.strategy,
    hashed: found.hashed,
    ms,
  }
  const note = noteOf(result)
  const finished = { kind: 'table-finished', phase: 'verify', table, rows: found.source.rows, ms } as const
  options.onProgress?.(note === '' ? finished : { ...finished, note })
  return { result, differences: await describeAll(listed, mapping, sessions, options.signal) }
}

async function describeAll(
  listed: LineDifference[],
  mapping: Mapping,
  sessions: BothSides<Session>,
  signal?: AbortSignal,
): Promise<Difference[]> {
  const pair = pairOf(mapping)
  const keyOf = ({ source, target }: LineDifference) => keyIn(pair, (source ?? target)!)
  // A row that is only in the target can have an old key that the plan excludes.
  const found = await oldKeys(sessions.source, mapping, listed.map(keyOf), signal)
  return listed.map(one => describeDifference(one, mapping, sessions, found.get(keyOf(one)))).sort(byKey)
}

/** `2 rows differ, 1 row is excused`; empty where every row is equal. */
function noteOf({ missing, extra, changed, excused_rows }: TableResult): string {
  const different = missing + extra + changed
  const parts = [
    different > 0 ? (different === 1 ? '1 row differs' : `${different} rows differ`) : '',
    excused_rows > 0 ? (excused_rows === 1 ? '1 row is excused' : `${excused_rows} rows are excused`) : '',
  ]
  return parts.filter(Boolean).join(', ')
}

const naturalOrder = new Intl.Collator('en', { numeric: true })

function byKey(a: Difference, b: Difference): number {
  return naturalOrder.compare(Object.values(a.key).join('\t'), Object.values(b.key).join('\t'))
}
