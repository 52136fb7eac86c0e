import { isUtf8 } from 'node:buffer'

/** Text as it is, other bytes as `\\x` and hexadecimal digits. */
export function storedText(field: Uint8Array): string {
  const bytes = Buffer.from(field.buffer, field.byteOffset, field.byteLength)
  return isUtf8(bytes) ? bytes.toString() : `\\x${bytes.toString('hex')}`
}
