import { remembered } from '../remembered.ts'

export interface MediaType {
  /** Lower case: `text/html`; null where there is none. */
  type: string | null
  /** Lower case, without quotes. */
  charset: string | null
  /** What is to be made of the content; null where the type does not say. */
  kind: BodyKind | null
}

export type BodyKind = 'json' | 'json lines' | 'html' | 'text' | 'binary'

/** @param header the value of Content-Type; null where there is none */
export function mediaTypeOf(header: string | null): MediaType {
  return header === null ? NONE : parsed(header)
}

const NONE: MediaType = { type: null, charset: null, kind: null }

const parsed = remembered(1000, (header): MediaType => {
  const [first = '', ...parameters] = header.split(';')
  const charset = parameters
    .map(parameter => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/i.exec(parameter)?.[1])
    .find(found => found !== undefined)
  const type = first.trim().toLowerCase() || null
  return { type, charset: charset?.toLowerCase() || null, kind: kindOfType(type) }
})

/** Whether such content reads alike whatever charset is said of it: JSON has none (RFC 8259 §11). */
export function ignoresCharset(kind: BodyKind | null): boolean {
  return kind === 'json' || kind === 'json lines' || kind === 'binary'
}

const TEXT_TYPES =
  /^(text\/.*|application\/(.*\+)?(xml|javascript|ecmascript|x-javascript|x-www-form-urlencoded|yaml|x-yaml|graphql|sql|toml)|image\/svg\+xml|message\/.*)$/

function kindOfType(type: string | null): BodyKind | null {
  if (type === null || type === 'application/octet-stream' || type === 'application/unknown') return null
  if (/^(application|text)\/(.*\+)?json$/.test(type) || type === 'application/json5') return 'json'
  if (/^(application|text)\/(x-)?(ndjson|jsonl|jsonlines|json-seq)$/.test(type)) return 'json lines'
  if (type === 'text/html' || type === 'application/xhtml+xml') return 'html'
  return TEXT_TYPES.test(type) ? 'text' : 'binary'
}

/** What content without a type that helps looks like. */
export function sniffedKind(bytes: Uint8Array): BodyKind {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1024))
  const text = start
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart()
  if (/^[[{]/.test(text)) return 'json'
  if (/^(<!doctype html|<html|<head|<body|<!--)/i.test(text)) return 'html'
  // Zero bytes and controls are in no text but UTF-16, which begins with a mark.
  if (start[0] === 0xff && start[1] === 0xfe) return 'text'
  if (start[0] === 0xfe && start[1] === 0xff) return 'text'
  return /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(text) ? 'binary' : 'text'
}
