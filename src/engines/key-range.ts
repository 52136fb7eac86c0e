import type { KeyRange } from './port/rows.ts'

/** A condition that an integer key lies in one of some ranges, in SQL every engine reads. */
export function inRanges(key: string, ranges: KeyRange[]): string {
  return `(${ranges.map(range => inRange(key, range)).join(' OR ')})`
}

function inRange(key: string, { from, to }: KeyRange): string {
  if (from === null) return to === null ? '1 = 1' : `(${key} < ${to} OR ${key} IS NULL)`
  return to === null ? `${key} >= ${from}` : `(${key} >= ${from} AND ${key} < ${to})`
}
