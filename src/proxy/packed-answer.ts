import type { Answer, AnswerBody } from './exchange.ts'

/** From so many bytes on, memory is handed over as it is, and not copied once more. */
const OWN_MEMORY_BYTES = 64 * 1024

/**
 * Bodies on their way to another thread. A view crosses with all of the memory it looks at, so small ones are copied side by
 * side into memory that is handed over.
 */
export class Slab {
  readonly #small: Uint8Array[] = []
  #length = 0
  readonly #large: ArrayBuffer[] = []
  #total = 0

  /** Of everything that was put in. */
  get length(): number {
    return this.#total
  }

  /** @param bytes not to be used any more */
  put(bytes: Uint8Array): Slice {
    const { length, buffer } = bytes
    this.#total += length
    if (length >= OWN_MEMORY_BYTES && buffer instanceof ArrayBuffer && buffer.byteLength === length)
      return { memory: this.#large.push(buffer), start: 0, length }
    const start = this.#length
    this.#small.push(bytes)
    this.#length += length
    return { memory: 0, start, length }
  }

  /** Everything that was put in, to be transferred. */
  memory(): ArrayBuffer[] {
    const side = new Uint8Array(this.#length)
    let at = 0
    for (const piece of this.#small) {
      side.set(piece, at)
      at += piece.length
    }
    return [side.buffer, ...this.#large]
  }
}

export interface Slice {
  /** Which of the slab's. */
  memory: number
  start: number
  length: number
}

export function cutOut(
  memory: ArrayBuffer[],
  { memory: which, start, length }: Slice,
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(memory[which]!, start, length)
}

/** An answer without its body, which is in a slab. A text crosses faster than a list of texts. */
export interface PackedAnswer extends Omit<Answer, 'headers' | 'body'> {
  headers: string
  body: Extract<AnswerBody, { kind: 'digest' }> | { kind: 'whole' | 'prefix'; slice: Slice }
}

export function packAnswer({ headers, body, ...rest }: Answer, slab: Slab): PackedAnswer {
  return {
    ...rest,
    headers: packHeaders(headers),
    body: body.kind === 'digest' ? body : { kind: body.kind, slice: slab.put(body.bytes) },
  }
}

export function unpackAnswer({ headers, body, ...rest }: PackedAnswer, memory: ArrayBuffer[]): Answer {
  return {
    ...rest,
    headers: unpackHeaders(headers),
    body: body.kind === 'digest' ? body : { kind: body.kind, bytes: cutOut(memory, body.slice) },
  }
}

/** By line feeds, which no header holds. */
export function packHeaders(headers: readonly string[]): string {
  return headers.join('\n')
}

export function unpackHeaders(text: string): string[] {
  return text === '' ? [] : text.split('\n')
}

/** Of what is kept of a body. */
export function keptBytesOf({ body }: Answer): number {
  return body.kind === 'digest' ? 0 : body.bytes.length
}
