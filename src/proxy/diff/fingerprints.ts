import { exactNumber, type Json } from './json-document.ts'
import { camelCase, type JsonRule } from './json-rules.ts'
import { isObject, ruleOf, type Side, type Spot, spotIn, type Walk } from './spot.ts'
import { momentOfValue } from './value-kind.ts'

/**
 * Numbers that are equal for values that are the same under the rules, and otherwise only where a rule leaves room (a
 * tolerance): what finds partners quickly, and never what decides.
 */
export class Fingerprints {
  readonly #walk: Walk
  readonly #known = new Map<string, number>()
  readonly #ofContainer = new Map<object, number>()

  constructor(walk: Walk) {
    this.#walk = walk
  }

  of(spot: Spot, side: 'primary' | 'shadow'): number {
    this.#walk.step()
    const { value } = spot
    if (value === null || typeof value !== 'object') return this.#scalar(spot, this.#walk[side])
    const known = this.#ofContainer.get(value)
    if (known !== undefined) return known
    const fingerprint = this.#intern(this.#container({ ...spot, value }, side))
    this.#ofContainer.set(value, fingerprint)
    return fingerprint
  }

  #container(spot: Spot & { value: object & Json }, side: 'primary' | 'shadow'): string {
    const rules = this.#walk.hasRules ? this.#walk[side].rules.at(spot.place) : []
    const folded = spot.folded ?? ruleOf(rules, 'key_case')
    const holder = { ...spot, folded }
    const { value } = holder
    if (isObject(value)) {
      const members: string[] = []
      for (const name of Object.keys(value)) {
        const member = spotIn(holder, name)
        if (this.#counts(member, side))
          members.push(`${JSON.stringify(this.#nameOf(name, rules, folded, side))}:${this.of(member, side)}`)
      }
      return `{${members.sort().join(',')}}`
    }
    const elements: number[] = []
    for (let index = 0; index < (value as Json[]).length; index++) {
      const element = spotIn(holder, index)
      if (this.#counts(element, side)) elements.push(this.of(element, side))
    }
    if (rules.some(({ excuse }) => excuse.kind === 'unordered' || excuse.kind === 'keyed')) elements.sort()
    return `[${elements.join(',')}]`
  }

  #counts({ value, place }: Spot, side: 'primary' | 'shadow'): boolean {
    if (!this.#walk.hasRules) return true
    return !this.#walk[side].rules
      .at(place)
      .some(({ excuse }) => excuse.kind === 'ignore' || (excuse.kind === 'null_is_absent' && value === null))
  }

  #nameOf(name: string, rules: readonly JsonRule[], folded: JsonRule | null, side: string): string {
    let known = name
    if (side === 'primary')
      for (const { excuse } of rules) if (excuse.kind === 'rename' && excuse.from === name) known = excuse.to
    return folded === null ? known : camelCase(known)
  }

  #scalar({ value, place }: Spot, side: Side): number {
    const rules = this.#walk.hasRules ? side.rules.at(place) : []
    for (const { excuse } of rules) {
      if (excuse.kind === 'tolerance') return this.#intern('~')
      if (excuse.kind === 'timestamps' && momentOfValue(value) !== null) return this.#intern('~')
    }
    const exact = exactNumber(value)
    return this.#intern(exact === null ? `${typeof value} ${value}` : `number ${exact}`)
  }

  #intern(text: string): number {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    this.#known.set(text, this.#known.size)
    return this.#known.size - 1
  }
}
