/** Who sent a request to us. */
interface Sender {
  address: string
  scheme: 'http' | 'https'
}

/** What a request says of the way it has come: gathered header by header. */
export interface Way {
  /** What X-Forwarded-For of a trusted peer says; empty: nothing. */
  for: string
  /** Forwarded of a trusted peer; empty: there was one that is not believed; null: there was none. */
  forwarded: string | null
  /** Whether a trusted peer says them itself. */
  proto: boolean
  host: boolean
}

export function isForwarding(lowerName: string): boolean {
  return lowerName.startsWith('x-forwarded-') || lowerName === 'forwarded'
}

/**
 * Keeps what a header of the way says.
 *
 * @returns whether the header goes on as it is
 */
export function noteForwarding(way: Way, lowerName: string, value: string, trusted: boolean): boolean {
  if (lowerName === 'forwarded') {
    way.forwarded = trusted ? listed(way.forwarded ?? '', value) : ''
    return false
  }
  if (!trusted) return false
  if (lowerName === 'x-forwarded-for') {
    way.for = listed(way.for, value)
    return false
  }
  if (lowerName === 'x-forwarded-proto') way.proto = true
  else if (lowerName === 'x-forwarded-host') way.host = true
  return true
}

/** @param host the client's own Host; null where it sent none */
export function addForwarding(headers: string[], way: Way, sender: Sender, host: string | null): void {
  headers.push('X-Forwarded-For', listed(way.for, sender.address))
  if (!way.proto) headers.push('X-Forwarded-Proto', sender.scheme)
  if (!way.host && host !== null) headers.push('X-Forwarded-Host', host)
  if (way.forwarded !== null) headers.push('Forwarded', listed(way.forwarded, forwardedElement(sender, host)))
}

/** RFC 7239 §4: IPv6 addresses and hosts with a port are quoted. */
function forwardedElement({ address, scheme }: Sender, host: string | null): string {
  const node = address.includes(':') ? `"[${address}]"` : address
  const quoted = host === null ? '' : `;host="${host.replaceAll(/["\\]/g, '\\$&')}"`
  return `for=${node}${quoted};proto=${scheme}`
}

/** Values of one header in a list, in their order. */
export function listed(before: string, value: string): string {
  return before === '' ? value : `${before}, ${value}`
}
