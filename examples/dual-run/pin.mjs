import { createHash } from 'node:crypto'

/** What made-up person `id` signs in with. */
export function pinOf(id) {
  return String(1000 + ((id * 7919) % 9000))
}

export function emailOf(id) {
  return `person${id}@school.example`
}

/** What both stacks store of a PIN. */
export function hashOfPin(id, pin) {
  return createHash('sha256').update(`${id}:${pin}`).digest('hex')
}
