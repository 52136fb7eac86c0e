import { canonicalDecimal } from './decimal.ts'
import { TokenReader } from './token-reader.ts'

/**
 * JSON by value: no insignificant space, object members sorted by key, strings in their shortest escapes, numbers exact
 * and by value. Of equal keys all members stay, in their order: engines do not agree which of them counts. Null where
 * the text is no JSON (RFC 8259).
 */
export function canonicalJson(text: string): string | null {
  return whole(new JsonReader(text), reader => reader.value())
}

/** As `canonicalJson`, with the items of every array in the order of their own text. */
export function unorderedJson(text: string): string | null {
  return whole(new JsonReader(text, { sortsItems: true }), reader => reader.value())
}

/** The first key found that one object of a JSON text has twice; null where there is none. */
export function duplicateKey(text: string): string | null {
  const reader = new JsonReader(text)
  if (whole(reader, () => reader.value()) === null || reader.duplicate === null) return null
  return JSON.parse(reader.duplicate) as string
}

/** What `read` makes of a text; null where the text is no JSON, or more than one. */
export function whole(reader: JsonReader, read: (reader: JsonReader) => string): string | null {
  try {
    const value = read(reader)
    return reader.peek() === undefined ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

const numberForm = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const stringForm = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const wordForm = /true|false|null/y

/** Reads JSON as canonical text. */
export class JsonReader extends TokenReader {
  /** A canonical key. */
  duplicate: string | null = null
  private readonly sortsItems: boolean

  constructor(text: string, { sortsItems = false } = {}) {
    super(text)
    this.sortsItems = sortsItems
  }

  value(): string {
    switch (this.peek()) {
      case '{':
        return this.object()
      case '[':
        return this.array()
      case '"':
        return this.string()
      case 't':
      case 'f':
      case 'n':
        return this.take(wordForm)
      default:
        return this.number()
    }
  }

  private array(): string {
    const items: string[] = []
    this.open('[')
    while (this.hasItem(']', items.length)) items.push(this.value())
    return `[${(this.sortsItems ? items.sort() : items).join(',')}]`
  }

  private object(): string {
    const members: { key: string; value: string }[] = []
    this.open('{')
    while (this.hasItem('}', members.length)) {
      const key = this.string()
      this.expect(':')
      members.push({ key, value: this.value() })
    }
    members.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    this.duplicate ??= members.find(({ key }, index) => key === members[index - 1]?.key)?.key ?? null
    return `{${members.map(({ key, value }) => `${key}:${value}`).join(',')}}`
  }

  private string(): string {
    const token = this.take(stringForm)
    return token.includes('\\') ? JSON.stringify(JSON.parse(token)) : token
  }

  private number(): string {
    const token = this.take(numberForm)
    return canonicalDecimal(token) ?? token.toLowerCase()
  }
}
