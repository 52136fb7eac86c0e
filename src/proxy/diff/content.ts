import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'
import { Incomparable } from './limits.ts'

/** Codings applied one after another; a server that says more means harm. */
const MAX_CODINGS = 5

/** The codings of Content-Encoding (RFC 9110 §8.4) in the order they were applied, without identity. */
export function codingsOf(header: string | null): string[] {
  if (header === null) return []
  return header
    .toLowerCase()
    .split(',')
    .map(coding => coding.trim())
    .filter(coding => coding !== '' && coding !== 'identity')
}

/**
 * Content without its codings.
 *
 * @throws {Incomparable} answer too large, undecodable
 */
export function decoded(bytes: Uint8Array, codings: string[], limit: number): Uint8Array {
  if (codings.length > MAX_CODINGS) throw new Incomparable('undecodable', `${codings.length} content codings`)
  let content = bytes
  // An answer without a byte is sent by some stacks with the coding it would have had.
  if (content.length === 0) return content
  for (const coding of codings.toReversed()) content = decodedOnce(content, coding, limit)
  return content
}

function decodedOnce(bytes: Uint8Array, coding: string, limit: number): Uint8Array {
  const options = { maxOutputLength: limit }
  try {
    switch (coding) {
      case 'gzip':
      case 'x-gzip':
        return gunzipSync(bytes, options)
      case 'br':
        return brotliDecompressSync(bytes, options)
      case 'deflate':
        // RFC 9110 §8.4.1.2 means zlib's format; what is sent without its header is common enough to be named there.
        return isZlib(bytes) ? inflateSync(bytes, options) : inflateRawSync(bytes, options)
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw new Incomparable('answer too large', `${coding} content of more than ${limit} bytes`)
    throw new Incomparable('undecodable', `${coding}: ${message}`)
  }
  throw new Incomparable('undecodable', `content coding ${coding.slice(0, 40)} is not known`)
}

function isZlib(bytes: Uint8Array): boolean {
  const [first = 0, second = 0] = bytes
  return (first & 15) === 8 && ((first << 8) | second) % 31 === 0
}

const START = 65_536

/** The beginning of content, as far as it can be had cheaply; null where it cannot. */
export function startOf(bytes: Uint8Array, codings: string[]): Uint8Array | null {
  const start = bytes.subarray(0, START)
  const [coding] = codings
  if (coding === undefined || start.length === 0) return start
  const options = { maxOutputLength: 2 ** 22 }
  try {
    if (codings.length > 1) return null
    if (coding === 'br')
      return brotliDecompressSync(start, { ...options, finishFlush: constants.BROTLI_OPERATION_FLUSH })
    const flush = { ...options, finishFlush: constants.Z_SYNC_FLUSH }
    if (coding === 'gzip' || coding === 'x-gzip') return gunzipSync(start, flush)
    return coding === 'deflate' ? (isZlib(start) ? inflateSync : inflateRawSync)(start, flush) : null
  } catch {
    return null
  }
}
