import { JSONPathEnvironment, type JSONPathQuery } from 'json-p3'
import type { Excuse, Rule } from '../../plan/pilot.ts'
import type { Json } from './json-document.ts'
import { nodesOf } from './json-nodes.ts'
import { MAX_DEPTH } from './limits.ts'
import type { Place } from './place.ts'

const paths = new JSONPathEnvironment({ maxRecursionDepth: MAX_DEPTH + 10 })

export type JsonExcuse = Extract<Excuse, { path: string }>

export interface JsonRule {
  number: number
  excuse: JsonExcuse
  query: JSONPathQuery
}

export function compilePath(path: string): JSONPathQuery {
  return paths.compile(path)
}

export function jsonRuleOf(rule: Rule): JsonRule | null {
  const { number, excuse } = rule
  return 'path' in excuse ? { number, excuse, query: compilePath(excuse.path) } : null
}

/** What is selected in one document, to be asked by place. */
export class Selection<T> {
  readonly #root: T[] = []
  readonly #byHolder = new Map<object, Map<string | number, T[]>>()

  /** @throws {Incomparable} answer too large, where that takes too many steps */
  select(document: Json, query: JSONPathQuery, mark: T): void {
    for (const { holder, key } of nodesOf(query, document))
      if (holder === null) this.#root.push(mark)
      else this.#mark(holder, key, mark)
  }

  #mark(holder: object, key: string | number, mark: T): void {
    const members = this.#byHolder.get(holder) ?? new Map<string | number, T[]>()
    this.#byHolder.set(holder, members)
    const marks = members.get(key)
    if (marks === undefined) members.set(key, [mark])
    else if (marks.at(-1) !== mark) marks.push(mark)
  }

  at(place: Place | null): readonly T[] {
    return place === null ? this.#root : this.of(place.holder, place.key)
  }

  of(holder: object, key: string | number): readonly T[] {
    return this.#byHolder.get(holder)?.get(key) ?? NONE
  }
}

const NONE: readonly never[] = []

/** The rules that hold at each place of one document. */
export function selectionOf(document: Json, rules: JsonRule[]): Selection<JsonRule> {
  const selection = new Selection<JsonRule>()
  for (const rule of rules) selection.select(document, rule.query, rule)
  return selection
}

/** `user_id` → `userId`; `userId` stays. */
export function camelCase(name: string): string {
  return name.replace(/(?<=[A-Za-z0-9])_+([A-Za-z0-9])/g, (_, next: string) => next.toUpperCase())
}
