import { BlockList, isIP, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { ParitygateError } from '../model/error.ts'
import { networkOf } from '../plan/network.ts'
import type { Peer } from './headers.ts'

/**
 * Addresses and networks of the plan whose word is taken for whom they forward.
 *
 * @throws {ParitygateError} plan.invalid
 */
export function trustedPeers(trusted: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of trusted) {
    const network = networkOf(entry)
    if (network === null)
      throw new ParitygateError('plan.invalid', `pilot.trust: "${entry}" is neither an address nor a network`)
    list.addSubnet(network.address, network.bits, network.family)
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
