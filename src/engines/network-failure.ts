/** Codes of Node's sockets for a server that is not there now, or no longer. A name that nobody knows is not among them. */
const codes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EAI_AGAIN',
])

export function isOfNetwork(code: string): boolean {
  return codes.has(code)
}
