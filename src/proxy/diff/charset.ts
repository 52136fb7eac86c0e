import { isUtf8 } from 'node:buffer'
import type { BodyKind, MediaType } from './media-type.ts'

/** Text of bytes; null where they are none in the charset they claim, or it is not known. */
export function textOf(bytes: Uint8Array, { charset }: MediaType, kind: BodyKind): string | null {
  const label = markOf(bytes) ?? charset ?? (kind === 'html' ? metaCharset(bytes) : null)
  const isJson = kind === 'json' || kind === 'json lines'
  // JSON is UTF-8 whatever it says (RFC 8259 §8.1), but for what does not read as that.
  const labels = isJson ? ['utf-8', label] : label !== null ? [label] : ['utf-8', 'windows-1252']
  for (const each of labels) {
    const text = each === null ? null : readAs(bytes, each)
    if (text !== null) return text
  }
  return null
}

/** A byte order mark overrules what is declared (WHATWG Encoding). */
function markOf([first, second, third]: Uint8Array): string | null {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : null
}

/** Within the first 1024 bytes, as browsers look for it (HTML §13.2.3.2). */
function metaCharset(bytes: Uint8Array): string | null {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1024)).toString(
    'latin1',
  )
  const found = /<meta\s[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]+)/i.exec(start)?.[1]?.toLowerCase()
  // A page that can say so in ASCII is not in UTF-16 (ibid.).
  return found?.startsWith('utf-16') ? 'utf-8' : (found ?? null)
}

function readAs(bytes: Uint8Array, label: string): string | null {
  if (label === 'utf-8' || label === 'utf8') return utf8(bytes)
  try {
    const decoder = new TextDecoder(label, { fatal: true })
    return decoder.encoding === 'windows-1252' ? windows1252(bytes) : decoder.decode(bytes)
  } catch {
    return null
  }
}

/** Much faster than a TextDecoder for short texts. */
function utf8(bytes: Uint8Array): string | null {
  if (!isUtf8(bytes)) return null
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, bytes.byteLength - start).toString('utf8')
}

/** The bytes 0x80 to 0x9f of windows-1252 (WHATWG Encoding), which also is what latin1 and ASCII mean on the web. */
const UPPER = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

/** Node 20's TextDecoder takes these bytes for control characters. */
export function windows1252(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('latin1')
    .replace(/[\u0080-\u009f]/g, char => UPPER[char.charCodeAt(0) - 0x80]!)
}
