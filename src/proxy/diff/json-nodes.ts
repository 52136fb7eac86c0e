import { JSONPathNode, type JSONPathQuery, jsonpath } from 'json-p3'
import type { Json } from './json-document.ts'
import { Incomparable } from './limits.ts'

const { NameSelector, WildcardSelector } = jsonpath.selectors

type Selector = JSONPathQuery['segments'][number]['selectors'][number]

/** A value and what holds it; of the root, nothing does. */
export interface JsonNode {
  holder: Json[] | { [name: string]: Json } | null
  key: string | number
  value: Json
}

/** Nodes looked at for one path in one document. */
const MAX_LOOKED_AT = 10_000_000

/**
 * What a JSONPath selects (RFC 9535). Only segments are walked here, for json-p3 carries the location of every node
 * through as many generators as the document is deep; filters, slices and indices are its own.
 *
 * @throws {Incomparable} answer too large
 */
export function nodesOf(query: JSONPathQuery, document: Json): JsonNode[] {
  let looked = 0
  const look = () => {
    if (++looked > MAX_LOOKED_AT)
      throw new Incomparable('answer too large', `a path looks at more than ${MAX_LOOKED_AT} values`)
  }
  let nodes: JsonNode[] = [{ holder: null, key: '', value: document }]
  for (const segment of query.segments) {
    const next: JsonNode[] = []
    const within = (value: Json) => {
      look()
      for (const selector of segment.selectors) choose(selector, value, document, next)
    }
    const descend = (value: Json) => {
      if (value === null || typeof value !== 'object') return
      within(value)
      if (Array.isArray(value)) for (const element of value) descend(element)
      else for (const name of Object.keys(value)) descend(value[name]!)
    }
    const visit = segment instanceof Descendant ? descend : within
    for (const { value } of nodes) visit(value)
    nodes = next
  }
  return nodes
}

/** The package does not export the class: it is that of the segment in a path that has one. */
const Descendant = jsonpath.DEFAULT_ENVIRONMENT.compile('$..a').segments[0]!.constructor as new () => unknown

function choose(selector: Selector, value: Json, root: Json, chosen: JsonNode[]): void {
  if (value === null || typeof value !== 'object') return
  if (selector instanceof NameSelector) {
    if (!Array.isArray(value) && Object.hasOwn(value, selector.name))
      chosen.push({ holder: value, key: selector.name, value: value[selector.name]! })
  } else if (selector instanceof WildcardSelector) {
    if (Array.isArray(value))
      for (const [key, element] of value.entries()) chosen.push({ holder: value, key, value: element })
    else for (const key of Object.keys(value)) chosen.push({ holder: value, key, value: value[key]! })
  } else
    for (const { location, value: found } of selector.resolve(new JSONPathNode(value, [], root)))
      chosen.push({ holder: value, key: location[0]!, value: found as Json })
}
