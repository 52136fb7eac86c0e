import { BlockList, isIP, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { ParitygateError } from '../model/error.ts'
import type { Peer } from './headers.ts'

/**
 * Addresses and networks of the plan whose word is taken for whom they forward.
 *
 * @throws {ParitygateError} plan.invalid
 */
export function trustedPeers(trusted: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of trusted) {
    const [address = '', length] = entry.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    const bits = family === 'ipv6' ? 128 : 32
    if (
      isIP(address) === 0 ||
      (length !== undefined && !(/^\d{1,3}$/.test(length) && Number(length) <= bits))
    )
      throw new ParitygateError('plan.invalid', `pilot.trust: "${entry}" is neither an address nor a network`)
    if (length === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(length), family)
  }
  return list
}

/** @param pilot the id of this pilot */
export function peerOf(socket: Socket, trusted: BlockList, pilot: string): Peer {
  const address = (socket.remoteAddress ?? 'unknown').replace(/^::ffff:(?=\d+\.)/i, '')
  const family = isIP(address)
  return {
    address,
    trusted: family !== 0 && trusted.check(address, family === 6 ? 'ipv6' : 'ipv4'),
    scheme: socket instanceof TLSSocket ? 'https' : 'http',
    pilot,
  }
}
