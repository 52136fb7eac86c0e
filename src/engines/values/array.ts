import { JsonReader, whole } from './json.ts'

/** How an array, which may hold others, is written, and what becomes of an element given as canonical JSON. */
interface ArrayForm {
  open: string
  close: string
  element(value: string): string
}

const literal: ArrayForm = {
  open: '{',
  close: '}',
  element(value) {
    if (value.startsWith('"')) return quoted(JSON.parse(value) as string)
    if (value.startsWith('{')) return quoted(value)
    return value === 'null' ? 'NULL' : value
  },
}

const texts: ArrayForm = {
  open: '[',
  close: ']',
  element: value => (value.startsWith('"') || value === 'null' ? value : JSON.stringify(value)),
}

/**
 * A JSON array, which may hold others, as PostgreSQL writes an array
 * (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO): `[1, "a b", null]` is `{1,"a b",NULL}`. An object in it
 * stays JSON, as one element. Null where the text is no JSON array.
 */
export function arrayLiteral(json: string): string | null {
  return whole(new JsonReader(json), reader => written(reader, literal))
}

/**
 * A canonical JSON array with every element as a text, as an array of PostgreSQL takes it from JSON: `[1,"1",null]` is
 * `["1","1",null]`. Anything but an array is itself.
 */
export function arrayOfTexts(json: string): string {
  return whole(new JsonReader(json), reader => written(reader, texts)) ?? json
}

function written(reader: JsonReader, form: ArrayForm): string {
  const elements: string[] = []
  reader.open('[')
  while (reader.hasItem(']', elements.length))
    elements.push(reader.peek() === '[' ? written(reader, form) : form.element(reader.value()))
  return form.open + elements.join(',') + form.close
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
