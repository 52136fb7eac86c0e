import { remembered } from '../remembered.ts'

/** Where a value stands in its document: the way up to the root, which is null. */
export interface Place {
  up: Place | null
  /** What holds it: objects and arrays of one document are found by identity. */
  holder: object
  key: string | number
}

/** `$.items[3].price` */
export function pathOf(place: Place | null): string {
  return rooted(place, key => (typeof key === 'number' ? `[${key}]` : memberText(key)))
}

/** `$.items[*].price`: the same for every element of an array, and for every member whose name is an id. */
export function fieldOf(place: Place | null): string {
  return rooted(place, key => {
    if (typeof key === 'number') return '[*]'
    return isIdLike(key) ? '.*' : memberText(key)
  })
}

function rooted(place: Place | null, textOf: (key: string | number) => string): string {
  const parts: string[] = []
  for (let at = place; at !== null; at = at.up) parts.push(textOf(at.key))
  return `$${parts.reverse().join('')}`
}

function memberText(name: string): string {
  if (/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) && name.length <= 100) return `.${name}`
  const cut = name.length > 100 ? `${name.slice(0, 100)}…` : name
  return `['${JSON.stringify(cut).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}']`
}

const IDS = [
  /^\d+$/,
  /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i,
  /^(?=.*\d)[0-9a-f]{12,}$/i,
  /^[0-9A-HJKMNP-TV-Z]{26}$/,
  /^\d{4}-\d{2}(-\d{2})?([T ].*)?$/,
  /^(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_-]{20,}$/,
  /^[A-Za-z]+([-_:.#/]\d{2,}|\d{4,})$/,
  /@/,
]

const hasFormOfId = remembered(10_000, name => IDS.some(form => form.test(name)))

/** A name that is data: the key of a map, which would give every exchange a field of its own. */
export function isIdLike(name: string): boolean {
  return name.length > 64 || hasFormOfId(name)
}
