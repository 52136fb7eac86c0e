import { canonicalDecimal } from './decimal.ts'

/** Deeper nesting than this is not walked; PostgreSQL itself stops at its stack limit, near 6,400. */
const DEEPEST = 4_000

/**
 * JSON by value: no insignificant space, object members sorted by key, strings in their shortest escapes, numbers exact
 * and by value. Of equal keys all members stay, in their order: engines do not agree which of them counts. Null where
 * the text is no JSON (RFC 8259).
 */
export function canonicalJson(text: string): string | null {
  return read({ text, at: 0, duplicate: null })
}

/** The first key found that one object of a JSON text has twice; null where there is none. */
export function duplicateKey(text: string): string | null {
  const reader: Reader = { text, at: 0, duplicate: null }
  return read(reader) === null || reader.duplicate === null ? null : (JSON.parse(reader.duplicate) as string)
}

function read(reader: Reader): string | null {
  try {
    const value = readValue(reader, 0)
    skipSpace(reader)
    return reader.at === reader.text.length ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

interface Reader {
  text: string
  at: number
  /** A canonical key. */
  duplicate: string | null
}

const numberForm = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const stringForm = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const spaceForm = /[ \t\n\r]*/y

function readValue(reader: Reader, depth: number): string {
  if (depth > DEEPEST) throw new SyntaxError('nested too deeply')
  skipSpace(reader)
  const start = reader.text[reader.at]
  if (start === '{') return readObject(reader, depth)
  if (start === '[') return readArray(reader, depth)
  if (start === '"') return readString(reader)
  for (const word of ['true', 'false', 'null']) {
    if (reader.text.startsWith(word, reader.at)) {
      reader.at += word.length
      return word
    }
  }
  return readNumber(reader)
}

function readObject(reader: Reader, depth: number): string {
  const members: { key: string; value: string }[] = []
  reader.at++
  skipSpace(reader)
  if (reader.text[reader.at] === '}') {
    reader.at++
    return '{}'
  }
  for (;;) {
    skipSpace(reader)
    const key = readString(reader)
    skipSpace(reader)
    expect(reader, ':')
    members.push({ key, value: readValue(reader, depth + 1) })
    skipSpace(reader)
    if (reader.text[reader.at] === '}') break
    expect(reader, ',')
  }
  reader.at++
  members.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  reader.duplicate ??= members.find(({ key }, index) => key === members[index - 1]?.key)?.key ?? null
  return `{${members.map(({ key, value }) => `${key}:${value}`).join(',')}}`
}

function readArray(reader: Reader, depth: number): string {
  const items: string[] = []
  reader.at++
  skipSpace(reader)
  if (reader.text[reader.at] === ']') {
    reader.at++
    return '[]'
  }
  for (;;) {
    items.push(readValue(reader, depth + 1))
    skipSpace(reader)
    if (reader.text[reader.at] === ']') break
    expect(reader, ',')
  }
  reader.at++
  return `[${items.join(',')}]`
}

function readString(reader: Reader): string {
  const token = match(reader, stringForm)
  return token.includes('\\') ? JSON.stringify(JSON.parse(token)) : token
}

function readNumber(reader: Reader): string {
  const token = match(reader, numberForm)
  const value = canonicalDecimal(token)
  if (value === null) return token.toLowerCase()
  return value
}

function match(reader: Reader, form: RegExp): string {
  form.lastIndex = reader.at
  const token = form.exec(reader.text)?.[0]
  if (token === undefined || token === '') throw new SyntaxError(`unexpected text at ${reader.at}`)
  reader.at += token.length
  return token
}

function expect(reader: Reader, character: string): void {
  if (reader.text[reader.at] !== character) throw new SyntaxError(`expected ${character} at ${reader.at}`)
  reader.at++
}

function skipSpace(reader: Reader): void {
  spaceForm.lastIndex = reader.at
  reader.at += spaceForm.exec(reader.text)?.[0].length ?? 0
}
