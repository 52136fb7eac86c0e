import type { Answer, AnswerBody } from './exchange.ts'

/**
 * Bodies on their way to another thread. A view crosses with all of the memory it looks at, so they are copied side by side
 * into memory that is handed over.
 */
export class Slab {
  readonly #pieces: Uint8Array[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  put(bytes: Uint8Array): Slice {
    const start = this.#length
    this.#pieces.push(bytes)
    this.#length += bytes.length
    return { start, length: bytes.length }
  }

  /** Everything that was put in, to be transferred. */
  memory(): ArrayBuffer {
    const memory = new Uint8Array(this.#length)
    let at = 0
    for (const piece of this.#pieces) {
      memory.set(piece, at)
      at += piece.length
    }
    return memory.buffer
  }
}

export interface Slice {
  start: number
  length: number
}

export function cutOut(memory: ArrayBuffer, { start, length }: Slice): Uint8Array<ArrayBuffer> {
  return new Uint8Array(memory, start, length)
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

export function unpackAnswer({ headers, body, ...rest }: PackedAnswer, memory: ArrayBuffer): Answer {
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
