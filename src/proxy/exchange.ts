import type { UnscorableCause } from '../model/scoreboard.ts'
import type { Peer } from './headers.ts'

/** What the data path tells the judge of one mirrored request. Plain data: it crosses to a worker thread. */
export type Observation = Exchange | Unscored

/** A request that primary and shadow have both answered. */
export interface Exchange {
  kind: 'exchange'
  request: MirroredRequest
  primary: Answer
  shadow: Answer
  control: Answer | null
}

/** A mirrored request of which nothing can be said. */
export interface Unscored {
  kind: 'unscored'
  request: MirroredRequest
  cause: UnscorableCause
}

export interface MirroredRequest {
  /** Milliseconds since 1970. */
  at: number
  method: string
  /** Path and query, byte for byte as the client sent them. */
  target: string
  cohort: string
  /** Of the request's body, hexadecimal; null where it had none. */
  bodyDigest: string | null
}

/** A mirrored request, which the primary is working on. */
export interface Ask {
  /** Of this exchange, in whatever is said of it later. */
  id: number
  /** Without `bodyDigest`. */
  request: MirroredRequest
  /** Names and values in turn, as the client sent them. */
  rawHeaders: readonly string[]
  peer: Peer
  /** See `Selected`. */
  session: string | null
  withControl: boolean
  body: Uint8Array | null
}

export interface Answer {
  status: number
  /** Names and values in turn, as they came. */
  headers: string[]
  body: AnswerBody
  /** Milliseconds from handing the request over until the first byte of the answer's head, and until its last byte. */
  firstMs: number
  totalMs: number
}

/** Content as it came, still in its Content-Encoding. */
export type AnswerBody =
  | { kind: 'whole'; bytes: Uint8Array }
  /** Too large to be kept. `digest` is hexadecimal and comparable between legs. */
  | { kind: 'digest'; length: number; digest: string }
  /** Of a stream without end. */
  | { kind: 'prefix'; bytes: Uint8Array }
