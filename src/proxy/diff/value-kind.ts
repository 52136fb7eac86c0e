import { windows1252 } from './charset.ts'
import { aligned, type Decimal, decimalOf, magnitude } from './decimal.ts'
import { type Instant, instantOfNumber, instantOfText, timeKind } from './instant.ts'
import { exactNumber, type Json, numberText } from './json-document.ts'

/** Longer texts are not searched for causes. */
const MAX_TEXT = 10_000

type TypeName = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object'

export function typeName(value: Json): TypeName {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (exactNumber(value) !== null) return 'number'
  return typeof value as 'boolean' | 'number' | 'string' | 'object'
}

/**
 * The likely cause for which two JSON values differ. The same cause gives the same words whatever the values are, so
 * that its differences come together.
 *
 * @param name the member they stand in, which may say that its numbers are times
 */
export function valueKind(primary: Json, shadow: Json, name: string): string {
  const was = typeName(primary)
  const is = typeName(shadow)
  if (was === 'number' && is === 'number') return numberKind(numberText(primary)!, numberText(shadow)!, name)
  if (was === 'string' && is === 'string') return textKind(primary as string, shadow as string)
  if (was === is) return 'different value'
  if (is === 'null') return 'null instead of value'
  if (was === 'null') return 'value instead of null'
  const same = isSameInOtherType(primary, shadow)
  if (same === 'time') return 'same time, written differently'
  return same === null || same ? `${was} became ${is}` : `${was} became ${is}, of another value`
}

/** null where the types can say no value alike. */
function isSameInOtherType(primary: Json, shadow: Json): boolean | 'time' | null {
  if (typeof primary === 'object' || typeof shadow === 'object') return null
  if (typeof primary === 'boolean' || typeof shadow === 'boolean') {
    const [flag, other] = typeof primary === 'boolean' ? [primary, shadow] : [shadow, primary]
    const text = String(other).toLowerCase()
    return (flag ? ['1', 'true', 't', 'yes', 'y', 'on'] : ['0', 'false', 'f', 'no', 'n', 'off', '']).includes(
      text,
    )
  }
  const [a, b] = [numberText(primary) ?? String(primary), numberText(shadow) ?? String(shadow)]
  const [left, right] = [decimalOf(a), decimalOf(b)]
  if (left !== null && right !== null) return left.digits === right.digits && left.exponent === right.exponent
  const [then, now] = [momentOf(a), momentOf(b)]
  return then !== null && then.ns === now?.ns ? 'time' : false
}

function momentOf(text: string): Instant | null {
  return instantOfText(text) ?? instantOfNumber(text)
}

const TIME_NAME =
  /(^|[^a-z])(at|time|date|timestamp|ts|created|updated|modified|expires?|exp|iat|nbf|since|until)([^a-z]|$)/

/** `createdAt`, `updated_at`, `timestamp`, `exp` */
function namesTime(name: string): boolean {
  return TIME_NAME.test(name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase())
}

function numberKind(primary: string, shadow: string, name: string): string {
  const moments = [instantOfNumber(primary), instantOfNumber(shadow)]
  if (moments[0] && moments[1]) {
    const kind = timeKind(moments[0], moments[1])
    // Other large numbers are in that range too: without a name, only the distance of zones makes them times.
    if (kind.startsWith('off by exactly') || kind.startsWith('same') || namesTime(name)) return kind
  }
  const [a, b] = [decimalOf(primary), decimalOf(shadow)]
  return a === null || b === null ? 'different value' : decimalKind(a, b)
}

function decimalKind(primary: Decimal, shadow: Decimal): string {
  const { a, b, exponent } = aligned(primary, shadow)
  if (a === -b) return 'other sign'
  if (primary.digits === shadow.digits && primary.digits !== 0n) {
    const tens = shadow.exponent - primary.exponent
    if (Math.abs(tens) <= 9) return tens > 0 ? `multiplied by ${10 ** tens}` : `divided by ${10 ** -tens}`
  }
  if (exponent >= 0) return 'different value'
  const distance = magnitude(a - b)
  // One in the last place, or all that the side with fewer decimals leaves out.
  const fewer = Math.min(0, Math.max(primary.exponent, shadow.exponent))
  const unit = 10n ** BigInt(fewer - exponent)
  return distance === 1n || distance < unit ? 'rounded differently' : 'different value'
}

export function textKind(primary: string, shadow: string): string {
  if (primary === '') return 'text instead of empty'
  if (shadow === '') return 'empty instead of text'
  if (primary.length > MAX_TEXT || shadow.length > MAX_TEXT) return 'different value'
  const moments = [momentOf(primary), momentOf(shadow)]
  if (moments[0] && moments[1] && !(/^\d+$/.test(primary) && /^\d+$/.test(shadow)))
    return timeKind(moments[0], moments[1])
  const numbers = [decimalOf(primary), decimalOf(shadow)]
  if (numbers[0] && numbers[1]) {
    const { a, b } = aligned(numbers[0], numbers[1])
    return a === b ? 'same number, written differently' : decimalKind(numbers[0], numbers[1])
  }
  if (squeezed(primary) === squeezed(shadow)) return 'whitespace'
  if (primary.toLowerCase() === shadow.toLowerCase()) return 'case'
  if (primary.normalize('NFC') === shadow.normalize('NFC')) return 'Unicode normalisation'
  if (isMisread(primary, shadow) || isMisread(shadow, primary)) return 'encoding'
  if (unescaped(primary) === unescaped(shadow)) return 'HTML escaping'
  if (isElsewhere(primary, shadow)) return 'other host'
  if (primary.startsWith(shadow) || shadow.startsWith(primary)) return 'cut short'
  return 'different value'
}

function squeezed(text: string): string {
  return text.replace(/\s+/gu, ' ').trim()
}

/** UTF-8 read as Latin-1 or Windows-1252, once or twice, or with what could not be read replaced. */
function isMisread(good: string, bad: string): boolean {
  for (const charset of ['windows-1252', 'latin1'] as const) {
    let misread = good
    for (let time = 0; time < 2; time++) {
      const bytes = Buffer.from(misread, 'utf8')
      misread = charset === 'latin1' ? bytes.toString(charset) : windows1252(bytes)
      if (misread === bad) return true
    }
  }
  return /[^\x00-\x7f]/.test(good) && /[\ufffd?]/.test(bad) && replaced(good) === replaced(bad)
}

/** What could not be written in a charset became `?` or U+FFFD, one or several for a character. */
function replaced(text: string): string {
  return text.replace(/[^\x00-\x3e\x40-\x7f]+/g, '?')
}

const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  '#x27': "'",
  '#34': '"',
}

function unescaped(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39|#x27|#34);/g, (_, name: string) => ENTITIES[name]!)
}

function isElsewhere(primary: string, shadow: string): boolean {
  if (!/^https?:\/\//i.test(primary) || !/^https?:\/\//i.test(shadow)) return false
  if (!URL.canParse(primary) || !URL.canParse(shadow)) return false
  const [a, b] = [new URL(primary), new URL(shadow)]
  return a.origin !== b.origin && a.pathname + a.search + a.hash === b.pathname + b.search + b.hash
}

/** @returns nanoseconds since 1970, or null for what is no time */
export function momentOfValue(value: Json): bigint | null {
  const text = numberText(value) ?? (typeof value === 'string' && exactNumber(value) === null ? value : null)
  return text === null ? null : (momentOf(text)?.ns ?? null)
}
