import type { Elements, Pairing } from './elements.ts'
import { alignedByLikeness, mostAlike } from './likeness.ts'
import type { Walk } from './spot.ts'

/** Cells of the table of a longest common subsequence. */
const MAX_CELLS = 4_000_000
const MAX_ELEMENTS = 20_000

/**
 * Pairs the elements of arrays that differ, so that an element put in between is one difference, and not one in each
 * element behind it. Where the same elements stand in another order, that is one difference of the array.
 */
export function alignments(walk: Walk, left: Elements, right: Elements): Pairing {
  const n = left.length
  const m = right.length
  const same = (i: number, j: number) =>
    !walk.probe(() => walk.pair(left.at(left.indices[i]!), right.at(right.indices[j]!), null))
  let head = 0
  while (head < n && head < m && same(head, head)) head++
  let tail = 0
  while (tail < n - head && tail < m - head && same(n - 1 - tail, m - 1 - tail)) tail++
  const ours = left.indices.slice(head, n - tail)
  const theirs = right.indices.slice(head, m - tail)
  if (ours.length > MAX_ELEMENTS || theirs.length > MAX_ELEMENTS || ours.length * theirs.length === 0)
    return { pairs: inTurn(ours, theirs), notes: [] }
  const a = ours.map(index => walk.fingerprint(left.at(index), 'primary'))
  const b = theirs.map(index => walk.fingerprint(right.at(index), 'shadow'))
  const anywhere = matchedAnywhere(a, b)
  const inOrder = a.length * b.length <= MAX_CELLS ? commonSubsequence(a, b) : null
  if (anywhere.length > (inOrder?.length ?? 0) && (inOrder !== null || anywhere.length === a.length)) {
    const [i, j] = [new Set(anywhere.map(pair => pair[0])), new Set(anywhere.map(pair => pair[1]))]
    const pairs = anywhere.map(([x, y]): [number, number] => [ours[x]!, theirs[y]!])
    const rest = mostAlike(
      left,
      right,
      ours.filter((_, at) => !i.has(at)),
      theirs.filter((_, at) => !j.has(at)),
    )
    const order = (indices: number[]) =>
      `[${indices.slice(0, 20).join(',')}${indices.length > 20 ? ',…' : ''}]`
    const where = anywhere.toSorted((x, y) => x[1] - y[1]).map(([x]) => ours[x]!)
    const note = {
      kind: 'array order',
      primary: order(where.toSorted((x, y) => x - y)),
      shadow: order(where),
    }
    return { pairs: [...pairs, ...rest], notes: [note] }
  }
  if (inOrder === null || inOrder.length === 0)
    return { pairs: alignedByLikeness(left, right, ours, theirs), notes: [] }
  const pairs: Pairing['pairs'] = []
  let i = 0
  let j = 0
  for (const [x, y] of [...inOrder, [a.length, b.length] as const]) {
    pairs.push(...alignedByLikeness(left, right, ours.slice(i, x), theirs.slice(j, y)))
    if (x < a.length) pairs.push([ours[x]!, theirs[y]!])
    i = x + 1
    j = y + 1
  }
  return { pairs, notes: [] }
}

function inTurn(ours: number[], theirs: number[]): Pairing['pairs'] {
  return Array.from({ length: Math.max(ours.length, theirs.length) }, (_, at) => [
    ours[at] ?? null,
    theirs[at] ?? null,
  ])
}

/** Each element with the first equal one that is free. */
function matchedAnywhere(a: number[], b: number[]): [number, number][] {
  const places = new Map<number, number[]>()
  for (let j = b.length - 1; j >= 0; j--) {
    const known = places.get(b[j]!)
    if (known === undefined) places.set(b[j]!, [j])
    else known.push(j)
  }
  const pairs: [number, number][] = []
  for (const [i, fingerprint] of a.entries()) {
    const j = places.get(fingerprint)?.pop()
    if (j !== undefined) pairs.push([i, j])
  }
  return pairs
}

function commonSubsequence(a: number[], b: number[]): [number, number][] {
  const width = b.length + 1
  const lengths = new Uint16Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!)
  const pairs: [number, number][] = []
  for (let i = 0, j = 0; i < a.length && j < b.length; )
    if (a[i] === b[j]) pairs.push([i++, j++])
    else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++
    else j++
  return pairs
}
