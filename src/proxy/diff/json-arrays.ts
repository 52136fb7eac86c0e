import { alignments } from './array-alignment.ts'
import { keyedPairs } from './array-keys.ts'
import { unorderedPairs } from './array-partners.ts'
import { Elements, type Pairing } from './elements.ts'
import type { JsonFindings } from './findings.ts'
import type { JsonRule } from './json-rules.ts'
import { type ArraySpot, ruleOf, spotIn, type Walk } from './spot.ts'

/**
 * Arrays: element by element, or by key or as sets where a rule says so. How elements of arrays that differ are paired
 * decides how the differences are told, never whether there are any.
 *
 * @returns whether they differ
 */
export function compareArrays(
  walk: Walk,
  a: ArraySpot,
  b: ArraySpot,
  rules: readonly JsonRule[],
  out: JsonFindings | null,
): boolean {
  if (a.value.length === b.value.length && !walk.probe(() => differsInTurn(walk, a, b))) return false
  const left = new Elements(a, walk.primary)
  const right = new Elements(b, walk.shadow)
  const rule = ruleOf(rules, 'keyed') ?? ruleOf(rules, 'unordered')
  const elements = { left, right }
  if (rule === null) {
    const ignored = [...left.ignoring, ...right.ignoring]
    if (out === null || ignored.length > 0) {
      const same =
        left.indices.length === right.indices.length &&
        !walk.probe(() =>
          left.indices.some((index, at) => walk.pair(left.at(index), right.at(right.indices[at]!), null)),
        )
      if (same) {
        for (const number of ignored) walk.fired.add(number)
        return false
      }
      if (out === null) return true
    }
    return tell(walk, elements, a, alignments(walk, left, right), out)
  }
  const pairing =
    rule.excuse.kind === 'keyed'
      ? keyedPairs(left, right, rule.excuse.by, rules)
      : unorderedPairs(walk, left, right, out !== null)
  if (isOutOfTurn(pairing)) walk.fired.add(rule.number)
  return tell(walk, elements, a, pairing, out)
}

function differsInTurn(walk: Walk, a: ArraySpot, b: ArraySpot): boolean {
  for (let index = 0; index < a.value.length; index++)
    if (walk.pair(spotIn(a, index), spotIn(b, index), null)) return true
  return false
}

/** Compares what belongs together, and reports what has no partner. */
function tell(
  walk: Walk,
  { left, right }: { left: Elements; right: Elements },
  array: ArraySpot,
  { pairs, notes }: Pairing,
  out: JsonFindings | null,
): boolean {
  for (const number of [...left.ignoring, ...right.ignoring]) walk.fired.add(number)
  for (const { kind, primary, shadow } of notes) out?.note(kind, array.place, primary, shadow)
  let different = notes.length > 0
  for (const [i, j] of pairs) {
    if (different && (out === null || out.more)) return true
    if (i === null) different = walk.alone(right.at(j!), 'shadow', out) || different
    else if (j === null) different = walk.alone(left.at(i), 'primary', out) || different
    else different = walk.pair(left.at(i), right.at(j), out) || different
  }
  return different
}

/** Partners that do not follow each other in the same order on both sides. */
function isOutOfTurn({ pairs }: Pairing): boolean {
  const both = pairs.filter((pair): pair is [number, number] => pair[0] !== null && pair[1] !== null)
  both.sort(([x], [y]) => x - y)
  return both.some(([, j], at) => at > 0 && j < both[at - 1]![1])
}
