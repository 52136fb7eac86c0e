import { isIP } from 'node:net'

export interface Network {
  address: string
  family: 'ipv4' | 'ipv6'
  /** Length of the prefix. */
  bits: number
}

/** `10.0.0.0/8`, or one address; null where the text is neither. */
export function networkOf(text: string): Network | null {
  const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const version = isIP(address)
  if (version === 0 || address.includes('%')) return null
  const most = version === 6 ? 128 : 32
  const bits = length === undefined ? most : Number(length)
  return bits > most ? null : { address, family: version === 6 ? 'ipv6' : 'ipv4', bits }
}
