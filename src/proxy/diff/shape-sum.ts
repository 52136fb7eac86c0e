import xxhash from 'xxhash-wasm'
import { isIdLike } from './place.ts'

const { h64 } = await xxhash()

export type ValueType = 'string' | 'number' | 'object' | 'array' | 'null' | 'boolean'

/** A place of answers: the same few come again and again, so what is hashed of them is kept. */
export interface Place {
  readonly hash: bigint
  readonly members: Map<string, Place>
  elements: Place | null
  readonly kinds: Map<ValueType, Kind>
}

/** A type of value at a place. */
interface Kind {
  readonly low: number
  readonly high: number
  /** The number of the sum it was last added to. */
  addedTo: number
}

/** Thrown away whole once there are more, so that no traffic makes them grow. */
const MAX_PLACES = 10_000
const roots = new Map<string, Place>()
let places = 0
let sums = 0

/** The place of whole contents of one sort. */
export function rootOf(sort: string): Place {
  // Only between two sums: within one, a place must stay the same.
  if (places > MAX_PLACES) {
    roots.clear()
    places = 0
  }
  return placeIn(roots, sort, 0n)
}

/** A member whose name is data stands for all such. */
export function memberOf(holder: Place, name: string): Place {
  return holder.members.get(name) ?? placeIn(holder.members, isIdLike(name) ? '*' : name, holder.hash)
}

export function elementsOf(array: Place): Place {
  array.elements ??= newPlace('[*]', array.hash)
  return array.elements
}

function placeIn(known: Map<string, Place>, name: string, above: bigint): Place {
  const before = known.get(name)
  if (before !== undefined) return before
  const place = newPlace(name, above)
  // A slice would keep the whole text alive.
  known.set(Buffer.from(name).toString(), place)
  return place
}

function newPlace(name: string, above: bigint): Place {
  places++
  return { hash: h64(name, above), members: new Map(), elements: null, kinds: new Map() }
}

/** The sum of the hashes of a set of types at places, in whatever order they are found. */
export class ShapeSum {
  readonly #number = ++sums
  #low: number
  #high: number

  constructor({ hash }: Place) {
    this.#low = lowOf(hash)
    this.#high = highOf(hash)
  }

  /** The same type at the same place counts once. */
  add(place: Place, type: ValueType): void {
    let kind = place.kinds.get(type)
    if (kind === undefined) {
      const hash = h64(type, place.hash)
      kind = { low: lowOf(hash), high: highOf(hash), addedTo: 0 }
      place.kinds.set(type, kind)
    }
    if (kind.addedTo === this.#number) return
    kind.addedTo = this.#number
    this.#low = (this.#low + kind.low) >>> 0
    this.#high = (this.#high + kind.high) >>> 0
  }

  /** 16 hexadecimal digits. */
  text(): string {
    return hexadecimal(this.#high) + hexadecimal(this.#low)
  }
}

function lowOf(hash: bigint): number {
  return Number(hash & 0xffff_ffffn)
}

function highOf(hash: bigint): number {
  return Number(hash >> 32n)
}

function hexadecimal(word: number): string {
  return word.toString(16).padStart(8, '0')
}
