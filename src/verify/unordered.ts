import { canonicalJson } from '../engines/values/json.ts'
import type { LogicalType } from '../model/logical-type.ts'

/**
 * A text that is the same for two values whose items are the same, as often, in whatever order: the items of every array
 * in a JSON document, of an array's text as PostgreSQL writes it, or of a list separated by commas.
 *
 * @param item what to do with each item of a list separated by commas
 */
export function unordered(value: string, type: LogicalType, item: (text: string) => string): string {
  if (type.kind === 'json') return sortedJson(value)
  // Boxes alone are not separated by commas.
  if (type.kind === 'array') return type.element === 'box' ? value : sortedArray(value)
  // A text that is a JSON array is taken for one, and then equals no list.
  const json = value.trimStart().startsWith('[') ? canonicalJson(value) : null
  return json === null ? `list ${value.split(',').map(item).sort().join(',')}` : `json ${sortedJson(json)}`
}

interface Reader {
  text: string
  at: number
}

/** Canonical JSON with the items of every array in the order of their own canonical text. */
function sortedJson(canonical: string): string {
  return readJson({ text: canonical, at: 0 })
}

const jsonString = /"(?:[^"\\]|\\.)*"/y
const jsonScalar = /[^,\]}]+/y

function readJson(reader: Reader): string {
  const start = reader.text[reader.at]
  if (start === '"') return take(reader, jsonString)
  if (start === '[') return `[${readItems(reader, ']', readJson).sort().join(',')}]`
  if (start !== '{') return take(reader, jsonScalar)
  const members = readItems(reader, '}', inside => {
    const key = take(inside, jsonString)
    inside.at++
    return `${key}:${readJson(inside)}`
  })
  return `{${members.join(',')}}`
}

const quotedElement = /"(?:[^"\\]|\\.)*"/sy
const bareElement = /[^,{}"]+/y

/** `{b,"a c",NULL}`, with the bounds `[0:2]=` PostgreSQL writes before it where they are not the usual ones. */
function sortedArray(text: string): string {
  const reader = { text, at: Math.max(0, text.indexOf('{')) }
  if (text[reader.at] !== '{') return text
  const bounds = text.slice(0, reader.at)
  const sorted = readArray(reader)
  return reader.at === text.length ? bounds + sorted : text
}

function readArray(reader: Reader): string {
  const start = reader.text[reader.at]
  if (start === '{') return `{${readItems(reader, '}', readArray).sort().join(',')}}`
  return take(reader, start === '"' ? quotedElement : bareElement)
}

function readItems(reader: Reader, end: string, read: (reader: Reader) => string): string[] {
  const items: string[] = []
  reader.at++
  while (reader.at < reader.text.length && reader.text[reader.at] !== end) {
    items.push(read(reader))
    if (reader.text[reader.at] === ',') reader.at++
  }
  reader.at++
  return items
}

/** @throws {SyntaxError} where the form does not stand here: the text is not what its type says */
function take(reader: Reader, form: RegExp): string {
  form.lastIndex = reader.at
  const token = form.exec(reader.text)?.[0]
  if (token === undefined) throw new SyntaxError(`unexpected text at ${reader.at}`)
  reader.at += token.length
  return token
}
