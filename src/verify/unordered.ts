import { unorderedJson } from '../engines/values/json.ts'
import { TokenReader } from '../engines/values/token-reader.ts'
import type { LogicalType } from '../model/logical-type.ts'

/**
 * A text that is the same for two values whose items are the same, as often, in whatever order: the items of every array
 * in a JSON document, of an array's text as PostgreSQL writes it, or of a list separated by commas.
 *
 * @param item what to do with each item of a list separated by commas
 * @throws {SyntaxError} where the text of an array is none
 */
export function unordered(value: string, type: LogicalType, item: (text: string) => string): string {
  if (type.kind === 'json') return unorderedJson(value) ?? value
  // Boxes alone are not separated by commas.
  if (type.kind === 'array') return type.element === 'box' ? value : unorderedArray(value)
  // A text that is a JSON array is taken for one, and then equals no list.
  const json = value.trimStart().startsWith('[') ? unorderedJson(value) : null
  return json === null ? `list ${value.split(',').map(item).sort().join(',')}` : `json ${json}`
}

const quotedElement = /"(?:[^"\\]|\\.)*"/sy
const bareElement = /[^,{}"]+/y

/** `{b,"a c",NULL}`, with the bounds `[0:2]=` PostgreSQL writes before it where they are not the usual ones. */
function unorderedArray(text: string): string {
  const start = text.indexOf('{')
  if (start < 0) return text
  const reader = new TokenReader(text, start)
  const sorted = sortedElements(reader)
  return reader.peek() === undefined ? text.slice(0, start) + sorted : text
}

function sortedElements(reader: TokenReader): string {
  const elements: string[] = []
  reader.open('{')
  while (reader.hasItem('}', elements.length)) {
    const next = reader.peek()
    elements.push(
      next === '{' ? sortedElements(reader) : reader.take(next === '"' ? quotedElement : bareElement),
    )
  }
  return `{${elements.sort().join(',')}}`
}
