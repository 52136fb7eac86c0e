import { REDACTED } from '../../model/redact.ts'
import type { FoundDifference } from './comparison.ts'
import { cookieDifferences } from './cookies.ts'
import { cut } from './findings.ts'
import { fieldValue, type HeaderFields, listOf } from './header-fields.ts'
import { ignoresCharset, mediaTypeOf } from './media-type.ts'
import { isSecretField, withoutSecrets } from './secrets.ts'
import { textKind } from './value-kind.ts'

/** How the values of the headers compared by default are made canonical. */
const USUAL: Record<string, (value: string) => string> = {
  'content-type': contentType,
  'content-language': foldedSet,
  'content-disposition': parameters,
  // Of a range no more than the beginning is compared: this says where it ends.
  'content-range': trimmed,
  location: reference,
  'cache-control': foldedSet,
  vary: foldedSet,
  allow: foldedSet,
  link: exactSet,
  'www-authenticate': challenge,
  'access-control-allow-origin': trimmed,
  'access-control-allow-credentials': trimmed,
  'access-control-allow-methods': foldedSet,
  'access-control-allow-headers': foldedSet,
  'access-control-expose-headers': foldedSet,
}

/**
 * The names of the headers that are compared by their values.
 *
 * @param others lower case, besides the usual ones
 */
export function comparedNames(others: readonly string[]): string[] {
  // Cookies are compared one by one.
  return [...new Set([...Object.keys(USUAL), ...others])].filter(name => name !== 'set-cookie')
}

/** What differs in the headers that are compared. */
export function headerDifferences(
  primary: HeaderFields,
  shadow: HeaderFields,
  names: readonly string[],
): { name: string; difference: FoundDifference }[] {
  const found: { name: string; difference: FoundDifference }[] = []
  for (const name of names) {
    const difference = differenceOf(name, fieldValue(primary, name), fieldValue(shadow, name))
    if (difference !== null) found.push({ name, difference })
  }
  for (const difference of cookieDifferences(primary.get('set-cookie') ?? [], shadow.get('set-cookie') ?? []))
    found.push({ name: 'set-cookie', difference })
  return found
}

function differenceOf(name: string, primary: string | null, shadow: string | null): FoundDifference | null {
  if (primary === shadow) return null
  const canonical = USUAL[name] ?? trimmed
  const kind = kindOf(name, primary, shadow, canonical)
  if (kind === null) return null
  const secret = isSecretField(name)
  const shown = (value: string | null) =>
    value === null ? null : secret ? REDACTED : cut(withoutSecrets(value))
  return { field: `header ${name}`, path: name, kind, primary: shown(primary), shadow: shown(shadow) }
}

function kindOf(
  name: string,
  primary: string | null,
  shadow: string | null,
  canonical: (value: string) => string,
): string | null {
  if (primary === null) return 'extra'
  if (shadow === null) return 'absent'
  const [was, is] = [canonical(primary), canonical(shadow)]
  if (was === is) return null
  if (name === 'content-type')
    return mediaTypeOf(primary).type === mediaTypeOf(shadow).type ? 'charset' : 'media type'
  if (name === 'location') {
    const absolute = [primary, shadow].map(value => URL.canParse(value))
    if (absolute[0] !== absolute[1] && pathOnly(primary) === pathOnly(shadow))
      return absolute[0] ? 'absolute became relative' : 'relative became absolute'
  }
  return textKind(was, is)
}

function trimmed(value: string): string {
  return value.trim().replace(/\s+/g, ' ')
}

/** Type, and the charset where it means something. */
function contentType(value: string): string {
  const { type, charset, kind } = mediaTypeOf(value)
  if (charset === null || ignoresCharset(kind)) return `${type}`
  return `${type}; charset=${charset === 'utf8' ? 'utf-8' : charset}`
}

function exactSet(value: string): string {
  return [...new Set(listOf(value, ','))].sort().join(', ')
}

function foldedSet(value: string): string {
  return exactSet(trimmed(value.toLowerCase()).replace(/ ?= ?/g, '='))
}

function parameters(value: string): string {
  const [type = '', ...rest] = listOf(value, ';')
  const named = rest.map(part => {
    const [, name = part, text = ''] = /^([^=]+?)\s*=\s*(.*)$/.exec(part) ?? []
    return `${name.toLowerCase()}=${text.replace(/^"(.*)"$/, '$1').replace(/\\(.)/g, '$1')}`
  })
  return [type.toLowerCase(), ...named.sort()].join('; ')
}

/** Challenges without what is new in each answer. */
function challenge(value: string): string {
  return trimmed(value)
    .replace(/\b(nonce|opaque)="[^"]*"/gi, '$1=""')
    .replace(/\s*,\s*/g, ', ')
}

/** A reference with its dot segments resolved; whether it names a host stays (RFC 9110 §10.2.2). */
function reference(value: string): string {
  const text = value.trim()
  if (URL.canParse(text)) return new URL(text).href
  if (!text.startsWith('/') || text.startsWith('//')) return text
  return pathOnly(text)
}

function pathOnly(value: string): string {
  if (!URL.canParse(value, 'http://here.invalid')) return value
  const { pathname, search, hash } = new URL(value, 'http://here.invalid')
  return pathname + search + hash
}
