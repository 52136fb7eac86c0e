import type { UnscorableCause } from '../model/scoreboard.ts'
import type { Peer } from './headers.ts'

/**
 * What the primary's exchange tells the mirror as it happens. Nothing of it throws, waits or keeps what it is given beyond
 * the bounds of the mirror: the primary cannot be hurt through it. Pieces may be kept, and are never changed.
 */
export interface Tap {
  requestData(piece: Uint8Array): void
  /** The request has been read whole; called at once where it has no body. */
  requestEnd(): void
  /** @param headers names and values in turn, as the primary sent them */
  answerHead(status: number, headers: string[]): void
  answerData(piece: Uint8Array): void
  answerEnd(): void
  /** The exchange with the primary ended otherwise: nothing follows. */
  fail(cause: Extract<UnscorableCause, 'client aborted' | 'primary failed' | 'mirror failed'>): void
}

/** What is known of a request before any of it is sent on. */
export interface IncomingForMirror {
  readonly method: string
  /** Path and query, byte for byte as the client sent them. */
  readonly target: string
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[]
  readonly peer: Peer
}

export interface Mirror {
  /**
   * Asked once for each request, before any of it is sent to the primary.
   *
   * @returns null where the request is not mirrored
   */
  begin(request: IncomingForMirror): Tap | null
}
