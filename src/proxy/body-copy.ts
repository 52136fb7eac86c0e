import xxhash, { type XXHash } from 'xxhash-wasm'
import type { AnswerBody } from './exchange.ts'

const { create64, h64Raw } = await xxhash()

/** Bytes kept over all exchanges. */
export interface KeptBytes {
  /** False: there is no room, and nothing was taken. */
  take(bytes: number): boolean
  give(bytes: number): void
  readonly kept: number
}

export function keptBytes(most: number): KeptBytes {
  let kept = 0
  return {
    take(bytes) {
      if (kept + bytes > most) return false
      kept += bytes
      return true
    },
    give(bytes) {
      kept -= bytes
    },
    get kept() {
      return kept
    },
  }
}

/**
 * A body as it passes by: kept up to a bound; beyond it the pieces are dropped, and what is known is the length and the
 * XXH64 (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md) of the whole, as 16 hexadecimal digits.
 */
export class BodyCopy {
  length = 0
  #pieces: Uint8Array[] = []
  #kept = 0
  #hash: XXHash<bigint> | null = null
  readonly #limit: number
  readonly #room: KeptBytes

  constructor(limit: number, room: KeptBytes) {
    this.#limit = limit
    this.#room = room
  }

  /** Larger than the bound: not kept. */
  get beyond(): boolean {
    return this.length > this.#limit
  }

  /** False: there is no room for it; the copy is of no use any more. */
  add(piece: Uint8Array): boolean {
    this.length += piece.length
    if (this.#hash !== null) {
      this.#hash.update(piece)
      return true
    }
    if (this.beyond) {
      this.#hash = create64()
      for (const earlier of this.#pieces) this.#hash.update(earlier)
      this.#hash.update(piece)
      this.drop()
      return true
    }
    if (!this.#room.take(piece.length)) return false
    this.#kept += piece.length
    this.#pieces.push(piece)
    return true
  }

  /** All that was kept in one piece with memory of its own, so that it can be handed to another thread. */
  bytes(most = this.#kept): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(Math.min(most, this.#kept))
    let at = 0
    for (const piece of this.#pieces) {
      const fitting = piece.length > bytes.length - at ? piece.subarray(0, bytes.length - at) : piece
      bytes.set(fitting, at)
      at += fitting.length
    }
    return bytes
  }

  /** Keeps what was kept in one piece from now on, instead of in many. */
  joined(): Uint8Array {
    const bytes = this.bytes()
    this.#pieces = [bytes]
    return bytes
  }

  /** The whole body, once it has ended. */
  body(): AnswerBody {
    return this.#hash === null
      ? { kind: 'whole', bytes: this.bytes() }
      : { kind: 'digest', length: this.length, digest: hexadecimal(this.#hash.digest()) }
  }

  /** Gives back its room. */
  drop(): void {
    this.#room.give(this.#kept)
    this.#kept = 0
    this.#pieces = []
  }
}

/** As `BodyCopy` makes it beyond its bound. */
export function digestOf(bytes: Uint8Array): string {
  return hexadecimal(h64Raw(bytes))
}

function hexadecimal(hash: bigint): string {
  return hash.toString(16).padStart(16, '0')
}
