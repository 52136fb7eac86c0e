import type { JSONPathQuery } from 'json-p3'
import { REDACTED } from '../../model/redact.ts'
import type { FoundDifference } from './comparison.ts'
import { plainNumber } from './decimal.ts'
import { exactNumber, type Json } from './json-document.ts'
import { Selection } from './json-rules.ts'
import { MAX_ALIKE, MAX_DIFFERENCES, MAX_FOUND, MAX_SHOWN } from './limits.ts'
import { fieldOf, type Place, pathOf } from './place.ts'
import { isSecretField, withoutSecrets } from './secrets.ts'

/** The differences of one exchange, up to a bound. */
export class Findings {
  readonly differences: FoundDifference[] = []
  /** Whether there are others of another field or kind, or so many that nobody looks further. */
  more = false
  #found = 0
  readonly #alike = new Map<string, number>()

  /** Counts a difference. @returns whether it is to be shown: the first few of a field and kind stand for all */
  wants(field: string, kind: string): boolean {
    if (++this.#found > MAX_FOUND) this.more = true
    const key = `${field}\0${kind}`
    const alike = this.#alike.get(key) ?? 0
    if (alike >= MAX_ALIKE) return false
    if (this.differences.length >= MAX_DIFFERENCES) {
      this.more = true
      return false
    }
    this.#alike.set(key, alike + 1)
    return true
  }

  /** For a difference that is wanted. */
  show(difference: FoundDifference): void {
    this.differences.push(difference)
  }

  add(difference: FoundDifference): void {
    if (this.wants(difference.field, difference.kind)) this.show(difference)
  }
}

/** A side of a difference: a value and where it stands; null where there is none. */
export interface Found {
  value: Json
  place: Place | null
}

/** Makes differences of JSON values, hiding what is secret. */
export class JsonFindings {
  readonly #findings: Findings
  readonly #secret: () => Selection<true>
  #secrets: Selection<true> | null = null

  constructor(findings: Findings, documents: [Json, Json], redact: JSONPathQuery[]) {
    this.#findings = findings
    // Most exchanges show nothing, so nothing is looked for before the first difference.
    this.#secret = () => {
      const selection = new Selection<true>()
      for (const document of documents) for (const query of redact) selection.select(document, query, true)
      return selection
    }
  }

  get more(): boolean {
    return this.#findings.more
  }

  add(kind: string, primary: Found | null, shadow: Found | null): void {
    const place = (primary ?? shadow)!.place
    const field = `body ${fieldOf(place)}`
    if (!this.#findings.wants(field, kind)) return
    const hidden = [primary, shadow].some(side => side !== null && this.#isHidden(side.place))
    const shown = (side: Found | null) => (side === null ? null : hidden ? REDACTED : this.#shown(side))
    this.#findings.show({
      field,
      path: pathOf(place),
      kind,
      primary: shown(primary),
      shadow: shown(shadow),
    })
  }

  /** For what is said of an array or object as a whole. */
  note(kind: string, place: Place | null, primary: string, shadow: string): void {
    this.#findings.add({ field: `body ${fieldOf(place)}`, path: pathOf(place), kind, primary, shadow })
  }

  #isHidden(place: Place | null): boolean {
    this.#secrets ??= this.#secret()
    if (this.#secrets.at(null).length > 0) return true
    for (let at = place; at !== null; at = at.up)
      if (this.#secrets.at(at).length > 0 || (typeof at.key === 'string' && isSecretField(at.key)))
        return true
    return false
  }

  /** JSON text, written only as far as it is shown. */
  #shown({ value }: Found): string {
    const parts: string[] = []
    let length = 0
    const put = (text: string) => {
      parts.push(text)
      length += text.length
      return length <= MAX_SHOWN
    }
    const write = (part: Json): boolean => {
      if (part === null || typeof part !== 'object') return put(scalarText(part))
      const open = Array.isArray(part)
      if (!put(open ? '[' : '{')) return false
      const entries: Iterable<[string | number, Json]> = open ? part.entries() : membersInTurn(part)
      let first = true
      for (const [key, inside] of entries) {
        if (!first && !put(',')) return false
        first = false
        if (typeof key === 'string' && !put(`${JSON.stringify(key.slice(0, MAX_SHOWN))}:`)) return false
        const secret =
          (typeof key === 'string' && isSecretField(key)) || this.#secrets!.of(part, key).length > 0
        if (!(secret ? put(`"${REDACTED}"`) : write(inside))) return false
      }
      return put(open ? ']' : '}')
    }
    write(value)
    return cut(parts.join(''))
  }
}

function* membersInTurn(object: { [name: string]: Json }): Iterable<[string, Json]> {
  for (const name of Object.keys(object)) yield [name, object[name]!]
}

function scalarText(value: null | boolean | number | string): string {
  const exact = exactNumber(value)
  if (exact !== null) return plainNumber(exact)
  return JSON.stringify(typeof value === 'string' ? withoutSecrets(value.slice(0, MAX_SHOWN + 1)) : value)
}

/** At most what is shown of a value, never half a character. */
export function cut(text: string): string {
  if (text.length <= MAX_SHOWN) return text
  const end = MAX_SHOWN - 1
  const half = text.charCodeAt(end - 1) >= 0xd800 && text.charCodeAt(end - 1) < 0xdc00
  return `${text.slice(0, half ? end - 1 : end)}…`
}

/** Of a text: what is behind it is not shown. */
const MAX_READ = 10_000

/** A line or text that no path leads to: hidden as a whole where it gives a value to a secret name. */
export function shownText(text: string): string {
  for (const [, name] of text.slice(0, MAX_READ).matchAll(/([A-Za-z][\w-]{0,63})["'\]]{0,2}\s{0,4}[:=>]/g))
    if (isSecretField(name!)) return REDACTED
  return cut(withoutSecrets(text.slice(0, MAX_READ)))
}
