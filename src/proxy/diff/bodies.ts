import { createHash } from 'node:crypto'
import type { JSONPathQuery } from 'json-p3'
import type { Answer } from '../exchange.ts'
import { textOf } from './charset.ts'
import { codingsOf, decoded } from './content.ts'
import type { Findings } from './findings.ts'
import { fieldValue, type HeaderFields } from './header-fields.ts'
import { compareHtml } from './html.ts'
import { compareJson } from './json-bodies.ts'
import { type JsonDocument, parseJson } from './json-document.ts'
import type { JsonRule } from './json-rules.ts'
import { Incomparable } from './limits.ts'
import { type BodyKind, ignoresCharset, mediaTypeOf, sniffedKind } from './media-type.ts'
import { compareTexts } from './text.ts'

export interface Side {
  answer: Answer
  fields: HeaderFields
}

export interface BodyOptions {
  rules: JsonRule[]
  redact: JSONPathQuery[]
  decodedLimit: number
}

const NONE = new Set<number>()

/**
 * What the bodies say, whole or in part.
 *
 * @returns the numbers of the rules that were needed
 * @throws {Incomparable} undecodable, too deep, answer too large
 */
export function compareBodies(
  primary: Side,
  shadow: Side,
  options: BodyOptions,
  findings: Findings,
): Set<number> {
  const [a, b] = [primary.answer.body, shadow.answer.body]
  if (a.kind === 'prefix' || b.kind === 'prefix') return comparePrefixes(primary, shadow, findings)
  if (a.kind === 'digest' || b.kind === 'digest') return compareDigests(primary, shadow, options, findings)
  const [codingsA, codingsB] = [codings(primary), codings(shadow)]
  if (
    codingsA.join() === codingsB.join() &&
    Buffer.compare(a.bytes, b.bytes) === 0 &&
    isReadAlike(primary, shadow)
  )
    return NONE
  return compareContents(
    contentOf(primary, decoded(a.bytes, codingsA, options.decodedLimit)),
    contentOf(shadow, decoded(b.bytes, codingsB, options.decodedLimit)),
    options,
    findings,
  )
}

function codings({ fields }: Side): string[] {
  return codingsOf(fieldValue(fields, 'content-encoding'))
}

/** The same bytes are another text in another charset. */
function isReadAlike(primary: Side, shadow: Side): boolean {
  const a = mediaTypeOf(fieldValue(primary.fields, 'content-type'))
  const b = mediaTypeOf(fieldValue(shadow.fields, 'content-type'))
  return a.charset === b.charset || (ignoresCharset(a.kind) && ignoresCharset(b.kind))
}

interface Content {
  bytes: Uint8Array
  kind: BodyKind
  /** null where the bytes are no text of the charset. */
  text: string | null
  json: JsonDocument | null
}

function contentOf({ fields }: Side, bytes: Uint8Array): Content {
  const media = mediaTypeOf(fieldValue(fields, 'content-type'))
  const sniffed = sniffedKind(bytes)
  const declared = media.kind
  // Stacks that answer JSON as text/html are common, and a JSON type over an error page is, too.
  const looksOtherwise = sniffed === 'json' && declared !== 'json lines'
  const kind = declared === null || looksOtherwise ? sniffed : declared
  const text = kind === 'binary' ? null : textOf(bytes, media, kind)
  const json = text === null ? null : jsonOf(text, kind)
  if (json !== null) return { bytes, kind: 'json', text, json }
  const other = declared === null || declared === 'json' || declared === 'json lines' ? sniffed : declared
  const fallback = text === null ? 'binary' : 'text'
  if (other === 'binary') return { bytes, kind: other, text: null, json }
  return { bytes, kind: other === 'json' ? fallback : other, text, json }
}

function jsonOf(text: string, kind: BodyKind): JsonDocument | null {
  if (kind === 'json') return parseJson(text)
  return kind === 'json lines' ? parseLines(text) : null
}

/** One array of all lines; of RFC 7464 the record separators are left out. */
function parseLines(text: string): JsonDocument | null {
  const root: JsonDocument['root'][] = []
  let duplicates = 0
  for (const line of text.split('\n')) {
    const record = line.replaceAll('\u001e', '').trim()
    if (record === '') continue
    const document = parseJson(record)
    if (document === null) return null
    root.push(document.root)
    duplicates += document.duplicates
  }
  return { root, duplicates }
}

function compareContents(
  a: Content,
  b: Content,
  { rules, redact }: BodyOptions,
  findings: Findings,
): Set<number> {
  if (a.json !== null && b.json !== null) return compareJson(a.json, b.json, rules, redact, findings)
  if (a.bytes.length === 0 && b.bytes.length === 0) return NONE
  const was = a.bytes.length === 0 ? 'empty' : a.kind
  const is = b.bytes.length === 0 ? 'empty' : b.kind
  if (was !== is) {
    findings.add({
      field: 'body',
      path: 'body',
      kind: `${was} became ${is}`,
      primary: sizeText(a),
      shadow: sizeText(b),
    })
    return NONE
  }
  if (a.text !== null && b.text !== null) {
    if (a.kind === 'html') compareHtml(a.text, b.text, findings)
    else compareTexts(a.text, b.text, findings)
    return NONE
  }
  if (a.kind !== 'binary' && (a.text === null) !== (b.text === null))
    throw new Incomparable(
      'undecodable',
      `the ${a.text === null ? 'primary' : 'shadow'}'s bytes are not in its charset`,
    )
  if (Buffer.compare(a.bytes, b.bytes) !== 0)
    findings.add({
      field: 'body',
      path: 'body',
      kind: 'different digest',
      primary: sizeText(a),
      shadow: sizeText(b),
    })
  return NONE
}

function sizeText({ bytes }: Content): string {
  return `${bytes.length} bytes, SHA-256 ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`
}

function compareDigests(
  primary: Side,
  shadow: Side,
  { rules }: BodyOptions,
  findings: Findings,
): Set<number> {
  const [a, b] = [primary.answer.body, shadow.answer.body]
  const [codingsA, codingsB] = [codings(primary), codings(shadow)]
  const alike = codingsA.join() === codingsB.join() && isReadAlike(primary, shadow)
  if (a.kind === 'digest' && b.kind === 'digest' && alike && a.length === b.length && a.digest === b.digest)
    return NONE
  if (codingsA.length + codingsB.length > 0)
    throw new Incomparable(
      'answer too large',
      'too large to be kept, and coded: the same content may have other bytes',
    )
  if (rules.length > 0)
    throw new Incomparable('answer too large', 'too large to be kept, and rules of the plan look into bodies')
  const [left, right] = [lengthOf(primary.answer), lengthOf(shadow.answer)]
  if (a.kind !== b.kind && left === right)
    throw new Incomparable('answer too large', 'one is too large to be kept, and the other as long')
  const shown = (body: Answer['body'], length: number) =>
    `${length} bytes${body.kind === 'digest' ? `, digest ${body.digest.slice(0, 16)}` : ''}`
  findings.add({
    field: 'body',
    path: 'body',
    kind: 'different digest',
    primary: shown(a, left),
    shadow: shown(b, right),
  })
  return NONE
}

function lengthOf({ body }: Answer): number {
  return body.kind === 'digest' ? body.length : body.bytes.length
}

/** Streams without end: what both have sent so far, as far as the shorter goes. One that has ended has no more to come. */
function comparePrefixes(primary: Side, shadow: Side, findings: Findings): Set<number> {
  const [a, b] = [primary.answer.body, shadow.answer.body]
  if (a.kind === 'digest' || b.kind === 'digest')
    throw new Incomparable('answer too large', 'one is a stream, and the other too large to be kept')
  if (codings(primary).join() !== codings(shadow).join())
    throw new Incomparable('undecodable', 'streams in different content codings')
  const coded = codings(primary).length > 0
  const common = Math.min(a.bytes.length, b.bytes.length)
  const [was, is] = [a, b].map(({ bytes }) => Buffer.from(bytes.buffer, bytes.byteOffset, common))
  if (!was!.equals(is!)) {
    if (coded)
      throw new Incomparable('undecodable', 'beginnings of coded streams that are not the same bytes')
    compareTexts(was!.toString('utf8'), is!.toString('utf8'), findings)
    return NONE
  }
  if (a.bytes.length === b.bytes.length) return NONE
  const shorter = a.bytes.length < b.bytes.length ? a : b
  if (shorter.kind === 'whole') {
    if (coded) throw new Incomparable('undecodable', 'one of two coded streams ends where the other goes on')
    const shown = ({ kind, bytes }: typeof a) => `${kind === 'whole' ? '' : 'at least '}${bytes.length} bytes`
    const kind = shorter === a ? 'goes on after the end' : 'ends early'
    findings.add({ field: 'body', path: 'body', kind, primary: shown(a), shadow: shown(b) })
  } else if (common === 0) throw new Incomparable('undecodable', 'one of the streams had sent nothing')
  return NONE
}
