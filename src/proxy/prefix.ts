/** How much of a body without end is compared: so many bytes, or what comes in so long, whichever is first. */
export const PREFIX_BYTES = 16 * 1024
export const PREFIX_MS = 1000

/**
 * Whether only the beginning of a body is looked at: an event stream may never end, and a range is of whatever size the client
 * likes. One that ends sooner is compared whole.
 *
 * @param headers names and values in turn
 */
export function isPrefixOnly(status: number, headers: readonly string[]): boolean {
  if (status === 206) return true
  for (let index = 0; index < headers.length; index += 2)
    if (headers[index]!.length === 12 && headers[index]!.toLowerCase() === 'content-type')
      return /^\s*text\/event-stream\s*(;|$)/i.test(headers[index + 1]!)
  return false
}
