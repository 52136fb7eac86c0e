import xxhash from 'xxhash-wasm'
import type { MirroredRequest } from '../exchange.ts'

const { h64 } = await xxhash()

export type RequestIdentity = Pick<MirroredRequest, 'method' | 'target' | 'bodyDigest'>

/** Requests that have never mismatched take this much room, and those that have some more: see `roomFor`. */
export const MOST_REQUESTS = 262_144
const MOST_MISMATCHING = 393_216
const SLOTS = 524_288
/** Requests of a page, the unit in which they are kept in the state: 12 KB. */
export const PAGE = 1024
const WORDS = 3

/**
 * Which requests were compared, in a table of fixed size: 64 bits of a hash, and the number of the signature of what each has
 * ever differed in. Requests are numbered in the order in which they came, so that what changes lies together.
 */
export interface DistinctRequests {
  readonly size: number
  /** The number of a request, or -1. */
  find(hash: bigint): number
  /**
   * Whether there is room for another request of an endpoint. One that has not mismatched is only taken while its endpoint
   * holds fewer than are left: so one endpoint cannot shut out the others (A. K. Choudhury, E. L. Hahne, "Dynamic queue
   * length thresholds for shared-memory packet switches", IEEE/ACM Trans. Networking 6 (1998)). For those that mismatch, room
   * is kept.
   */
  hasRoom(heldByEndpoint: number, mismatching: boolean): boolean
  /** Adds a request that is not there. */
  add(hash: bigint, signature: number): void
  signature(request: number): number
  setSignature(request: number, signature: number): void
  /** Puts signatures in the place of others. */
  replaceSignatures(replaced: Map<number, number>): void
  /** Pages that have changed since `saved`. */
  changedPages(): [page: number, content: Uint8Array][]
  saved(): void
}

/**
 * Hashes what makes a request the same: method, path, body, and the query, in which the order of different parameters does
 * not matter.
 */
export function requestHash({ method, target, bodyDigest }: RequestIdentity): bigint {
  return h64(`${method} ${normalTarget(target)} ${bodyDigest ?? '-'}`)
}

/** The path as it is, and the query's parameters sorted by name; those of one name stay in their order. */
function normalTarget(target: string): string {
  const mark = target.indexOf('?')
  if (mark === -1) return target
  const parts = target.slice(mark + 1).split('&')
  if (parts.length === 1) return target
  const named = parts.map(part => {
    const end = part.indexOf('=')
    return { part, name: end === -1 ? part : part.slice(0, end) }
  })
  named.sort((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0))
  return `${target.slice(0, mark)}?${named.map(({ part }) => part).join('&')}`
}

/**
 * @param pages what was saved, from page 0 on
 * @throws {Error} where a page is no page, or a request stands in it twice
 */
export function openDistinct(pages: Uint8Array[] = []): DistinctRequests {
  const words = new Uint32Array(MOST_MISMATCHING * WORDS)
  /** Linear probing; the number of a request + 1, 0 where there is none. */
  const slots = new Int32Array(SLOTS)
  const changed = new Set<number>()
  let size = 0

  const slotOf = (low: number, high: number) => {
    let slot = low & (SLOTS - 1)
    for (;;) {
      const request = slots[slot]! - 1
      if (request === -1 || (words[request * WORDS] === low && words[request * WORDS + 1] === high))
        return slot
      slot = (slot + 1) & (SLOTS - 1)
    }
  }
  const append = (low: number, high: number, signature: number) => {
    const slot = slotOf(low, high)
    if (slots[slot] !== 0 || size >= MOST_MISMATCHING) throw new Error('a request stands in the table twice')
    words[size * WORDS] = low
    words[size * WORDS + 1] = high
    words[size * WORDS + 2] = signature
    slots[slot] = ++size
  }
  const lowOf = (hash: bigint) => Number(hash & 0xffff_ffffn)
  const highOf = (hash: bigint) => Number(hash >> 32n)

  for (const [index, page] of pages.entries()) {
    const view = new DataView(page.buffer, page.byteOffset, page.byteLength)
    const isLast = index === pages.length - 1
    const whole = page.byteLength === PAGE * WORDS * 4
    if (
      page.byteLength === 0 ||
      page.byteLength % (WORDS * 4) !== 0 ||
      !(whole || isLast) ||
      page.byteLength > PAGE * WORDS * 4
    )
      throw new Error(`page ${index} of requests has ${page.byteLength} bytes`)
    for (let at = 0; at < page.byteLength; at += WORDS * 4)
      append(view.getUint32(at, true), view.getUint32(at + 4, true), view.getUint32(at + 8, true))
  }

  return {
    get size() {
      return size
    },
    find: hash => slots[slotOf(lowOf(hash), highOf(hash))]! - 1,
    hasRoom: (heldByEndpoint, mismatching) =>
      mismatching ? size < MOST_MISMATCHING : heldByEndpoint < MOST_REQUESTS - size,
    add(hash, signature) {
      append(lowOf(hash), highOf(hash), signature)
      changed.add(Math.floor((size - 1) / PAGE))
    },
    signature: request => words[request * WORDS + 2]!,
    setSignature(request, signature) {
      words[request * WORDS + 2] = signature
      changed.add(Math.floor(request / PAGE))
    },
    replaceSignatures(replaced) {
      for (let request = 0; request < size; request++) {
        const signature = replaced.get(words[request * WORDS + 2]!)
        if (signature !== undefined) this.setSignature(request, signature)
      }
    },
    changedPages() {
      return [...changed]
        .sort((one, other) => one - other)
        .map(page => {
          const from = page * PAGE
          const count = Math.min(PAGE, size - from)
          const content = new Uint8Array(count * WORDS * 4)
          const view = new DataView(content.buffer)
          for (let word = 0; word < count * WORDS; word++)
            view.setUint32(word * 4, words[from * WORDS + word]!, true)
          return [page, content]
        })
    },
    saved: () => changed.clear(),
  }
}
