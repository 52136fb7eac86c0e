import type { Elements, Pairing } from './elements.ts'
import { mostAlike } from './likeness.ts'
import { Incomparable } from './limits.ts'
import type { Walk } from './spot.ts'

/** Pairs of what is left after equal fingerprints that are looked at. */
const MAX_PAIRS = 4_000_000

/**
 * Pairs elements that are the same under the rules, wherever they stand, and then those most alike.
 *
 * Where tolerances let one element be the same as several, as many as possible find a partner (augmenting paths).
 */
export function unorderedPairs(walk: Walk, left: Elements, right: Elements, told: boolean): Pairing {
  const candidates = new Map<number, number[]>()
  for (const index of right.indices) {
    const fingerprint = walk.fingerprint(right.at(index), 'shadow')
    const known = candidates.get(fingerprint)
    if (known === undefined) candidates.set(fingerprint, [index])
    else known.push(index)
  }
  for (const indices of candidates.values()) indices.reverse()
  const matching = new Matching(walk, left, right)
  const waiting: number[] = []
  for (const index of left.indices) {
    const bucket = candidates.get(walk.fingerprint(left.at(index), 'primary'))
    // The last is the first that stood there: what is equal but for rules keeps its order.
    const next = bucket?.at(-1)
    if (next !== undefined && matching.isSame(index, next)) {
      matching.join(index, next)
      bucket!.pop()
    } else waiting.push(index)
  }
  // Paths that ignore elements on one side alone, and tolerances, have partners whose fingerprints say nothing.
  if (walk.hasRules && waiting.length * right.length > MAX_PAIRS)
    throw new Incomparable('answer too large', 'too many elements of an unordered array have no equal')
  if (walk.hasRules) for (const index of waiting) matching.augment(index, right.indices, new Set())
  const lonely = left.indices.filter(index => !matching.partner.has(index))
  const strangers = right.indices.filter(index => !matching.taken.has(index))
  const pairs: Pairing['pairs'] = [...matching.partner]
  // Told of the most alike, a difference within an element is not two elements.
  if (told) pairs.push(...mostAlike(left, right, lonely, strangers))
  else if (lonely.length > 0 || strangers.length > 0)
    pairs.push(
      ...lonely.map((i): [number, null] => [i, null]),
      ...strangers.map((j): [null, number] => [null, j]),
    )
  return { pairs, notes: [] }
}

class Matching {
  readonly partner = new Map<number, number>()
  readonly taken = new Map<number, number>()
  readonly #walk: Walk
  readonly #left: Elements
  readonly #right: Elements

  constructor(walk: Walk, left: Elements, right: Elements) {
    this.#walk = walk
    this.#left = left
    this.#right = right
  }

  isSame(i: number, j: number): boolean {
    return !this.#walk.probe(() => this.#walk.pair(this.#left.at(i), this.#right.at(j), null))
  }

  join(i: number, j: number): void {
    this.partner.set(i, j)
    this.taken.set(j, i)
  }

  augment(start: number, theirs: number[], seen: Set<number>): boolean {
    // Kuhn's algorithm, breadth first: the path back is kept instead of a stack of calls.
    const cameFrom = new Map<number, number>()
    const queue = [start]
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      for (const j of theirs) {
        if (seen.has(j) || !this.isSame(next, j)) continue
        seen.add(j)
        cameFrom.set(j, next)
        const holder = this.taken.get(j)
        if (holder !== undefined) {
          queue.push(holder)
          continue
        }
        for (let free: number | undefined = j; free !== undefined; ) {
          const owner: number = cameFrom.get(free)!
          const given = this.partner.get(owner)
          this.join(owner, free)
          free = owner === start ? undefined : given
        }
        return true
      }
    return false
  }
}
