import { errors } from 'undici'
import type { UnscorableCause } from '../model/scoreboard.ts'
import { TransferEncodingError } from './headers.ts'

/** Codes of undici for a request that we have put wrongly. */
const OURS = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
])

/** What the parser says, in words alone, of a connection that has ended within an answer. */
const CUT_SHORT = /Invalid EOF state/i

/**
 * What an error of undici means for the request.
 *
 * @param reached how far it had come: a connection to send it on, the head of an answer
 */
export function causeOf(error: Error, reached: 'nothing' | 'connection' | 'head'): UnscorableCause {
  if (reached === 'nothing') return 'unreachable'
  if (error instanceof errors.HTTPParserError)
    return CUT_SHORT.test(error.message) ? 'reset' : 'invalid answer'
  if (error instanceof TransferEncodingError) return 'invalid answer'
  if (error instanceof errors.HeadersOverflowError || error.message === 'bad upgrade') return 'invalid answer'
  // Within a body it has ended too soon, within a head two lengths contradict each other.
  if (error instanceof errors.ResponseContentLengthMismatchError && reached === 'connection')
    return 'invalid answer'
  return 'reset'
}

export function saysNothingOfTheStack(error: Error): boolean {
  return OURS.has(codeOf(error))
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
