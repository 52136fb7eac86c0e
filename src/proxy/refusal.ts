import type { IncomingMessage } from 'node:http'
import { PILOT_HEADER } from './headers.ts'

/** Why a request goes no further. */
export interface Refusal {
  status: number
  text: string
}

const NO_PATH = {
  status: 400,
  text: 'The target of the request must be a path: this is no forward proxy (RFC 9112, 3.2.1).',
}
const HOSTS = { status: 400, text: 'The request has more than one Host (RFC 9112, 3.2).' }
const FRAMED_TWICE = {
  status: 400,
  text: 'The request has both Content-Length and Transfer-Encoding (RFC 9112, 6.3).',
}
const FRAMED_IN_1_0 = { status: 400, text: 'HTTP/1.0 has no Transfer-Encoding (RFC 9112, 6.1).' }
const ENCODING = { status: 501, text: 'No Transfer-Encoding but chunked is understood (RFC 9112, 6.1).' }
export const LOOP: Refusal = {
  status: 508,
  text: 'This request has been through this pilot before: a stack of the pilot leads back to it.',
}

/**
 * Why a request is not passed on; null: it is. Everything here is what the parser lets through, and what two servers in a
 * row could read in two ways.
 *
 * @param pilot the id of this pilot
 */
export function refusal(request: IncomingMessage, pilot: string): Refusal | null {
  const { headers, rawHeaders } = request
  if (request.url!.charCodeAt(0) !== 47) return NO_PATH
  const encoding = headers['transfer-encoding']
  if (encoding !== undefined) {
    if (headers['content-length'] !== undefined) return FRAMED_TWICE
    if (request.httpVersion === '1.0') return FRAMED_IN_1_0
    if (encoding.toLowerCase() !== 'chunked') return ENCODING
  }
  const markers = headers[PILOT_HEADER]
  if (markers?.includes(pilot)) return LOOP
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]!.length === 4 && rawHeaders[index]!.toLowerCase() === 'host') hosts++
  return hosts > 1 ? HOSTS : null
}

/** Whether it carries content (RFC 9112 §6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  return (
    headers['transfer-encoding'] !== undefined ||
    (headers['content-length'] !== undefined && Number(headers['content-length']) > 0)
  )
}
