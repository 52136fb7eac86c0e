import type { Answer } from '../exchange.ts'
import { codingsOf, startOf } from './content.ts'
import { fieldValue, type HeaderFields } from './header-fields.ts'
import { isOfNumber } from './json-document.ts'
import { mediaTypeOf, sniffedKind } from './media-type.ts'
import { elementsOf, memberOf, type Place, rootOf, ShapeSum, type ValueType } from './shape-sum.ts'

/** Members and elements looked at. */
const MAX_MEMBERS = 2000
const MAX_DEPTH = 32
/** Bytes of content looked at. */
const MAX_START = 65_536

/**
 * A short digest of status, content type and which members of which types the beginning of the JSON has. The same
 * answer always has the same shape, whatever it is compared with.
 */
export function shapeOf(answer: Answer, fields: HeaderFields): string {
  const { form, json } = startOfJson(answer, fields)
  const root = rootOf(`${answer.status} ${mediaTypeOf(fieldValue(fields, 'content-type')).type} ${form}`)
  const sum = new ShapeSum(root)
  scan(json, root, sum)
  return sum.text()
}

/** The beginning of JSON content, empty for any other; `form` says what is known of that. */
function startOfJson({ body }: Answer, fields: HeaderFields): { form: string; json: string } {
  if (body.kind !== 'whole') return { form: body.kind, json: '' }
  const start = startOf(body.bytes, codingsOf(fieldValue(fields, 'content-encoding')))
  if (start === null || start.length === 0) return { form: start === null ? 'coded' : 'empty', json: '' }
  const kind = mediaTypeOf(fieldValue(fields, 'content-type')).kind ?? sniffedKind(start)
  if (kind !== 'json' && kind !== 'json lines') return { form: 'other', json: '' }
  const json = Buffer.from(start.buffer, start.byteOffset, Math.min(start.byteLength, MAX_START))
  return { form: 'json', json: json.toString('utf8') }
}

const QUOTE = 34
const COMMA = 44
const MINUS = 45
const COLON = 58
const BACKSLASH = 92

/** Places of members and the types of their values, from a text that may end anywhere or be no JSON at all. */
function scan(text: string, root: Place, sum: ShapeSum): void {
  const holders: Place[] = []
  let holder = root
  let member: string | null = null
  let count = 0
  for (let at = 0; at < text.length && count < MAX_MEMBERS; ) {
    const code = text.charCodeAt(at)
    if (code <= 32 || code === COMMA || code === COLON) {
      at++
      continue
    }
    if (code === 0x7d || code === 0x5d) {
      holder = holders.pop() ?? root
      member = null
      at++
      continue
    }
    const type = typeAt(text, at, code)
    const end = type === null ? -1 : endOf(text, at, type)
    if (type === null || end === -1) return
    if (type === 'string') {
      const colon = behindSpace(text, end)
      if (text.charCodeAt(colon) === COLON) {
        member = text.slice(at + 1, end - 1)
        at = colon + 1
        continue
      }
    }
    at = end
    count++
    const isDeep = holders.length >= MAX_DEPTH
    const place: Place = member === null || isDeep ? holder : memberOf(holder, member)
    member = null
    if (!isDeep) sum.add(place, type)
    if (type !== 'object' && type !== 'array') continue
    holders.push(holder)
    holder = type === 'array' && !isDeep ? elementsOf(place) : place
  }
}

function typeAt(text: string, at: number, code: number): ValueType | null {
  if (code === QUOTE) return 'string'
  if (code === 0x7b) return 'object'
  if (code === 0x5b) return 'array'
  if (isDigit(code) || (code === MINUS && isDigit(text.charCodeAt(at + 1)))) return 'number'
  if (text.startsWith('null', at)) return 'null'
  return text.startsWith('true', at) || text.startsWith('false', at) ? 'boolean' : null
}

/** Behind the last character of what begins there; -1 where the text ends before it does. */
function endOf(text: string, start: number, type: ValueType): number {
  if (type === 'null') return start + 4
  if (type === 'boolean') return start + (text.charCodeAt(start) === 0x74 ? 4 : 5)
  let at = start + 1
  if (type === 'number') while (isOfNumber(text.charCodeAt(at))) at++
  if (type !== 'string') return at
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at + 1
    if (code === BACKSLASH) at++
  }
  return -1
}

function behindSpace(text: string, start: number): number {
  let at = start
  while (text.charCodeAt(at) <= 32) at++
  return at
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
