import { plainByte } from '../model/row-line.ts'
import type { NamedMessage } from './values/uuid5.ts'

const [BACKSLASH, COLON] = [0x5c, 0x3a]

/**
 * Adds the table or a part of the key to the name that a row's UUID is made of, with a `\` before each `:` and `\`.
 *
 * @param escaped the bytes are those of a field in a row line
 */
export function addPart(
  message: NamedMessage,
  bytes: Uint8Array,
  start: number,
  end: number,
  escaped: boolean,
): void {
  message.reserve(2 * (end - start))
  const name = message.bytes
  let to = message.length
  for (let from = start; from < end; from++) {
    let byte = bytes[from]!
    if (escaped && byte === BACKSLASH) byte = plainByte(bytes[++from]!)
    if (byte === COLON || byte === BACKSLASH) name[to++] = BACKSLASH
    name[to++] = byte
  }
  message.length = to
}

/** Parts stand apart by a colon. */
export function addColon(message: NamedMessage): void {
  message.reserve(1)
  message.bytes[message.length++] = COLON
}
