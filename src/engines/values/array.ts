import { JsonReader, whole } from './json.ts'

/**
 * A JSON array, which may hold others, as PostgreSQL writes an array
 * (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO): `[1, "a b", null]` is `{1,"a b",NULL}`. An object in it
 * stays JSON, as one element. Null where the text is no JSON array.
 */
export function arrayLiteral(json: string): string | null {
  return whole(new JsonReader(json), literalOf)
}

function literalOf(reader: JsonReader): string {
  const elements: string[] = []
  reader.open('[')
  while (reader.hasItem(']', elements.length))
    elements.push(reader.peek() === '[' ? literalOf(reader) : elementOf(reader))
  return `{${elements.join(',')}}`
}

function elementOf(reader: JsonReader): string {
  const value = reader.value()
  if (value.startsWith('"')) return quoted(JSON.parse(value) as string)
  if (value.startsWith('{')) return quoted(value)
  return value === 'null' ? 'NULL' : value
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
