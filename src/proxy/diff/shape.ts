import { createHash } from 'node:crypto'
import type { Answer } from '../exchange.ts'
import { codingsOf, startOf } from './content.ts'
import { fieldValue, type HeaderFields } from './header-fields.ts'
import { kindOfType, mediaTypeOf, sniffedKind } from './media-type.ts'
import { isIdLike } from './place.ts'

/** Members and elements looked at. */
const MAX_MEMBERS = 2000
const MAX_DEPTH = 32

/**
 * A short digest of status, content type and which members of which types the beginning of the JSON has. The same
 * answer always has the same shape, whatever it is compared with.
 */
export function shapeOf(answer: Answer, fields: HeaderFields): string {
  const { type } = mediaTypeOf(fieldValue(fields, 'content-type'))
  const members = membersOf(answer, fields, type)
  return createHash('sha1')
    .update(JSON.stringify([answer.status, type, [...members].sort()]))
    .digest('hex')
    .slice(0, 12)
}

function membersOf({ body }: Answer, fields: HeaderFields, type: string | null): Set<string> {
  if (body.kind !== 'whole') return new Set([body.kind])
  const start = startOf(body.bytes, codingsOf(fieldValue(fields, 'content-encoding')))
  if (start === null || start.length === 0) return new Set([start === null ? 'coded' : 'empty'])
  const kind = kindOfType(type) ?? sniffedKind(start)
  if (kind !== 'json' && kind !== 'json lines') return new Set()
  return scanned(
    Buffer.from(start.buffer, start.byteOffset, Math.min(start.byteLength, 65_536)).toString('utf8'),
  )
}

const TOKEN = /"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|[{}[\]]|(-?\d[\d.eE+-]*)|true|false|null/gsy

/** Paths of members and the types of their values, from a text that may end anywhere or be no JSON at all. */
function scanned(text: string): Set<string> {
  const found = new Set<string>()
  const paths: string[] = []
  let path = '$'
  let member: string | null = null
  let count = 0
  TOKEN.lastIndex = 0
  for (let at = 0; at < text.length && count < MAX_MEMBERS; ) {
    const code = text.charCodeAt(at)
    if (code <= 32 || code === 44 || code === 58) {
      at++
      continue
    }
    TOKEN.lastIndex = at
    const match = TOKEN.exec(text)
    if (match === null) break
    at = TOKEN.lastIndex
    const [token, name, colon, number] = match
    if (token === '}' || token === ']') {
      path = paths.pop() ?? '$'
      member = null
      continue
    }
    if (colon !== undefined) {
      member = name!
      continue
    }
    const place: string = member === null ? path : `${path}.${isIdLike(member) ? '*' : member}`
    member = null
    count++
    if (paths.length < MAX_DEPTH) found.add(`${place}:${typeOf(token, name, number)}`)
    if (token === '{' || token === '[') {
      paths.push(path)
      path = paths.length > MAX_DEPTH ? place : token === '[' ? `${place}[*]` : place
    }
  }
  return found
}

function typeOf(token: string, text: string | undefined, number: string | undefined): string {
  if (text !== undefined) return 'string'
  if (number !== undefined) return 'number'
  if (token === '{') return 'object'
  return token === '[' ? 'array' : token === 'null' ? 'null' : 'boolean'
}
