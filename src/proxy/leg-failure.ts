import type { UnscorableCause } from '../model/scoreboard.ts'

/** Codes of undici for a request that we have put wrongly. */
const OURS = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
])

/** Codes of undici for an answer that is no HTTP; its parser's begin with HPE_. */
const INVALID = new Set(['UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'])

/**
 * What an error of undici means for the request.
 *
 * @param sent whether a connection was there to send it on
 */
export function causeOf(error: Error, sent: boolean): UnscorableCause {
  const code = codeOf(error)
  if (code.startsWith('HPE_') || INVALID.has(code) || error.message === 'bad upgrade') return 'invalid answer'
  return sent ? 'reset' : 'unreachable'
}

export function saysNothingOfTheStack(error: Error): boolean {
  return OURS.has(codeOf(error))
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
