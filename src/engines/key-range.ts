import type { KeyRange } from './port.ts'

/** A condition that an integer key lies in one of some ranges, in SQL every engine reads. */
export function inRanges(key: string, ranges: KeyRange[]): string {
  return `(${ranges.map(range => inRange(key, range)).join(' OR ')})`
}

function inRange(key: string, { from, to }: KeyRange): string {
  const bounds = [from === null ? '' : `${key} >= ${from}`, to === null ? '' : `${key} < ${to}`]
  return `(${bounds.filter(Boolean).join(' AND ') || '1 = 1'})`
}
