import { decimalOf, isWithin } from './decimal.ts'
import type { JsonFindings } from './findings.ts'
import { Fingerprints } from './fingerprints.ts'
import { compareArrays } from './json-arrays.ts'
import { type Json, numberText } from './json-document.ts'
import { camelCase, type JsonExcuse, type JsonRule } from './json-rules.ts'
import { Incomparable, MAX_MS, MAX_STEPS } from './limits.ts'
import type { Place } from './place.ts'
import {
  type ArraySpot,
  isContainer,
  type ObjectSpot,
  ruleOf,
  type Side,
  type Spot,
  spotIn,
  type Walk,
} from './spot.ts'
import { momentOfValue, typeName, valueKind } from './value-kind.ts'

/** One comparison of two documents under rules. */
export class JsonWalk implements Walk {
  readonly primary: Side
  readonly shadow: Side
  readonly hasRules: boolean
  /** Numbers of the rules without which something would differ. */
  fired = new Set<number>()
  #steps = 0
  readonly #began = performance.now()
  #fingerprints: Fingerprints | null = null
  /** Of an array or object, the last one it was found to differ from: nested arrays are looked at more than once. */
  readonly #unlike = new Map<object, object>()

  constructor(primary: Side, shadow: Side, hasRules: boolean) {
    this.primary = primary
    this.shadow = shadow
    this.hasRules = hasRules
  }

  /**
   * @param out where differences go; null to be told at the first one
   * @returns whether they differ
   * @throws {Incomparable} answer too large, once it has taken too many steps
   */
  differs(out: JsonFindings | null): boolean {
    const spot = (document: Json) => ({ value: document, place: null, folded: null })
    return this.pair(spot(this.primary.document), spot(this.shadow.document), out)
  }

  step(): void {
    if (++this.#steps > MAX_STEPS)
      throw new Incomparable('answer too large', `comparing them takes more than ${MAX_STEPS} steps`)
    if ((this.#steps & 8191) === 0 && performance.now() - this.#began > MAX_MS)
      throw new Incomparable('answer too large', `comparing them takes longer than ${MAX_MS / 1000} s`)
  }

  probe(differs: () => boolean): boolean {
    const before = this.fired
    this.fired = new Set()
    const different = differs()
    if (!different) for (const number of this.fired) before.add(number)
    this.fired = before
    return different
  }

  fingerprint(spot: Spot, side: 'primary' | 'shadow'): number {
    this.#fingerprints ??= new Fingerprints(this)
    return this.#fingerprints.of(spot, side)
  }

  pair(a: Spot, b: Spot, out: JsonFindings | null): boolean {
    this.step()
    if (a.value === b.value && !isContainer(a.value)) return false
    if (!this.hasRules) return this.#values(a, b, NO_RULES, out)
    const rules = this.rulesAt(a.place, b.place)
    const ignoring = rules.find(({ excuse }) => excuse.kind === 'ignore')
    if (ignoring !== undefined) {
      if (this.probe(() => this.#values(a, b, rules, null))) this.fired.add(ignoring.number)
      return false
    }
    return this.#values(a, b, rules, out)
  }

  /** Of both places, each once, in the order of the plan. */
  rulesAt(a: Place | null, b: Place | null): readonly JsonRule[] {
    const left = this.primary.rules.at(a)
    const right = this.shadow.rules.at(b)
    if (right.length === 0) return left
    if (left.length === 0) return right
    return [...new Set([...left, ...right])].sort((x, y) => x.number - y.number)
  }

  #values(a: Spot, b: Spot, rules: readonly JsonRule[], out: JsonFindings | null): boolean {
    const folded = a.folded ?? b.folded ?? ruleOf(rules, 'key_case')
    if (isContainer(a.value) && isContainer(b.value) && Array.isArray(a.value) === Array.isArray(b.value)) {
      if (out === null && this.#unlike.get(a.value) === b.value) return true
      const different = this.#containers({ ...a, folded }, { ...b, folded }, rules, out)
      if (different) this.#unlike.set(a.value, b.value)
      return different
    }
    for (const { number, excuse } of rules)
      if (isExcused(a.value, b.value, excuse)) {
        this.fired.add(number)
        return false
      }
    out?.add(valueKind(a.value, b.value, nameOf(a.place)), a, b)
    return true
  }

  #containers(a: Spot, b: Spot, rules: readonly JsonRule[], out: JsonFindings | null): boolean {
    return Array.isArray(a.value)
      ? compareArrays(this, a as ArraySpot, b as ArraySpot, rules, out)
      : this.#objects(a as ObjectSpot, b as ObjectSpot, rules, out)
  }

  #objects(a: ObjectSpot, b: ObjectSpot, rules: readonly JsonRule[], out: JsonFindings | null): boolean {
    const partners = new Partners(this, a.value, b.value, rules, a.folded)
    let different = false
    for (const name of Object.keys(a.value)) {
      const left = spotIn(a, name)
      const partner = partners.of(name)
      const differs =
        partner === null ? this.alone(left, 'primary', out) : this.pair(left, spotIn(b, partner), out)
      if (!differs) continue
      different = true
      if (out === null || out.more) return true
    }
    if (partners.matched === partners.wanted) return different
    for (const name of Object.keys(b.value)) {
      if (partners.isTaken(name) || !this.alone(spotIn(b, name), 'shadow', out)) continue
      different = true
      if (out === null || out.more) return true
    }
    return different
  }

  /** A member or element that only one side has. */
  alone(spot: Spot, side: 'primary' | 'shadow', out: JsonFindings | null): boolean {
    this.step()
    if (this.hasRules)
      for (const { number, excuse } of this[side].rules.at(spot.place)) {
        const isMember = typeof spot.place?.key === 'string'
        if (
          excuse.kind === 'ignore' ||
          (excuse.kind === 'null_is_absent' && spot.value === null && isMember)
        ) {
          this.fired.add(number)
          return false
        }
      }
    if (side === 'primary') out?.add(spot.value === null ? 'null became absent' : 'absent', spot, null)
    else out?.add(spot.value === null ? 'absent became null' : 'extra', null, spot)
    return true
  }
}

/** Which member of the shadow's object is which of the primary's. */
class Partners {
  matched = 0
  readonly wanted: number
  readonly #walk: JsonWalk
  readonly #a: { [name: string]: Json }
  readonly #b: { [name: string]: Json }
  readonly #renames: readonly JsonRule[]
  readonly #folded: JsonRule | null
  readonly #others = new Set<string>()
  #byFolded: Map<string, string> | null = null

  constructor(
    walk: JsonWalk,
    a: { [name: string]: Json },
    b: { [name: string]: Json },
    rules: readonly JsonRule[],
    folded: JsonRule | null,
  ) {
    this.#walk = walk
    this.#a = a
    this.#b = b
    this.#renames = rules.length === 0 ? rules : rules.filter(({ excuse }) => excuse.kind === 'rename')
    this.#folded = folded
    this.wanted = Object.keys(b).length
  }

  of(name: string): string | null {
    if (Object.hasOwn(this.#b, name)) {
      this.matched++
      return name
    }
    for (const { number, excuse } of this.#renames) {
      if (excuse.kind !== 'rename' || excuse.from !== name) continue
      const partner = this.#free(excuse.to)
      if (partner === null) continue
      this.#walk.fired.add(number)
      return this.#take(partner)
    }
    const partner = this.#inOtherCase(name)
    return partner === null ? null : this.#take(partner)
  }

  isTaken(name: string): boolean {
    return Object.hasOwn(this.#a, name) || this.#others.has(name)
  }

  #take(partner: string): string {
    this.#others.add(partner)
    this.matched++
    return partner
  }

  #free(name: string): string | null {
    if (Object.hasOwn(this.#b, name)) return this.isTaken(name) ? null : name
    return this.#inOtherCase(name)
  }

  #inOtherCase(name: string): string | null {
    if (this.#folded === null) return null
    this.#byFolded ??= new Map(
      Object.keys(this.#b)
        .filter(other => !Object.hasOwn(this.#a, other))
        .map(other => [camelCase(other), other]),
    )
    const partner = this.#byFolded.get(camelCase(name))
    if (partner === undefined || this.#others.has(partner)) return null
    this.#walk.fired.add(this.#folded.number)
    return partner
  }
}

const NO_RULES: readonly JsonRule[] = []

function nameOf(place: Place | null): string {
  for (let at = place; at !== null; at = at.up) if (typeof at.key === 'string') return at.key
  return ''
}

function isExcused(a: Json, b: Json, excuse: JsonExcuse): boolean {
  if (excuse.kind === 'tolerance') {
    const texts = typeName(a) === typeName(b) ? [amountText(a), amountText(b)] : [null, null]
    const [left, right] = texts
    if (left == null || right == null) return false
    const numbers = [decimalOf(left), decimalOf(right)]
    return numbers[0] != null && numbers[1] != null && isWithin(numbers[0], numbers[1], excuse)
  }
  if (excuse.kind === 'timestamps') {
    const moments = [momentOfValue(a), momentOfValue(b)]
    return moments[0] != null && moments[1] != null && isSameTime(moments[0], moments[1], excuse)
  }
  return false
}

/** Amounts of money are often texts, so that no reader makes doubles of them. */
function amountText(value: Json): string | null {
  return numberText(value) ?? (typeof value === 'string' ? value : null)
}

function isSameTime(a: bigint, b: bigint, excuse: { precisionMs: number; withinMs: number }): boolean {
  const precision = BigInt(excuse.precisionMs) * 1_000_000n
  const apart = a < b ? b - a : a - b
  return floorTo(a, precision) === floorTo(b, precision) || apart <= BigInt(excuse.withinMs) * 1_000_000n
}

/** Times before 1970 are cut the same way. */
function floorTo(ns: bigint, precision: bigint): bigint {
  const rest = ns % precision
  return ns - (rest < 0n ? rest + precision : rest)
}
