import type { Elements, Pairing } from './elements.ts'
import type { Json } from './json-document.ts'
import { isObject } from './spot.ts'
import { typeName } from './value-kind.ts'

const MAX_PAIRS = 10_000

/** How much two values have in common, 0 to 1, at a glance: their types, and members that are the same. */
export function likeness(a: Json, b: Json): number {
  if (a === b) return 1
  if (typeName(a) !== typeName(b)) return 0
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length ? 0.6 : 0.3
  if (!isObject(a) || !isObject(b)) return 0.3
  const names = Object.keys(a).slice(0, 50)
  if (names.length === 0) return Object.keys(b).length === 0 ? 1 : 0
  let points = 0
  let most = 0
  for (const name of names) {
    const weight = /^_?(id|uuid|key|code|slug)$/i.test(name) ? 5 : 1
    most += weight
    if (!Object.hasOwn(b, name)) continue
    points += a[name] === b[name] ? weight : 0.2
  }
  return points / most
}

/** Below, two elements are two, and not one that has changed. */
const ALIKE = 0.3

/** Pairs what is left of two arrays by likeness, whatever its order. */
export function mostAlike(
  left: Elements,
  right: Elements,
  lonely: number[],
  strangers: number[],
): Pairing['pairs'] {
  const free = new Set(strangers)
  const looksAtAll = lonely.length * strangers.length <= MAX_PAIRS
  const pairs: Pairing['pairs'] = []
  for (const i of lonely) {
    let best: number | null = null
    let most = ALIKE - 1e-9
    for (const j of free) {
      const alike = likeness(left.spot.value[i]!, right.spot.value[j]!)
      if (alike > most) {
        most = alike
        best = j
      }
      if (!looksAtAll && best !== null) break
      if (!looksAtAll) break
    }
    if (best !== null) free.delete(best)
    pairs.push([i, best])
  }
  for (const j of free) pairs.push([null, j])
  return pairs
}

/** Pairs two runs of elements by likeness, in their order: the alignment of the highest sum (Needleman–Wunsch). */
export function alignedByLikeness(
  left: Elements,
  right: Elements,
  ours: number[],
  theirs: number[],
): Pairing['pairs'] {
  const n = ours.length
  const m = theirs.length
  if (n === m || n * m > MAX_PAIRS) {
    const pairs: Pairing['pairs'] = []
    for (let at = 0; at < Math.max(n, m); at++) pairs.push([ours[at] ?? null, theirs[at] ?? null])
    return pairs
  }
  const alike = (i: number, j: number) => likeness(left.spot.value[ours[i]!]!, right.spot.value[theirs[j]!]!)
  const best = Array.from({ length: n + 1 }, () => new Float64Array(m + 1))
  for (let i = n - 1; i >= 0; i--)
    for (let j = m - 1; j >= 0; j--)
      best[i]![j] = Math.max(best[i + 1]![j]!, best[i]![j + 1]!, best[i + 1]![j + 1]! + alike(i, j))
  const pairs: Pairing['pairs'] = []
  let i = 0
  let j = 0
  while (i < n && j < m)
    if (best[i]![j] === best[i + 1]![j + 1]! + alike(i, j) && best[i]![j]! > best[i + 1]![j + 1]!)
      pairs.push([ours[i++]!, theirs[j++]!])
    else if (best[i]![j] === best[i + 1]![j]) pairs.push([ours[i++]!, null])
    else pairs.push([null, theirs[j++]!])
  while (i < n) pairs.push([ours[i++]!, null])
  while (j < m) pairs.push([null, theirs[j++]!])
  return pairs
}
