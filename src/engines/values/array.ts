import { canonicalJson } from './json.ts'

const string = /"(?:[^"\\]|\\.)*"/y
const scalar = /[^,[\]{}"]+/y

/**
 * A JSON array, which may hold others, as PostgreSQL writes an array
 * (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO): `[1, "a b", null]` is `{1,"a b",NULL}`. An object in it
 * stays JSON, as one element. Null where the text is no JSON array.
 */
export function arrayLiteral(json: string): string | null {
  const text = canonicalJson(json)
  if (text === null || !text.startsWith('[')) return null
  let literal = ''
  for (let at = 0; at < text.length; ) {
    const character = text[at]!
    if (character === '[' || character === ']' || character === ',') {
      literal += character === '[' ? '{' : character === ']' ? '}' : ','
      at++
      continue
    }
    const end = endOfElement(text, at)
    const element = text.slice(at, end)
    if (character === '"') literal += quoted(JSON.parse(element) as string)
    else literal += character === '{' ? quoted(element) : element === 'null' ? 'NULL' : element
    at = end
  }
  return literal
}

/** Where a string, an object or a word that begins at `start` ends. */
function endOfElement(text: string, start: number): number {
  let depth = 0
  for (let at = start; ; ) {
    const character = text[at]
    if (character === '"') at = match(string, text, at)
    else if (character === '{' || character === '[') [depth, at] = [depth + 1, at + 1]
    else if (character === '}' || character === ']') [depth, at] = [depth - 1, at + 1]
    else at = character === ',' ? at + 1 : match(scalar, text, at)
    if (depth === 0) return at
  }
}

function match(form: RegExp, text: string, at: number): number {
  form.lastIndex = at
  return at + form.exec(text)![0].length
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
