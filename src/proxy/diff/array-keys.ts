import type { Elements, Pairing } from './elements.ts'
import { exactNumber, type Json } from './json-document.ts'
import { camelCase, type JsonRule } from './json-rules.ts'
import { isObject, ruleOf } from './spot.ts'

/** Pairs elements by a member of theirs; those without it, in their order among themselves. */
export function keyedPairs(left: Elements, right: Elements, by: string, rules: readonly JsonRule[]): Pairing {
  const theirs = new Map<string | null, number[]>()
  for (const index of right.indices) {
    const key = keyOf(right, index, by, rules)
    const known = theirs.get(key)
    if (known === undefined) theirs.set(key, [index])
    else known.push(index)
  }
  for (const indices of theirs.values()) indices.reverse()
  const pairs: Pairing['pairs'] = []
  for (const index of left.indices) {
    const partner = theirs.get(keyOf(left, index, by, rules))?.pop() ?? null
    pairs.push([index, partner])
  }
  const taken = new Set(pairs.map(([, j]) => j))
  for (const index of right.indices) if (!taken.has(index)) pairs.push([null, index])
  const [primary, shadow] = [repeatedKeys(left, by, rules), repeatedKeys(right, by, rules)]
  const notes =
    primary === shadow ? [] : [{ kind: 'duplicate keys', primary: `${primary}`, shadow: `${shadow}` }]
  return { pairs, notes }
}

function repeatedKeys(elements: Elements, by: string, rules: readonly JsonRule[]): number {
  const keys = elements.indices.map(index => keyOf(elements, index, by, rules)).filter(key => key !== null)
  return keys.length - new Set(keys).size
}

/** 7 and "7" are one key; that the type is another is told where the member is compared. */
function keyOf(elements: Elements, index: number, by: string, rules: readonly JsonRule[]): string | null {
  const spot = elements.at(index)
  if (!isObject(spot.value)) return null
  const name = nameIn(spot.value, by, [...rules, ...elements.side.rules.at(spot.place)])
  const folded = spot.folded ?? ruleOf(elements.side.rules.at(spot.place), 'key_case')
  const key =
    name ??
    (folded === null
      ? undefined
      : Object.keys(spot.value).find(member => camelCase(member) === camelCase(by)))
  return key === undefined ? null : keyText(spot.value[key]!)
}

function nameIn(
  object: { [name: string]: Json },
  by: string,
  rules: readonly JsonRule[],
): string | undefined {
  if (Object.hasOwn(object, by)) return by
  for (const { excuse } of rules)
    if (excuse.kind === 'rename' && excuse.from === by && Object.hasOwn(object, excuse.to)) return excuse.to
  return undefined
}

function keyText(value: Json): string {
  const text = exactNumber(value) ?? value
  return text !== null && typeof text === 'object' ? JSON.stringify(text) : String(text)
}
