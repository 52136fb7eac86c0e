import type { Found, JsonFindings } from './findings.ts'
import type { Json } from './json-document.ts'
import type { JsonExcuse, JsonRule, Selection } from './json-rules.ts'

export interface Side {
  document: Json
  /** The rules that hold at each place of it. */
  rules: Selection<JsonRule>
}

/** A value, where it stands, and the rule under which names there are the same in either case. */
export interface Spot extends Found {
  folded: JsonRule | null
}

export type ArraySpot = Spot & { value: Json[] }
export type ObjectSpot = Spot & { value: { [name: string]: Json } }

/** What comparing arrays asks of the comparison it is part of. */
export interface Walk {
  readonly primary: Side
  readonly shadow: Side
  readonly hasRules: boolean
  /** Numbers of the rules without which something would differ. */
  readonly fired: Set<number>
  /** @throws {Incomparable} answer too large, after too many */
  step(): void
  /** @returns whether they differ. Rules that were needed count only where they do not. */
  probe(differs: () => boolean): boolean
  pair(a: Spot, b: Spot, out: JsonFindings | null): boolean
  alone(spot: Spot, side: 'primary' | 'shadow', out: JsonFindings | null): boolean
  /** See Fingerprints. */
  fingerprint(spot: Spot, side: 'primary' | 'shadow'): number
}

export function spotIn(holder: Spot & { value: object }, key: string | number): Spot {
  const value = (holder.value as Record<string | number, Json>)[key]!
  return { value, place: { up: holder.place, holder: holder.value, key }, folded: holder.folded }
}

export function ruleOf(rules: readonly JsonRule[], kind: JsonExcuse['kind']): JsonRule | null {
  return rules.find(({ excuse }) => excuse.kind === kind) ?? null
}

export function isContainer(value: Json): value is Json[] | { [name: string]: Json } {
  return value !== null && typeof value === 'object'
}

export function isObject(value: Json): value is { [name: string]: Json } {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
